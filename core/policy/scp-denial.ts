import type { Condition, Patterns, Statement } from './document.ts';
import { matchesGlob } from './glob.ts';

/** The requests that a `Deny` does not cover, derived from its conditions. */
export interface Scope {
  /** Exempt principals: patterns of `aws:PrincipalArn`, and `key=pattern` for any other key. Sorted; at most 50 of at most 2,048 characters. */
  readonly exempt: readonly string[];
  /** Regions in which the statement does not deny; absent if it denies in all. Sorted; at most 50 patterns. */
  readonly regions?: readonly string[];
}

/** Why a `Deny` does not apply to all principals, in at most 256 characters. */
export interface Shortfall {
  readonly shortfall: string;
}

const MAX_PATTERNS = 50;
const MAX_PATTERN = 2048;
const MAX_SHORTFALL = 256;

/** Whether a result is a `Shortfall`. */
export const isShortfall = (result: object): result is Shortfall => 'shortfall' in result;

/** Returns a shortfall. The text is the predicate of a sentence whose subject is the statement; a long text is cut. */
export const fallsShort = (shortfall: string): Shortfall => ({ shortfall: shortfall.slice(0, MAX_SHORTFALL) });

/** Returns the distinct values, sorted, or a shortfall if they exceed the limits of a fact. */
export function bounded(values: Iterable<string>): readonly string[] | Shortfall {
  const distinct = [...new Set(values)].sort();
  const isBounded = distinct.length <= MAX_PATTERNS && distinct.every(({ length }) => length <= MAX_PATTERN);
  return isBounded ? distinct : fallsShort(`exempts more than ${MAX_PATTERNS} patterns, or one of over ${MAX_PATTERN} characters`);
}

/**
 * Whether the statement's action element holds for the action. IAM ignores the case of actions.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html#scp-syntax-action
 */
export function names({ negated, values }: Patterns, action: string): boolean {
  return values.some((value) => matchesGlob(value.toLowerCase(), action.toLowerCase())) !== negated;
}

/** Whether a pattern consists only of `*`. */
export const isStar = (pattern: string): boolean => /^\*+$/.test(pattern);

/** Placeholder for any text. No pattern contains it, so only wildcards match it. */
const ANY = '\0';

/**
 * Resource types of the protected actions that have one. The others are authorized only on `*`.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsconfig.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonguardduty.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamaccessanalyzer.html
 */
const RESOURCE_TYPES: ReadonlyMap<string, string> = new Map([
  ['cloudtrail:stoplogging', `cloudtrail:${ANY}:${ANY}:trail/${ANY}`],
  ['cloudtrail:deletetrail', `cloudtrail:${ANY}:${ANY}:trail/${ANY}`],
  ['cloudtrail:updatetrail', `cloudtrail:${ANY}:${ANY}:trail/${ANY}`],
  ['config:deleteconfigurationrecorder', `config:${ANY}:${ANY}:configuration-recorder/${ANY}/${ANY}`],
  ['config:stopconfigurationrecorder', `config:${ANY}:${ANY}:configuration-recorder/${ANY}/${ANY}`],
  ['guardduty:deletedetector', `guardduty:${ANY}:${ANY}:detector/${ANY}`],
  ['access-analyzer:deleteanalyzer', `access-analyzer:${ANY}:${ANY}:analyzer/${ANY}`],
]);

/**
 * Whether the statement covers every resource of the action. `NotResource` never counts. An ARN counts only if its partition is
 * `aws` or a wildcard: an ARN of another partition denies nothing here.
 */
export function coversEveryResource({ resources }: Statement, action: string): boolean {
  if (!resources || resources.negated) return false;
  const type = RESOURCE_TYPES.get(action.toLowerCase());
  return resources.values.some((pattern) => isStar(pattern) || (type !== undefined && covers(pattern, `arn:aws:${type}`)));
}

/** Whether the pattern matches every text in place of `ANY`. Two lengths are enough: a pattern that matches both has a `*` there. */
const covers = (pattern: string, shape: string): boolean =>
  [ANY, ANY + ANY].every((filler) => matchesGlob(pattern, shape.replaceAll(ANY, filler)));

const PARTITIONS = ['aws', 'aws-cn', 'aws-us-gov'];
const EVERY_PRINCIPAL = PARTITIONS.flatMap((partition) => ['role', 'user'].map((kind) => `arn:${partition}:iam::${ANY}:${kind}/${ANY}`));

