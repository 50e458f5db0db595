import type { RemediationBudget, RemediationDocument, RemediationMode, RemediationRule } from '../../settings/document.ts';
import { type Known, known, unknown } from '../model/known.ts';
import { RISKS, type Risk } from '../model/risk.ts';

type Tags = Readonly<Record<string, string>>;

/** The properties of a finding that rules match. */
export interface RuledFinding {
  readonly controlId: string;
  readonly accountId: string;
  /** `global` for a resource without a Region. A rule with `regions` matches it only if the list contains `global`. */
  readonly region: string;
  readonly tags: Known<Tags>;
  /** IDs of the organizational units and of the root above the account, at any depth. */
  readonly units: Known<readonly string[]>;
}

/** The rule that applies, with its position from 0. `unknown` if csmm could not read the tags or units that a rule needs. */
export type RuleMatch =
  | { readonly kind: 'rule'; readonly rule: RemediationRule; readonly index: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * Returns the first rule that matches a finding. If a rule needs tags or units that could not be read, the result is `unknown`: a later
 * rule must not apply in its place.
 */
export function ruleFor(document: RemediationDocument | undefined, finding: RuledFinding): RuleMatch {
  for (const [index, rule] of (document?.rules ?? []).entries()) {
    const match = matches(rule, finding);
    if (!match.known) return { kind: 'unknown', reason: `could not check whether rule ${index + 1} matches: ${match.reason}` };
    if (match.value) return { kind: 'rule', rule, index };
  }
  return { kind: 'none' };
}

/** Whether a rule matches a finding. If one condition is known to be false, unknown conditions do not matter. */
function matches(rule: RemediationRule, { controlId, accountId, region, tags, units }: RuledFinding): Known<boolean> {
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

/** Keys and values of tags are case-sensitive. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-ecs-service-tag.html */
const hasTag = (tags: Tags, key: string, value: string): boolean => Object.hasOwn(tags, key) && (value === '*' || tags[key] === value);

/** Whether a condition on tags matches only resources that the wider condition matches too. */
export const requiresTags = (narrow: Tags, wide: Tags): boolean => Object.entries(wide).every(([key, value]) => hasTag(narrow, key, value));

/** Whether any rule with a mode other than `off` names a control. */
export const mayConcern = (document: RemediationDocument | undefined, controlId: string): boolean =>
  document?.rules.some(({ mode, controls }) => mode !== 'off' && controls.includes(controlId)) ?? false;

/** Returns a sentence about the tag that exempts a resource from remediation. Returns `undefined` if the resource is not exempt. */
export function isExempt(document: RemediationDocument | undefined, tags: Tags): string | undefined {
  const exempting = Object.entries(document?.exemptTags ?? {}).find(([key, value]) => hasTag(tags, key, value));
  if (!exempting) return undefined;
  const [key, value] = exempting;
  return `the resource is exempt: it has the tag ${JSON.stringify(key)}${value === '*' ? '' : ` with the value ${JSON.stringify(value)}`}`;
}

/** Returns a sentence about a tag that differs from an exempting one only in case or spaces. Returns `undefined` if no tag does. */
export function nearlyExempt(document: RemediationDocument | undefined, tags: Tags): string | undefined {
  for (const [key, value] of Object.entries(document?.exemptTags ?? {})) {
    if (hasTag(tags, key, value)) continue;
    const near = Object.entries(tags).find(([name, text]) => isAlike(name, key) && (value === '*' || isAlike(text, value)));
    if (near) {
      const [name, text] = near.map((each) => JSON.stringify(each));
      return `the tag ${name} with the value ${text} does not exempt the resource (exempt: ${JSON.stringify(key)} with ${JSON.stringify(value)}; case-sensitive)`;
    }
  }
  return undefined;
}

const isAlike = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

/** Returns the grace period of a rule, in minutes. */
export function graceMinutes({ grace = '0m' }: Pick<RemediationRule, 'grace'>): number {
  const minutes = { m: 1, h: 60, d: 24 * 60 }[grace.slice(-1)] ?? 0;
  return Number(grace.slice(0, -1)) * minutes;
}

/** Budget if the settings declare none. */
export const DEFAULT_BUDGET: RemediationBudget = { perAccount: 10, perControl: 50 };

/** Returns how many runbooks may start within one hour for one control. */
export const budgetOf = (document: RemediationDocument | undefined): RemediationBudget => ({ ...DEFAULT_BUDGET, ...document?.budget });

/** Number of reversals if the settings declare none. */
export const DEFAULT_REVERSALS = 3;

/** Returns the number of reversals of one fix that count as a fight with another actor. */
export const reversalsOf = (document: RemediationDocument | undefined): number => document?.maxReversals ?? DEFAULT_REVERSALS;

/** Maximum risk if neither the rule nor the section declares one. */
export const DEFAULT_MAX_RISK: Risk = 'safe';

/** Returns the maximum risk that a rule allows. */
export const maxRiskOf = (document: RemediationDocument | undefined, rule: Pick<RemediationRule, 'maxRisk'>): Risk =>
  rule.maxRisk ?? document?.maxRisk ?? DEFAULT_MAX_RISK;

/**
 * Returns the mode that applies to a run of a rule: above the maximum risk csmm only plans, and a destructive run requires approval.
 * It starts at most what this mode allows. The kill switch, the dry-run period and other guards can block more.
 */
export function effectiveMode(document: RemediationDocument | undefined, rule: RemediationRule, risk: Risk): RemediationMode {
  if (rule.mode !== 'approve' && rule.mode !== 'auto') return rule.mode;
  if (RISKS.indexOf(risk) > RISKS.indexOf(maxRiskOf(document, rule))) return 'plan';
  return risk === 'destructive' ? 'approve' : rule.mode;
}
