import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remediationItem } from '../../../../adapters/aws/remediation-items.ts';
import { memoryRemediationStore } from '../../../../adapters/memory/remediation-store.ts';
import { memoryStateStore } from '../../../../adapters/memory/state-store.ts';
import { REMEDIES } from '../../../../controls/remedies.ts';
import { minutesAfter } from '../../../../core/remediation/decide/decision.ts';
import { type Attempt, MAX_ATTEMPTS_KEPT, MAX_TRAIL, type Remediation } from '../../../../core/remediation/model/record.ts';
import { type LivePolicy, remedyFor } from '../../../../core/remediation/model/remedy.ts';
import {
  approvePolicy,
  DRIFT_CONTROL,
  type DriftDependencies,
  decideDrift,
  noteChange,
  RESTORING,
  reEvaluatePolicy,
} from '../../../../core/remediation/policy-drift/drift.ts';
import { isApiCall, POLICY_CALLS, type PolicyChange, readPolicyEvent } from '../../../../core/remediation/policy-drift/policy-change.ts';
import {
  chunksOf,
  documentIn,
  fits,
  isSameDocument,
  MAX_DOCUMENT_BYTES,
  type PolicyRef,
  policyNamed,
} from '../../../../core/remediation/policy-drift/policy-document.ts';
import type { RemediationDependencies } from '../../../../core/remediation/ports.ts';
import { advance } from '../../../../core/remediation/run/advance.ts';
import type { SettingsDocument } from '../../../../core/settings/document.ts';
import { SEALS, stored } from '../../../support/seals.ts';

const ACCOUNT = '111111111111';
const ARN = `arn:aws:iam::${ACCOUNT}:policy/team/orders`;
const NOW = '2026-11-18T12:00:00.000Z';
const at = (minutes: number): string => minutesAfter(NOW, minutes);
const document = (action: string): string =>
  `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"${action}","Resource":"*"}]}`;
const [ONE, OTHER] = [document('s3:GetObject'), document('*')];

describe('the name of a policy', () => {
  it.each([
    [ARN, 'AWS::IAM::Policy'],
    ['orders', 'AWS::IAM::Role'],
    ['orders/access', 'AWS::IAM::RolePolicy'],
    ['a+b=c,d.e@f-_/x', 'AWS::IAM::RolePolicy'],
  ])('names %s', (name, resourceType) => {
    expect(policyNamed(ACCOUNT, name)).toEqual({ accountId: ACCOUNT, region: 'global', resourceType, resourceId: name });
  });

  it.each([
    ...['', '/', 'a/', '/a', 'a/b/c', 'a b', 'ä', 'x'.repeat(65), `a/${'x'.repeat(129)}`, 'a\n', '{{ A }}'],
    'arn:aws:iam::222222222222:policy/orders',
    'arn:aws:iam::aws:policy/AdministratorAccess',
    `arn:aws:iam::${ACCOUNT}:role/orders`,
    `arn:aws:iam::${ACCOUNT}:policy/${'x'.repeat(500)}`,
    `${ARN}\n`,
    `${ARN}{{ A }}`,
  ])('rejects %j', (name) => {
    expect(policyNamed(ACCOUNT, name)).toBeUndefined();
  });
});

