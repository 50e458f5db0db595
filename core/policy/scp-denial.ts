import type { Condition, Patterns, Statement } from './document.ts';
import { matchesGlob } from './glob.ts';

/** What a `Deny` leaves open to callers, as far as its conditions say. */
export interface Scope {
  /** Who is spared: patterns of `aws:PrincipalArn`, and `key=pattern` for any other key. Sorted, at most 50 of at most 2,048 characters. */
  readonly exempt: readonly string[];
  /** The Regions in which it does not deny; absent where it denies in all. Sorted, at most 50 patterns. */
  readonly regions?: readonly string[];
}

/** Why a `Deny` does not bind everybody; at most 256 characters. */
export interface Shortfall {
  readonly shortfall: string;
}

const MAX_PATTERNS = 50;
const MAX_PATTERN = 2048;
const MAX_SHORTFALL = 256;

/** Tells a `Shortfall` from what was read. */
export const isShortfall = (reading: object): reading is Shortfall => 'shortfall' in reading;

/** Says, after "it", how a `Deny` falls short; cut where it quotes too much. */
export const fallsShort = (shortfall: string): Shortfall => ({ shortfall: shortfall.slice(0, MAX_SHORTFALL) });

/** The values, each once and sorted, or that they are more than a fact may hold. */
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

/** Whether a pattern consists of `*` alone. */
export const isStar = (pattern: string): boolean => /^\*+$/.test(pattern);

/** Stands for whatever may be in its place. No pattern names it, so that only wildcards match it. */
const ANY = '\0';

/**
 * Resource types of those protected actions that have one; the others are authorized on `*` alone.
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
 * Whether the statement holds for every resource of the action. `NotResource` never counts. An ARN counts in the
 * partition `aws` only, unless it leaves the partition open: an ARN of another partition denies nothing here.
 */
export function coversEveryResource({ resources }: Statement, action: string): boolean {
  if (!resources || resources.negated) return false;
  const type = RESOURCE_TYPES.get(action.toLowerCase());
  return resources.values.some((pattern) => isStar(pattern) || (type !== undefined && covers(pattern, `arn:aws:${type}`)));
}

/** Whether the pattern matches whatever `ANY` stands for. Two lengths are enough: a pattern that fits both has a `*` there. */
const covers = (pattern: string, shape: string): boolean =>
  [ANY, ANY + ANY].every((filler) => matchesGlob(pattern, shape.replaceAll(ANY, filler)));

const PARTITIONS = ['aws', 'aws-cn', 'aws-us-gov'];
const EVERY_PRINCIPAL = PARTITIONS.flatMap((partition) => ['role', 'user'].map((kind) => `arn:${partition}:iam::${ANY}:${kind}/${ANY}`));

/** Whether the pattern spares every role or every user of some account, which may be the one in question. */
function sparesEveryone(pattern: string): boolean {
  const fields = widest(pattern).split(':');
  const inAnyAccount = fields.length === 6 ? fields.with(4, '*').join(':') : fields.join(':');
  return EVERY_PRINCIPAL.some((shape) => covers(inAnyAccount, shape));
}

/** The pattern with every policy variable replaced by what it may become. */
const widest = (pattern: string): string => pattern.replaceAll(/\$\{[^}]*\}/g, '*');

type Meaning = { readonly exempt: readonly string[] } | { readonly regions: readonly string[] } | Shortfall;
const SPARES_NOBODY: Meaning = { exempt: [] };

/**
 * What the conditions of a `Deny` leave open. A negated operator also holds where its key is absent, with `IfExists` and
 * without: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html.
 * The keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html.
 *
 * Every key that is not known to depend on the principal alone counts as one that callers can choose.
 */
export function scopeOf(conditions: readonly Condition[]): Scope | Shortfall {
  const exempt: string[] = [];
  let regions: string[] | undefined;
  for (const condition of conditions) {
    const meaning = meaningOf(condition);
    if (isShortfall(meaning)) return meaning;
    // All conditions must hold: who escapes one of them escapes the statement.
    if ('exempt' in meaning) exempt.push(...meaning.exempt);
    else regions = [...(regions ?? []), ...meaning.regions];
  }
  const spared = bounded(exempt);
  if (isShortfall(spared)) return spared;
  if (!regions) return { exempt: spared };
  const left = bounded(regions);
  return isShortfall(left) ? left : { exempt: spared, regions: left };
}

const NEGATED: ReadonlySet<string> = new Set(['arnnotlike', 'arnnotequals', 'stringnotlike', 'stringnotequals']);

/** Keys by which a condition may spare principals, `aws:PrincipalArn` aside. Some principals lack them. */
const isPrincipalKey = (key: string): boolean => key === 'aws:userid' || key === 'aws:username' || key.startsWith('aws:principaltag/');

function meaningOf(condition: Condition): Meaning {
  const { operator, key, values } = condition;
  const comparison = operator.replace(/^for(all|any)values?:/, '').replace(/ifexists$/, '');
  const isNegated = NEGATED.has(comparison);
  const isFalse = comparison === 'bool' && values.some((value) => value.toLowerCase() === 'false');
  /** With `ForAnyValue`, an absent key does not hold. */
  const holdsWithoutKey = isNegated && !operator.startsWith('foranyvalue:');

  if (values.length > 0) {
    // In every request.
    if (key === 'aws:requestedregion') return regionsOf(condition, comparison);
    if (key === 'aws:principalarn' && isNegated) return exempting(condition, sparesEveryone, (value) => value);
    if (isPrincipalKey(key) && holdsWithoutKey) return exempting(condition, isStarOrVariable, (value) => `${key}=${value}`);
    // SCPs do not bind AWS services anyway.
    if (key === 'aws:principalisawsservice' && isFalse) return SPARES_NOBODY;
    if (key === 'aws:principalservicename' && holdsWithoutKey) return SPARES_NOBODY;
    // Whoever may have AWS CloudFormation make the request in their name is spared, so this is for the reader to judge.
    if (key === 'aws:viaawsservice' && isFalse) return { exempt: [`${key}=true`] };
  }
  return conditional(condition);
}

const conditional = ({ operator, key }: Condition): Shortfall => fallsShort(`depends on ${key.slice(0, 128)} (${operator.slice(0, 64)})`);

const isStarOrVariable = (value: string): boolean => isStar(widest(value));

function exempting({ key, values }: Condition, isEveryone: (value: string) => boolean, label: (value: string) => string): Meaning {
  return values.some(isEveryone) ? fallsShort(`exempts everyone by ${key.slice(0, 128)}`) : { exempt: values.map(label) };
}

/** Longer than the name of any Region. */
const MAX_REGION = 64;

function regionsOf(condition: Condition, comparison: string): Meaning {
  const ignoresCase = comparison === 'stringnotequalsignorecase';
  if (!ignoresCase && comparison !== 'stringnotequals' && comparison !== 'stringnotlike') return conditional(condition);
  const regions = ignoresCase ? condition.values.map((value) => value.toLowerCase()) : condition.values;
  if (regions.some((region) => isStarOrVariable(region) || region.includes('${'))) return fallsShort('leaves every Region open');
  return regions.every(({ length }) => length <= MAX_REGION) ? { regions } : fallsShort('names what cannot be a Region');
}
