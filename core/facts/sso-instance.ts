import { factParser } from './parser.ts';
import { accountId, type Shapes, text } from './shape.ts';

/**
 * Facts of an instance of IAM Identity Center that the account sees: its own, or the one of its organization. Another account's own
 * instance is invisible here. https://docs.aws.amazon.com/singlesignon/latest/userguide/identity-center-instances.html
 */
export interface SsoInstanceFacts {
  /** Status: `ACTIVE`, `CREATE_IN_PROGRESS`, `CREATE_FAILED` or `DELETE_IN_PROGRESS`. */
  status?: string;
  /** The account in which the instance was enabled: for the instance of an organization, its management account. */
  ownerAccountId?: string;
}

const SHAPES: Shapes<SsoInstanceFacts> = { status: text, ownerAccountId: accountId };

export const ssoInstanceParser = factParser<SsoInstanceFacts>(SHAPES, {
  status: ({ configuration }) => configuration.at('status').text(),
  ownerAccountId: ({ configuration }) => {
    const owner = configuration.at('ownerAccountId').text();
    return accountId.matches(owner) ? owner : undefined;
  },
});
