import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryRemediationStore } from '../../../adapters/memory/remediation-store.ts';
import { memoryStateStore } from '../../../adapters/memory/state-store.ts';
import { EMPTY_TALLY } from '../../../core/evaluation/tally.ts';
import { type Compliance, GLOBAL, type ResourceRef } from '../../../core/model.ts';
import { type AppliedSettings, type JoinResult, MAX_JOINED_FINDINGS, type OpenFinding, type StoredResource } from '../../../core/ports.ts';
import { LATE_MINUTES, minutesAfter } from '../../../core/remediation/decide/decision.ts';
import { REMEDIATION_STATUSES, type Remediation, type RemediationStatus, remediationKey } from '../../../core/remediation/model/record.ts';
import { cannotRun, type Remedies, remedyOfAccount, remedyOn } from '../../../core/remediation/model/remedy.ts';
import type { RemediationStore } from '../../../core/remediation/ports.ts';
import {
  type FindingsChange,
  type JoinChange,
  RemediationContentionError,
  SETTLE_MINUTES,
  type TriageDependencies,
  triage,
} from '../../../core/remediation/triage.ts';
import type { RemediationMode } from '../../../core/settings/document.ts';
import { signedBy } from '../../support/seals.ts';

const NOW = '2026-11-18T12:00:00.000Z';
const ago = (minutes: number): string => minutesAfter(NOW, -minutes);
const HOURS = 60;

const [ACCOUNT, BUCKETS, GROUPS, WHOLE] = ['111111111111', 'STR-L2-01', 'NET-L1-01', 'MON-L2-02'] as const;
const BUCKET = { accountId: ACCOUNT, region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId: 'orders' } as const;
const groupRef = (resourceId: string): ResourceRef => ({ ...BUCKET, resourceType: 'AWS::EC2::SecurityGroup', resourceId });
const GROUP = groupRef('sg-1');
const ACCOUNT_REF: ResourceRef = { accountId: ACCOUNT, region: GLOBAL, resourceType: 'AWS::::Account', resourceId: ACCOUNT };

const TERMS = { runbook: 'CSMM-Test', risk: 'safe', reversible: true, impact: '' } as const;
const never = () => cannotRun('only a test');
const REMEDIES: Remedies = {
  [BUCKETS]: [remedyOn('AWS::S3::Bucket', TERMS, never)],
  [GROUPS]: [remedyOn('AWS::EC2::SecurityGroup', TERMS, never)],
  [WHOLE]: [remedyOfAccount(TERMS, never)],
};

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const idOf = (controlId: string, resource: ResourceRef): string => hash(remediationKey(controlId, resource)).slice(0, 24);
const ID = idOf(BUCKETS, BUCKET);

const settingsOf = (mode: RemediationMode): AppliedSettings => ({
  document: { version: 1, remediation: { rules: [{ mode, controls: [BUCKETS, GROUPS, WHOLE] }] } },
  appliedAt: ago(1000),
  appliedBy: 'ops',
  revision: 1,
  expiredUntil: ago(1000),
});

interface World extends TriageDependencies {
  time: string;
}

function worldOf(settings: TriageDependencies['settings']['readSettings'] = async () => settingsOf('auto')): World {
  const world: World = {
    time: NOW,
    store: memoryRemediationStore(),
    state: memoryStateStore(),
    settings: { readSettings: settings },
    remedies: REMEDIES,
    hash,
    now: () => world.time,
  };
  return world;
}

/** An inventory of a type at a time. An incomplete one has a gap. */
const listed = (world: World, capturedAt: string, { type = 'AWS::S3::Bucket', region = 'eu-west-1', gap = false } = {}) =>
  world.state.commitCard(undefined, {
    accountId: ACCOUNT,
    region,
    lists: new Map([[type, { capturedAt, ...(gap ? { gap: 'denied' } : { resources: 3 }) }]]),
    revision: 1,
  });

/** A stored bucket. `null` has no finding of the control, `gone` is a tombstone. */
const bucket = (compliance: Compliance | null | 'gone', capturedAt: string, revision = 1): StoredResource => ({
  resource: BUCKET,
  capturedAt,
  parsed: compliance === 'gone' ? undefined : { facts: { versioning: compliance ?? 'nothing' }, missing: {} },
  findings:
    compliance === null || compliance === 'gone'
      ? []
      : [
          { controlId: 'STR-L1-02', compliance: 'NON_COMPLIANT', reason: 'it is public' },
          { controlId: BUCKETS, compliance, reason: `it is ${compliance}` },
        ],
  revision,
});

