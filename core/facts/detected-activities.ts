import { ACTIVITIES, type ActivityId } from '../detection/activities.ts';
import { listOf, mapOf, objectOf, oneOf } from './shape.ts';

/** The activities that a pattern detects, by the account in which the events occur. */
export interface DetectedActivities {
  /** Activities that it detects in accounts that the pattern does not name. */
  readonly anywhere: readonly ActivityId[];
  /** Activities that it detects in each account that the pattern names, to include or to exclude it. */
  readonly named: Readonly<Record<string, readonly ActivityId[]>>;
}

const ACTIVITY_IDS = listOf(oneOf(...ACTIVITIES));
export const DETECTED = objectOf<DetectedActivities>({ anywhere: ACTIVITY_IDS, named: mapOf(ACTIVITY_IDS) });

/** Result for a pattern that detects no activity. */
export const NONE_DETECTED: DetectedActivities = { anywhere: [], named: {} };

/** Account ID that does not exist; represents every account that a pattern does not name. */
const UNNAMED = '000000000000';

/** Maximum number of named accounts to evaluate. The pattern counts as detecting nothing in further accounts. Real patterns name fewer. */
const MAX_ASKED = 64;

/** Returns the activities that a pattern detects in the accounts that it names, and in an account that it does not name. */
export function detectedActivities(pattern: string, detected: (accountId: string) => readonly ActivityId[]): DetectedActivities {
  const named = [...new Set(pattern.match(/\d{12,}/g) ?? [])].filter((digits) => digits.length === UNNAMED.length);
  return {
    anywhere: named.includes(UNNAMED) ? [] : detected(UNNAMED),
    named: Object.fromEntries(named.map((accountId, index) => [accountId, index < MAX_ASKED ? detected(accountId) : []])),
  };
}

/** Returns whether an activity in one account is detected. */
export const detects = ({ anywhere, named }: DetectedActivities, activity: ActivityId, accountId: string): boolean =>
  (Object.hasOwn(named, accountId) ? named[accountId] : anywhere)?.includes(activity) ?? false;

/** Returns whether any activity is detected in any account. */
export const detectsAny = ({ anywhere, named }: DetectedActivities): boolean =>
  anywhere.length > 0 || Object.values(named).some((activities) => activities.length > 0);
