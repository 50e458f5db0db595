import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAlarmRule } from '../../../core/detection/alarm-rule.ts';

describe('the rule of a composite alarm', () => {
  it.each<[string, string[]]>([
    ['ALARM(a)', ['a']],
    [' ( ALARM("a b") ) ', ['a b']],
    ['ALARM(a) OR ALARM(b) or (ALARM("c") OR FALSE)', ['a', 'b', 'c']],
    ['ALARM(a) OR ALARM(a)', ['a']],
    ['ALARM("arn:aws:cloudwatch:eu-west-1:111111111111:alarm:team:a")', ['team:a']],
    ['ALARM( a )', ['a']],
  ])('%s is a choice of alarms', (rule, anyOf) => expect(parseAlarmRule(rule)).toEqual({ anyOf, others: [] }));

  it.each<[string, string[]]>([
    ['ALARM(a) AND ALARM(b)', ['a', 'b']],
    ['ALARM(a) AND NOT ALARM(b)', ['a', 'b']],
    ['(ALARM(a) OR ALARM(b)) AND OK(c)', ['a', 'b', 'c']],
    ['NOT ALARM(a)', ['a']],
    ['OK(a) OR ALARM(b)', ['a', 'b']],
    ['INSUFFICIENT_DATA(a)', ['a']],
    ['TRUE OR ALARM(a)', ['a']],
    ['ALARM(a) OR ALARM(b) AND ALARM(c)', ['a', 'b', 'c']],
  ])('%s is more than that', (rule, others) => expect(parseAlarmRule(rule)).toEqual({ anyOf: [], others }));

  it('FALSE names no alarm', () => expect(parseAlarmRule('FALSE')).toEqual({ anyOf: [], others: [] }));

  it.each([
    undefined,
    5,
    '',
    'a',
    'ALARM',
    'ALARM()',
    'ALARM(a',
    'ALARM(a) OR',
    'ALARM(a) ALARM(b)',
    '(ALARM(a)',
    'AT_LEAST(2, ALARM, (a, b))',
    `ALARM(${'x'.repeat(11_000)})`,
  ])('cannot be read in %.30s', (rule) => expect(parseAlarmRule(rule)).toBeUndefined());

  it('is read or refused, whatever it says', () => {
    const unit = fc.constantFrom('ALARM', 'OK', 'NOT ', ' AND ', ' OR ', '(', ')', '"', 'a', ' ', 'TRUE');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (rule) => {
        const parsed = parseAlarmRule(rule);
        if (parsed) expect(parsed.anyOf.length === 0 || parsed.others.length === 0).toBe(true);
      }),
      { numRuns: 3000 },
    );
    expect(parseAlarmRule('('.repeat(10_000))).toBeUndefined();
    expect(parseAlarmRule(`ALARM(${' '.repeat(10_000)}`)).toBeUndefined();
  });
});
