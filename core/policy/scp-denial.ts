import { operatorOf } from './conditions.ts';
import type { Condition, Patterns, Statement } from './document.ts';
import { ANY, coversEvery, matchesGlob, overlap } from './glob.ts';

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

/** Whether a pattern of actions, in lower case, matches every action of a service, or of all services if it is not given. */
export const coversEveryAction = (pattern: string, service = ANY): boolean => coversEvery(pattern, `${service}:${ANY}`);

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
 * Whether the statement covers every resource of the action. `NotResource` counts if it exempts no resource of the action. An ARN
 * counts only if its partition is that of the account or a wildcard: an ARN of another partition matches nothing here.
 */
export function coversEveryResource({ resources }: Statement, action: string, partition: string): boolean {
  if (!resources) return false;
  return resources.negated
    ? !resources.values.some((pattern) => coversSome(pattern, action, partition))
    : resources.values.some((pattern) => coversAll(pattern, action, partition));
}

/** Whether the statement can cover a resource of the action: the opposite of {@link coversEveryResource}, in doubt `true`. */
export function coversSomeResource({ resources }: Statement, action: string, partition: string): boolean {
  if (!resources) return true;
  return resources.negated
    ? !resources.values.some((pattern) => coversAll(pattern, action, partition))
    : resources.values.some((pattern) => coversSome(pattern, action, partition));
}

function coversAll(pattern: string, action: string, partition: string): boolean {
  const type = RESOURCE_TYPES.get(action.toLowerCase());
  return isStar(pattern) || (type !== undefined && coversEvery(pattern, `arn:${partition}:${type}`));
}

function coversSome(pattern: string, action: string, partition: string): boolean {
  const [service] = action.toLowerCase().split(':');
  const type = RESOURCE_TYPES.get(action.toLowerCase())?.replaceAll(ANY, '*') ?? `${service}:*`;
  return isStar(pattern) || overlap(widest(pattern), `arn:${partition}:${type}`);
}

/** Whether the pattern exempts every role or every user of some account, which can be the evaluated one. */
function exemptsEveryone(pattern: string, partition: string): boolean {
  const fields = widest(pattern).split(':');
  const inAnyAccount = fields.length === 6 ? fields.with(4, '*').join(':') : fields.join(':');
  return ['role', 'user'].some((kind) => coversEvery(inAnyAccount, `arn:${partition}:iam::${ANY}:${kind}/${ANY}`));
}

/** Whether the pattern can match a principal of the partition. */
const isOfPartition = (pattern: string, partition: string): boolean => overlap(widest(pattern), `arn:${partition}:*`);

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
export function scopeOf(conditions: readonly Condition[], partition: string): Scope | Shortfall {
  const exempt: string[] = [];
  let regions: string[] | undefined;
  for (const condition of conditions) {
    const meaning = meaningOf(condition, partition);
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

const DIFFERS: ReadonlySet<string> = new Set(['arnnotlike', 'arnnotequals', 'stringnotlike', 'stringnotequals']);

/** Whether a condition on the key can exempt principals, apart from `aws:PrincipalArn`. Some principals lack these keys. */
const isPrincipalKey = (key: string): boolean => key === 'aws:userid' || key === 'aws:username' || key.startsWith('aws:principaltag/');

function meaningOf(condition: Condition, partition: string): Meaning {
  const { operator, key, values } = condition;
  const { comparison, holdsWithoutKey } = operatorOf(operator);
  const isNegated = DIFFERS.has(comparison);
  const isFalse = comparison === 'bool' && values.some((value) => value.toLowerCase() === 'false');
  const matchesWithoutKey = isNegated && holdsWithoutKey;

  if (values.length > 0) {
    // This key is in every request.
    if (key === 'aws:requestedregion') return regionsOf(condition, comparison);
    if (key === 'aws:principalarn' && isNegated) {
      const possible = { ...condition, values: values.filter((value) => isOfPartition(value, partition)) };
      return exempting(
        possible,
        (value) => exemptsEveryone(value, partition),
        (value) => value,
      );
    }
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

/** The requests that an `Allow` can match, as far as its conditions limit them. */
export interface Reach {
  /** As `exempt` of {@link Scope}; absent if any principal can be allowed. */
  readonly principals?: readonly string[];
  /** Names or patterns of Regions; absent if requests to any Region can be allowed. */
  readonly regions?: readonly string[];
}

/**
 * Returns the requests that an `Allow` with these conditions can match. All conditions must match, so a condition that is not
 * understood can only narrow this further. https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
 */
export function reachOf(conditions: readonly Condition[], partition: string): Reach {
  const limits = conditions.map((condition) => limitsOf(condition, partition));
  const principals = shortest(limits.flatMap((limit) => (limit.principals ? [limit.principals] : [])));
  const regions = shortest(limits.flatMap((limit) => (limit.regions ? [limit.regions] : [])));
  return { ...(principals && { principals }), ...(regions && { regions }) };
}

function shortest(lists: readonly (readonly string[])[]): readonly string[] | undefined {
  return lists.toSorted((one, other) => one.length - other.length || (`${one}` < `${other}` ? -1 : 1))[0];
}

const EQUALS: ReadonlySet<string> = new Set(['arnlike', 'arnequals', 'stringlike', 'stringequals']);

function limitsOf({ operator, key, values }: Condition, partition: string): Reach {
  const { comparison, holdsWithoutKey } = operatorOf(operator);
  if (key === 'aws:requestedregion' && (EQUALS.has(comparison) || comparison === 'stringequalsignorecase')) {
    const regions = comparison === 'stringequalsignorecase' ? values.map((value) => value.toLowerCase()) : values;
    const isLimit = regions.every((region) => !isStarOrVariable(region) && !region.includes('${') && region.length <= MAX_REGION);
    return isLimit ? { regions } : {};
  }
  if (!EQUALS.has(comparison)) return {};
  // This key is in every request, as is the Region. The other keys are not.
  if (key === 'aws:principalarn') {
    const possible = values.filter((value) => isOfPartition(value, partition));
    return possible.some((value) => exemptsEveryone(value, partition)) ? {} : { principals: possible };
  }
  if (!isPrincipalKey(key) || holdsWithoutKey || values.some(isStarOrVariable)) return {};
  return { principals: values.map((value) => `${key}=${value}`) };
}