describe('a policy document', () => {
  it('loses only insignificant whitespace', () => {
    expect(documentIn(' {\n\t"A b" : [ "x  y", 12345678901234567890 ],\r\n "q": "\\" \\\\" } ')).toBe(
      '{"A b":["x  y",12345678901234567890],"q":"\\" \\\\"}',
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat({ max: 8 }), (value, indent) => {
        expect(documentIn(JSON.stringify(value, null, indent))).toBe(JSON.stringify(value));
      }),
    );
  });

  it.each(['', 'null', '[]', '"a"', '{', '{"a":1}}', `{"a":"${'x'.repeat(131_072)}"}`])('is not %j', (text) => {
    expect(documentIn(text)).toBeUndefined();
  });

  it('is stored up to a maximum size, and can be joined from its parts', () => {
    const padded = (length: number, text = 'x') => `{"a":"${text.repeat(length)}"}`;
    expect(fits(padded(MAX_DOCUMENT_BYTES - 8))).toBe(true);
    expect(fits(padded(MAX_DOCUMENT_BYTES - 7))).toBe(false);
    expect(fits(padded(MAX_DOCUMENT_BYTES / 2, 'ÿ'))).toBe(false);
    const chunks = chunksOf(padded(MAX_DOCUMENT_BYTES - 8));
    expect(chunks.length).toBeLessThanOrEqual(50);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3000 }), (text) => {
        const values = chunksOf(text);
        expect(values.every((value) => /^[A-Za-z0-9+/=]{1,512}$/.test(value))).toBe(true);
        expect(Buffer.from(values.join(''), 'base64').toString()).toBe(Buffer.from(text).toString());
      }),
    );
  });

  it.each([
    ['keys in another order', '{"a":"x","b":"y"}', '{"b":"y","a":"x"}', true],
    ['values in another order, one of them twice', '{"Action":["a","b"]}', '{"Action":["b","a","b"]}', true],
    ['a single value in a list', '{"Action":"a"}', '{"Action":["a"]}', true],
    ['an account as its ID', '{"AWS":"111111111111"}', '{"AWS":["arn:aws-cn:iam::111111111111:root"]}', true],
    ['another action', '{"Action":["a"]}', '{"Action":["b"]}', false],
    ['one action more', '{"Action":["a"]}', '{"Action":["a","b"]}', false],
    ['another case', '{"Action":"a"}', '{"Action":"A"}', false],
    ['another account', '{"AWS":"111111111111"}', '{"AWS":"arn:aws:iam::222222222222:root"}', false],
    ['a role of the account', '{"AWS":"111111111111"}', '{"AWS":"arn:aws:iam::111111111111:role/root"}', false],
    ['an account outside of a principal', '{"Resource":"111111111111"}', '{"Resource":"arn:aws:iam::111111111111:root"}', false],
    ['a string for a boolean', '{"a":true}', '{"a":"true"}', false],
    ['statements in another order', '{"Statement":[{"a":"1"},{"a":"2"}]}', '{"Statement":[{"a":"2"},{"a":"1"}]}', false],
    ['a condition less', '{"Condition":{"a":"1"}}', '{}', false],
  ])('with %s: is equal or not', (_, a, b, isSame) => {
    expect([isSameDocument(a, b), isSameDocument(b, a)]).toEqual([isSame, isSame]);
  });
});

const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/ci/deploy-orders`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/deploy-orders/run-7`;
const IDENTITY = { type: 'AssumedRole', arn: SESSION, sessionContext: { sessionIssuer: { type: 'Role', arn: ROLE_ARN } } };

const eventOf = (eventName: unknown, requestParameters: unknown, detail: object = {}, envelope: object = {}) => ({
  source: 'aws.iam',
  'detail-type': 'AWS API Call via CloudTrail',
  account: ACCOUNT,
  detail: {
    eventSource: 'iam.amazonaws.com',
    eventName,
    eventTime: '2026-11-18T11:59:00Z',
    recipientAccountId: ACCOUNT,
    userIdentity: IDENTITY,
    requestParameters,
    responseElements: null,
    ...detail,
  },
  ...envelope,
});
const PUT = { roleName: 'orders', policyName: 'access', policyDocument: ONE };
const put = (detail: object = {}, envelope: object = {}) => readPolicyEvent(eventOf('PutRolePolicy', PUT, detail, envelope), NOW);
const changeIn = (event: ReturnType<typeof readPolicyEvent>): PolicyChange => {
  if (event.kind !== 'change') throw new Error(`it is ${event.kind}`);
  return event.change;
};

