/** An exact, non-negative rational number. csmm compares scores as fractions, never as floats. */
export interface Fraction {
  readonly n: bigint;
  /** Greater than zero. */
  readonly d: bigint;
}

export const ZERO: Fraction = { n: 0n, d: 1n };

export const fraction = (n: number | bigint, d: number | bigint = 1n): Fraction => reduce(BigInt(n), BigInt(d));

export function add(a: Fraction, b: Fraction): Fraction {
  if (a.n === 0n) return b;
  return a.d === b.d ? { n: a.n + b.n, d: a.d } : reduce(a.n * b.d + b.n * a.d, a.d * b.d);
}
/** Returns `a` minus `b`. `a` must be at least `b`. */
export const subtract = (a: Fraction, b: Fraction): Fraction => reduce(a.n * b.d - b.n * a.d, a.d * b.d);
export const multiply = (a: Fraction, b: Fraction): Fraction => reduce(a.n * b.n, a.d * b.d);
/** @throws RangeError on division by zero. */
export const divide = (a: Fraction, b: Fraction): Fraction => reduce(a.n * b.d, a.d * b.n);

/** Returns whether `a` is at least `b`. */
export const atLeast = (a: Fraction, b: Fraction): boolean => a.n * b.d >= b.n * a.d;

/** Returns the value with one decimal, rounded down. */
export const oneDecimal = (value: Fraction): number => Number((value.n * 10n) / value.d) / 10;

/** Converts a finite, non-negative decimal exactly as written: 0.1 is one tenth. */
export function fromDecimal(value: number): Fraction {
  const [mantissa = '0', exponent = '0'] = value.toString().split('e');
  const [whole = '0', decimals = ''] = mantissa.split('.');
  const power = BigInt(exponent) - BigInt(decimals.length);
  const digits = BigInt(whole + decimals);
  return power >= 0n ? reduce(digits * 10n ** power, 1n) : reduce(digits, 10n ** -power);
}

function reduce(n: bigint, d: bigint): Fraction {
  if (d === 0n) throw new RangeError('division by zero');
  if (n === 0n) return ZERO;
  const divisor = n <= MAX_SAFE && d <= MAX_SAFE ? BigInt(gcd(Number(n), Number(d))) : bigGcd(n, d);
  return divisor === 1n ? { n, d } : { n: n / divisor, d: d / divisor };
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

function bigGcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}
