import { factParser, type ItemView } from './parser.ts';

export interface AccountSummaryFacts {
  /** `aws`, `aws-cn`, `aws-us-gov` … */
  partition?: string;
  rootMfaEnabled?: boolean;
  rootPasswordPresent?: boolean;
  rootAccessKeysPresent?: boolean;
  rootSigningCertificatesPresent?: boolean;
}

/** The `SummaryMap` of https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html, beside the partition. */
export const accountSummaryParser = factParser<AccountSummaryFacts>({
  partition: ({ configuration }) => configuration.at('partition').text(),
  rootMfaEnabled: (item) => readCount(item, 'AccountMFAEnabled'),
  rootPasswordPresent: (item) => readCount(item, 'AccountPasswordPresent'),
  rootAccessKeysPresent: (item) => readCount(item, 'AccountAccessKeysPresent'),
  rootSigningCertificatesPresent: (item) => readCount(item, 'AccountSigningCertificatesPresent'),
});

/** A key that the map lacks is unknown, not zero. */
function readCount({ configuration }: ItemView, key: string): boolean | undefined {
  const count = configuration.at('summaryMap').at(key).number();
  return count === undefined ? undefined : count > 0;
}