const change = (before: StoredResource | undefined, after: StoredResource): FindingsChange => ({ kind: 'resource', before, after });

const open = (resource: ResourceRef, compliance: OpenFinding['compliance'] = 'NON_COMPLIANT'): OpenFinding => ({
  resource,
  compliance,
  reason: `it is ${compliance}`,
  capturedAt: ago(1),
});

/** The result of a join. `unlisted` is the number of failing resources that the store does not list. */
const join = (findings: readonly OpenFinding[], unlisted = 0): JoinResult => {
  const count = (wanted: string) => findings.filter(({ compliance }) => compliance === wanted).length;
  return {
    tally: { ...EMPTY_TALLY, nonCompliant: count('NON_COMPLIANT') + unlisted, insufficientData: count('INSUFFICIENT_DATA') },
    open: findings,
  };
};

const joinChange = (before: JoinResult | undefined, after: JoinResult, controlId: string = GROUPS): FindingsChange => {
  const changed: JoinChange = { accountId: ACCOUNT, controlId, before, after };
  return { kind: 'join', ...changed };
};

const existing = (status: RemediationStatus, changed: Partial<Remediation> = {}): Remediation => ({
  id: ID,
  controlId: BUCKETS,
  resource: BUCKET,
  status,
  reason: 'as it was',
  revision: 1,
  failingSince: ago(100),
  updatedAt: ago(100),
  attempts: [],
  trail: [],
  ...changed,
});

/** Whether the remediation may start without an approval. */
const told = (noted: readonly Remediation[]) => noted.map(({ status, backlog }) => [status, backlog ?? 'new']);

