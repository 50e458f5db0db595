import { describe, expect, it } from 'vitest';
import { memoryStateStore } from '../../../adapters/memory/state-store.ts';
import { inProcessPipeline } from '../../../cli/in-process.ts';
import { CATALOGUE } from '../../../controls/catalogue.ts';
import { indexRules } from '../../../core/evaluation/evaluate.ts';
import { ContentionError } from '../../../core/pipeline/collect.ts';
import { rescoreAccount, rescoreOrganization } from '../../../core/pipeline/rescore.ts';
import { wantedBy } from '../../../core/pipeline/wanted.ts';
import { type ControlChange, ORGANIZATION, type StateChange } from '../../../core/ports.ts';

const ACCOUNT = '111111111111';
let second = 0;

function item(resourceType: string, resourceId: string, configuration: unknown, configurationItemStatus = 'OK') {
  second++;
  return {
    awsAccountId: ACCOUNT,
    awsRegion: 'eu-west-1',
    resourceType,
    resourceId,
    configurationItemCaptureTime: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString(),
    configurationItemStatus,
    configuration,
  };
}
const volume = (id: string, encrypted: boolean | undefined) =>
  item('AWS::EC2::Volume', id, { encrypted, attachments: [{ state: 'attached' }] });
const gone = (resourceType: string, id: string) => item(resourceType, id, null, 'ResourceDeleted');
const vpc = (id: string) => item('AWS::EC2::VPC', id, { vpcId: id });
const flowLog = (id: string, resourceId: string) =>
  item('AWS::EC2::FlowLog', id, { resourceId, flowLogStatus: 'ACTIVE', deliverLogsStatus: 'SUCCESS', trafficType: 'ALL' });

/** The reported change of one control after each batch of items. */
async function tellings(controlId: string, ...batches: readonly (readonly unknown[])[]): Promise<(ControlChange | undefined)[]> {
  const pipeline = inProcessPipeline(CATALOGUE);
  const told = [];
  for (const batch of batches) {
    for (const document of batch) await pipeline.feed(document);
    const { changes } = await pipeline.settle();
    told.push(changes.find(({ after }) => after.scope === ACCOUNT)?.after.changes.find((change) => change.controlId === controlId));
  }
  return told;
}
const told = (from: string, to: string, resourceId: string | null, reason: RegExp | null, code?: string) => ({
  controlId: expect.any(String),
  from,
  to,
  resource: resourceId === null ? null : expect.objectContaining({ resourceId }),
  ...(code !== undefined && { code }),
  reason: reason === null ? null : expect.stringMatching(reason),
});

describe('a change of a control by its rule on single resources', () => {
  const VOLUMES = 'CMP-L1-02';

  it('to FAILED names the resource that fails', async () => {
    expect(await tellings(VOLUMES, [volume('vol-1', true)], [volume('vol-2', false), volume('vol-3', true)])).toEqual([
      told('NO_DATA', 'PASSED', 'vol-1', /encrypted/),
      told('PASSED', 'FAILED', 'vol-2', /not encrypted/, 'not-encrypted'),
    ]);
  });

  it('to PASSED names the resource that was put right', async () => {
    expect(
      (await tellings(VOLUMES, [volume('vol-1', false), volume('vol-2', true)], [volume('vol-2', true), volume('vol-1', true)]))[1],
    ).toEqual(told('FAILED', 'PASSED', 'vol-1', /encrypted/));
  });

  it('to PASSED by a deletion names the resource that is gone', async () => {
    const batches = [[volume('vol-1', false), volume('vol-2', true)], [gone('AWS::EC2::Volume', 'vol-1')]];
    expect((await tellings(VOLUMES, ...batches))[1]).toEqual(told('FAILED', 'PASSED', 'vol-1', /was deleted/));
  });

  it('to NO_DATA names the resource that is not known any more', async () => {
    expect((await tellings(VOLUMES, [volume('vol-1', true)], [volume('vol-1', undefined)]))[1]).toEqual(
      told('PASSED', 'NO_DATA', 'vol-1', /^encrypted is unknown: not in the configuration item/, 'not-read'),
    );
  });

  it('to NO_DATA by the deletion of the last resource names it', async () => {
    expect((await tellings(VOLUMES, [volume('vol-1', true)], [gone('AWS::EC2::Volume', 'vol-1')]))[1]).toEqual(
      told('PASSED', 'NO_DATA', 'vol-1', /was deleted/),
    );
  });

  it('names the last of several resources', async () => {
    expect((await tellings(VOLUMES, [volume('vol-1', false), volume('vol-2', false)]))[0]).toEqual(
      told('NO_DATA', 'FAILED', 'vol-2', /not encrypted/, 'not-encrypted'),
    );
  });

  it('is not told where the status stays', async () => {
    expect(await tellings(VOLUMES, [volume('vol-1', false)], [volume('vol-2', false)], [volume('vol-1', true)])).toEqual([
      told('NO_DATA', 'FAILED', 'vol-1', /not encrypted/, 'not-encrypted'),
      undefined,
      undefined,
    ]);
  });
});

