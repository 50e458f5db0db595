import { factParser } from './parser.ts';

/** Facts of an instance of IAM Identity Center for the account, owned by it or by another account. */
export interface SsoInstanceFacts {
  /** Status: `ACTIVE`, `CREATE_IN_PROGRESS`, `CREATE_FAILED` or `DELETE_IN_PROGRESS`. */
  status?: string;
}

export const ssoInstanceParser = factParser<SsoInstanceFacts>({
  status: ({ configuration }) => configuration.at('status').text(),
});
