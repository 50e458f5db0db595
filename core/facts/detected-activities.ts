import type { ActivityId } from '../detection/activities.ts';

/** The activities that a pattern catches, by the account whose events it sees. */
export interface DetectedActivities {
  /** In every account that the pattern does not name. */
  readonly anywhere: readonly ActivityId[];
  /** In the accounts that it names, for better or worse. */
  readonly named: Readonly<Record<string, readonly ActivityId[]>>;
}

/** What catches nothing. */
export const NONE_DETECTED: DetectedActivities = { anywhere: [], named: {} };

/** An account that nobody has. */
const UNNAMED = '000000000000';

/** An estate names fewer accounts in one pattern; of the others it is not asked, and counts as catching nothing. */
const MAX_ASKED = 64;

/** Asks what a pattern catches in the accounts that it names, and in one that it does not. */
export function detectedActivities(pattern: string, detected: (accountId: string) => readonly ActivityId[]): DetectedActivities {
  const named = [...new Set(pattern.match(/\d{12,}/g) ?? [])].filter((digits) => digits.length === UNNAMED.length);
  return {
    anywhere: named.includes(UNNAMED) ? [] : detected(UNNAMED),
    named: Object.fromEntries(named.map((accountId, index) => [accountId, index < MAX_ASKED ? detected(accountId) : []])),
  };
}

/** Whether an activity in one account is caught. */
export const detects = ({ anywhere, named }: DetectedActivities, activity: ActivityId, accountId: string): boolean =>
  (Object.hasOwn(named, accountId) ? named[accountId] : anywhere)?.includes(activity) ?? false;

/** Whether anything is caught in any account. */
export const detectsAny = ({ anywhere, named }: DetectedActivities): boolean =>
  anywhere.length > 0 || Object.values(named).some((activities) => activities.length > 0);
