import { ACTIVITIES, type ActivityId, type MatchedEvents } from '../detection/activities.ts';
import { type Budget, newBudget } from '../detection/budget.ts';
import { flag, mapOf, objectOf, type Shapes, text } from './shape.ts';

/** The events that a pattern matches, by the account in which the events occur. csmm does not store the pattern. */
export interface DetectedActivities {
  /** In accounts that the pattern does not name. */
  readonly anywhere: MatchedEvents;
  /** In each account that the pattern names, to include or to exclude it. */
  readonly named: Readonly<Record<string, MatchedEvents>>;
}

const BY_ACTIVITY = objectOf({}, Object.fromEntries(ACTIVITIES.map((activity) => [activity, text])) as Shapes<Record<ActivityId, string>>);
const MATCHED = objectOf<Pick<MatchedEvents, 'readable' | 'activities'>, Pick<MatchedEvents, 'ordinary'>>(
  { readable: flag, activities: BY_ACTIVITY },
  { ordinary: text },
);
export const DETECTED = objectOf<DetectedActivities>({ anywhere: MATCHED, named: mapOf(MATCHED) });

const NONE_MATCHED: MatchedEvents = { readable: true, activities: {} };

/** Result for a pattern that matches no event of an activity. */
export const NONE_DETECTED: DetectedActivities = { anywhere: NONE_MATCHED, named: {} };

/** Account ID that does not exist; represents every account that a pattern does not name. */
const UNNAMED = '000000000000';

/** Maximum number of named accounts to evaluate. The pattern counts as matching nothing in further accounts. Real patterns name fewer. */
const MAX_ASKED = 64;

/** Returns what a pattern matches in the accounts that it names, and in an account that it does not name. */
export function detectedActivities(pattern: string, matchedIn: (accountId: string, budget: Budget) => MatchedEvents): DetectedActivities {
  const budget = newBudget();
  const named = [...new Set(pattern.match(/\d{12,}/g) ?? [])].filter((digits) => digits.length === UNNAMED.length);
  return {
    anywhere: named.includes(UNNAMED) ? NONE_MATCHED : matchedIn(UNNAMED, budget),
    named: Object.fromEntries(
      named.map((accountId, index) => [accountId, index < MAX_ASKED ? matchedIn(accountId, budget) : NONE_MATCHED]),
    ),
  };
}

/** Returns what a pattern matches in one account. */
export const matchedIn = ({ anywhere, named }: DetectedActivities, accountId: string): MatchedEvents =>
  (Object.hasOwn(named, accountId) ? named[accountId] : undefined) ?? anywhere;

/** Returns whether a pattern matches, or may match, an event of any activity in any account. */
export const detectsAny = ({ anywhere, named }: DetectedActivities): boolean =>
  [anywhere, ...Object.values(named)].some(({ activities }) => Object.keys(activities).length > 0);