describe('a change of a control by a join', () => {
  const FLOW_LOGS = 'NET-L2-01';

  it('to FAILED names the resource that fails, also where another one changed', async () => {
    expect(await tellings(FLOW_LOGS, [flowLog('fl-1', 'vpc-1'), vpc('vpc-1')], [gone('AWS::EC2::FlowLog', 'fl-1')])).toEqual([
      told('NO_DATA', 'PASSED', 'vpc-1', /flow log/),
      told('PASSED', 'FAILED', 'vpc-1', /flow log/, 'no-flow-log'),
    ]);
  });

  it('to PASSED names the resource that failed before, and why it passes now', async () => {
    const batches = [[vpc('vpc-1'), vpc('vpc-2'), flowLog('fl-1', 'vpc-1')], [flowLog('fl-2', 'vpc-2')]];
    const [first, second] = await tellings(FLOW_LOGS, ...batches);
    expect(first).toEqual(told('NO_DATA', 'FAILED', 'vpc-2', /flow log/, 'no-flow-log'));
    expect(second).toEqual(told('FAILED', 'PASSED', 'vpc-2', /flow log/));
    expect(second?.reason).not.toBe(first?.reason);
  });

  it('to PASSED by a deletion names a resource of which it is true', async () => {
    const batches = [[vpc('vpc-1'), vpc('vpc-2'), flowLog('fl-1', 'vpc-1')], [gone('AWS::EC2::VPC', 'vpc-2')]];
    expect((await tellings(FLOW_LOGS, ...batches))[1]).toEqual(told('FAILED', 'PASSED', 'vpc-1', /flow log/));
  });

  it('by the deletion of the last resource names it', async () => {
    expect((await tellings(FLOW_LOGS, [vpc('vpc-1')], [gone('AWS::EC2::VPC', 'vpc-1')]))[1]).toEqual(
      told('FAILED', 'NO_DATA', 'vpc-1', /was deleted/),
    );
  });
});

describe('the organization', () => {
  it('tells of its changes with the accounts, without a resource, and keeps its score where nothing changed', async () => {
    const pipeline = inProcessPipeline(CATALOGUE);
    await pipeline.feed(volume('vol-1', false));
    const { changes } = await pipeline.settle();
    const organization = changes.find(({ after }) => after.scope === ORGANIZATION);
    expect(organization?.after).toMatchObject({
      revision: 1,
      changes: [
        {
          controlId: 'CMP-L1-02',
          from: 'NO_DATA',
          to: 'FAILED',
          resource: null,
          reason: expect.stringMatching(/^FAILED in 111111111111$/),
        },
      ],
    });
    expect((await rescoreOrganization({ store: pipeline.store, catalogue: CATALOGUE })).score).toBeUndefined();
    await pipeline.feed(volume('vol-2', false));
    expect(await pipeline.settle()).toEqual({ changes: [], events: [] });
  });

  it('is scored anew under another version of the catalogue, as the accounts are', async () => {
    const pipeline = inProcessPipeline(CATALOGUE);
    await pipeline.feed(volume('vol-1', false));
    await pipeline.settle();
    const dependencies = { store: pipeline.store, catalogue: { ...CATALOGUE, version: 'next' } };
    const next = { score: { revision: 2, catalogueVersion: 'next', changes: [] } };
    expect(await rescoreAccount(ACCOUNT, dependencies)).toMatchObject(next);
    expect(await rescoreOrganization(dependencies)).toMatchObject(next);
  });

  it('is as new as the newest scorecard of an account', async () => {
    const pipeline = inProcessPipeline(CATALOGUE);
    await pipeline.feed(volume('vol-1', false));
    await pipeline.settle();
    const { store } = pipeline;
    const { asOf } = (await store.readScore(ORGANIZATION))!;
    expect(asOf).toBe((await store.readScore(ACCOUNT))?.asOf);
    const older = { ...(await store.readScore(ACCOUNT))!, scope: '222222222222', asOf: '2025-01-01T00:00:00.000Z' };
    await store.commitScore(await store.beginScoring('222222222222'), { seen: new Map(), score: older });
    const next = { store, catalogue: { ...CATALOGUE, version: 'next' } };
    expect((await rescoreOrganization(next)).score?.asOf).toBe(asOf);
  });
});

