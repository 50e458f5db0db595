import { describe, expect, it } from 'vitest';
import { commandRequestOf, type FunctionUrlEvent } from '../../../../adapters/aws/command-event.ts';
import { memoryRemediationStore } from '../../../../adapters/memory/remediation-store.ts';
import { answerCommand } from '../../../../core/remediation/commands/answer.ts';
import { DOORS, type Door, VERBS, type Verb } from '../../../../core/remediation/commands/doors.ts';
import { setSwitch, stop } from '../../../../core/remediation/commands/requests.ts';
import type { Remediation } from '../../../../core/remediation/model/record.ts';
import { whyCorrupt } from '../../../../core/remediation/seals.ts';
import { asOperator, SEALS, signedBy } from '../../../support/seals.ts';

const NOW = '2026-11-18T12:00:00.000Z';
const ID = 'a'.repeat(24);
const ACCOUNT = '111111111111';
const arnOf = (door: string) => `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:csmm-command:${door}`;

/** Callers in the form that Lambda documents. https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html */
const CALLERS = {
  'a user': { accessKey: 'AKIA', accountId: ACCOUNT, callerId: 'AIDA', userArn: `arn:aws:iam::${ACCOUNT}:user/jo`, userId: 'AIDA' },
  'a session': { accountId: ACCOUNT, userArn: `arn:aws:sts::${ACCOUNT}:assumed-role/Approver/jo`, userId: 'AROA:jo' },
  'Identity Center': {
    accountId: ACCOUNT,
    userArn: `arn:aws:sts::${ACCOUNT}:assumed-role/AWSReservedSSO_A_0123456789abcdef/jo@example.org`,
    userId: 'AROA:jo@example.org',
  },
};
const JO = CALLERS['a user'];

const eventOf = (iam: unknown, body: unknown): FunctionUrlEvent => ({
  body: typeof body === 'string' ? body : JSON.stringify(body),
  requestContext: { requestId: 'request', authorizer: { iam } },
});

const waiting: Remediation = {
  id: ID,
  controlId: 'STR-L2-01',
  resource: { accountId: '222222222222', region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId: 'orders' },
  status: 'WAITING_FOR_APPROVAL',
  reason: 'the mode is approve',
  revision: 1,
  failingSince: NOW,
  updatedAt: NOW,
  plan: {
    mode: 'approve',
    runbook: 'CSMM-Test',
    parameters: {},
    region: 'eu-west-1',
    risk: 'disruptive',
    reversible: true,
    impact: '',
    stateHash: 'hash',
    finding: 'Off',
  },
  attempts: [],
  trail: [],
};

async function world(settings = {}) {
  const store = memoryRemediationStore();
  await store.commitRemediation({ previous: undefined, next: waiting });
  const answer = (event: FunctionUrlEvent, door = 'approve') =>
    answerCommand(commandRequestOf(event, arnOf(door)), (who) => ({
      ...asOperator({ store, by: '', now: () => NOW }, { rules: [], ...settings }),
      ...who,
      hash: (text) => text,
    }));
  return { store, answer };
}

const APPROVE = { verb: 'approve', id: ID, stateHash: 'hash' };

describe('the caller', () => {
  it.each(Object.entries(CALLERS))('that Lambda verified is who approves: %s', async (_, iam) => {
    const { store, answer } = await world();
    // Claims of the body about the caller do not count.
    const body = { ...APPROVE, by: 'arn:aws:iam::111111111111:user/boss', userArn: 'x', requestContext: {} };
    expect(await answer(eventOf(iam, body))).toMatchObject({ status: 200, body: { status: 'APPROVED' } });
    const { approval } = (await store.readRemediation(ID)) ?? {};
    expect(approval).toMatchObject({ by: iam.userArn, userId: iam.userId, requestId: 'request', at: NOW });
  });

  it.each<[string, FunctionUrlEvent]>([
    ['without a context', { body: JSON.stringify(APPROVE) }],
    ['without an authorizer', { body: JSON.stringify(APPROVE), requestContext: {} }],
    ['with a null authorizer', { body: JSON.stringify(APPROVE), requestContext: { authorizer: null } }],
    ['with a null identity', eventOf(null, APPROVE)],
    ['without an ARN', eventOf({ ...JO, userArn: undefined }, APPROVE)],
    ['without an id', eventOf({ ...JO, userId: '' }, APPROVE)],
    ['with an ARN of another account than that of the identity', eventOf({ ...JO, userArn: 'arn:aws:iam::222222222222:user/jo' }, APPROVE)],
    ['with something else than an ARN', eventOf({ ...JO, userArn: 'jo' }, APPROVE)],
    ['of another account', eventOf({ ...JO, accountId: '222222222222', userArn: 'arn:aws:iam::222222222222:user/jo' }, APPROVE)],
  ])('%s is refused', async (_, event) => {
    const { store, answer } = await world();
    expect(await answer(event)).toMatchObject({ status: 403 });
    expect(await store.readRemediation(ID)).toEqual(waiting);
  });
});