describe('a resource that starts to fail', () => {
  it('gets a remediation with a decision after the settling time', async () => {
    const world = worldOf();
    const [noted, ...others] = await triage(change(bucket('COMPLIANT', ago(60)), bucket('NON_COMPLIANT', ago(1))), ago(0.5), world);
    expect(noted).toEqual({
      id: ID,
      controlId: BUCKETS,
      resource: BUCKET,
      status: 'NEW',
      reason: 'it is NON_COMPLIANT',
      revision: 1,
      failingSince: ago(0.5),
      updatedAt: NOW,
      dueAt: minutesAfter(NOW, SETTLE_MINUTES),
      attempts: [],
      trail: [{ at: NOW, status: 'NEW', reason: 'it is NON_COMPLIANT' }],
    });
    expect(others).toEqual([]);
    expect(await world.store.readRemediation(ID)).toEqual(noted);
  });

  const NEVER_LISTED = 'the failure may not be new: no complete inventory of the resource type in the 26 hours before it was first seen';
  const at = ago(1);
  it.each<[string, StoredResource | undefined, string, ((world: World) => unknown)?]>([
    ['passed before', bucket('COMPLIANT', ago(60)), 'new'],
    ['did not apply before', bucket('NOT_APPLICABLE', ago(60)), 'new'],
    ['passed before, and was last read just within 26 hours', bucket('COMPLIANT', minutesAfter(at, -26 * HOURS)), 'new'],
    [
      'passed before, and was not read for more than 26 hours',
      bucket('COMPLIANT', minutesAfter(at, -26 * HOURS - 1)),
      `the failure may not be new: the resource was last read at ${minutesAfter(at, -26 * HOURS - 1)}`,
    ],
    [
      'passed before by the same facts',
      { ...bucket('COMPLIANT', ago(60)), parsed: bucket('NON_COMPLIANT', at).parsed },
      'the failure is not new: the resource is unchanged, but the rule has changed',
    ],
    ['could not be evaluated before', bucket('INSUFFICIENT_DATA', ago(60)), 'the failure may not be new: the previous finding is unknown'],
    [
      'was there before the control was',
      bucket(null, ago(60)),
      'the failure may not be new: the control did not evaluate the resource before',
    ],
    ['was never seen, and its type was never listed', undefined, NEVER_LISTED],
    ['was never seen, and its type was listed before', undefined, 'new', (world) => listed(world, ago(60))],
    [
      'was never seen, and its type was listed for the account before',
      undefined,
      'new',
      (world) => listed(world, ago(60), { region: GLOBAL }),
    ],
    ['was never seen, and is in the first inventory', undefined, NEVER_LISTED, (world) => listed(world, at)],
    ['was never seen, and the inventory was incomplete', undefined, NEVER_LISTED, (world) => listed(world, ago(60), { gap: true })],
    ['was never seen, and another type was listed', undefined, NEVER_LISTED, (world) => listed(world, ago(60), { type: 'AWS::EC2::VPC' })],
    ['was never seen, and another Region was listed', undefined, NEVER_LISTED, (world) => listed(world, ago(60), { region: 'us-east-1' })],
    [
      'was never seen, and the last list is older than 26 hours',
      undefined,
      NEVER_LISTED,
      (world) => listed(world, minutesAfter(at, -26 * HOURS - 1)),
    ],
    ['was gone, and exists again after the last inventory', bucket('gone', ago(90)), 'new', (world) => listed(world, ago(60))],
    ['was gone, and exists again before any inventory', bucket('gone', ago(90)), NEVER_LISTED],
  ])('that %s: %s', async (_, before, backlog, seed) => {
    const world = worldOf();
    await seed?.(world);
    expect(told(await triage(change(before, bucket('NON_COMPLIANT', at)), ago(0.5), world))).toEqual([['NEW', backlog]]);
  });

  it('with a late change is a backlog', async () => {
    const begins = change(bucket('COMPLIANT', ago(60)), bucket('NON_COMPLIANT', ago(40)));
    expect(told(await triage(begins, ago(LATE_MINUTES), worldOf()))).toEqual([['NEW', 'new']]);
    expect(told(await triage(begins, ago(LATE_MINUTES + 1), worldOf()))).toEqual([
      ['NEW', `the change of ${ago(LATE_MINUTES + 1)} was delivered late; after an outage a remediation requires approval`],
    ]);
  });

  it.each<[string, FindingsChange]>([
    ['it failed before', change(bucket('NON_COMPLIANT', ago(60)), bucket('NON_COMPLIANT', ago(1)))],
    ['it passes', change(bucket('COMPLIANT', ago(60)), bucket('COMPLIANT', ago(1)))],
    ['it is unknown', change(bucket('COMPLIANT', ago(60)), bucket('INSUFFICIENT_DATA', ago(1)))],
    ['it is gone, and there is no remediation', change(bucket('NON_COMPLIANT', ago(60)), bucket('gone', ago(1)))],
  ])('gets no remediation if %s', async (_, nothing) => {
    const world = worldOf();
    expect(await triage(nothing, ago(0.5), world)).toEqual([]);
    expect(await world.store.listRemediations({})).toEqual([]);
  });
});

describe('the settings', () => {
  const begins = change(bucket('COMPLIANT', ago(60)), bucket('NON_COMPLIANT', ago(1)));

  it('that cannot be read require a new delivery of the change', async () => {
    const world = worldOf(async () => {
      throw new Error('throttled');
    });
    await expect(triage(begins, ago(0.5), world)).rejects.toThrow('throttled');
    expect(await world.store.listRemediations({})).toEqual([]);
  });

  it('are not read if there is no runbook', async () => {
    const world = worldOf(() => Promise.reject(new Error('never')));
    const others = change(undefined, { ...bucket('NON_COMPLIANT', ago(1)), resource: GROUP });
    expect(await triage(others, ago(0.5), world)).toEqual([]);
  });

  it.each<[string, AppliedSettings | undefined]>([
    ['there are none', undefined],
    ['they have no section remediation', { ...settingsOf('off'), document: { version: 1 } }],
    ['the mode is off', settingsOf('off')],
    [
      'they name other controls',
      { ...settingsOf('auto'), document: { version: 1, remediation: { rules: [{ mode: 'auto', controls: ['STR-L2-03'] }] } } },
    ],
  ])('write nothing if %s', async (_, settings) => {
    const world = worldOf(async () => settings);
    expect(await triage(begins, ago(0.5), world)).toEqual([]);
    expect(await world.store.listRemediations({})).toEqual([]);
  });

  it.each(['plan', 'approve', 'auto'] as const)('in mode %s have it noted', async (mode) => {
    expect(
      await triage(
        begins,
        ago(0.5),
        worldOf(async () => settingsOf(mode)),
      ),
    ).toHaveLength(1);
  });
});

