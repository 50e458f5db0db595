import { factParser } from './parser.ts';
import { type Shapes, text } from './shape.ts';

/** Facts of an instance of IAM Identity Center for the account, owned by it or by another account. */
export interface SsoInstanceFacts {
  /** Status: `ACTIVE`, `CREATE_IN_PROGRESS`, `CREATE_FAILED` or `DELETE_IN_PROGRESS`. */
  status?: string;
}

const SHAPES: Shapes<SsoInstanceFacts> = { status: text };

export const ssoInstanceParser = factParser<SsoInstanceFacts>(SHAPES, {
  status: ({ configuration }) => configuration.at('status').text(),
});