describe('a door', () => {
  it.each((Object.keys(VERBS) as Verb[]).flatMap((verb) => [...DOORS, 'LATEST', ''].map((door) => [verb, door] as const)))(
    'lets only its own verbs in: %s at %j',
    async (verb, door) => {
      const { store, answer } = await world();
      const { status } = await answer(eventOf(JO, { ...APPROVE, verb }), door);
      if (VERBS[verb] === (door as Door)) expect(status).not.toBe(403);
      else {
        expect(status).toBe(403);
        expect(await store.readRemediation(ID)).toEqual(waiting);
      }
    },
  );

  it('that is no alias is refused, as is a verb that is a property of every object', async () => {
    const { answer } = await world();
    const request = commandRequestOf(eventOf(JO, APPROVE), `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:csmm-command`);
    expect(request.door).toBeUndefined();
    for (const verb of ['constructor', '__proto__', 'stop', '', 7, undefined]) {
      expect(await answer(eventOf(JO, { ...APPROVE, verb }))).toMatchObject({ status: 403 });
    }
  });
});

describe('a request', () => {
  it.each<[string, unknown, Door, number]>([
    ['that is no JSON', '{', 'approve', 400],
    ['that is a list', '[]', 'approve', 400],
    ['that is too long', JSON.stringify({ ...APPROVE, more: 'x'.repeat(40_000) }), 'approve', 400],
    ['without a hash', { ...APPROVE, stateHash: undefined }, 'approve', 400],
    ['without an ID', { ...APPROVE, id: undefined }, 'approve', 400],
    ['about a remediation that does not exist', { ...APPROVE, id: 'b'.repeat(24) }, 'approve', 409],
    ['about something that is no ID', { ...APPROVE, id: '../x' }, 'approve', 409],
    ['of another plan', { ...APPROVE, stateHash: 'older' }, 'approve', 409],
    ['to reject without a reason', { verb: 'reject', id: ID }, 'approve', 400],
    ['to exempt until no time', { verb: 'exempt', id: ID, until: 'tomorrow', reason: 'x' }, 'approve', 400],
    [
      'to exempt until a time that does not exist',
      { verb: 'exempt', id: ID, until: '2026-11-31T99:00:00.000Z', reason: 'x' },
      'approve',
      400,
    ],
    ['to exempt for ever', { verb: 'exempt', id: ID, until: '2099-01-01T00:00:00.000Z', reason: 'x' }, 'approve', 409],
    ['to resume an unknown kind', { verb: 'resume', kind: 'all', reason: 'x' }, 'administer', 400],
    ['to resume an account that is none', { verb: 'resume', kind: 'starts', accountId: '1', reason: 'x' }, 'administer', 400],
    ['to roll back an empty window', { verb: 'rollback-between', from: NOW, to: NOW, hash: 'x' }, 'operate', 409],
    ['to record what is no policy', { verb: 'record-policy', accountId: ACCOUNT, name: 'a', document: '[]' }, 'administer', 400],
    ['to record a policy of another account', { verb: 'record-policy', accountId: '1', name: 'a', document: '{}' }, 'administer', 400],
  ])('%s is answered with the reason', async (_, body, door, status) => {
    const { store, answer } = await world();
    expect(await answer(eventOf(JO, body), door)).toEqual({ status, body: { error: expect.any(String) } });
    expect(await store.readRemediation(ID)).toEqual(waiting);
  });

  it('can be encoded, and has one effect if it is sent twice', async () => {
    const { answer } = await world();
    const event = { ...eventOf(JO, APPROVE), body: Buffer.from(JSON.stringify(APPROVE)).toString('base64'), isBase64Encoded: true };
    expect(await answer(event)).toMatchObject({ status: 200 });
    expect(await answer(event)).toMatchObject({ status: 409, body: { error: expect.stringContaining('is APPROVED') } });
  });

  it('that fails for another reason is no answer', async () => {
    const { store, answer } = await world();
    Object.assign(store, { commitRemediation: () => Promise.reject(new Error('throttled')) });
    await expect(answer(eventOf(JO, APPROVE))).rejects.toThrow('throttled');
  });

  it('to resume removes the stop of that scope', async () => {
    const { store, answer } = await world();
    const asking = { store, by: JO.userArn, now: () => NOW };
    await setSwitch(true, 'begin', asking);
    for (const scope of [{}, { accountId: ACCOUNT }]) await stop({ kind: 'starts', scope }, 'incident', asking);
    const body = { verb: 'resume', kind: 'starts', accountId: ACCOUNT, reason: 'over' };
    expect(await answer(eventOf(JO, body), 'administer')).toMatchObject({ status: 200, body: { switch: { revision: 2 } } });
    expect((await store.listStops()).map(({ scope }) => scope)).toEqual([{}]);
  });

  it('to record a policy stores it as approved by the caller, later than the approval before', async () => {
    const { answer } = await world();
    const body = { verb: 'record-policy', accountId: ACCOUNT, name: 'orders/access', document: '{"Statement":[]}' };
    const approvedBy = JO.userArn;
    expect(await answer(eventOf(JO, body), 'administer')).toMatchObject({ status: 200, body: { approvedBy, approvedAt: NOW } });
    const other = { ...body, document: '{"Statement":[{}]}' };
    expect(await answer(eventOf(JO, other), 'administer')).toMatchObject({ status: 200, body: { approvedAt: '2026-11-18T12:00:00.001Z' } });
  });
});

