import { describe, expect, it } from 'vitest';
import { decide, type Principal, type Request, statementsOf, UnknownPolicyError } from './iam.ts';

/** IAM's decisions as AWS documents them, in our own examples. */

const ACCOUNT = '111111111111';
const OTHER = '222222222222';
const ROLE: Principal = { kind: 'role', accountId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:role/worker` };
const TABLE = `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/orders`;
const QUEUE = `arn:aws:sqs:eu-west-1:${ACCOUNT}:work`;

type Json = Readonly<Record<string, unknown>>;
const policy = (...statements: Json[]) => statementsOf({ Version: '2012-10-17', Statement: statements });
const allow = (rest: Json) => ({ Effect: 'Allow', ...rest });
const deny = (rest: Json) => ({ Effect: 'Deny', ...rest });
const request = (
  action: string,
  resource: string | undefined,
  context: Readonly<Record<string, string | string[] | undefined>> = {},
): Request => ({
  action,
  resource,
  context: new Map(Object.entries(context)),
});

/** Whether a role with these statements may do it in its own account. */
const may = (statements: Json[], asked: Request) => decide(ROLE, asked, { identity: policy(...statements), accountId: ACCOUNT }).isAllowed;

describe('the policies of a role', () => {
  const read = allow({ Action: ['dynamodb:GetItem', 'dynamodb:Query'], Resource: TABLE });

  it.each([
    ['what is allowed', [read], 'dynamodb:GetItem', TABLE, true],
    ['nothing that no statement names', [read], 'dynamodb:PutItem', TABLE, false],
    ['nothing on another resource', [read], 'dynamodb:GetItem', `${TABLE}-2`, false],
    ['a table but not its index', [read], 'dynamodb:Query', `${TABLE}/index/due`, false],
    ['nothing without a statement', [], 'dynamodb:GetItem', TABLE, false],
    ['nothing that another statement denies', [read, deny({ Action: 'dynamodb:*', Resource: '*' })], 'dynamodb:GetItem', TABLE, false],
    ['actions by wildcards, whatever their case', [allow({ Action: 'DynamoDB:get*', Resource: '*' })], 'dynamodb:GetItem', TABLE, true],
    ['one character for a question mark', [allow({ Action: 'dynamodb:Que?y', Resource: '*' })], 'dynamodb:Query', TABLE, true],
    ['no character for a question mark', [allow({ Action: 'dynamodb:Query?', Resource: '*' })], 'dynamodb:Query', TABLE, false],
    ['everything but NotAction', [allow({ NotAction: 'iam:*', Resource: '*' })], 'dynamodb:Query', TABLE, true],
    ['NotAction not at all', [allow({ NotAction: 'dynamodb:*', Resource: '*' })], 'dynamodb:Query', TABLE, false],
    ['NotResource not at all', [allow({ Action: '*', NotResource: TABLE })], 'dynamodb:Query', TABLE, false],
    ['a wildcard in an ARN, over slashes', [allow({ Action: '*', Resource: `${TABLE}/*` })], 'dynamodb:Query', `${TABLE}/index/due`, true],
    ['no wildcard across the parts of an ARN', [allow({ Action: '*', Resource: 'arn:aws:*:orders' })], 'dynamodb:Query', TABLE, false],
    ['an unknown resource by * alone', [allow({ Action: '*', Resource: '*' })], 'ec2:DescribeVolumes', undefined, true],
  ] as const)('allow %s', (_, statements, action, resource, expected) => {
    expect(may([...statements], request(action, resource))).toBe(expected);
  });

  it.each([
    ['an unknown resource against an ARN', allow({ Action: '*', Resource: TABLE }), request('dynamodb:Query', undefined)],
    ['an unknown key', allow({ Action: '*', Resource: '*', Condition: { StringEquals: { 'aws:New': 'x' } } }), request('a:B', TABLE)],
    [
      'an unknown operator',
      allow({ Action: '*', Resource: '*', Condition: { StringResembles: { 'aws:k': 'x' } } }),
      request('a:B', TABLE, { 'aws:k': 'x' }),
    ],
    [
      'a variable',
      allow({ Action: '*', Resource: '*', Condition: { StringEquals: { 'aws:k': ['$', '{aws:username}'].join('') } } }),
      request('a:B', TABLE, { 'aws:k': 'x' }),
    ],
    [
      'several values without a set operator',
      allow({ Action: '*', Resource: '*', Condition: { StringEquals: { 'aws:k': 'x' } } }),
      request('a:B', TABLE, { 'aws:k': ['x', 'y'] }),
    ],
    ['an unknown element', { ...allow({ Action: '*', Resource: '*' }), Conditon: {} }, request('a:B', TABLE)],
    ['NotPrincipal', { ...allow({ Action: '*', Resource: '*' }), NotPrincipal: '*' }, request('a:B', TABLE)],
  ])('do not guess about %s', (_, statement, asked) => {
    expect(() => may([statement], asked)).toThrow(UnknownPolicyError);
  });

  it('do not ask conditions of statements about something else', () => {
    const other = allow({ Action: 'iam:PassRole', Resource: '*', Condition: { StringEquals: { 'aws:New': 'x' } } });
    expect(may([other, read], request('dynamodb:GetItem', TABLE))).toBe(true);
  });
});

describe('conditions', () => {
  const KEY = 'dynamodb:leadingkeys';
  const when = (operator: string, values: unknown, actual: string | string[] | undefined) =>
    may(
      [allow({ Action: '*', Resource: '*', Condition: { [operator]: { 'dynamodb:LeadingKeys': values } } })],
      request('a:B', TABLE, { [KEY]: actual }),
    );

  it.each([
    ['StringEquals', ['A', 'B'], 'B', true],
    ['StringEquals', 'a', 'A', false],
    ['StringEquals', 'A', undefined, false],
    ['StringEqualsIfExists', 'A', undefined, true],
    ['StringEqualsIgnoreCase', 'a', 'A', true],
    ['StringNotEquals', ['A', 'B'], 'B', false],
    ['StringNotEquals', ['A', 'B'], 'C', true],
    ['StringNotEquals', 'A', undefined, true],
    ['StringLike', 'J#*', 'J#1', true],
    ['StringLike', 'J#?', 'J#12', false],
    ['StringNotLike', 'J#*', 'J#1', false],
    ['Bool', 'false', 'true', false],
    ['Bool', 'True', 'true', true],
    ['Bool', 'false', undefined, false],
    ['Null', 'true', undefined, true],
    ['Null', 'false', undefined, false],
    ['Null', 'false', 'A', true],
    ['ArnLike', 'arn:aws:sns:*:111111111111:t-*', 'arn:aws:sns:eu-west-1:111111111111:t-1', true],
    ['ArnEquals', 'arn:aws:sns:*:111111111111:t-*', 'arn:aws:sns:eu-west-1:222222222222:t-1', false],
    ['ForAllValues:StringLike', 'J#*', ['J#1', 'J#2'], true],
    ['ForAllValues:StringLike', 'J#*', ['J#1', 'K#2'], false],
    // "The condition returns true if there are no context keys in the request": so a policy that allows adds `Null`.
    ['ForAllValues:StringLike', 'J#*', undefined, true],
    ['ForAllValues:StringLike', 'J#*', [], true],
    ['ForAnyValue:StringLike', 'J#*', ['K#1', 'J#2'], true],
    ['ForAnyValue:StringLike', 'J#*', ['K#1'], false],
    ['ForAnyValue:StringLike', 'J#*', undefined, false],
    ['ForAnyValue:StringNotLike', 'J#*', undefined, false],
    ['ForAnyValue:StringNotLike', 'J#*', ['J#1', 'K#1'], true],
    ['ForAllValues:StringNotLike', 'J#*', ['J#1', 'K#1'], false],
  ])('%s %j of %j is %s', (operator, values, actual, expected) => {
    expect(when(operator, values, actual)).toBe(expected);
  });

  it('must all hold', () => {
    const only = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['J#*'] }, Null: { 'dynamodb:LeadingKeys': 'false' } };
    const join = allow({ Action: 'dynamodb:PutItem', Resource: TABLE, Condition: only });
    expect(may([join], request('dynamodb:PutItem', TABLE, { [KEY]: ['J#1'] }))).toBe(true);
    expect(may([join], request('dynamodb:PutItem', TABLE, { [KEY]: ['R#1'] }))).toBe(false);
    expect(may([join], request('dynamodb:PutItem', TABLE, { [KEY]: undefined }))).toBe(false);
  });
});

describe("a resource's policy", () => {
  const send = request('sqs:SendMessage', QUEUE, {
    'aws:securetransport': 'true',
    'aws:sourcearn': 'arn:aws:events:eu-west-1:111111111111:rule/r',
  });
  const identity = policy(allow({ Action: 'sqs:SendMessage', Resource: QUEUE }));
  const ask = (principal: Principal, own: typeof identity, resource: Json[], more: object = {}) =>
    decide(principal, send, { identity: own, resource: policy(...resource), accountId: ACCOUNT, ...more }).isAllowed;
  const forRole = allow({ Principal: { AWS: ROLE.kind === 'role' ? ROLE.arn : '' }, Action: 'sqs:SendMessage', Resource: QUEUE });

  it('is enough within one account', () => {
    expect(ask(ROLE, [], [forRole])).toBe(true);
    expect(ask(ROLE, [], [])).toBe(false);
    expect(ask(ROLE, identity, [])).toBe(true);
  });

  it('denies what the role may', () => {
    const insecure = { Principal: { AWS: '*' }, Action: 'sqs:*', Resource: QUEUE, Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
    expect(ask(ROLE, identity, [deny(insecure)])).toBe(true);
    const plain = { ...send, context: new Map([...send.context, ['aws:securetransport', 'false']]) };
    expect(decide(ROLE, plain, { identity, resource: policy(deny(insecure)), accountId: ACCOUNT }).isAllowed).toBe(false);
  });

  it('lets an account decide for itself, if it names the account', () => {
    const root = allow({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sqs:*', Resource: '*' });
    expect(ask(ROLE, [], [root])).toBe(false);
    expect(ask(ROLE, [], [root], { resourceDecides: true })).toBe(false);
    expect(ask(ROLE, identity, [root], { resourceDecides: true })).toBe(true);
    expect(ask(ROLE, identity, [], { resourceDecides: true })).toBe(false);
    expect(ask(ROLE, [], [forRole], { resourceDecides: true })).toBe(true);
  });

  it('must allow it between accounts, and the role must too', () => {
    const theirs: Principal = { kind: 'role', accountId: OTHER, arn: `arn:aws:iam::${OTHER}:role/worker` };
    const forThem = allow({ Principal: { AWS: theirs.arn }, Action: 'sqs:SendMessage', Resource: QUEUE });
    expect(ask(theirs, identity, [forThem])).toBe(true);
    expect(ask(theirs, [], [forThem])).toBe(false);
    expect(ask(theirs, identity, [])).toBe(false);
    expect(ask(theirs, identity, [forRole])).toBe(false);
    expect(ask(theirs, identity, [allow({ Principal: { AWS: OTHER }, Action: '*', Resource: '*' })])).toBe(true);
  });

  it('lets a role be assumed by whom its trust names, with the external id', () => {
    const reader = 'arn:aws:iam::222222222222:role/reader';
    const own = policy(
      allow({
        Action: 'sts:AssumeRole',
        Resource: 'arn:aws:iam::*:role/reader',
        Condition: { StringEquals: { 'aws:ResourceOrgID': 'o-1' } },
      }),
    );
    const trust = policy(
      allow({
        Principal: { AWS: ROLE.kind === 'role' ? ROLE.arn : '' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': 'x' } },
      }),
    );
    const assume = (identity: typeof own, resource: typeof own, externalId: string | undefined, organization = 'o-1') =>
      decide(ROLE, request('sts:AssumeRole', reader, { 'sts:externalid': externalId, 'aws:resourceorgid': organization }), {
        identity,
        resource,
        resourceDecides: true,
        accountId: OTHER,
      }).isAllowed;
    expect(assume(own, trust, 'x')).toBe(true);
    expect(assume(own, trust, undefined)).toBe(false);
    expect(assume(own, trust, 'x', 'o-2')).toBe(false);
    expect(assume([], trust, 'x')).toBe(false);
    expect(assume(own, [], 'x')).toBe(false);
  });

  it('alone decides on a service, which comes from a certain source', () => {
    const events: Principal = { kind: 'service', name: 'events.amazonaws.com' };
    const rule = (arn: string) =>
      allow({
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: QUEUE,
        Condition: { ArnEquals: { 'aws:SourceArn': arn } },
      });
    expect(ask(events, [], [rule('arn:aws:events:eu-west-1:111111111111:rule/r')])).toBe(true);
    expect(ask(events, [], [rule('arn:aws:events:eu-west-1:111111111111:rule/s')])).toBe(false);
    expect(ask(events, identity, [])).toBe(false);
    expect(ask(events, [], [forRole])).toBe(false);
  });
});
