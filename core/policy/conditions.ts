import type { Condition } from './document.ts';
import { matchesGlob } from './glob.ts';

/** The parts of a condition operator, such as `ForAnyValue:StringNotLikeIfExists`. */
export interface Operator {
  /** The comparison in lower case, such as `stringnotlike`, `bool` or `null`. */
  readonly comparison: string;
  readonly negated: boolean;
  /** `any` for `ForAnyValue`, `all` for `ForAllValues`. */
  readonly quantifier?: 'any' | 'all';
  /** Whether the condition also holds for a request that lacks its key. `null` asks for the key itself, so it is `false` there. */
  readonly holdsWithoutKey: boolean;
}

/**
 * Returns the parts of an operator. Its case does not matter. A negated comparison, `IfExists` and `ForAllValues` also hold for a
 * request without the key. `ForAnyValue` does not, with a negated comparison either.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function operatorOf(operator: string): Operator {
  const text = operator.toLowerCase();
  const quantifier = text.startsWith('foranyvalue:') ? 'any' : text.startsWith('forallvalues:') ? 'all' : undefined;
  const ifExists = text.endsWith('ifexists');
  const comparison = text.slice(text.indexOf(':') + 1, ifExists ? -'ifexists'.length : undefined);
  const negated = NEGATED.has(comparison);
  const holdsWithoutKey = ifExists || quantifier === 'all' || (negated && quantifier !== 'any');
  return { comparison, negated, ...(quantifier && { quantifier }), holdsWithoutKey };
}

const NEGATED: ReadonlySet<string> = new Set([
  'arnnotequals',
  'arnnotlike',
  'datenotequals',
  'notipaddress',
  'numericnotequals',
  'stringnotequals',
  'stringnotequalsignorecase',
  'stringnotlike',
]);

/**
 * Whether a condition holds for a request. `request` has the value of each key that is known to be in it, by the name of the key in
 * lower case. Returns `undefined` if the key is not among them, or if the comparison or one of its values is of an unknown kind.
 */
export function holds({ operator, key, values }: Condition, request: ReadonlyMap<string, string>): boolean | undefined {
  const actual = request.get(key);
  const { comparison, negated } = operatorOf(operator);
  // A policy variable can have any value.
  if (actual === undefined || values.length === 0 || values.some((value) => value.includes('${'))) return undefined;
  // The key is in the request: `Null` holds if it says that the key is there.
  if (comparison === 'null') return someIs(values.map((value) => isSameFlag(value, 'false')));
  const compare = COMPARISONS.get(comparison.replace('not', ''));
  const matches = compare && someIs(values.map((value) => compare(actual, value)));
  return matches === undefined ? undefined : matches !== negated;
}

/** Whether one of the results is `true`. `undefined` if none is and one is not known. */
const someIs = (results: readonly (boolean | undefined)[]): boolean | undefined =>
  results.includes(true) || (results.includes(undefined) ? undefined : false);

/** Returns whether the value of the request matches a value of the policy. `undefined` for a value that the comparison does not know. */
type Comparison = (actual: string, value: string) => boolean | undefined;

const COMPARISONS: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ['bool', (actual, value) => isSameFlag(value, actual)],
  ['stringequals', (actual, value) => actual === value],
  ['stringequalsignorecase', (actual, value) => actual.toLowerCase() === value.toLowerCase()],
  ['stringlike', (actual, value) => matchesGlob(value, actual)],
  ['numericequals', numeric((actual, value) => actual === value)],
  ['numericlessthan', numeric((actual, value) => actual < value)],
  ['numericlessthanequals', numeric((actual, value) => actual <= value)],
  ['numericgreaterthan', numeric((actual, value) => actual > value)],
  ['numericgreaterthanequals', numeric((actual, value) => actual >= value)],
]);

function numeric(compare: (actual: number, value: number) => boolean): Comparison {
  return (actual, value) => {
    const [left, right] = [Number(actual), Number(value)];
    return value.trim() !== '' && Number.isFinite(left) && Number.isFinite(right) ? compare(left, right) : undefined;
  };
}

/**
 * Whether a boolean of a policy has the value `flag`. `undefined` if it is not a boolean. `False` counts as `false`: the IAM guide does not
 * say whether the case matters, and simulators of IAM ignore it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Boolean
 */
function isSameFlag(value: string, flag: string): boolean | undefined {
  const lower = value.toLowerCase();
  return lower === 'true' || lower === 'false' ? lower === flag : undefined;
}