describe('an approval by two persons', () => {
  const TWO = { twoPerson: { risk: 'disruptive' } };
  const as = (userArn: string) => eventOf({ accountId: ACCOUNT, userArn, userId: userArn }, APPROVE);
  const [jo, al] = [JO.userArn, `arn:aws:iam::${ACCOUNT}:user/al`];

  it('waits for the second, and keeps both', async () => {
    const { store, answer } = await world(TWO);
    expect(await answer(as(jo))).toMatchObject({ status: 200, body: { status: 'HALF_APPROVED' } });
    expect(await store.readRemediation(ID)).not.toHaveProperty('dueAt');
    expect(await answer(as(jo))).toMatchObject({ status: 409, body: { error: expect.stringContaining(`another person than ${jo}`) } });
    expect(await answer(as(al))).toMatchObject({ status: 200, body: { status: 'APPROVED', approval: { by: al, first: { by: jo } } } });
    const { approval } = (await store.readRemediation(ID)) ?? {};
    expect(approval && (await whyCorrupt({ ...waiting, approval }, SEALS))).toBeUndefined();
    const swapped = approval && { ...approval, first: { ...signedBy(jo, NOW), mac: approval.mac } };
    expect(swapped && (await whyCorrupt({ ...waiting, approval: swapped }, SEALS))).toBeDefined();
  });

  it('is not of one role twice, and not of root', async () => {
    const { store, answer } = await world(TWO);
    const session = (name: string) => as(`arn:aws:sts::${ACCOUNT}:assumed-role/Approver/${name}`);
    expect(await answer(as(`arn:aws:iam::${ACCOUNT}:root`))).toMatchObject({ status: 409 });
    expect(await answer(session('jo'))).toMatchObject({ body: { status: 'HALF_APPROVED' } });
    expect(await answer(session('al'))).toMatchObject({ status: 409 });
    expect((await store.readRemediation(ID))?.status).toBe('HALF_APPROVED');
  });

  it('begins again after a day, or with another plan', async () => {
    const { store, answer } = await world(TWO);
    await answer(as(jo));
    const half = await store.readRemediation(ID);
    if (!half?.approval) throw new Error('it has no approval');
    for (const approval of [
      { ...half.approval, at: '2026-11-17T11:00:00.000Z' },
      { ...half.approval, stateHash: 'older' },
    ]) {
      const previous = await store.readRemediation(ID);
      await store.commitRemediation({ previous, next: { ...half, approval, revision: (previous?.revision ?? 0) + 1 } });
      expect(await answer(as(al))).toMatchObject({ body: { status: 'HALF_APPROVED', approval: { by: al } } });
    }
  });

  it('is enough by one person for a plan that needs no two', async () => {
    const { answer } = await world({ twoPerson: { risk: 'destructive' } });
    expect(await answer(as(jo))).toMatchObject({ status: 200, body: { status: 'APPROVED' } });
  });
});