describe('an IAM call event', () => {
  it.each<[string, object, object, object]>([
    ['PutRolePolicy', PUT, {}, { resourceId: 'orders/access', sets: { kind: 'document', document: ONE } }],
    ['PutRolePolicy', { ...PUT, policyDocument: undefined }, {}, { resourceId: 'orders/access', sets: { kind: 'unknown' } }],
    ['PutRolePolicy', { ...PUT, policyDocument: 'x' }, {}, { resourceId: 'orders/access', sets: { kind: 'unknown' } }],
    ['DeleteRolePolicy', { roleName: 'orders', policyName: 'access' }, {}, { resourceId: 'orders/access', sets: { kind: 'deleted' } }],
    [
      'UpdateAssumeRolePolicy',
      { roleName: 'orders', policyDocument: ONE },
      {},
      { resourceId: 'orders', sets: { kind: 'document', document: ONE } },
    ],
    [
      'CreateRole',
      { roleName: 'orders', path: '/a/', assumeRolePolicyDocument: ` ${ONE}` },
      {},
      { resourceId: 'orders', sets: { kind: 'document', document: ONE }, isNew: true },
    ],
    [
      'CreatePolicy',
      { policyName: 'orders', policyDocument: ONE },
      { policy: { arn: ARN } },
      { resourceId: ARN, sets: { kind: 'document', document: ONE }, isNew: true },
    ],
    [
      'CreatePolicyVersion',
      { policyArn: ARN, policyDocument: ONE, setAsDefault: true },
      {},
      { resourceId: ARN, sets: { kind: 'document', document: ONE } },
    ],
    ['SetDefaultPolicyVersion', { policyArn: ARN, versionId: 'v2' }, {}, { resourceId: ARN, sets: { kind: 'version', versionId: 'v2' } }],
    ['SetDefaultPolicyVersion', { policyArn: ARN, versionId: '../v2' }, {}, { resourceId: ARN, sets: { kind: 'unknown' } }],
  ])('%s contains the new document of a policy', (call, request, responseElements, { resourceId, ...wanted }: { resourceId?: string }) => {
    const change = changeIn(readPolicyEvent(eventOf(call, request, { responseElements }), NOW));
    expect(change).toMatchObject({ isNew: false, ...wanted, call, at: at(-1), principal: ROLE_ARN, by: SESSION });
    expect(change.resource).toMatchObject({ accountId: ACCOUNT, region: 'global', resourceId });
    expect(POLICY_CALLS).toContain(call);
  });

  it.each<[string, unknown]>([
    ['failed', eventOf('PutRolePolicy', PUT, { errorCode: 'AccessDenied' })],
    ['is another one', eventOf('GetRole', { roleName: 'orders' })],
    ['has the name of a method', eventOf('constructor', PUT)],
    ['has no name', eventOf(7, PUT)],
    ['deletes a version, which is never the default one', eventOf('DeletePolicyVersion', { policyArn: ARN, versionId: 'v1' })],
    [
      'creates a version that is not the default one',
      eventOf('CreatePolicyVersion', { policyArn: ARN, policyDocument: ONE, setAsDefault: false }),
    ],
    ['does not make its version the default one', eventOf('CreatePolicyVersion', { policyArn: ARN, policyDocument: ONE })],
  ])('is not a change if the call %s', (_, event) => {
    expect(readPolicyEvent(event, NOW)).toEqual({ kind: 'ignored' });
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', [eventOf('PutRolePolicy', PUT)]],
    ['another source', eventOf('PutRolePolicy', PUT, {}, { source: 'mine.iam' })],
    ['another detail type', eventOf('PutRolePolicy', PUT, {}, { 'detail-type': 'Mine' })],
    ['no account', eventOf('PutRolePolicy', PUT, {}, { account: undefined })],
    ['another account inside', eventOf('PutRolePolicy', PUT, { recipientAccountId: '222222222222' })],
    ['no account inside', eventOf('PutRolePolicy', PUT, { recipientAccountId: undefined })],
    ['another account around it', eventOf('PutRolePolicy', PUT, {}, { account: '222222222222' })],
    ['another service inside', eventOf('PutRolePolicy', PUT, { eventSource: 's3.amazonaws.com' })],
    ['no detail', eventOf('PutRolePolicy', PUT, {}, { detail: null })],
    ['no time', eventOf('PutRolePolicy', PUT, { eventTime: 'yesterday' })],
    ['a time in the future', eventOf('PutRolePolicy', PUT, { eventTime: at(6) })],
    ['no request', eventOf('PutRolePolicy', null)],
    ['the name of another role', eventOf('PutRolePolicy', { ...PUT, roleName: 'a/b' })],
    ['a name that is a list', eventOf('PutRolePolicy', { ...PUT, roleName: ['orders'] })],
    [
      'the policy of another account',
      eventOf('SetDefaultPolicyVersion', { policyArn: ARN.replace(ACCOUNT, '222222222222'), versionId: 'v1' }),
    ],
    ['no response, if only that names the policy', eventOf('CreatePolicy', { policyName: 'orders', policyDocument: ONE })],
  ])('is rejected with %s', (_, event) => {
    expect(readPolicyEvent(event, NOW)).toMatchObject({ kind: 'rejected', reason: expect.stringMatching(/\S/) });
  });

  it.each<[string, unknown, { principal?: string; by: string }]>([
    ['a role by the issuer of its session', IDENTITY, { principal: ROLE_ARN, by: SESSION }],
    ['a role without an issuer as unknown', { type: 'AssumedRole', arn: SESSION }, { by: SESSION }],
    [
      'a user',
      { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/a` },
      { principal: `arn:aws:iam::${ACCOUNT}:user/a`, by: `arn:aws:iam::${ACCOUNT}:user/a` },
    ],
    [
      'a user by its own ARN, whatever its session says',
      { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/a`, sessionContext: { sessionIssuer: { arn: ROLE_ARN } } },
      { principal: `arn:aws:iam::${ACCOUNT}:user/a`, by: `arn:aws:iam::${ACCOUNT}:user/a` },
    ],
    ['nobody', undefined, { by: 'an unknown caller' }],
    ['nobody by an invalid ARN', { type: 'Root', arn: 'arn:a\nb' }, { by: 'an unknown caller' }],
    ['nobody by an ARN that is too long', { type: 'Root', arn: `arn:${'x'.repeat(3000)}` }, { by: 'an unknown caller' }],
  ])('names %s', (_, userIdentity, { principal, by }) => {
    const change = changeIn(put({ userIdentity }));
    expect([change.principal, change.by]).toEqual([principal, by]);
  });

  it('is read without an error, with any content', () => {
    const anything = fc.oneof(fc.anything(), fc.constantFrom(ACCOUNT, ARN, ONE, 'orders', IDENTITY, true));
    const objects = fc.dictionary(
      fc.constantFrom('roleName', 'policyName', 'policyArn', 'policyDocument', 'versionId', 'policy', 'arn'),
      anything,
    );
    fc.assert(
      fc.property(fc.constantFrom(...POLICY_CALLS), objects, anything, anything, (call, request, userIdentity, eventTime) => {
        const event = eventOf(call, request, { userIdentity, responseElements: request, ...(eventTime ? { eventTime } : {}) });
        expect(isApiCall(event)).toBe(true);
        const read = readPolicyEvent(event, NOW);
        if (read.kind === 'change') expect(read.change.resource.accountId).toBe(ACCOUNT);
      }),
    );
    fc.assert(
      fc.property(fc.anything(), (event) => {
        expect(readPolicyEvent(event, NOW).kind).toBe('rejected');
      }),
    );
  });
});