describe('the time of a scorecard', () => {
  /** Scores after scorecards without a time and a version, as the store returns one that it cannot read. */
  async function rescoredWithoutTimes(...documents: readonly unknown[]) {
    const pipeline = inProcessPipeline(CATALOGUE);
    for (const document of documents) await pipeline.feed(document);
    await pipeline.settle();
    const { store } = pipeline;
    const unreadable = async (scope: string) => {
      const score = (await store.readScore(scope))!;
      await store.commitScore(await store.beginScoring(scope), {
        seen: await store.readWanted(scope),
        score: { ...score, revision: score.revision + 1, catalogueVersion: '', asOf: '' },
      });
    };
    await unreadable(ORGANIZATION);
    await unreadable(ACCOUNT);
    const { score: organization } = await rescoreOrganization({ store, catalogue: CATALOGUE });
    const { score: account } = await rescoreAccount(ACCOUNT, { store, catalogue: CATALOGUE });
    return [account?.asOf, organization?.asOf];
  }

  it('is that of the newest list if the one before had none and nothing has changed since', async () => {
    const at = '2026-03-04T05:06:07.000Z';
    const list = {
      csmm: 'facts',
      version: 1,
      accountId: ACCOUNT,
      awsRegion: 'eu-west-1',
      resourceType: 'CSMM::Inventory',
      resourceId: 'AWS::EC2::Volume',
      capturedAt: at,
      facts: { resources: 1 },
    };
    expect((await rescoredWithoutTimes(volume('vol-1', false), list))[0]).toBe(at);
  });

  it('is 1970 if no evidence has a time that csmm knows', async () => {
    const unknown = '1970-01-01T00:00:00.000Z';
    expect(await rescoredWithoutTimes(volume('vol-1', false))).toEqual([unknown, unknown]);
  });
});

describe('whether a change affects the score', () => {
  const stored = (
    resourceType: string,
    compliance: 'COMPLIANT' | 'NON_COMPLIANT' | undefined,
    reason = 'r',
    facts: object = {},
  ): StateChange['after'] => ({
    resource: { accountId: ACCOUNT, region: 'eu-west-1', resourceType, resourceId: 'x' },
    capturedAt: '2026-01-01T00:00:00.000Z',
    parsed: { facts, missing: {} },
    findings: compliance ? [{ controlId: 'CMP-L1-02', compliance, reason }] : [],
    revision: 1,
  });
  const VOLUME = 'AWS::EC2::Volume';

  it.each<[string, StateChange, boolean]>([
    ['a new resource does', { before: undefined, after: stored(VOLUME, undefined) }, true],
    ['another verdict does', { before: stored(VOLUME, 'COMPLIANT'), after: stored(VOLUME, 'NON_COMPLIANT') }, true],
    ['a deletion of what was judged does', { before: stored(VOLUME, 'COMPLIANT'), after: stored(VOLUME, undefined) }, true],
    ['the first verdict does', { before: stored(VOLUME, undefined), after: stored(VOLUME, 'COMPLIANT') }, true],
    [
      'the same verdict for another reason does not',
      { before: stored(VOLUME, 'COMPLIANT'), after: stored(VOLUME, 'COMPLIANT', 's') },
      false,
    ],
    [
      'another fact of a type that a join reads does',
      { before: stored('AWS::EC2::VPC', undefined), after: stored('AWS::EC2::VPC', undefined, 'r', { ownerId: ACCOUNT }) },
      true,
    ],
    ['the same facts read again do not', { before: stored('AWS::EC2::VPC', undefined), after: stored('AWS::EC2::VPC', undefined) }, false],
  ])('%s', (_, change, affects) => {
    expect(wantedBy(change, CATALOGUE.rules) !== undefined).toBe(affects);
  });
});

