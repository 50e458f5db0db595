import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMetricMath } from '../../../core/detection/metric-math.ts';

const METRICS = ['m1', 'm2', 'errors'];
const sumOf = (expression: string, more: Record<string, string> = {}) => {
  const sum = parseMetricMath('e', { expressions: new Map(Object.entries({ e: expression, ...more })), metrics: METRICS });
  return (
    sum && {
      ...Object.fromEntries(sum.factors),
      ...(sum.constant !== 0 && { constant: sum.constant }),
      ...(sum.filled && { filled: true }),
    }
  );
};

describe('metric math', () => {
  it.each<[string, object]>([
    ['m1', { m1: 1 }],
    ['m1+m2', { m1: 1, m2: 1 }],
    [' m1 + m2 * 2 ', { m1: 1, m2: 2 }],
    ['(m1 - m2) * 3', { m1: 3, m2: -3 }],
    ['-m1', { m1: -1 }],
    ['10 * m1 / 5 + 1.5', { m1: 2, constant: 1.5 }],
    ['m1 - m1', { m1: 0 }],
    ['FILL(m1, 0)', { m1: 1, filled: true }],
    ['FILL(m1,0)+FILL(m2,0.0)', { m1: 1, m2: 1, filled: true }],
    ['SUM([m1, m2])', { m1: 1, m2: 1 }],
    ['SUM(METRICS())', { m1: 1, m2: 1, errors: 1 }],
    ['SUM(METRICS("m"))', { m1: 1, m2: 1 }],
    ['SUM(FILL(METRICS(), 0))', { m1: 1, m2: 1, errors: 1, filled: true }],
    ['SUM(METRICS()*100)', { m1: 100, m2: 100, errors: 100 }],
    ['SUM(2/1*[m1, m2])', { m1: 2, m2: 2 }],
  ])('reads %s', (expression, expected) => expect(sumOf(expression)).toEqual(expected));

  it('follows expressions that name another', () => {
    expect(sumOf('e2 + m1', { e2: 'm1 + m2' })).toEqual({ m1: 2, m2: 1 });
    expect(sumOf('e')).toBeUndefined();
    expect(sumOf('e2', { e2: 'e' })).toBeUndefined();
  });

  it.each([
    '',
    'm3',
    'm1 +',
    'm1 m2',
    '(m1',
    'm1)',
    'm1*m2',
    'm1/m2',
    '1/m1',
    'm1/0',
    'm1^2',
    'METRICS()',
    '[m1, m2]',
    'SUM([m1])',
    'FILL(m1, REPEAT)',
    'FILL(m1, 1)',
    'FILL(m1)',
    'MAX([m1, m2])',
    'IF(m1 > 0, 1, 0)',
    'm1 > 0',
    'ANOMALY_DETECTION_BAND(m1)',
    'SELECT SUM(x) FROM y',
    '('.repeat(1000),
    '-'.repeat(1000),
  ])('does not read %.30s', (expression) => expect(sumOf(expression)).toBeUndefined());

  it('ends, whatever it says', () => {
    const unit = fc.constantFrom('m1', 'e', 'e2', '(', ')', '[', ']', ',', '+', '-', '*', '/', '0', '1', 'SUM(', 'FILL(', 'METRICS()', ' ');
    const text = fc.string({ unit, maxLength: 40 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const sum = sumOf(one, { e2: other });
        if (sum) for (const factor of Object.values(sum)) expect(['number', 'boolean']).toContain(typeof factor);
      }),
      { numRuns: 3000 },
    );
    const doubling = Object.fromEntries(Array.from({ length: 19 }, (_, index) => [`e${index}`, `e${index + 1}+e${index + 1}`]));
    expect(sumOf('e0', { ...doubling, e19: 'm1' })).toBeUndefined();
  });
});