const resource = policyNamed(ACCOUNT, 'orders/access') as PolicyRef;
const change = (parts: Partial<PolicyChange> = {}): PolicyChange => ({
  resource,
  call: 'PutRolePolicy',
  at: at(-2),
  principal: ROLE_ARN,
  by: SESSION,
  sets: { kind: 'document', document: ONE },
  isNew: false,
  ...parts,
});
const PIPELINES = ['arn:aws:iam::*:role/ci/deploy-*'];
const BY_ADMIN = { principal: `arn:aws:iam::${ACCOUNT}:role/admin`, by: `arn:aws:sts::${ACCOUNT}:assumed-role/admin/alice` };

describe('a change of a policy', () => {
  const own = (runbook: string, account = ACCOUNT) => ({ principal: `arn:aws:iam::${account}:role/csmm-${runbook}` });
  it.each<[string, Partial<PolicyChange>, readonly string[], { document?: string; approvedAt: string } | undefined, string]>([
    ['a pipeline', {}, PIPELINES, undefined, 'approve'],
    ['a pipeline, in another partition', { principal: ROLE_ARN.replace('arn:aws', 'arn:aws-cn') }, PIPELINES, undefined, 'approve'],
    ['a pipeline, at the time of the approval', {}, PIPELINES, { document: ONE, approvedAt: at(-2) }, 'approve'],
    ['a pipeline, before the approval', {}, PIPELINES, { document: ONE, approvedAt: at(-1) }, 'nothing'],
    ['a role while no pipeline is declared', {}, [], undefined, 'drift'],
    ['a role with a session named like a pipeline', { principal: BY_ADMIN.principal, by: ROLE_ARN }, PIPELINES, undefined, 'drift'],
    ['anybody', BY_ADMIN, PIPELINES, { document: ONE, approvedAt: at(-3) }, 'drift'],
    ['another principal, in the second of the approval', BY_ADMIN, PIPELINES, { document: ONE, approvedAt: at(-2) }, 'drift'],
    ['another principal, before the approval', BY_ADMIN, PIPELINES, { document: ONE, approvedAt: at(-1) }, 'nothing'],
    ['another principal, if no document is approved', BY_ADMIN, PIPELINES, undefined, 'drift'],
    ['another principal, for a new policy that was never approved', { ...BY_ADMIN, isNew: true }, PIPELINES, undefined, 'nothing'],
    [
      'another principal, who creates an approved policy again',
      { ...BY_ADMIN, isNew: true },
      PIPELINES,
      { document: ONE, approvedAt: at(-3) },
      'drift',
    ],
    ['the role of the runbook', own('RestoreRolePolicy'), ['*'], { document: ONE, approvedAt: at(-3) }, 'nothing'],
    ['the role of another runbook', own('RestoreTrustPolicy'), [], undefined, 'drift'],
    ['a role with the same name in another account', own('RestoreRolePolicy', '222222222222'), [], undefined, 'drift'],
    [
      'a role with a path that ends like its name',
      { principal: `arn:aws:iam::${ACCOUNT}:role/x/csmm-RestoreRolePolicy` },
      [],
      undefined,
      'drift',
    ],
    ['an unknown principal', { principal: undefined as never }, ['*'], undefined, 'drift'],
  ])('by %s', (_, parts, pipelines, baseline, kind) => {
    expect(decideDrift(change(parts), pipelines, baseline).kind).toBe(kind);
  });
});

