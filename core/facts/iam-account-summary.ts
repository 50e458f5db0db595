import { factParser, type ItemView } from './parser.ts';
import { flag, type Shapes, text } from './shape.ts';

export interface AccountSummaryFacts {
  /** AWS partition, such as `aws`, `aws-cn` or `aws-us-gov`. */
  partition?: string;
  rootMfaEnabled?: boolean;
  rootPasswordPresent?: boolean;
  rootAccessKeysPresent?: boolean;
  rootSigningCertificatesPresent?: boolean;
}

const SHAPES: Shapes<AccountSummaryFacts> = {
  partition: text,
  rootMfaEnabled: flag,
  rootPasswordPresent: flag,
  rootAccessKeysPresent: flag,
  rootSigningCertificatesPresent: flag,
};

/** Parses the partition and the `SummaryMap` of https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html. */
export const accountSummaryParser = factParser<AccountSummaryFacts>(SHAPES, {
  partition: ({ configuration }) => configuration.at('partition').text(),
  rootMfaEnabled: (item) => readCount(item, 'AccountMFAEnabled'),
  rootPasswordPresent: (item) => readCount(item, 'AccountPasswordPresent'),
  rootAccessKeysPresent: (item) => readCount(item, 'AccountAccessKeysPresent'),
  rootSigningCertificatesPresent: (item) => readCount(item, 'AccountSigningCertificatesPresent'),
});

/** Returns whether a count is above zero. A count that is missing in the map is unknown, not zero. */
function readCount({ configuration }: ItemView, key: string): boolean | undefined {
  const count = configuration.at('summaryMap').at(key).number();
  return count === undefined ? undefined : count > 0;
}