describe('a finding of a join', () => {
  const known = async (world: World, revision = 2) => {
    let previous: StoredResource | undefined;
    for (let count = 1; count <= revision; count++) {
      const stored = { ...bucket('COMPLIANT', ago(100 - count), count), resource: GROUP, findings: [] };
      await world.state.commitResource(previous, stored);
      previous = stored;
    }
  };
  const failing = join([open(GROUP)]);
  const full = join(Array.from({ length: MAX_JOINED_FINDINGS }, (_, index) => open(groupRef(`sg-x${index}`))));

  const { capturedAt: _, ...finding } = open(GROUP);
  const untimed = { ...failing, open: [finding] };

  it.each<[string, JoinResult | undefined, string, ((world: World) => unknown)?, JoinResult?]>([
    ['of a resource that was known before', join([]), 'new', (world) => known(world)],
    [
      'of an account that was never judged',
      undefined,
      'the failure may not be new: the control did not evaluate the account before',
      (world) => known(world),
    ],
    [
      'that was not known before',
      join([open(GROUP, 'INSUFFICIENT_DATA')]),
      'the failure may not be new: the previous finding is unknown',
      (world) => known(world),
    ],
    [
      'of more than are listed',
      join([open(groupRef('sg-2'))], 1),
      'the failure may not be new: too many resources failed before to list them all',
      (world) => known(world),
    ],
    ['of as many as the list can hold', full, 'new', (world) => known(world)],
    [
      'that another catalogue did not find',
      { ...join([]), catalogueVersion: '1.0.0' },
      'the failure may not be new: the catalogue has changed',
      (world) => known(world),
    ],
    [
      'of a resource that was first seen just now',
      join([]),
      expect.stringMatching('^the failure may not be new: no complete inventory') as never,
      (world) => known(world, 1),
    ],
    [
      'of a resource that was first seen just now, after a list',
      join([]),
      'new',
      async (world) => {
        await known(world, 1);
        await listed(world, ago(60), { type: 'AWS::EC2::SecurityGroup' });
      },
    ],
    [
      'of a resource that was first seen just now, after a list, by the time of its evidence',
      join([]),
      'new',
      async (world) => {
        await known(world, 1);
        await listed(world, ago(120), { type: 'AWS::EC2::SecurityGroup' });
      },
      untimed,
    ],
    [
      'of a resource that is older than the last list, by the time of its evidence',
      join([]),
      expect.stringMatching('^the failure may not be new: no complete inventory') as never,
      async (world) => {
        await known(world, 1);
        await listed(world, ago(60), { type: 'AWS::EC2::SecurityGroup' });
      },
      untimed,
    ],
    ['of an unknown resource', join([]), expect.stringMatching('^the failure may not be new: no complete inventory') as never],
  ])('%s: %s', async (_, before, backlog, seed, after = failing) => {
    const world = worldOf();
    await seed?.(world);
    const noted = await triage(joinChange(before, after), ago(0.5), world);
    expect(noted.find(({ resource }) => resource.resourceId === 'sg-1')).toMatchObject({ id: idOf(GROUPS, GROUP), failingSince: ago(0.5) });
    expect(told(noted)).toEqual([['NEW', backlog]]);
  });

  it('on the account as a whole needs no inventory', async () => {
    expect(told(await triage(joinChange(join([]), join([open(ACCOUNT_REF)]), WHOLE), ago(0.5), worldOf()))).toEqual([['NEW', 'new']]);
    expect(told(await triage(joinChange(undefined, join([open(ACCOUNT_REF)]), WHOLE), ago(0.5), worldOf()))).toEqual([
      ['NEW', 'the failure may not be new: the control did not evaluate the account before'],
    ]);
  });

  it('on another type than that of its remedy gets no remediation', async () => {
    expect(await triage(joinChange(join([]), join([open(BUCKET)])), ago(0.5), worldOf())).toEqual([]);
  });

  it.each<[string, JoinResult, RemediationStatus]>([
    ['passes', join([]), 'CLOSED'],
    ['is unknown', join([open(GROUP, 'INSUFFICIENT_DATA')]), 'PLANNED'],
    ['still fails', failing, 'PLANNED'],
    ['no longer fits the list', join([open(groupRef('sg-2'))], 1), 'PLANNED'],
  ])('that %s leaves its remediation %s', async (_, after, status) => {
    const world = worldOf();
    const id = idOf(GROUPS, GROUP);
    await world.store.commitRemediation({ previous: undefined, next: existing('PLANNED', { id, controlId: GROUPS, resource: GROUP }) });
    const before = after === failing ? failing : join([open(GROUP)]);
    await triage(joinChange(before, after), ago(0.5), world);
    expect((await world.store.readRemediation(id))?.status).toBe(status);
  });

  it('that was unknown and passes closes its remediation', async () => {
    const world = worldOf();
    const id = idOf(GROUPS, GROUP);
    await world.store.commitRemediation({ previous: undefined, next: existing('WAITING', { id, controlId: GROUPS, resource: GROUP }) });
    await triage(joinChange(join([open(GROUP, 'INSUFFICIENT_DATA')]), join([])), ago(0.5), world);
    expect((await world.store.readRemediation(id))?.status).toBe('CLOSED');
  });
});

