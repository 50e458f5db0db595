import { Unread } from '../../core/facts/view.ts';

/** Why a call failed: nobody allowed it, the credentials are no longer valid, or anything else. */
export type FailureKind = 'denied' | 'expired' | 'failed';

const DENIED: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AccessDeniedFault',
  'AuthorizationError',
  'AuthorizationErrorException',
  'ForbiddenException',
  'NotAuthorized',
  'UnauthorizedAccess',
  'UnauthorizedOperation',
]);

const EXPIRED: ReadonlySet<string> = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'TokenProviderError',
  'TokenRefreshRequired',
]);

export function failureKind(error: unknown): FailureKind {
  const name = nameOf(error);
  if (EXPIRED.has(name)) return 'expired';
  return DENIED.has(name) || DENIED.has(name.replace(/^.*[.#]/, '')) ? 'denied' : 'failed';
}

/** The credentials in use have ended: whatever is tried with them will fail. */
export class CredentialsExpiredError extends Error {
  override readonly name = 'CredentialsExpiredError';
}

/** The name under which AWS reports an error. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

/** The action whose call failed, as the clients of {@link ./clients.ts} note it on the error. */
const actionOf = (error: unknown): string | undefined =>
  error instanceof Error && 'iamAction' in error && typeof error.iamAction === 'string' ? error.iamAction : undefined;

/** A sentence on why a call failed, in one line of a size that fits a reason. */
export function reasonOf(error: unknown): string {
  const what = actionOf(error) ?? 'the call';
  if (failureKind(error) === 'denied') return `${what} was denied (${nameOf(error)})`;
  const message = error instanceof Error ? error.message : String(error);
  return `${what} failed (${nameOf(error)}): ${message.replaceAll(/\s+/g, ' ').slice(0, 160)}`;
}

/**
 * What {@link reasonOf} said of a call that failed: the action (or `the call`), and under which name AWS reports the error.
 * `undefined` for a reason that is none of its sentences.
 */
export function failureIn(
  reason: string,
): { readonly kind: 'denied' | 'failed'; readonly action: string; readonly name: string } | undefined {
  const [, action, how, name] = /^([\w-]+:\w+|the call) (was denied|failed) \(([^)]{0,100})\)/.exec(reason) ?? [];
  if (action === undefined || name === undefined) return undefined;
  return { kind: how === 'failed' ? 'failed' : 'denied', action, name };
}

/** Whether the name of the service's host does not exist, which is not the same as a resolver that does not answer. */
export const hasNoHost = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOTFOUND';

/**
 * Makes a call for one fact of a resource.
 *
 * @param absent names of errors by which AWS says that there is no such thing
 * @returns `null` where there is no such thing, {@link Unread} where it could not be read.
 * @throws CredentialsExpiredError
 */
export async function attempt<T>(call: () => Promise<T>, absent: readonly string[] = []): Promise<T | null | Unread> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof CredentialsExpiredError) throw error;
    return absent.includes(nameOf(error)) ? null : new Unread(reasonOf(error));
  }
}

/** What an attempt's answer says: `read` of it, `absent` where there is no such thing, or that it could not be read. */
export function told<T>(answer: T | null | Unread, read: (answer: T) => unknown, absent?: unknown): unknown {
  if (answer instanceof Unread) return answer;
  return answer === null ? absent : read(answer);
}
