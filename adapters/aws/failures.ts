import { isClockSkewError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { NotYetRead, Unread } from '../../core/facts/view.ts';
import { DENIED_BY_SCP } from '../../core/failure.ts';
import { isEmulated } from './emulator.ts';

/** Why a call failed: it was denied, the credentials have expired, or another cause. */
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

/** Thrown if the credentials in use have expired: every further call with them fails. */
export class CredentialsExpiredError extends Error {
  override readonly name = 'CredentialsExpiredError';
}

/** Returns the name under which AWS reports an error. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

/** Returns the action that failed, which the clients of {@link ./clients.ts} record on the error. */
export const actionOf = (error: unknown): string | undefined =>
  error instanceof Error && 'iamAction' in error && typeof error.iamAction === 'string' ? error.iamAction : undefined;

/**
 * Returns a sentence on why a call failed, on one line, short enough for a reason. `failureIn` reads it. A denial says whether a service
 * control policy is the cause.
 */
export function reasonOf(error: unknown): string {
  const what = actionOf(error) ?? 'the call';
  const message = (error instanceof Error ? error.message : String(error)).replace(RESPONSE_HINT, '');
  if (failureKind(error) === 'denied') {
    return `${what} was denied (${nameOf(error)})${message.includes(DENIED_BY_SCP) ? `: ${DENIED_BY_SCP}` : ''}`;
  }
  return `${what} failed (${nameOf(error)}): ${oneLineOf(message)}`;
}

/** The text that the SDK adds to the message if it cannot parse an answer. It helps only a programmer. */
const RESPONSE_HINT = /\s*Deserialization error: to see the raw response\b.*/s;

/** Returns a message on one line, short enough to show. */
export const oneLineOf = (message: string): string => message.replaceAll(/\s+/g, ' ').slice(0, 160);

/** Returns a header of the answer behind an error of the SDK. */
export function headerIn(error: unknown, name: string): string | undefined {
  const response = error instanceof Error && '$response' in error ? error.$response : undefined;
  const headers = (response as { readonly headers?: Readonly<Record<string, unknown>> } | undefined)?.headers;
  const value = headers?.[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Returns whether a call got no answer from the service: no connection, or no answer in time. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof Error && ('syscall' in error || error.name === 'TimeoutError' || error.name === 'AggregateError');

/** An error as the SDK throws it. */
export type SdkError = Parameters<typeof isThrottlingError>[0];

/**
 * Whether another attempt can succeed. If the clock of this machine is wrong, the SDK corrects it and marks every error as worth
 * another attempt, even the answer that a bucket has no policy. Only a rejected time is.
 */
export const isTransient = (error: SdkError): boolean =>
  error.$metadata?.clockSkewCorrected && (error.$metadata.httpStatusCode ?? 0) < 500 ? isClockSkewError(error) : isTransientError(error);

/** Whether an emulator does not know a call: moto then answers with a web page, each time. */
export const isUnknownToEmulator = (error: SdkError): boolean =>
  isEmulated() && headerIn(error, 'content-type')?.startsWith('text/html') === true;

/**
 * Whether a call failed for a reason that passes, after all its attempts: it was throttled, the service failed, or it did not answer.
 * Another call, minutes later, may succeed.
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error) || isUnknownToEmulator(error as SdkError)) return false;
  return isThrottlingError(error as SdkError) || isTransient(error as SdkError) || isUnreachable(error) || isGarbled(error);
}

/** Whether an answer was empty or cut off, as a proxy can leave it. */
const isGarbled = (error: Error): boolean => error.name === 'EmptyAnswerError' || RESPONSE_HINT.test(error.message);

/** Returns what stands for a fact or a list that a failed call did not give. */
export const unreadAfter = (error: unknown): Unread => new (isPassing(error) ? NotYetRead : Unread)(reasonOf(error));

/**
 * Makes a call for one fact of a resource.
 *
 * @param absent names of errors by which AWS says that the setting does not exist
 * @returns `null` if the setting does not exist, {@link Unread} if the call failed.
 * @throws CredentialsExpiredError
 */
export async function attempt<T>(call: () => Promise<T>, absent: readonly string[] = []): Promise<T | null | Unread> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof CredentialsExpiredError) throw error;
    return absent.includes(nameOf(error)) ? null : unreadAfter(error);
  }
}

/**
 * Returns the fact in an attempt's answer: `read` of the answer, `absent` if the setting does not exist, or {@link Unread}. An answer
 * without the fact does not say that the setting is absent: it is `Unread` too.
 */
export function factIn<T>(answer: T | null | Unread, read: (answer: T) => unknown, absent?: unknown): unknown {
  if (answer instanceof Unread) return answer;
  const fact = answer === null ? absent : read(answer);
  return fact === undefined ? new Unread('not in the API response') : fact;
}