describe('a remediation', () => {
  const begins = change(bucket('COMPLIANT', ago(60)), bucket('NON_COMPLIANT', ago(1)));
  const ends = change(bucket('NON_COMPLIANT', ago(60)), bucket('COMPLIANT', ago(1)));
  const ATTEMPT = {
    kind: 'fix',
    runbook: 'CSMM-Test',
    parameters: {},
    region: 'eu-west-1',
    stateHash: 'hash',
    token: 'token',
    intendedAt: ago(90),
    executionId: 'execution',
    outcome: 'verified',
    at: ago(80),
    reason: 'it passes',
  } as const;
  const OLD: Partial<Remediation> = {
    revision: 7,
    dueAt: ago(5),
    backlog: 'of old',
    approval: { ...signedBy('ops', ago(50)), stateHash: 'hash' },
    retries: 3,
    releasedAt: ago(95),
    attempts: [ATTEMPT],
  };

  const ANEW: readonly RemediationStatus[] = ['SUCCEEDED', 'CLOSED', 'REFUSED', 'PLANNED', 'WAITING_FOR_APPROVAL', 'HALF_APPROVED'];
  it.each(REMEDIATION_STATUSES)('that is %s meets a new failure', async (status) => {
    const world = worldOf();
    await world.store.commitRemediation({ previous: undefined, next: existing(status, OLD) });
    const noted = await triage(begins, ago(0.5), world);
    if (!ANEW.includes(status)) {
      expect(noted).toEqual([]);
      expect(await world.store.readRemediation(ID)).toEqual(existing(status, OLD));
      return;
    }
    expect(noted).toMatchObject([{ status: 'NEW', failingSince: ago(0.5), revision: 8, attempts: [ATTEMPT], releasedAt: ago(95) }]);
    expect(noted[0]).not.toHaveProperty('backlog');
    expect(noted[0]).not.toHaveProperty('approval');
    expect(noted[0]).not.toHaveProperty('retries');
  });

  const CLOSES: readonly RemediationStatus[] = [
    'NEW',
    'WAITING',
    'HELD',
    'PLANNED',
    'WAITING_FOR_APPROVAL',
    'HALF_APPROVED',
    'APPROVED',
    'REFUSED',
  ];
  it.each(REMEDIATION_STATUSES)('that is %s after a refusal meets another state that fails too', async (status) => {
    const world = worldOf();
    const attempts = [{ ...ATTEMPT, outcome: 'refused' as const }];
    await world.store.commitRemediation({ previous: undefined, next: existing(status, { ...OLD, attempts }) });
    const [before, after] = [bucket('NON_COMPLIANT', ago(60)), bucket('NON_COMPLIANT', ago(1))];
    expect(await triage(change(before, after), ago(0.5), world)).toEqual([]);
    const changed = { ...after, parsed: { facts: { versioning: 'another state' }, missing: {} } };
    const noted = await triage(change(before, changed), ago(0.5), world);
    if (status !== 'REFUSED') {
      expect(noted).toEqual([]);
      return;
    }
    expect(noted).toMatchObject([
      { status: 'NEW', failingSince: OLD.failingSince ?? ago(100), dueAt: minutesAfter(NOW, SETTLE_MINUTES), attempts },
    ]);
  });

  it('that csmm refused for another reason does not restart in another state', async () => {
    const world = worldOf();
    await world.store.commitRemediation({ previous: undefined, next: existing('REFUSED', OLD) });
    const changed = { ...bucket('NON_COMPLIANT', ago(1)), parsed: { facts: { versioning: 'another state' }, missing: {} } };
    expect(await triage(change(bucket('NON_COMPLIANT', ago(60)), changed), ago(0.5), world)).toEqual([]);
  });

  it.each(REMEDIATION_STATUSES)('that is %s meets a recovery', async (status) => {
    const world = worldOf();
    await world.store.commitRemediation({ previous: undefined, next: existing(status, OLD) });
    const noted = await triage(ends, ago(0.5), world);
    if (!CLOSES.includes(status)) {
      expect(noted).toEqual([]);
      return;
    }
    expect(noted).toMatchObject([{ status: 'CLOSED', reason: 'it is COMPLIANT', revision: 8, attempts: [ATTEMPT] }]);
    expect(noted[0]).not.toHaveProperty('dueAt');
    expect(noted[0]).not.toHaveProperty('approval');
  });

  it.each<[string, StoredResource, StoredResource, RemediationStatus, string]>([
    ['is gone', bucket('NON_COMPLIANT', ago(60)), bucket('gone', ago(1)), 'CLOSED', 'the resource is gone'],
    ['is no longer evaluated', bucket('NON_COMPLIANT', ago(60)), bucket(null, ago(1)), 'CLOSED', 'the resource is gone'],
    ['does not apply', bucket('NON_COMPLIANT', ago(60)), bucket('NOT_APPLICABLE', ago(1)), 'CLOSED', 'it is NOT_APPLICABLE'],
    ['cannot be read', bucket('NON_COMPLIANT', ago(60)), bucket('INSUFFICIENT_DATA', ago(1)), 'APPROVED', 'as it was'],
    ['could not be read and passes', bucket('INSUFFICIENT_DATA', ago(60)), bucket('COMPLIANT', ago(1)), 'CLOSED', 'it is COMPLIANT'],
    ['could not be read and is gone', bucket('INSUFFICIENT_DATA', ago(60)), bucket('gone', ago(1)), 'CLOSED', 'the resource is gone'],
  ])('of a resource that %s', async (_, before, after, status, reason) => {
    const world = worldOf();
    await world.store.commitRemediation({ previous: undefined, next: existing('APPROVED') });
    await triage(change(before, after), ago(0.5), world);
    expect(await world.store.readRemediation(ID)).toMatchObject({ status, reason });
  });

  it.each<[string, FindingsChange, string]>([
    ['repeated failure', begins, ago(100)],
    ['failure before its own', begins, ago(101)],
    ['recovery before the failure', ends, ago(101)],
  ])('is not changed by a %s', async (_, late, committedAt) => {
    const world = worldOf();
    world.time = ago(80);
    await world.store.commitRemediation({ previous: undefined, next: existing('PLANNED', OLD) });
    expect(await triage(late, committedAt, world)).toEqual([]);
    expect(await world.store.readRemediation(ID)).toEqual(existing('PLANNED', OLD));
  });

  it('that has ended restarts with a failure of the same second, and stays a backlog', async () => {
    const world = worldOf();
    world.time = ago(80);
    await world.store.commitRemediation({ previous: undefined, next: existing('CLOSED', { backlog: 'of old' }) });
    expect(told(await triage(begins, ago(100), world))).toEqual([['NEW', 'of old']]);
  });

  it('that other processes write at the same time is read again, and fails in the end', async () => {
    const world = worldOf();
    const { store } = world;
    let races = 3;
    const racing: RemediationStore = {
      ...store,
      commitRemediation: async (commit) => {
        if (races-- > 0) {
          const previous = await store.readRemediation(ID);
          await store.commitRemediation({ previous, next: existing('SUCCEEDED', { revision: (previous?.revision ?? 0) + 1 }) });
        }
        return store.commitRemediation(commit);
      },
    };
    expect(await triage(begins, ago(0.5), { ...world, store: racing })).toMatchObject([{ status: 'NEW', revision: 4 }]);
    races = Number.POSITIVE_INFINITY;
    const again = change(bucket('COMPLIANT', ago(60)), bucket('NON_COMPLIANT', NOW));
    await world.store.commitRemediation({
      previous: await world.store.readRemediation(ID),
      next: existing('SUCCEEDED', { revision: 5 }),
    });
    await expect(triage(again, NOW, { ...world, store: racing })).rejects.toThrow(RemediationContentionError);
  });
});

