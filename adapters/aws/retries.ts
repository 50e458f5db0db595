import { getRetryAfterHint, isThrottlingError } from '@smithy/core/retry';
import pLimit from 'p-limit';
import { isTransient, isUnknownToEmulator, type SdkError } from './failures.ts';

/** How the calls of one client are retried. */
export interface RetryOptions {
  /** Attempts for a call that AWS throttles, fails or does not answer. @default AWS_MAX_ATTEMPTS, or 12, or 20 if AWS throttles it */
  readonly maxAttempts?: number;
  /**
   * Time in milliseconds after which csmm gives up an action without any answer. Every call shares it: if many calls of an action
   * fail, only the first ones wait this long. After each such time, one call tries again. @default 30 seconds
   */
  readonly patienceMs?: number;
  /** Ends all waiting: no call is made any more, and a call that fails is not made again. */
  readonly signal?: AbortSignal;
  /** Runs an attempt when its turn has come. @default - immediately */
  readonly limit?: <T>(attempt: () => Promise<T>) => Promise<T>;
  /** Hears of each attempt that AWS throttled. */
  readonly throttled?: (action: string) => void;
}

/** Makes a call until it succeeds, fails for good, or has had enough attempts. */
export type Retrying = <T>(action: string, call: () => Promise<T>) => Promise<T>;

/** Twelve attempts wait for 25 to 46 seconds in all. */
const MAX_ATTEMPTS = 12;
/** A service that throttles does answer, to others and later. */
const MAX_THROTTLED = 20;
const PATIENCE_MS = 30_000;
const FIRST_DELAY_MS = 25;
/** Also the most that csmm waits because a service asks for it (`Retry-After`). */
const MAX_DELAY_MS = 20_000;

const attemptsAllowed = (isThrottled: boolean): number =>
  Number(process.env.AWS_MAX_ATTEMPTS) || (isThrottled ? MAX_THROTTLED : MAX_ATTEMPTS);

/**
 * Returns a function that makes the calls of one service in one account and Region. Which errors are worth another attempt is the
 * SDK's knowledge. The SDK's own strategies do not fit a scan, whose calls are many and all of the same importance: the quota of
 * `standard` gives calls up after 35 failures in a second, and `adaptive` slows down to one call in two seconds after the first
 * throttled call.
 */
export function retrying({ maxAttempts, patienceMs = PATIENCE_MS, signal, limit = (call) => call(), throttled }: RetryOptions): Retrying {
  const pacer = newPacer(signal);
  /** Actions that get no answer: only errors that are worth another attempt. */
  const silences = new Map<string, Silence>();
  const isGivenUp = ({ since }: Silence): boolean => performance.now() - since >= patienceMs;

  const attemptAt = async <T>(action: string, call: () => Promise<T>): Promise<T> => {
    const silence = silences.get(action);
    if (silence && isGivenUp(silence)) {
      if (performance.now() - silence.triedAt < patienceMs) throw silence.error;
      silence.triedAt = performance.now();
    }
    await pacer.turn();
    try {
      const answer = await limit(async () => {
        signal?.throwIfAborted();
        return call();
      });
      pacer.ended(false);
      silences.delete(action);
      return answer;
    } catch (error) {
      pacer.ended(isThrottlingError(error as SdkError));
      throw error;
    }
  };
  /** Notes a failed attempt. Returns whether another one makes sense. */
  const isWorthAnother = (action: string, error: SdkError, attempt: number): boolean => {
    const isThrottled = isThrottlingError(error);
    if (isThrottled) throttled?.(action);
    else if (!isTransient(error) || isUnknownToEmulator(error)) {
      silences.delete(action);
      return false;
    }
    const now = performance.now();
    const silence = { since: silences.get(action)?.since ?? now, error, triedAt: now };
    silences.set(action, silence);
    return attempt + 1 < (maxAttempts ?? attemptsAllowed(isThrottled)) && !isGivenUp(silence) && !signal?.aborted;
  };

  return async (action, call) => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await attemptAt(action, call);
      } catch (thrown) {
        const error = thrown as SdkError;
        if (!isWorthAnother(action, error, attempt) || !(await slept(delayAfter(attempt, error), signal))) throw error;
      }
    }
  };
}

/** An action that gets no answer. */
interface Silence {
  /** Since when, on the clock of `performance.now()`. */
  readonly since: number;
  /** The last error. */
  readonly error: SdkError;
  /** When a call last tried whether the service answers, on the same clock. */
  triedAt: number;
}

/** Returns a delay that doubles with each attempt, in milliseconds. Half of it is random, so that calls do not return all at once. */
function delayAfter(attempt: number, error: SdkError): number {
  const asked = getRetryAfterHint(error.$response)?.getTime();
  const delay = FIRST_DELAY_MS * 2 ** attempt * (0.5 + Math.random() / 2);
  return Math.min(MAX_DELAY_MS, Math.max(delay, asked === undefined ? 0 : asked - Date.now()));
}

/** Waits. Returns whether the time passed, and not the signal ended it. */
const slept = (milliseconds: number, signal: AbortSignal | undefined): Promise<boolean> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve(signal?.aborted !== true);
    };
    const timer = setTimeout(end, signal?.aborted ? 0 : milliseconds);
    signal?.addEventListener('abort', end);
  });

/** The shortest and the longest time between two attempts at a service that throttles, in milliseconds. */
const MIN_GAP_MS = 2;
const MAX_GAP_MS = 250;

/** Spreads the attempts at a service while AWS throttles them, because the account has other users too. */
interface Pacer {
  /** Waits for the turn of an attempt. */
  turn(): Promise<void>;
  ended(isThrottled: boolean): void;
}

/** Weight of the last attempt in the share of throttled attempts. The last forty decide most of it. */
const WEIGHT = 0.1;

/**
 * Returns a pacer that doubles the time between attempts while more than half of them are throttled, and else halves it, once for all
 * attempts under way. At a service with a fixed rate, about half of the attempts fail. A service that throttles only now and then, or
 * recovers, gets all calls at once.
 */
function newPacer(signal: AbortSignal | undefined): Pacer {
  const turns = pLimit(1);
  let [gap, underWay, share] = [0, 0, 0];
  return {
    turn: async () => {
      if (gap > 0) await turns(() => slept(gap, signal));
      underWay++;
    },
    ended: (isThrottled) => {
      share += WEIGHT * ((isThrottled ? 1 : 0) - share);
      const factor = 2 ** ((share > 0.5 ? 1 : -1) / underWay--);
      gap = Math.min(MAX_GAP_MS, Math.max(share > 0.5 ? MIN_GAP_MS : 0, gap) * factor);
      if (gap < MIN_GAP_MS) gap = 0;
    },
  };
}
