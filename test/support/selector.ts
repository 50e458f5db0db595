import type { Json, ValueType } from './runbook-document.ts';

/** AWS does not document SSM's behavior in this case: a runbook must not depend on it. */
export class UndocumentedBehaviorError extends Error {
  override readonly name = 'UndocumentedBehaviorError';
}

/**
 * Evaluates a JSONPath: `$`, `.name`, `['name']`, `[n]`, `[*]` and filters such as `[?(@.name == 'text')]`. A path with `[*]` or a
 * filter returns a list. `['name','other']` at its end returns a map of the members that exist, as in Jayway's JsonPath.
 * @returns undefined if there is no match.
 * @throws UndocumentedBehaviorError for any other syntax.
 */
export function select(value: Json, selector: string): Json | undefined {
  let found: readonly Json[] = [value];
  let isList = false;
  let rest = selector.startsWith('$') ? selector.slice(1) : undefined;
  while (rest) {
    const step = STEPS.flatMap(({ syntax, ...kind }) => {
      const match = syntax.exec(rest as string);
      return match ? [{ ...kind, match }] : [];
    })[0];
    if (!step) break;
    found = found.flatMap((each) => step.take(each, step.match.groups ?? {}));
    isList ||= step.isList;
    rest = rest.slice(step.match[0].length);
  }
  if (rest !== '') throw new UndocumentedBehaviorError(`the selector ${selector} has a syntax that is not known here`);
  if (isList) return found.length > 0 ? found : undefined;
  return found[0] ?? undefined;
}

type Parts = Readonly<Record<string, string | undefined>>;
interface Step {
  readonly syntax: RegExp;
  readonly isList: boolean;
  readonly take: (value: Json, parts: Parts) => readonly Json[];
}

function memberOf(value: Json, { name = '' }: Parts): readonly Json[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return [];
  const member = (value as { readonly [name: string]: Json })[name];
  return member === undefined || member === null ? [] : [member];
}

const elementsOf = (value: Json): readonly Json[] => (Array.isArray(value) ? value : []);

function literalOf({ text, number, word }: Parts): Json {
  if (text !== undefined) return text;
  return number !== undefined ? Number(number) : word === 'true';
}

const STEPS: readonly Step[] = [
  { syntax: /^\.(?<name>[A-Za-z_][A-Za-z0-9_-]*)/, isList: false, take: memberOf },
  { syntax: /^\['(?<name>[^'\\]+)'\]/, isList: false, take: memberOf },
  { syntax: /^\["(?<name>[^"\\]+)"\]/, isList: false, take: memberOf },
  { syntax: /^\[(?<index>\d+)\]/, isList: false, take: (value, { index }) => elementsOf(value).slice(Number(index), Number(index) + 1) },
  { syntax: /^\[\*\]/, isList: true, take: elementsOf },
  {
    syntax: /^\[(?<names>'[^'\\]+'(?:,\s*'[^'\\]+')+)\]$/,
    isList: false,
    take: (value, { names = '' }) => {
      const wanted = [...names.matchAll(/'([^']+)'/g)].map(([, name = '']) => name);
      return isMap(value) ? [Object.fromEntries(wanted.flatMap((name) => memberOf(value, { name }).map((member) => [name, member])))] : [];
    },
  },
  {
    syntax: /^\[\?\(@(?<path>(?:\.[A-Za-z_][A-Za-z0-9_]*)+)\s*==\s*(?:'(?<text>[^'\\]*)'|(?<number>-?\d+)|(?<word>true|false))\)\]/,
    isList: true,
    take: (value, parts) => elementsOf(value).filter((each) => select(each, `$${parts.path}`) === literalOf(parts)),
  },
];

/**
 * A value as the declared type of an output, converted where the documentation says so.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-outputs-inputs.html
 * @throws UndocumentedBehaviorError if the documentation does not define it.
 */
export function convert(value: Json, type: ValueType, what: string): Json {
  if (isOfType(value, type)) return value;
  const single = Array.isArray(value) && value.length === 1 ? (value[0] as Json) : value;
  if (type === 'StringList' && isScalar(value)) return [String(value)];
  if (type === 'String' && isScalar(single)) return String(single);
  if (type === 'Integer' && typeof single === 'string' && /^-?\d+$/.test(single)) return Number(single);
  if (type === 'Boolean' && (single === 'true' || single === 'false')) return single === 'true';
  if ((type === 'Integer' || type === 'Boolean') && isOfType(single, type)) return single;
  throw new UndocumentedBehaviorError(`${what} is ${JSON.stringify(value)?.slice(0, 200)}, which is not converted to ${type}`);
}

const isScalar = (value: Json): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'boolean' || Number.isInteger(value);

const isMap = (value: Json): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a value is of a type as it is. */
export function isOfType(value: Json, type: ValueType): boolean {
  if (type === 'String') return typeof value === 'string';
  if (type === 'Boolean') return typeof value === 'boolean';
  if (type === 'Integer') return Number.isInteger(value);
  if (type === 'StringMap') return isMap(value);
  return Array.isArray(value) && value.every((each: Json) => (type === 'StringList' ? typeof each === 'string' : isMap(each)));
}

/** Returns a value as the texts of an output of an execution: each output is a list. */
export const textsOf = (value: Json): string[] => (isOfType(value, 'StringList') ? [...(value as readonly string[])] : [textOf(value)]);

/** A value within a longer text. */
export const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
