import { holds, operatorOf } from './conditions.ts';
import type { Condition, Patterns, Policy, Statement } from './document.ts';
import { ANY, coversEvery, overlap } from './glob.ts';
import { isShortfall, scopeOf } from './scp-denial.ts';

/** Whether the resource control policies of an organization deny plain HTTP to every bucket of an account. */
export type PlainHttpDenial =
  | { readonly kind: 'denied' }
  /** Not denied, or only to some principals, to some actions or in some buckets. The reason is a sentence without a period. */
  | { readonly kind: 'open'; readonly reason: string }
  /** The policies were read, but not understood. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** The ARNs of all objects in all buckets of a partition, with `ANY` for what differs. */
export const everyObject = (partition: string): string => `arn:${partition}:s3:::${ANY}/${ANY}`;

/** Whether a bucket policy denies everyone every S3 action on all objects of the bucket over plain HTTP. */
export const deniesPlainHttp = (policy: Policy, bucketName: string, partition: string): boolean =>
  policy.statements.some((statement) => statementDeniesPlainHttp(statement, `arn:${partition}:s3:::${bucketName}/${ANY}`, partition));

/**
 * Whether a statement of a bucket policy or a resource control policy denies everyone every S3 action over plain HTTP.
 *
 * It must cover the objects, because a denial on only the bucket leaves them readable. It need not name the bucket: CIS 2.1.1 names
 * only the objects. An exemption of AWS services does not matter, because their requests use TLS. Any other condition, and
 * `NotPrincipal`, leaves someone out.
 * https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-ssl-requests-only.html
 *
 * @param objects ARNs of the objects, with `ANY` for what differs, such as those of {@link everyObject}
 */
export function statementDeniesPlainHttp(
  { effect, principals, actions, resources, conditions }: Statement,
  objects: string,
  partition: string,
): boolean {
  if (effect !== 'Deny' || !principals || principals.negated || !resources) return false;
  const everyone = principals.values.some(({ kind, id }) => kind === 'AWS' && id === '*');
  return (
    everyone &&
    coverAll(lowerCase(actions), `s3:${ANY}`) &&
    coverAll(resources, objects) &&
    conditions.every((each) => holds(each, PLAIN) || exemptsOnlyServices(each, partition))
  );
}

/**
 * Condition keys of a request over plain HTTP, with their values. `aws:SecureTransport` is in every request. AWS documents a denial of
 * `s3:TlsVersion` below 1.2 as one that also denies HTTP, unless it adds a condition on `aws:SecureTransport`.
 * https://repost.aws/knowledge-center/s3-enforce-modern-tls
 */
const PLAIN: ReadonlyMap<string, string> = new Map([
  ['aws:securetransport', 'false'],
  ['s3:tlsversion', '0'],
]);

/**
 * Whether a condition exempts only requests that AWS services make. Anonymous requests lack `aws:PrincipalIsAWSService`, so the
 * condition must hold without it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalisawsservice
 */
function exemptsOnlyServices(condition: Condition, partition: string): boolean {
  if (condition.key === 'aws:principalisawsservice' && !operatorOf(condition.operator).holdsWithoutKey) return false;
  const scope = scopeOf([condition], partition);
  return !isShortfall(scope) && scope.regions === undefined && scope.exempt.every((exempt) => exempt === 'aws:viaawsservice=true');
}

/** IAM ignores the case of actions. */
const lowerCase = ({ negated, values }: Patterns): Patterns => ({ negated, values: values.map((value) => value.toLowerCase()) });

/** Whether actions or resources cover every text of a shape: one pattern does, or no pattern of `NotAction` or `NotResource` can match one. */
function coverAll({ negated, values }: Patterns, shape: string): boolean {
  if (!negated) return values.some((value) => coversEvery(value, shape));
  return !values.some((value) => overlap(value, shape.replaceAll(ANY, '*')));
}
