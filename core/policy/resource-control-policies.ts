import type { Condition, Policy, Principals, Statement } from './document.ts';
import { matchesGlob } from './glob.ts';
import { coversEveryAction, fallsShort, isShortfall, isStar, type Shortfall, scopeOf } from './scp-denial.ts';

/**
 * The resource control policies (RCPs) in force on one account: one list of documents for each level, from the root down to the account
 * itself. An RCP denies a request to a resource of the account, whatever account it comes from:
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
 */
export type RcpPath = readonly (readonly Policy[])[];

/** Whether RCPs deny every request over plain HTTP to Amazon S3 in an account. */
export type PlainHttpToS3 = { readonly kind: 'denied' } | { readonly kind: 'open'; readonly reason: string };

/**
 * Returns whether an RCP denies everyone every S3 action over plain HTTP, as in the example of AWS:
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html
 * An exemption of AWS services does not matter, because their requests use TLS. Any other exemption leaves plain HTTP open to someone.
 */
export function plainHttpToS3Of(path: RcpPath, partition: string): PlainHttpToS3 {
  const results = path.flat().flatMap(({ statements }) => statements.flatMap((statement) => shortfallOf(statement, partition)));
  if (results.includes('none')) return { kind: 'denied' };
  const [shortfall] = results.flatMap((result) => (result === 'none' ? [] : result.shortfall)).sort();
  const reason = 'no resource control policy denies plain HTTP to Amazon S3';
  return { kind: 'open', reason: shortfall === undefined ? reason : `${reason} to everyone; one denies it, but it ${shortfall}` };
}

/** Returns why a statement leaves plain HTTP open, or nothing if it does not concern plain HTTP to Amazon S3. */
function shortfallOf({ effect, principals, actions, resources, conditions }: Statement, partition: string): ('none' | Shortfall)[] {
  const others = conditions.filter((condition) => !isPlainHttp(condition));
  if (effect !== 'Deny' || others.length === conditions.length || actions.negated) return [];
  const patterns = actions.values.map((value) => value.toLowerCase());
  if (!patterns.some((pattern) => matchesGlob(pattern, 's3:getobject'))) return [];
  if (!patterns.some((pattern) => coversEveryAction(pattern, 's3'))) return [fallsShort('covers only some actions')];
  if (!isEveryone(principals)) return [fallsShort('covers only some principals')];
  if (!coversEveryBucket(resources, partition)) return [fallsShort('covers only some resources')];
  const scope = scopeOf(others, partition);
  if (isShortfall(scope)) return [scope];
  if (scope.regions) return [fallsShort('covers only some Regions')];
  const [exempt] = scope.exempt.filter((pattern) => pattern !== VIA_AWS_SERVICE);
  return exempt === undefined ? ['none'] : [fallsShort(`exempts ${exempt}`)];
}

/** The exemption of requests that an AWS service makes for a caller. The service uses TLS. */
const VIA_AWS_SERVICE = 'aws:viaawsservice=true';

const isPlainHttp = ({ operator, key, values }: Condition): boolean =>
  /^bool(ifexists)?$/.test(operator) && key === 'aws:securetransport' && values.some((value) => value.toLowerCase() === 'false');

const isEveryone = (principals: Principals | undefined): boolean =>
  principals !== undefined && !principals.negated && principals.values.some(({ kind, id }) => kind === 'AWS' && id === '*');

/** Whether the resources contain every bucket and every object. */
function coversEveryBucket(resources: Statement['resources'], partition: string): boolean {
  if (!resources || resources.negated) return false;
  return [`arn:${partition}:s3:::\0`, `arn:${partition}:s3:::\0/\0`].every((arn) =>
    resources.values.some(
      (pattern) => isStar(pattern) || (matchesGlob(pattern, arn) && matchesGlob(pattern, arn.replaceAll('\0', '\0\0'))),
    ),
  );
}
