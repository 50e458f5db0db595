import type { Condition, Policy, Statement } from './document.ts';
import { matchesGlob } from './glob.ts';

/**
 * Whether a bucket policy denies everyone every S3 action over plain HTTP, by a `Deny` on `aws:SecureTransport` = false.
 *
 * The statement must name the bucket or all of its objects. The example of AWS names both, CIS 2.1.1 names only the objects, and
 * policies that name only the bucket are common. The control requires the denial of `s3:*`, not a list of resources.
 * Source: https://repost.aws/knowledge-center/s3-bucket-policy-for-config-rule
 */
export const deniesPlainHttp = (policy: Policy, bucketName: string): boolean =>
  policy.statements.some((statement) => isDenialToEveryone(statement) && covers(statement, bucketName));

function isDenialToEveryone({ effect, principals, actions, conditions }: Statement): boolean {
  if (effect !== 'Deny' || !principals || principals.negated || actions.negated) return false;
  const everyone = principals.values.some(({ kind, id }) => kind === 'AWS' && id === '*');
  const everyAction = actions.values.some((action) => /^(\*|s3:\*)$/i.test(action));
  return everyone && everyAction && conditions.every(holdsOverPlainHttp);
}

/** Every other condition narrows the denial. */
const holdsOverPlainHttp = ({ operator, key, values }: Condition): boolean =>
  /^bool(ifexists)?$/.test(operator) && key === 'aws:securetransport' && values.includes('false');

function covers({ resources }: Statement, bucketName: string): boolean {
  if (!resources || resources.negated) return false;
  return resources.values.some((resource) => {
    const pattern = resource.replace(/^arn:[^:]*:s3:::/, '');
    return matchesGlob(pattern, bucketName) || matchesGlob(pattern, `${bucketName}/*`);
  });
}
