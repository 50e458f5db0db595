import {
  type ChangeWindow,
  type RemediationBudget,
  type RemediationDocument,
  type RemediationRule,
  WEEKDAYS,
} from '../../settings/document.ts';
import { instantOf } from '../../settings/instant.ts';
import { type Known, known, unknown } from '../model/known.ts';
import type { Risk } from '../model/risk.ts';

type Tags = Readonly<Record<string, string>>;

/** What rules ask of a finding. */
export interface RuledFinding {
  readonly controlId: string;
  readonly accountId: string;
  /** `global` for what no Region holds: a rule with `regions` fits it only where it names `global`. */
  readonly region: string;
  readonly tags: Known<Tags>;
  /** Ids of the organizational units, and of the root, above the account at any depth. */
  readonly units: Known<readonly string[]>;
}

/** The rule that decides, and its position in the section, from 0. `unknown` where what it would take to tell could not be read. */
export type RuleMatch =
  | { readonly kind: 'rule'; readonly rule: RemediationRule; readonly index: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * The first rule that fits a finding. A rule that only tags or units could rule out, and that cannot be asked for them, makes
 * the answer `unknown`: what comes after it must not decide in its place.
 */
export function ruleFor(document: RemediationDocument | undefined, finding: RuledFinding): RuleMatch {
  for (const [index, rule] of (document?.rules ?? []).entries()) {
    const fit = fitOf(rule, finding);
    if (!fit.known) return { kind: 'unknown', reason: `whether rule ${index + 1} fits is not known: ${fit.reason}` };
    if (fit.value) return { kind: 'rule', rule, index };
  }
  return { kind: 'none' };
}

/** Whether a rule fits. One condition that does not hold is enough, whatever the others would say. */
function fitOf(rule: RemediationRule, { controlId, accountId, region, tags, units }: RuledFinding): Known<boolean> {
  const isNamed =
    rule.controls.includes(controlId) && (rule.accounts?.includes(accountId) ?? true) && (rule.regions?.includes(region) ?? true);
  if (!isNamed) return known(false);
  const { tags: wanted, organizationalUnits } = rule;
  const conditions = [
    wanted ? on(tags, 'tags', (value) => Object.entries(wanted).every(([key, text]) => hasTag(value, key, text))) : HOLDS,
    organizationalUnits ? on(units, 'organizational units', (value) => organizationalUnits.some((id) => value.includes(id))) : HOLDS,
  ];
  return conditions.find((condition) => condition.known && !condition.value) ?? conditions.find((condition) => !condition.known) ?? HOLDS;
}

const HOLDS: Known<boolean> = known(true);

const on = <T>(what: Known<T>, name: string, holds: (value: T) => boolean): Known<boolean> =>
  what.known ? known(holds(what.value)) : unknown(`${name}: ${what.reason}`);

/** Keys and values of tags are told apart by case. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-ecs-service-tag.html */
const hasTag = (tags: Tags, key: string, value: string): boolean => Object.hasOwn(tags, key) && (value === '*' || tags[key] === value);

/** Whether any rule does more than nothing about a control, somewhere. */
export const mayConcern = (document: RemediationDocument | undefined, controlId: string): boolean =>
  document?.rules.some(({ mode, controls }) => mode !== 'off' && controls.includes(controlId)) ?? false;

/** Why a resource with these tags is never touched, in a sentence that names the tag; `undefined` where it may be. */
export function isExempt(document: RemediationDocument | undefined, tags: Tags): string | undefined {
  const exempting = Object.entries(document?.exemptTags ?? {}).find(([key, value]) => hasTag(tags, key, value));
  if (!exempting) return undefined;
  const [key, value] = exempting;
  return `the settings exempt what has the tag ${JSON.stringify(key)}${value === '*' ? '' : ` with the value ${JSON.stringify(value)}`}`;
}

/** Whether runbooks may start now, or from when on (ISO-8601 UTC with milliseconds). */
export type WindowState = { readonly open: true } | { readonly open: false; readonly opensAt: string };

const MINUTE_MS = 60 * 1000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const WEEK_MS = 7 * DAY_MS;
/** 1970 began on a Thursday. */
const WEEK_OF_EPOCH_MS = 4 * DAY_MS;

/**
 * Whether a change window is open at a time (ISO-8601), and else when the first one opens. Windows are in UTC, which has no
 * summer time; none declared is always open. One that ends when it begins never opens: where there are only such, `opensAt`
 * is a week ahead, to look again. @throws RangeError where `at` is no time.
 */
export function nextWindow(windows: readonly ChangeWindow[] | undefined, at: string): WindowState {
  if (windows === undefined || windows.length === 0) return { open: true };
  const now = Date.parse(instantOf(at));
  const stretches = windows.flatMap(stretchesOf).filter(({ length }) => length > 0);
  const sinceSunday = inWeek(now + WEEK_OF_EPOCH_MS);
  if (stretches.some(({ start, length }) => inWeek(sinceSunday - start) < length)) return { open: true };
  const waits = stretches.map(({ start }) => inWeek(start - sinceSunday));
  return { open: false, opensAt: new Date(now + Math.min(WEEK_MS, ...waits)).toISOString() };
}

/** `start` in milliseconds since the beginning of Sunday, `length` in milliseconds. */
const stretchesOf = ({ days, from, to }: ChangeWindow): { readonly start: number; readonly length: number }[] => {
  const [begins, ends] = [timeOfDay(from), timeOfDay(to)];
  const length = ends < begins ? ends + DAY_MS - begins : ends - begins;
  return days.map((day) => ({ start: WEEKDAYS.indexOf(day) * DAY_MS + begins, length }));
};

/** Milliseconds since midnight. */
const timeOfDay = (time: string): number => (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * MINUTE_MS;

/** The remainder by a week, which is never negative. */
const inWeek = (ms: number): number => ((ms % WEEK_MS) + WEEK_MS) % WEEK_MS;

/** What holds where the section says nothing. */
export const DEFAULT_BUDGET: RemediationBudget = { perAccount: 10, perControl: 50 };

/** How many runbooks may start within an hour for one control. */
export const budgetOf = (document: RemediationDocument | undefined): RemediationBudget => ({ ...DEFAULT_BUDGET, ...document?.budget });

/** What holds where neither the rule nor the section says. */
export const DEFAULT_MAX_RISK: Risk = 'safe';

/** The highest risk that a rule lets be acted on. */
export const maxRiskOf = (document: RemediationDocument | undefined, rule: Pick<RemediationRule, 'maxRisk'>): Risk =>
  rule.maxRisk ?? document?.maxRisk ?? DEFAULT_MAX_RISK;
