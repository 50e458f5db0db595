import { factParser } from './parser.ts';

/** An instance of IAM Identity Center that serves the account, whoever owns it. */
export interface SsoInstanceFacts {
  /** `ACTIVE`, `CREATE_IN_PROGRESS`, `CREATE_FAILED` or `DELETE_IN_PROGRESS`. */
  status?: string;
}

export const ssoInstanceParser = factParser<SsoInstanceFacts>({
  status: ({ configuration }) => configuration.at('status').text(),
});
