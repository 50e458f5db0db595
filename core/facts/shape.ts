import { isoTimeOf } from '../instant.ts';

/**
 * The form of a fact in a record of facts. Anyone can write a record, so csmm accepts a value only if it has the form that the parser
 * of its type returns: a rule that meets any other value can pass by accident.
 */
export interface Shape<T> {
  /** The accepted values, as the object of "must be": `true or false`. */
  readonly expected: string;
  readonly matches: (value: unknown) => value is T;
}

/** A shape for each fact of a type. */
export type Shapes<F> = { readonly [K in keyof F]-?: Shape<Exclude<F[K], undefined>> };

const shape = <T>(expected: string, matches: (value: unknown) => boolean): Shape<T> => ({
  expected,
  matches: matches as (value: unknown) => value is T,
});

/** A text that a function accepts. `expected` describes such a text. */
export const textThat = (expected: string, accepts: (text: string) => boolean): Shape<string> =>
  shape(expected, (value) => typeof value === 'string' && accepts(value));

export const text = shape<string>('text', (value) => typeof value === 'string');
export const flag = shape<boolean>('true or false', (value) => typeof value === 'boolean');
/** A number of things, a port, a version: a whole number from 0. */
export const count = shape<number>('a whole number', (value) => Number.isSafeInteger(value) && (value as number) >= 0);
export const number = shape<number>('a number', (value) => Number.isFinite(value));
export const accountId = shape<string>('an account ID of 12 digits', (value) => typeof value === 'string' && /^\d{12}$/.test(value));

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/;

/** A time that exists, ISO-8601 UTC: not the 31st of February. */
export const instant = shape<string>('a time such as 2026-01-31T08:00:00.000Z', (value) => {
  return typeof value === 'string' && INSTANT.test(value) && isoTimeOf(value) !== undefined;
});

/** One of some texts. */
export const oneOf = <const T extends string>(...values: readonly T[]): Shape<T> =>
  shape(values.map((value) => JSON.stringify(value)).join(' or '), (value) => (values as readonly unknown[]).includes(value));

/** One of two shapes, such as a time or `never`. */
export const either = <A, B>(one: Shape<A>, other: Shape<B>): Shape<A | B> =>
  shape(`${one.expected} or ${other.expected}`, (value) => one.matches(value) || other.matches(value));

export const nullable = <T>(inner: Shape<T>): Shape<T | null> =>
  shape(`${inner.expected} or null`, (value) => value === null || inner.matches(value));

export const listOf = <T>(element: Shape<T>): Shape<readonly T[]> =>
  shape(`a list of ${element.expected}`, (value) => Array.isArray(value) && value.every(element.matches));

/** An object with any keys. */
export const mapOf = <T>(member: Shape<T>): Shape<Readonly<Record<string, T>>> =>
  shape(`an object of ${member.expected}`, (value) => isObject(value) && Object.values(value).every(member.matches));

/** An object with the keys of `required`, maybe those of `optional`, and no other key. */
export function objectOf<R extends object, O extends object = object>(
  required: Shapes<R>,
  optional: Shapes<O> = {} as Shapes<O>,
): Shape<R & Partial<O>> {
  const needed = Object.entries<Shape<unknown>>(required);
  const possible = new Map(Object.entries<Shape<unknown>>(optional));
  const matches = (value: unknown): boolean =>
    isObject(value) &&
    needed.every(([key, { matches }]) => Object.hasOwn(value, key) && matches(value[key])) &&
    Object.entries(value).every(([key, member]) => Object.hasOwn(required, key) || possible.get(key)?.matches(member));
  return shape(`an object with ${[...needed.map(([key]) => key), ...possible.keys()].join(', ')}`, matches);
}

/** An object with the keys of `required` and maybe those of `optional`. It can have other keys, such as those of a later release. */
export function objectWith<R extends object, O extends object = object>(
  required: Shapes<R>,
  optional: Shapes<O> = {} as Shapes<O>,
): Shape<R & Partial<O>> {
  const needed = Object.entries<Shape<unknown>>(required);
  const possible = Object.entries<Shape<unknown>>(optional);
  const matches = (value: unknown): boolean =>
    isObject(value) &&
    needed.every(([key, { matches }]) => Object.hasOwn(value, key) && matches(value[key])) &&
    possible.every(([key, { matches }]) => !Object.hasOwn(value, key) || value[key] === undefined || matches(value[key]));
  return shape(`an object with ${needed.map(([key]) => key).join(', ')}`, matches);
}

/** Whether a value is an object with members, not a list and not `null`. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