/** Whether the pattern exempts every role or every user of some account, which can be the evaluated one. */
function exemptsEveryone(pattern: string): boolean {
  const fields = widest(pattern).split(':');
  const inAnyAccount = fields.length === 6 ? fields.with(4, '*').join(':') : fields.join(':');
  return EVERY_PRINCIPAL.some((shape) => covers(inAnyAccount, shape));
}

/** Returns the pattern with a `*` for each policy variable, which can have any value. */
const widest = (pattern: string): string => pattern.replaceAll(/\$\{[^}]*\}/g, '*');

type Meaning = { readonly exempt: readonly string[] } | { readonly regions: readonly string[] } | Shortfall;
const EXEMPTS_NO_ONE: Meaning = { exempt: [] };

/**
 * Returns the requests that the conditions of a `Deny` exempt. A negated operator also matches if its key is absent, with or
 * without `IfExists`: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html.
 * For the keys, see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html.
 *
 * A key counts as one that callers can choose, unless it is known to depend only on the principal.
 */
export function scopeOf(conditions: readonly Condition[]): Scope | Shortfall {
  const exempt: string[] = [];
  let regions: string[] | undefined;
  for (const condition of conditions) {
    const meaning = meaningOf(condition);
    if (isShortfall(meaning)) return meaning;
    // All conditions must match: a principal that one of them exempts is exempt from the statement.
    if ('exempt' in meaning) exempt.push(...meaning.exempt);
    else regions = [...(regions ?? []), ...meaning.regions];
  }
  const principals = bounded(exempt);
  if (isShortfall(principals)) return principals;
  if (!regions) return { exempt: principals };
  const left = bounded(regions);
  return isShortfall(left) ? left : { exempt: principals, regions: left };
}

const NEGATED: ReadonlySet<string> = new Set(['arnnotlike', 'arnnotequals', 'stringnotlike', 'stringnotequals']);

/** Whether a condition on the key can exempt principals, apart from `aws:PrincipalArn`. Some principals lack these keys. */
const isPrincipalKey = (key: string): boolean => key === 'aws:userid' || key === 'aws:username' || key.startsWith('aws:principaltag/');

function meaningOf(condition: Condition): Meaning {
  const { operator, key, values } = condition;
  const comparison = operator.replace(/^for(all|any)values?:/, '').replace(/ifexists$/, '');
  const isNegated = NEGATED.has(comparison);
  const isFalse = comparison === 'bool' && values.some((value) => value.toLowerCase() === 'false');
  /** With `ForAnyValue`, an absent key does not match. */
  const matchesWithoutKey = isNegated && !operator.startsWith('foranyvalue:');

  if (values.length > 0) {
    // This key is in every request.
    if (key === 'aws:requestedregion') return regionsOf(condition, comparison);
    if (key === 'aws:principalarn' && isNegated) return exempting(condition, exemptsEveryone, (value) => value);
    if (isPrincipalKey(key) && matchesWithoutKey) return exempting(condition, isStarOrVariable, (value) => `${key}=${value}`);
    // SCPs do not bind AWS services.
    if (key === 'aws:principalisawsservice' && isFalse) return EXEMPTS_NO_ONE;
    if (key === 'aws:principalservicename' && matchesWithoutKey) return EXEMPTS_NO_ONE;
    // This exempts everyone who can make AWS CloudFormation send the request, so the caller of this function decides.
    if (key === 'aws:viaawsservice' && isFalse) return { exempt: [`${key}=true`] };
  }
  return conditional(condition);
}

const conditional = ({ operator, key }: Condition): Shortfall => fallsShort(`depends on ${key.slice(0, 128)} (${operator.slice(0, 64)})`);

const isStarOrVariable = (value: string): boolean => isStar(widest(value));

function exempting({ key, values }: Condition, isEveryone: (value: string) => boolean, label: (value: string) => string): Meaning {
  return values.some(isEveryone) ? fallsShort(`exempts everyone by ${key.slice(0, 128)}`) : { exempt: values.map(label) };
}

/** Maximum length of a Region name, in characters. All real names are shorter. */
const MAX_REGION = 64;

function regionsOf(condition: Condition, comparison: string): Meaning {
  const ignoresCase = comparison === 'stringnotequalsignorecase';
  if (!ignoresCase && comparison !== 'stringnotequals' && comparison !== 'stringnotlike') return conditional(condition);
  const regions = ignoresCase ? condition.values.map((value) => value.toLowerCase()) : condition.values;
  if (regions.some((region) => isStarOrVariable(region) || region.includes('${'))) return fallsShort('allows every Region');
  return regions.every(({ length }) => length <= MAX_REGION) ? { regions } : fallsShort('contains an invalid Region name');
}
