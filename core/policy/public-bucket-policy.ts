import { isIP } from 'node:net';
import { type Operator, operatorOf } from './conditions.ts';
import type { Condition, Policy, Principals, Statement } from './document.ts';
import { internetIn, rangeSet } from './internet.ts';

/**
 * Whether Amazon S3 considers a bucket policy public: a statement allows access to principals that are not fixed, and no condition
 * limits it to fixed values. A fixed value contains neither a wildcard nor a policy variable. An ARN or a path of an organization may
 * contain wildcards after the account or the organization, because the access then stays within it.
 *
 * As on that page, a `Deny` does not make a policy less public. The answer of `GetBucketPolicyStatus` is the word of S3 itself.
 * Source: "The meaning of public" in
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
export const isPublicBucketPolicy = (policy: Policy): boolean => policy.statements.some((statement) => isPublicGrant(statement, KEYS));

/**
 * Whether Amazon S3 considers the policy of an access point public. It differs from a bucket policy in one point: a limit to access
 * points does not make it less public.
 */
export const isPublicAccessPointPolicy = (policy: Policy): boolean =>
  policy.statements.some((statement) => isPublicGrant(statement, ACCESS_POINT_KEYS));

function isPublicGrant({ effect, principals, conditions }: Statement, keys: LimitingKeys): boolean {
  if (effect !== 'Allow' || areFixed(principals)) return false;
  const present = new Set(conditions.filter(requiresKey).map(({ key }) => key));
  return !conditions.some((condition) => limitsToFixedValues(condition, present.has(condition.key), keys));
}

/** Federated principals are not fixed: the page gives graph.facebook.com as an example of a public one. */
function areFixed(principals: Principals | undefined): boolean {
  if (!principals || principals.negated) return false;
  return principals.values.every(({ kind, id }) => kind !== 'Federated' && isFixed(id));
}

const isFixed = (value: string): boolean => value !== '' && !/[*?]|\$\{/.test(value);

/** Returns whether a value of a condition key counts as fixed under a comparison. */
type IsFixed = (value: string, comparison: string) => boolean;
type LimitingKeys = ReadonlyMap<string, IsFixed>;

/** The condition keys that can make a grant non-public, and when a value of theirs counts as fixed. */
const KEYS: LimitingKeys = new Map<string, IsFixed>([
  ['aws:principalaccount', isFixed],
  ['aws:principalarn', isInOneAccount],
  ['aws:principalorgid', isFixed],
  ['aws:principalorgpaths', isInOneOrganization],
  ['aws:principalservicename', isFixed],
  ['aws:sourceaccount', isFixed],
  ['aws:sourcearn', isSourceInOneAccount],
  ['aws:sourceip', isNarrowRange],
  ['aws:sourceorgid', isFixed],
  ['aws:sourceorgpaths', isInOneOrganization],
  ['aws:sourceowner', isFixed],
  ['aws:sourcevpc', isFixed],
  ['aws:sourcevpcarn', isInOneAccount],
  ['aws:sourcevpce', isFixed],
  ['aws:userid', isFixedUserId],
  ['aws:vpceaccount', isFixed],
  ['aws:vpceorgid', isFixed],
  ['aws:vpceorgpaths', isInOneOrganization],
  ['s3:dataaccesspointaccount', isFixed],
  ['s3:dataaccesspointarn', isInOneAccount],
  ['s3:x-amz-server-side-encryption-aws-kms-key-id', isFixed],
]);

const ACCESS_POINT_KEYS: LimitingKeys = new Map([...KEYS].filter(([key]) => key !== 's3:dataaccesspointarn'));

const LIMITING: ReadonlySet<string> = new Set([
  'arnequals',
  'arnlike',
  'ipaddress',
  'stringequals',
  'stringequalsignorecase',
  'stringlike',
]);

/** Whether a condition limits a grant to fixed values. One that also holds without its key limits no one, unless the key must be there. */
function limitsToFixedValues({ operator, key, values }: Condition, isPresent: boolean, keys: LimitingKeys): boolean {
  const { comparison, holdsWithoutKey }: Operator = operatorOf(operator);
  const isFixedValue = keys.get(key);
  if (!isFixedValue || !LIMITING.has(comparison) || (holdsWithoutKey && !isPresent)) return false;
  // S3 evaluates each range by itself. Narrow ranges can still be the internet together.
  if (key === 'aws:sourceip' && internetIn([rangeSet(values)])) return false;
  return values.length > 0 && values.every((value) => isFixedValue(value, comparison));
}

/** Whether a condition requires that its key is in the request. */
const requiresKey = ({ operator, values }: Condition): boolean =>
  operatorOf(operator).comparison === 'null' && values.length > 0 && values.every((value) => value.toLowerCase() === 'false');

/** Ranges broader than /8 (IPv4) or /32 (IPv6) count as public; every private range of RFC 1918 is narrow enough. */
function isNarrowRange(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= (version === 4 ? 8 : 32) && Number(prefix) <= (version === 4 ? 32 : 128);
}

/** A role's user id ends with a session name that the caller chooses. */
function isFixedUserId(value: string): boolean {
  return isFixed(value) && !/^AROA\w*:/.test(value);
}

/**
 * Whether the ARN of a principal, a VPC or an access point is fixed, or names one account: its wildcards are in other fields. These
 * ARNs have six fields, so no wildcard can stand for a colon.
 */
function isInOneAccount(value: string): boolean {
  const fields = value.split(':');
  return isFixed(value) || (fields.length === 6 && !value.includes('${') && /^\d{12}$/.test(fields[4] ?? ''));
}

/**
 * As `isInOneAccount`, for the ARN of any source, which can have more than six fields. Arn operators compare field by field, but a
 * `*` of a string operator can also stand for colons, so no field before the account may have one there.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
function isSourceInOneAccount(value: string, comparison: string): boolean {
  if (isFixed(value)) return true;
  const fields = value.split(':');
  const before = fields.slice(0, 4);
  if (fields.length < 6 || value.includes('${') || !/^\d{12}$/.test(fields[4] ?? '')) return false;
  return comparison.startsWith('arn') || before.every((field) => !/[*?]/.test(field));
}

/** Whether a path of AWS Organizations, such as `o-1/r-1/ou-1/*`, is within one organization. */
function isInOneOrganization(value: string): boolean {
  const [organization = '', ...below] = value.split('/');
  return isFixed(organization) && below.length > 0 && !value.includes('${');
}