describe('changes in any order and number', () => {
  interface Step {
    readonly compliance: Compliance | 'gone' | null;
    /** Minutes since the previous change. */
    readonly pause: number;
    readonly lists: boolean;
  }
  const steps = fc.array(
    fc.record<Step>({
      compliance: fc.constantFrom<Step['compliance'][]>(
        'NON_COMPLIANT',
        'NON_COMPLIANT',
        'COMPLIANT',
        'INSUFFICIENT_DATA',
        'NOT_APPLICABLE',
        'gone',
        null,
      ),
      pause: fc.constantFrom(0, 0.01, 1, 10, 3000),
      lists: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  );
  const START = '2026-11-01T00:00:00.000Z';

  interface Told {
    readonly change: FindingsChange;
    readonly committedAt: string;
    readonly lists: boolean;
  }

  /** The changes of one bucket as the store delivers them, with times in whole seconds. */
  function historyOf(given: readonly Step[]): Told[] {
    let before: StoredResource | undefined;
    let time = START;
    return given.map(({ compliance, pause, lists }, index) => {
      time = minutesAfter(time, pause);
      const after = bucket(compliance, minutesAfter(time, -0.2), index + 1);
      const each = { change: change(before, after), committedAt: `${time.slice(0, 19)}.000Z`, lists };
      before = after;
      return each;
    });
  }

  const tell = async (world: World, { change: each, committedAt }: Told) => {
    if (committedAt > world.time) world.time = committedAt;
    return triage(each, committedAt, world);
  };

  it('never give two remediations for one control and resource', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.array(fc.nat(7), { maxLength: 20 }), async (given, order) => {
        const history = historyOf(given);
        const world = worldOf();
        world.time = START;
        for (const index of order) {
          const each = history[index % history.length];
          if (each) await tell(world, each);
        }
        const all = await world.store.listRemediations({});
        expect(all.map(({ id }) => id)).toEqual(all.length === 0 ? [] : [ID]);
      }),
      { numRuns: 300 },
    );
  });

  /** Completes an inventory of all buckets. */
  async function renewList({ state }: World, committedAt: string): Promise<void> {
    const region = 'eu-west-1';
    const card = await state.readCard(ACCOUNT, region);
    const lists = new Map([['AWS::S3::Bucket', { capturedAt: minutesAfter(committedAt, -0.5), resources: 1 }]]);
    await state.commitCard(card, { accountId: ACCOUNT, region, lists, revision: (card?.revision ?? 0) + 1 });
  }

  /** Plans every remediation that waits for its decision. */
  async function planAll({ store }: World): Promise<void> {
    for (const previous of await store.listRemediations({ statuses: ['NEW'] })) {
      await store.commitRemediation({ previous, next: { ...previous, status: 'PLANNED', revision: previous.revision + 1 } });
    }
  }

  /** All remediations if some earlier changes are delivered again, in their order, after each change. */
  async function notedOf(history: readonly Told[], back: Iterator<number>): Promise<Remediation[]> {
    const world = worldOf();
    world.time = START;
    const noted: Remediation[] = [];
    for (const [index, { committedAt, lists }] of history.entries()) {
      for (const each of history.slice(Math.max(0, index - (back.next().value ?? 0)), index + 1)) noted.push(...(await tell(world, each)));
      if (lists) await renewList(world, committedAt);
      await planAll(world);
    }
    return noted;
  }

  it('delivered again, after later changes, never make a backlog startable', async () => {
    let repeats = 0;
    await fc.assert(
      fc.asyncProperty(steps, fc.infiniteStream(fc.nat(3)), async (given, back) => {
        const failures = (await notedOf(historyOf(given), back)).filter(({ status }) => status === 'NEW');
        for (const [index, { failingSince, backlog }] of failures.entries()) {
          const first = failures.find((each) => each.failingSince === failingSince);
          if (first !== failures[index]) repeats++;
          expect(backlog === undefined && first?.backlog !== undefined).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
    expect(repeats).toBeGreaterThan(0);
  });
});
