import { describe, expect, it } from 'vitest';
import { type Complaints, View } from '../../../core/facts/view.ts';
import { type Policy, parsePolicy } from '../../../core/policy/document.ts';

function parse(document: unknown): { policy: Policy | undefined; complaint: string | undefined } {
  const complaints: Complaints = { last: undefined };
  return { policy: parsePolicy(new View(document, complaints, undefined, 'policy')), complaint: complaints.last };
}

const STATEMENT = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::example/*' };
const PARSED = {
  effect: 'Allow',
  principals: { negated: false, values: [{ kind: 'AWS', id: '*' }] },
  actions: { negated: false, values: ['s3:GetObject'] },
  resources: { negated: false, values: ['arn:aws:s3:::example/*'] },
  conditions: [],
};

describe('a policy document', () => {
  it.each([
    ['an object', { Statement: [STATEMENT] }],
    ['an object with a single statement', { Statement: STATEMENT }],
    ['JSON text', JSON.stringify({ Statement: [STATEMENT] })],
    ['URL-encoded JSON text', encodeURIComponent(JSON.stringify({ Statement: [STATEMENT] }))],
    ['an object with lists', { Statement: [{ ...STATEMENT, Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::example/*'] }] }],
    ['an object with an AWS principal', { Statement: [{ ...STATEMENT, Principal: { AWS: '*' } }] }],
  ])('is read from %s', (_, document) => {
    expect(parse(document)).toEqual({ policy: { statements: [PARSED] }, complaint: undefined });
  });

  it('keeps every principal with its kind', () => {
    const Principal = { AWS: ['111111111111', '222222222222'], Service: 'cloudtrail.amazonaws.com' };
    expect(parse({ Statement: { ...STATEMENT, Principal } }).policy?.statements[0]?.principals?.values).toEqual([
      { kind: 'AWS', id: '111111111111' },
      { kind: 'AWS', id: '222222222222' },
      { kind: 'Service', id: 'cloudtrail.amazonaws.com' },
    ]);
  });

  it('marks negated elements', () => {
    const document = { Statement: { Effect: 'Deny', NotPrincipal: '*', NotAction: 's3:GetObject', NotResource: '*' } };
    expect(parse(document).policy?.statements[0]).toMatchObject({
      principals: { negated: true },
      actions: { negated: true, values: ['s3:GetObject'] },
      resources: { negated: true, values: ['*'] },
    });
  });

  it('needs neither principal nor resource', () => {
    expect(parse({ Statement: { Effect: 'Allow', Action: '*' } }).policy?.statements).toEqual([
      { effect: 'Allow', actions: { negated: false, values: ['*'] }, conditions: [] },
    ]);
  });

  it('reads conditions with keys in any case and values in any form', () => {
    const Condition = { Bool: { 'AWS:SecureTransport': false }, NumericLessThan: { 's3:TlsVersion': [1.2, '1.3'] } };
    expect(parse({ Statement: { ...STATEMENT, Condition } }).policy?.statements[0]?.conditions).toEqual([
      { operator: 'bool', key: 'aws:securetransport', values: ['false'] },
      { operator: 'numericlessthan', key: 's3:tlsversion', values: ['1.2', '1.3'] },
    ]);
  });

  it.each([
    ['is not JSON', '{', 'policy is not JSON'],
    [
      'has a principal that is not text',
      { Statement: { ...STATEMENT, Principal: { AWS: [{}] } } },
      'policy.Statement.Principal.AWS[0] is not text',
    ],
    ['has an effect that is not text', { Statement: { ...STATEMENT, Effect: {} } }, 'policy.Statement.Effect is not text'],
    ['has an action that is not text', { Statement: { ...STATEMENT, Action: [{}] } }, 'policy.Statement.Action[0] is not text'],
  ])('is refused with a reason when it %s', (_, document, complaint) => {
    expect(parse(document)).toEqual({ policy: undefined, complaint });
  });

  it.each([
    ['has no statements', {}],
    ['has no effect', { Statement: { Action: '*' } }],
    ['has an unknown effect', { Statement: { ...STATEMENT, Effect: 'Maybe' } }],
    ['has no action', { Statement: { Effect: 'Allow', Principal: '*' } }],
    ['has one malformed statement among others', { Statement: [STATEMENT, {}] }],
    ['has a condition block that is not an object', { Statement: { ...STATEMENT, Condition: 'Bool' } }],
    ['has a condition operator without keys', { Statement: { ...STATEMENT, Condition: { Bool: 'false' } } }],
  ])('is refused when it %s', (_, document) => {
    expect(parse(document).policy).toBeUndefined();
  });
});
