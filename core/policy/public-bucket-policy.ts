import { isIP } from 'node:net';
import type { Condition, Policy, Principals, Statement } from './document.ts';

/**
 * Whether Amazon S3 considers a bucket policy public: a statement allows access to principals that are not fixed, and no condition
 * limits it to fixed values. A fixed value contains neither a wildcard nor a policy variable.
 * Source: "The meaning of public" in
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
export const isPublicBucketPolicy = (policy: Policy): boolean => policy.statements.some(isPublicGrant);

const isPublicGrant = ({ effect, principals, conditions }: Statement): boolean =>
  effect === 'Allow' && !areFixed(principals) && !conditions.some(limitsToFixedValues);

/** Federated principals are not fixed: the page gives graph.facebook.com as an example of a public one. */
function areFixed(principals: Principals | undefined): boolean {
  if (!principals || principals.negated) return false;
  return principals.values.every(({ kind, id }) => kind !== 'Federated' && isFixed(id));
}

const isFixed = (value: string): boolean => value !== '' && !/[*?]|\$\{/.test(value);

/** The condition keys that can make a grant non-public, and when a value of theirs counts as fixed. */
const LIMITING_KEYS: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ['aws:principalaccount', isFixed],
  ['aws:principalarn', isFixed],
  ['aws:principalorgid', isFixed],
  ['aws:principalorgpaths', isFixed],
  ['aws:principalservicename', isFixed],
  ['aws:sourceaccount', isFixed],
  ['aws:sourcearn', isFixed],
  ['aws:sourceip', isNarrowRange],
  ['aws:sourceowner', isFixed],
  ['aws:sourcevpc', isFixed],
  ['aws:sourcevpce', isFixed],
  ['aws:userid', isFixedUserId],
  ['s3:dataaccesspointaccount', isFixed],
  ['s3:dataaccesspointarn', isAccessPointOfFixedAccount],
  ['s3:x-amz-server-side-encryption-aws-kms-key-id', isFixed],
]);

/** Operators that fail when the key is absent. With `IfExists` or `ForAllValues` an absent key passes, so these operators limit no one. */
const LIMITING_OPERATORS: ReadonlySet<string> = new Set([
  'arnequals',
  'arnlike',
  'ipaddress',
  'stringequals',
  'stringequalsignorecase',
  'stringlike',
]);

function limitsToFixedValues({ operator, key, values }: Condition): boolean {
  const isFixedValue = LIMITING_KEYS.get(key);
  if (!isFixedValue || !LIMITING_OPERATORS.has(operator.replace(/^foranyvalue:/, ''))) return false;
  return values.length > 0 && values.every(isFixedValue);
}

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

/** Whether everything but the name of the access point is fixed, above all the account ID. */
function isAccessPointOfFixedAccount(value: string): boolean {
  const parts = value.split(':');
  return parts.length === 6 && parts.slice(0, 5).every(isFixed);
}
