import type { PolicyStatus } from '@aws-sdk/client-s3-control';
import { attempt, factIn } from '../failures.ts';

/**
 * Asks S3 whether the policy of an access point is public. If S3 does not say so, reads the policy itself.
 *
 * @param absent name of the error by which S3 says that there is no policy
 * @returns a part of the configuration: `PolicyStatus`, or `Policy`, which is `null` without a policy and can be `Unread`
 */
export async function publicPolicy(
  getStatus: () => Promise<PolicyStatus | undefined>,
  getPolicy: () => Promise<string | undefined>,
  absent: string,
): Promise<object> {
  const IsPublic = factIn(await attempt(async () => ({ status: await getStatus() }), [absent]), ({ status }) => status?.IsPublic, false);
  if (typeof IsPublic === 'boolean') return { PolicyStatus: { IsPublic } };
  return { Policy: factIn(await attempt(async () => ({ policy: await getPolicy() }), [absent]), ({ policy }) => policy, null) };
}