describe('scorers of one scope at one time', () => {
  it('give up after many lost races, naming the scope', async () => {
    const store = { ...memoryStateStore(), commitScore: async () => false };
    const dependencies = { store, catalogue: CATALOGUE };
    await expect(rescoreAccount(ACCOUNT, dependencies)).rejects.toThrow(ContentionError);
    await expect(rescoreAccount(ACCOUNT, dependencies)).rejects.toThrow('the scorecard of 111111111111 was changed by others 25 times');
    await expect(rescoreOrganization(dependencies)).rejects.toThrow('the scorecard of the organization was changed by others');
  });

  it('begin again where they lost, and commit once', async () => {
    const store = memoryStateStore();
    let lost = 2;
    const contended = {
      ...store,
      commitScore: async (...args: Parameters<typeof store.commitScore>) => (lost-- > 0 ? false : store.commitScore(...args)),
    };
    expect(await rescoreAccount(ACCOUNT, { store: contended, catalogue: CATALOGUE })).toMatchObject({ score: { revision: 1 } });
    expect(store.takeScoreChanges()).toHaveLength(1);
  });
});

describe('changes that were merged before the score', () => {
  it('give one change per resource, from the state at the last score to the newest', async () => {
    const pipeline = inProcessPipeline(CATALOGUE);
    const merge = async (document: unknown) => {
      await pipeline.feed(document);
      pipeline.noteChanges();
    };
    const change = async () =>
      (await pipeline.settle()).changes
        .find(({ after }) => after.scope === ACCOUNT)
        ?.after.changes.find(({ controlId }) => controlId === 'CMP-L1-02');
    await merge(volume('vol-1', false));
    await merge(volume('vol-2', true));
    await merge(volume('vol-1', true));
    expect(await change()).toEqual(told('NO_DATA', 'PASSED', 'vol-1', /encrypted/));
    await merge(volume('vol-2', false));
    await merge(volume('vol-1', true));
    expect(await change()).toEqual(told('PASSED', 'FAILED', 'vol-2', /not encrypted/, 'not-encrypted'));
    expect((await pipeline.settle()).changes).toEqual([]);
  });
});

describe('what is kept of a join', () => {
  it('fits an item of the table, however many and long the open resources are, and counts all of them', async () => {
    const pipeline = inProcessPipeline(CATALOGUE);
    for (let n = 0; n < 1500; n++) await pipeline.feed(vpc(`vpc-${String(n).padStart(5, '0')}${'x'.repeat(700)}`));
    await pipeline.settle();
    const join = (await pipeline.store.readJoins(ACCOUNT)).get('NET-L2-01');
    expect(join?.tally.nonCompliant).toBe(1500);
    expect(join?.open.length).toBeGreaterThan(100);
    expect(Buffer.byteLength(JSON.stringify(join))).toBeLessThan(250_000);
    expect((await pipeline.store.readScore(ACCOUNT))?.statuses.get('NET-L2-01')).toBe('FAILED');
  });

  it('is forgotten where the control has no join any more', async () => {
    const pipeline = inProcessPipeline(CATALOGUE);
    await pipeline.feed(vpc('vpc-1'));
    await pipeline.settle();
    const controls = CATALOGUE.controls.map((control) => (control.id === 'NET-L2-01' ? { ...control, rules: [] } : control));
    const upgraded = { version: '2', controls, rules: indexRules(controls) };
    const { score } = await rescoreAccount(ACCOUNT, { store: pipeline.store, catalogue: upgraded });
    expect(score?.statuses.get('NET-L2-01')).toBe('NO_DATA');
  });
});
