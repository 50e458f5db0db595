import { describe, expect, it } from 'vitest';
import { holds, operatorOf } from '../../../core/policy/conditions.ts';

const REQUEST = new Map([
  ['aws:securetransport', 'false'],
  ['s3:tlsversion', '1.1'],
  ['aws:requestedregion', 'eu-west-1'],
]);
const condition = (operator: string, key: string, ...values: string[]) => ({ operator: operator.toLowerCase(), key, values });

describe('an operator', () => {
  it.each([
    ['StringLike', { comparison: 'stringlike', negated: false, holdsWithoutKey: false }],
    ['stringnotlike', { comparison: 'stringnotlike', negated: true, holdsWithoutKey: true }],
    ['BoolIfExists', { comparison: 'bool', negated: false, holdsWithoutKey: true }],
    ['NotIpAddress', { comparison: 'notipaddress', negated: true, holdsWithoutKey: true }],
    ['ForAnyValue:StringLike', { comparison: 'stringlike', negated: false, quantifier: 'any', holdsWithoutKey: false }],
    ['ForAnyValue:StringNotEquals', { comparison: 'stringnotequals', negated: true, quantifier: 'any', holdsWithoutKey: false }],
    ['ForAllValues:StringEquals', { comparison: 'stringequals', negated: false, quantifier: 'all', holdsWithoutKey: true }],
    ['Null', { comparison: 'null', negated: false, holdsWithoutKey: false }],
  ])('%s has its parts', (operator, parts) => {
    expect(operatorOf(operator)).toEqual(parts);
  });
});

describe('a condition', () => {
  it.each([
    ['Bool', 'aws:securetransport', 'false'],
    ['Bool', 'aws:securetransport', 'False'],
    ['BoolIfExists', 'aws:securetransport', 'FALSE'],
    ['Bool', 'aws:securetransport', 'true', 'false'],
    ['StringEquals', 'aws:securetransport', 'false'],
    ['StringEqualsIgnoreCase', 'aws:securetransport', 'FALSE'],
    ['StringLike', 'aws:securetransport', 'f*'],
    ['StringNotEquals', 'aws:securetransport', 'true'],
    ['ForAnyValue:StringEquals', 'aws:securetransport', 'false'],
    ['Null', 'aws:securetransport', 'false'],
    ['NumericLessThan', 's3:tlsversion', '1.2'],
    ['NumericLessThanEquals', 's3:tlsversion', '1.1'],
    ['NumericNotEquals', 's3:tlsversion', '1.2'],
    ['NumericGreaterThan', 's3:tlsversion', '1'],
    ['NumericGreaterThanEquals', 's3:tlsversion', '1.1'],
    ['NumericEquals', 's3:tlsversion', '1.10'],
  ])('holds: %s of %s is %s', (operator, key, ...values) => {
    expect(holds(condition(operator, key, ...values), REQUEST)).toBe(true);
  });

  it.each([
    ['Bool', 'aws:securetransport', 'true'],
    ['StringEquals', 'aws:securetransport', 'False'],
    ['StringNotEquals', 'aws:securetransport', 'true', 'false'],
    ['Null', 'aws:securetransport', 'true'],
    ['Null', 'aws:securetransport', 'True'],
    ['NumericLessThan', 's3:tlsversion', '1.1'],
    ['NumericGreaterThan', 's3:tlsversion', '1.2'],
  ])('does not hold: %s of %s is %s', (operator, key, ...values) => {
    expect(holds(condition(operator, key, ...values), REQUEST)).toBe(false);
  });

  it.each([
    ['a key that may be absent', 'StringEquals', 'aws:sourcevpc', 'vpc-1'],
    ['an unknown operator', 'StringResembles', 'aws:securetransport', 'false'],
    ['an operator of another type', 'IpAddress', 'aws:securetransport', 'false'],
    ['a boolean that is none', 'Bool', 'aws:securetransport', 'no'],
    ['a number that is none', 'NumericLessThan', 's3:tlsversion', 'TLSv1.2'],
    ['an empty number', 'NumericGreaterThanEquals', 's3:tlsversion', ' '],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an IAM policy variable, not a template
    ['a policy variable', 'StringNotEquals', 'aws:requestedregion', '${aws:PrincipalTag/region}'],
    ['no value', 'StringNotEquals', 'aws:requestedregion'],
  ])('is not known with %s', (_, operator, key, ...values) => {
    expect(holds(condition(operator, key, ...values), REQUEST)).toBeUndefined();
  });
});
