import type { Policy, Statement } from './document.ts';
import { everyObject, type PlainHttpDenial, statementDeniesPlainHttp } from './plain-http.ts';
import { names } from './scp-denial.ts';

/**
 * The resource control policies (RCPs) in force on one account: one list of documents for each level, from the root down to the account
 * itself. An RCP denies a request to a resource of the account, whatever account it comes from:
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
 */
export type RcpPath = readonly (readonly Policy[])[];

/**
 * Returns whether an RCP denies everyone every S3 action over plain HTTP, as in the example of AWS:
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html
 */
export function plainHttpToS3Of(path: RcpPath, partition: string): PlainHttpDenial {
  const statements = path.flat().flatMap((policy) => policy.statements);
  const denies = (statement: Statement): boolean => statementDeniesPlainHttp(statement, everyObject(partition), partition);
  if (statements.some(denies)) return { kind: 'denied' };
  return statements.some(concernsPlainHttp)
    ? { kind: 'open', reason: 'resource control policies deny plain HTTP to Amazon S3 only for some principals, actions or buckets' }
    : { kind: 'open', reason: 'no resource control policy denies plain HTTP to Amazon S3' };
}

const TRANSPORT_KEYS: ReadonlySet<string> = new Set(['aws:securetransport', 's3:tlsversion']);

const concernsPlainHttp = ({ effect, actions, conditions }: Statement): boolean =>
  effect === 'Deny' &&
  names(actions, 's3:GetObject') &&
  conditions.some(({ key, values }) => TRANSPORT_KEYS.has(key) && values.some((value) => value.toLowerCase() !== 'true'));