const RULES = { rules: [{ mode: 'plan' as const, controls: [DRIFT_CONTROL] }] };

function world({ settings, version }: { settings?: SettingsDocument; version?: () => Promise<string | undefined> } = {}) {
  const store = memoryRemediationStore();
  const read = settings ?? { version: 1, pipelinePrincipals: PIPELINES, remediation: RULES };
  const dependencies: DriftDependencies = {
    store,
    settings: { readSettings: async () => ({ document: read, appliedAt: NOW, appliedBy: 'ops', revision: 1, expiredUntil: NOW }) },
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    now: () => NOW,
    policies: { read: async () => undefined, readVersion: version ?? (async () => undefined) },
  };
  return { store, dependencies, note: (given: PolicyChange) => noteChange(given, dependencies) };
}

describe('a stored change of a policy', () => {
  it('is ignored if no rule of the settings remediates the control', async () => {
    for (const remediation of [undefined, { rules: [] }, { rules: [{ mode: 'off' as const, controls: [DRIFT_CONTROL] }] }]) {
      const { note, store } = world({ settings: { version: 1, pipelinePrincipals: PIPELINES, ...(remediation && { remediation }) } });
      for (const given of [change(), change(BY_ADMIN)]) expect(await note(given)).toMatchObject({ kind: 'nothing' });
      expect([await store.readBaseline(resource), await store.listRemediations({})]).toEqual([undefined, []]);
    }
  });

  it('is approved with the document of the pipeline', async () => {
    const { note, store } = world();
    const baseline = { resource, document: ONE, approvedAt: at(-2), approvedBy: SESSION, revision: 1 };
    expect(await note(change())).toEqual({ kind: 'approved', baseline });
    expect(await note(change())).toMatchObject({ kind: 'nothing' });
    expect(await store.readBaseline(resource)).toEqual(baseline);
  });

  it.each<[string, Partial<PolicyChange>, (() => Promise<string | undefined>) | undefined]>([
    ['deleted', { sets: { kind: 'deleted' } }, undefined],
    ['not told', { sets: { kind: 'unknown' } }, undefined],
    ['too long', { sets: { kind: 'document', document: `{"a":"${'x'.repeat(MAX_DOCUMENT_BYTES)}"}` } }, undefined],
    ['a version that is gone', { sets: { kind: 'version', versionId: 'v2' } }, async () => undefined],
  ])('withdraws the approval if the document of the pipeline is %s', async (_, parts, version) => {
    const { note, store } = world({ ...(version && { version }) });
    await note(change({ at: at(-5) }));
    expect(await note(change(parts))).toMatchObject({ kind: 'approved' });
    expect(await store.readBaseline(resource)).toEqual({ resource, approvedAt: at(-2), approvedBy: SESSION, revision: 2 });
  });

  it('is approved with the version that was set, and throws if that cannot be read', async () => {
    const set = change({ sets: { kind: 'version', versionId: 'v2' } });
    expect(await world({ version: async () => OTHER }).note(set)).toMatchObject({ baseline: { document: OTHER } });
    const throttled = world({
      version: async () => {
        throw new Error('throttled');
      },
    });
    await expect(throttled.note(set)).rejects.toThrow('throttled');
    expect(await throttled.store.readBaseline(resource)).toBeUndefined();
  });

  it('is a failure once, and not again if it is delivered after its remediation', async () => {
    const { note, store } = world();
    await note(change({ at: at(-5) }));
    const noted = await note(change(BY_ADMIN));
    const remediation = { status: 'NEW', controlId: DRIFT_CONTROL, resource, failingSince: at(-2), dueAt: at(15), revision: 1 };
    expect(noted).toMatchObject({ kind: 'drift', remediation });
    const { remediation: first } = noted as { remediation: Remediation };
    expect([first.backlog, first.reason]).toEqual([undefined, expect.stringContaining(BY_ADMIN.by)]);
    expect(await note(change(BY_ADMIN))).toMatchObject({ kind: 'nothing' });
    const { dueAt: _, ...rest } = first;
    await store.commitRemediation({ previous: first, next: { ...rest, status: 'SUCCEEDED', revision: 2 } });
    expect(await note(change(BY_ADMIN))).toMatchObject({ kind: 'nothing' });
    expect(await note(change({ ...BY_ADMIN, at: at(-3) }))).toMatchObject({ kind: 'nothing' });
    expect(await note(change({ ...BY_ADMIN, at: at(-1) }))).toMatchObject({ kind: 'drift', remediation: { failingSince: at(-1) } });
  });

  it('is a backlog if it is delivered late', async () => {
    expect(await world().note(change({ ...BY_ADMIN, at: at(-31) }))).toMatchObject({
      remediation: { status: 'NEW', backlog: expect.stringContaining('delivered late') },
    });
  });

  it('by a pipeline closes earlier failures, and no later ones', async () => {
    const { note, store } = world();
    await note(change({ ...BY_ADMIN, at: at(-4) }));
    expect(await note(change({ at: at(-5) }))).toEqual({ kind: 'approved', baseline: expect.anything() });
    expect(await store.listRemediations({ statuses: ['NEW'] })).toHaveLength(1);
    expect(await note(change({ at: at(-3) }))).toMatchObject({ kind: 'approved', closed: { status: 'CLOSED' } });
  });

  it('leads to the same approval in any order and number of deliveries', async () => {
    const documents = fc.constantFrom<PolicyChange['sets']>(
      { kind: 'document', document: ONE },
      { kind: 'document', document: OTHER },
      { kind: 'document', document: ONE.replace('"s3:GetObject"', '["s3:GetObject"]') },
      { kind: 'deleted' },
    );
    const changes = fc.array(
      fc
        .record({ sets: documents, minute: fc.integer({ min: -5, max: -1 }), isPipeline: fc.boolean() })
        .map(({ sets, minute, isPipeline }) => change({ sets, at: at(minute), ...(isPipeline ? {} : BY_ADMIN) })),
      { minLength: 1, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(changes, fc.infiniteStream(fc.nat()), async (told, random) => {
        const outcome = async (order: readonly PolicyChange[]) => {
          const { note, store } = world();
          for (const each of order) await note(each);
          const { document: text, approvedAt } = (await store.readBaseline(resource)) ?? {};
          return { approvedAt, means: text === undefined ? undefined : isSameDocument(text, ONE) };
        };
        const shuffled = [...told, ...told].map((each) => ({ each, key: random.next().value })).sort((a, b) => a.key - b.key);
        expect(await outcome(shuffled.map(({ each }) => each))).toEqual(await outcome(told));
      }),
    );
  });
});

describe('the approval of a policy', () => {
  it('is not replaced by an older one', async () => {
    const { store } = world();
    const approval = { resource, document: ONE, approvedAt: at(-2), approvedBy: 'ops' };
    await approvePolicy(approval, store);
    expect(await approvePolicy({ ...approval, document: OTHER, approvedAt: at(-3) }, store)).toBeUndefined();
    expect(await approvePolicy({ ...approval, document: OTHER, approvedAt: at(-1) }, store)).toMatchObject({
      document: OTHER,
      revision: 2,
    });
  });

  it('fails if other processes keep writing it', async () => {
    const { store } = world();
    const losing = { ...store, commitBaseline: async () => false };
    const approval = { resource, document: ONE, approvedAt: at(-2), approvedBy: 'ops' };
    await expect(approvePolicy(approval, losing)).rejects.toThrow('changed by other processes 10 times');
  });
});

describe('a remediation of long policies', () => {
  const long = chunksOf(`{"a":"${'x'.repeat(MAX_DOCUMENT_BYTES - 8)}"}`);
  const execution = {
    kind: 'fix' as const,
    runbook: 'CSMM-RestoreRolePolicy',
    parameters: { Document: long, PreviousDocument: long },
    region: 'us-east-1',
    stateHash: 'a'.repeat(64),
    token: 'b'.repeat(36),
    intendedAt: at(-5),
  };
  const told = 'x'.repeat(512);
  const plan = { ...execution, mode: 'auto' as const, risk: 'disruptive' as const, reversible: true, impact: told, finding: told };
  const attempt = { ...execution, executionId: 'e-0', outcome: 'verified' as const, at: at(-4), reason: told };
  const failed = ['a', 'b'].map((letter): Attempt => {
    const PreviousDocument = chunksOf(`{"a":"${letter.repeat(MAX_DOCUMENT_BYTES - 8)}"}`);
    return { ...attempt, outcome: 'failed', token: letter, parameters: { Document: long, PreviousDocument } };
  });

  it('fits the store with the maximum number of attempts, and can be rolled back', async () => {
    const { store, dependencies } = world();
    const running: Remediation = {
      ...{ id: 'a'.repeat(24), controlId: DRIFT_CONTROL, resource, status: 'RUNNING', reason: told, revision: 1 },
      ...{ failingSince: at(-9), updatedAt: at(-5), dueAt: at(-1), plan, execution: { ...execution, executionId: 'e-1' } },
      attempts: [...Array.from({ length: MAX_ATTEMPTS_KEPT - 2 }, () => attempt), ...failed],
      trail: Array.from({ length: MAX_TRAIL }, () => ({ at: NOW, status: 'WAITING', reason: told, executionId: 'b'.repeat(36) })),
    };
    await store.commitRemediation({ previous: undefined, next: await stored(running) });
    const automation = { state: async () => ({ ended: true, succeeded: false, status: 'Failed', reason: told, outputs: {} }) };
    const ended = await advance(running.id, { ...dependencies, automation, seals: SEALS } as unknown as RemediationDependencies);
    expect(ended).toMatchObject({ status: 'WAITING', attempts: { length: MAX_ATTEMPTS_KEPT } });
    expect(ended?.attempts.map(({ parameters }) => parameters)).toEqual([
      ...Array.from({ length: MAX_ATTEMPTS_KEPT - 3 }, () => ({})),
      ...failed.map(({ parameters }) => parameters),
      execution.parameters,
    ]);
    const restarted = { ...ended!, execution: { ...execution, executionId: 'e-2' } };
    expect(() => remediationItem(restarted)).not.toThrow();
  });
});

describe('the re-evaluation of a policy', () => {
  async function look(named: string, live: LivePolicy | undefined, approved?: string) {
    const { store, dependencies } = world();
    const policy = policyNamed(ACCOUNT, named)!;
    if (approved !== undefined) await approvePolicy({ resource: policy, document: approved, approvedAt: at(-9), approvedBy: 'ops' }, store);
    const policies = { ...dependencies.policies, read: async () => live };
    const looked = await reEvaluatePolicy(policy, {}, { store, policies, remedies: REMEDIES, state: memoryStateStore(), now: () => NOW });
    if (!looked.known) throw new Error(looked.reason);
    const { finding, plan } = looked.value;
    return { kind: finding.kind, capturedAt: finding.capturedAt, ...(plan && { plan }) };
  }
  const versions = (...documents: string[]) =>
    documents.map((text, index) => ({ versionId: `v${index + 1}`, isDefault: index === 0, document: text }));

  it.each<[string, LivePolicy | undefined, string | undefined, string]>([
    ['with the approved document', { document: ONE }, ONE, 'passing'],
    ['with an equivalent document', { document: ONE.replace('"*"', '["*"]') }, ONE, 'passing'],
    ['with another document', { document: OTHER }, ONE, 'failing'],
    ['that was deleted', {}, ONE, 'failing'],
    ['without an approved document', { document: ONE }, undefined, 'failing'],
    ['that does not exist and has no approved document', {}, undefined, 'gone'],
    ['with a deleted role', undefined, ONE, 'gone'],
  ])('finds a policy %s', async (_, live, approved, kind) => {
    expect(await look('orders/access', live, approved)).toMatchObject({ kind, capturedAt: NOW });
  });

  it.each<[string, string, LivePolicy, object]>([
    [
      'an inline policy',
      'orders/access',
      { document: OTHER },
      { RoleName: ['orders'], PolicyName: ['access'], PreviousPolicy: ['kept'], PreviousDocument: chunksOf(OTHER) },
    ],
    [
      'an inline policy that was deleted',
      'orders/access',
      {},
      { RoleName: ['orders'], PolicyName: ['access'], PreviousPolicy: ['absent'], PreviousDocument: ['none'] },
    ],
    [
      'a trust policy that has become too long to be kept',
      'orders',
      { document: `{"a":"${' '.repeat(MAX_DOCUMENT_BYTES)}"}` },
      { RoleName: ['orders'], PreviousPolicy: ['unkept'], PreviousDocument: ['none'] },
    ],
    [
      'a managed policy that has the approved version',
      ARN,
      { document: OTHER, versions: versions(OTHER, document('a'), ONE) },
      { PolicyArn: [ARN], VersionId: ['v3'], PreviousVersionId: ['v1'] },
    ],
    [
      'a managed policy that has room for it',
      ARN,
      { document: OTHER, versions: versions(OTHER, document('a'), document('b'), document('c')) },
      { PolicyArn: [ARN], VersionId: ['none'], PreviousVersionId: ['v1'] },
    ],
  ])('plans to restore the approved document: %s', async (_, named, live, parameters) => {
    expect((await look(named, live, ONE)).plan).toMatchObject({
      kind: 'run',
      parameters: { Document: chunksOf(ONE), ...parameters },
      changes: [{ after: expect.any(String) }],
    });
  });

  it.each<[string, string, LivePolicy, string | undefined, string]>([
    ['no document is approved', 'orders', { document: ONE }, undefined, 'csmm remediation record-policy'],
    [
      'five versions are other ones',
      ARN,
      { document: OTHER, versions: versions(OTHER, ...['a', 'b', 'c', 'd'].map(document)) },
      ONE,
      '5 versions',
    ],
    ['the default version is unknown', ARN, { document: OTHER, versions: [] }, ONE, 'default version of the policy is unknown'],
  ])('cannot run if %s', async (_, named, live, approved, reason) => {
    expect((await look(named, live, approved)).plan).toEqual({ kind: 'cannot', reason: expect.stringContaining(reason) });
  });

  it('has a remedy for each policy type, with the runbook that determines the role of csmm', () => {
    for (const [resourceType, runbook] of Object.entries(RESTORING)) {
      expect(remedyFor(REMEDIES, DRIFT_CONTROL, { resourceType })).toMatchObject({ runbook, risk: 'disruptive', reversible: true });
    }
  });
});
