/** A failed call of AWS, as the reason of a missing fact or of an incomplete list describes it. */
export interface Failure {
  readonly kind: 'denied' | 'failed';
  /** IAM action of the call, or `the call`. */
  readonly action: string;
  /** Name under which AWS reports the error. */
  readonly name: string;
}

/**
 * Returns the failure behind a reason, such as `ec2:DescribeVolumes was denied (UnauthorizedOperation)`. Returns `undefined` for any
 * other reason.
 */
export function failureIn(reason: string): Failure | undefined {
  const [, action, how, name] = /^([\w-]+:\w+|the call) (was denied|failed) \(([^)]{0,100})\)/.exec(reason) ?? [];
  if (action === undefined || name === undefined) return undefined;
  return { kind: how === 'failed' ? 'failed' : 'denied', action, name };
}

/**
 * Words of AWS in a message about a denied call, if a service control policy denies it:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export const DENIED_BY_SCP = 'explicit deny in a service control policy';

/** Whether a reason says that a service control policy denies the call. */
export const isDeniedByScp = (reason: string): boolean => failureIn(reason)?.kind === 'denied' && reason.includes(DENIED_BY_SCP);
