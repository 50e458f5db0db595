import { createHash } from 'node:crypto';
import { DeleteItemCommand, DescribeTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { CorruptItemError, type Item } from '../../adapters/aws/items.ts';
import {
  baselineItem,
  executionItem,
  heartbeatItem,
  idItem,
  ledgerItem,
  lockItem,
  MAX_REMEDIATION_BYTES,
  placeOf,
  RemediationTooLargeError,
  rehearsalsItem,
  remediationItem,
  switchItem,
  toRemediation,
} from '../../adapters/aws/remediation-items.ts';
import { baselineKey, DUE_INDEX, lockKey, placeKey, stopKey } from '../../adapters/aws/remediation-keys.ts';
import { dynamoRemediationStore } from '../../adapters/aws/remediation-store.ts';
import { parseRemediationRecord } from '../../adapters/aws/stream.ts';
import { memoryRemediationStore } from '../../adapters/memory/remediation-store.ts';
import {
  type Baseline,
  type Execution,
  type Heartbeat,
  type KillSwitch,
  type Ledger,
  type PlannedRun,
  REMEDIATION_STATUSES,
  type Rehearsals,
  type Remediation,
  remediationKey,
} from '../../core/remediation/model/record.ts';
import { type Scope, STOP_KINDS, type Stop, type StopKind } from '../../core/remediation/model/stop.ts';
import { MAX_DOCUMENT_BYTES, type PolicyRef } from '../../core/remediation/policy-drift/policy-document.ts';
import type { RemediationCommit, RemediationFilter, RemediationStore } from '../../core/remediation/ports.ts';
import { createTable, dynamoDbClient } from '../support/dynamodb-local.ts';
import { runs } from '../support/runs.ts';
import { signedBy } from '../support/seals.ts';

/** Contract of every adapter of the RemediationStore port. */
const endpoint = inject('dynamoDbEndpoint');

const adapters: [string, () => Promise<RemediationStore>][] = [['memory', async () => memoryRemediationStore()]];
if (endpoint) {
  const client = dynamoDbClient(endpoint);
  adapters.push(['DynamoDB', async () => dynamoRemediationStore(client, await createTable(client, 'remediations', DUE_INDEX))]);
}
if (!endpoint) it.skip('DynamoDB remediation store: no Java runtime for DynamoDB Local', () => {});

const ACCOUNT = '111111111111';
const CONTROL = 'STR-L2-01';
const time = (second: number): string => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();

interface Where {
  readonly resourceId?: string;
  readonly controlId?: string;
  readonly accountId?: string;
}

function remediation({ resourceId = 'a', controlId = CONTROL, accountId = ACCOUNT }: Where = {}, rest: Partial<Remediation> = {}) {
  const resource = { accountId, region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId };
  return {
    id: createHash('sha256').update(remediationKey(controlId, resource)).digest('hex').slice(0, 24),
    controlId,
    resource,
    status: 'NEW',
    reason: 'it is new',
    revision: 1,
    failingSince: time(0),
    updatedAt: time(1),
    attempts: [],
    trail: [],
    ...rest,
  } satisfies Remediation;
}

const successor = (previous: Remediation, rest: Partial<Remediation> = {}): Remediation => ({
  ...previous,
  revision: previous.revision + 1,
  ...rest,
});

const execution = (executionId?: string): Execution => ({
  kind: 'fix',
  runbook: 'Csmm-EnableS3Versioning',
  parameters: { BucketName: ['a'], None: [] },
  region: 'eu-west-1',
  stateHash: 'b'.repeat(64),
  token: '11111111-2222-5333-8444-555555555555',
  intendedAt: time(2),
  ...(executionId !== undefined && { executionId }),
});

/** A remediation in which everything is said that can be. */
const full = remediation(
  { resourceId: 'ünïcode/…#__proto__' },
  {
    status: 'VERIFYING',
    dueAt: time(30),
    retries: 2,
    releasedAt: time(0),
    backlog: 'it failed before',
    plan: {
      mode: 'auto',
      runbook: 'Csmm-EnableS3Versioning',
      parameters: { BucketName: ['a'] },
      risk: 'safe',
      reversible: true,
      impact: '',
      region: 'eu-west-1',
      stateHash: 'b'.repeat(64),
      finding: 'versioning is off',
    },
    approval: { ...signedBy(`arn:aws:iam::${ACCOUNT}:user/somebody`, time(1)), stateHash: 'b'.repeat(64), first: signedBy('a', time(0)) },
    rollbackAsked: signedBy('a', time(2)),
    exemption: { ...signedBy('a', time(2)), until: time(3), reason: 'migration' },
    seal: 'of the engine',
    execution: { ...execution('e-1'), endedAt: time(3), outputs: { PreviousStatus: ['Suspended'] }, readings: 1 },
    attempts: [{ ...execution('e-0'), outcome: 'failed', at: time(2), reason: 'access denied' }],
    trail: [
      { at: time(1), status: 'NEW', reason: 'it is new' },
      { at: time(2), status: 'RUNNING', reason: 'it runs', executionId: 'e-1' },
    ],
  },
);

const killSwitch = (revision: number, running = true): KillSwitch => ({
  running,
  since: time(revision),
  by: `arn:aws:iam::${ACCOUNT}:user/somebody`,
  reason: 'a trial',
  revision,
});

const ledger = (revision: number, rest: Partial<Ledger> = {}): Ledger => ({
  controlId: CONTROL,
  revision,
  starts: Array.from({ length: revision }, (_, n) => ({ at: time(n), accountId: ACCOUNT, resourceType: 'AWS::S3::Bucket' })),
  outcomes: [{ at: time(revision), failed: revision % 2 === 0, accountId: ACCOUNT, resource: 'AWS::S3::Bucket orders (eu-west-1)' }],
  denials: [{ at: time(revision), accountId: ACCOUNT, runbook: 'CSMM-EnableBucketVersioning', reason: 'no role' }],
  ...rest,
});
const EMPTY = { controlId: CONTROL, revision: 0, starts: [], outcomes: [], denials: [] };

const rehearsals = (revision: number, n = 0): Rehearsals => ({
  accountId: ACCOUNT,
  revision,
  entries: [{ controlId: CONTROL, conditions: '{}', since: time(n) }],
});
const heartbeat = (revision: number, n = revision): Heartbeat => ({ at: time(n), since: time(0), revision });

const baseline = (revision: number, rest: Partial<Baseline> = {}): Baseline => ({
  resource: { accountId: ACCOUNT, region: 'global', resourceType: 'AWS::IAM::RolePolicy', resourceId: 'orders/access' },
  document: `{"Statement":[${'"ü",'.repeat(revision)}""]}`,
  approvedAt: time(revision),
  approvedBy: `arn:aws:sts::${ACCOUNT}:assumed-role/deploy/run`,
  revision,
  ...rest,
});
const POLICY: PolicyRef = baseline(1).resource;

const create = (next: Remediation, rest: Partial<RemediationCommit> = {}): RemediationCommit => ({ previous: undefined, next, ...rest });
const othersTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const count = (outcomes: readonly boolean[]): number => outcomes.filter(Boolean).length;

describe.each(adapters)('%s remediation store', (_, open) => {
  let store: RemediationStore;
  beforeEach(async () => {
    store = await open();
  });

  describe('remediations', () => {
    it.each<[string, Remediation]>([
      ['hardly anything', remediation()],
      ['everything that can be said', full],
    ])('gives back what was committed, and nothing before: %s', async (_, wanted) => {
      expect(await store.readRemediation(wanted.id)).toBeUndefined();
      expect(await store.commitRemediation(create(wanted))).toBe(true);
      expect(await store.readRemediation(wanted.id)).toEqual(wanted);
    });

    it('forgets what the next revision no longer says', async () => {
      await store.commitRemediation(create(full));
      const { plan: _, approval: __, execution: ___, dueAt: ____, backlog: _____, ...rest } = full;
      const next = { ...rest, revision: 2, status: 'CLOSED' as const };
      expect(await store.commitRemediation({ previous: full, next })).toBe(true);
      expect(await store.readRemediation(full.id)).toEqual(next);
    });

    it('refuses a commit over a remediation that somebody else has changed, and then changes nothing', async () => {
      const first = remediation();
      const second = successor(first, { status: 'WAITING' });
      expect(await store.commitRemediation({ previous: first, next: second })).toBe(false);
      expect(await store.readRemediation(first.id)).toBeUndefined();
      await store.commitRemediation(create(first));
      expect(await store.commitRemediation(create(first))).toBe(false);
      expect(await store.commitRemediation({ previous: first, next: second })).toBe(true);
      expect(await store.commitRemediation({ previous: first, next: successor(first, { status: 'PLANNED' }) })).toBe(false);
      expect(await store.readRemediation(first.id)).toEqual(second);
    });

    it('lets exactly one of many concurrent writers create one, and exactly one change it', async () => {
      const versions = Array.from({ length: 10 }, (_, n) => remediation({}, { reason: `writer ${n}` }));
      expect(count(await Promise.all(versions.map((next) => store.commitRemediation(create(next)))))).toBe(1);
      const previous = await store.readRemediation(versions[0]!.id);
      const changes = versions.map(({ reason }) => successor(previous!, { reason }));
      const outcomes = await Promise.all(changes.map((next) => store.commitRemediation({ previous, next, lock: 'take' })));
      expect(count(outcomes)).toBe(1);
      expect(await store.readRemediation(previous!.id)).toEqual(changes[outcomes.indexOf(true)]);
    });

    it('keeps those apart whose resources only look alike', async () => {
      const ids = ['a', 'a#b', 'A', '#', 'eu-west-1#a', '__proto__', 'constructor', 'ü', 'u\u0308', '💥'.repeat(1000), '💥'.repeat(999)];
      const all = ids.map((resourceId) => remediation({ resourceId }));
      for (const next of all) expect(await store.commitRemediation(create(next, { lock: 'take' }))).toBe(true);
      for (const wanted of all) expect(await store.readRemediation(wanted.id)).toEqual(wanted);
      expect(await store.listRemediations({ accountId: ACCOUNT, controlId: CONTROL })).toHaveLength(ids.length);
    });
  });

  describe('what is due', () => {
    const due = (n: number, dueAt?: string) => remediation({ resourceId: `bucket-${n}` }, dueAt === undefined ? {} : { dueAt });

    it('is listed with the longest due first, up to the time and the limit that are given', async () => {
      const seconds = [7, 3, 9, 1, 5, 8, 2, 6, 4];
      for (const second of seconds) await store.commitRemediation(create(due(second, time(second))));
      const ids = (until: number) => Array.from({ length: until }, (_, n) => ({ ...placeOf(due(n + 1)), dueAt: time(n + 1) }));
      expect(await store.listDue(time(0), 10)).toEqual([]);
      expect(await store.listDue(time(6), 10)).toEqual(ids(6));
      expect(await store.listDue(time(60), 4)).toEqual(ids(4));
      expect(await store.listDue(time(60), 1)).toEqual(ids(1));
      expect(await store.listDue(time(60), 0)).toEqual([]);
      expect(await store.listDue(time(60), 1000)).toEqual(ids(9));
    });

    it('is neither what has no time nor what no longer has one', async () => {
      const [never, once, later] = [due(1), due(2, time(1)), due(3, time(1))];
      for (const next of [never, once, later]) await store.commitRemediation(create(next));
      const { dueAt: _, ...done } = once;
      await store.commitRemediation({ previous: once, next: { ...done, revision: 2 } });
      await store.commitRemediation({ previous: later, next: successor(later, { dueAt: time(5) }) });
      expect(await store.listDue(time(4), 10)).toEqual([]);
      expect(await store.listDue(time(5), 10)).toEqual([{ ...placeOf(later), dueAt: time(5) }]);
    });
  });

  describe('lists', () => {
    const all = [
      remediation({ resourceId: 'a' }, { status: 'RUNNING' }),
      remediation({ resourceId: 'b' }, { status: 'SUCCEEDED' }),
      remediation({ resourceId: 'd', controlId: 'STR-L2-010' }, { status: 'RUNNING' }),
      remediation({ resourceId: 'a', accountId: '222222222222' }, { status: 'REFUSED' }),
      remediation({ resourceId: 'c', accountId: '222222222222', controlId: 'CMP-L1-01' }, { status: 'RUNNING' }),
    ];
    let listed: RemediationStore;
    beforeAll(async () => {
      listed = await open();
      for (const next of all) {
        const rest = {
          lock: 'take',
          ledger: { previous: { ...EMPTY, controlId: next.id }, next: ledger(1, { controlId: next.id }) },
        } as const;
        expect(await listed.commitRemediation(create({ ...next, execution: execution(next.id) }, rest))).toBe(true);
      }
    });
    it.each<[string, RemediationFilter, number[]]>([
      ['all', {}, [0, 1, 2, 3, 4]],
      ['those of a control', { controlId: CONTROL }, [0, 1, 3]],
      ['those of an account', { accountId: ACCOUNT }, [0, 1, 2]],
      ['those of a status', { statuses: ['RUNNING'] }, [0, 2, 4]],
      ['those of some statuses', { statuses: ['REFUSED', 'SUCCEEDED'] }, [1, 3]],
      ['those of any status', { statuses: REMEDIATION_STATUSES }, [0, 1, 2, 3, 4]],
      ['those of no status', { statuses: [] }, []],
      ['those of a control in an account', { controlId: CONTROL, accountId: ACCOUNT }, [0, 1]],
      ['those of a control and a status', { controlId: CONTROL, statuses: ['RUNNING'] }, [0]],
      ['those of an account and a status', { accountId: ACCOUNT, statuses: ['RUNNING'] }, [0, 2]],
      ['those of all three', { controlId: 'CMP-L1-01', accountId: '222222222222', statuses: ['NEW', 'RUNNING'] }, [4]],
      ['none of an account that is not there', { accountId: '333333333333' }, []],
      ['none of a control that is not there', { controlId: 'STR-L2' }, []],
    ])('%s', async (_, filter, expected) => {
      const ids = (await listed.listRemediations(filter)).map(({ id }) => id).sort();
      expect(ids).toEqual(expected.map((index) => all[index]!.id).sort());
    });

    it('more than fit a page, as they were committed', async () => {
      const many = Array.from({ length: 12 }, (_, n) =>
        remediation({ resourceId: `bucket-${n}` }, { status: n === 11 ? 'RUNNING' : 'NEW', reason: 'x'.repeat(150_000) }),
      );
      for (const next of many) await store.commitRemediation(create(next));
      for (const filter of [{}, { accountId: ACCOUNT }]) {
        const listed = await store.listRemediations(filter);
        expect(new Map(listed.map((one) => [one.id, one]))).toEqual(new Map(many.map((one) => [one.id, one])));
      }
      expect(await store.listRemediations({ statuses: ['RUNNING'] })).toEqual([many[11]]);
    });
  });

  describe('executions', () => {
    it('tell whose they are from the commit on that names them', async () => {
      const first = remediation({}, { execution: execution() });
      const second = successor(first, { execution: execution('e-1') });
      await store.commitRemediation(create(first));
      expect(await store.findByExecution('e-1')).toBeUndefined();
      await store.commitRemediation({ previous: first, next: second });
      expect(await store.findByExecution('e-1')).toBe(first.id);
      const third = successor(second, { execution: { ...execution('e-2'), kind: 'undo' } });
      const { execution: _, ...done } = successor(third);
      expect(await store.commitRemediation({ previous: second, next: third })).toBe(true);
      expect(await store.commitRemediation({ previous: third, next: done })).toBe(true);
      expect(await store.findByExecution('e-1')).toBe(first.id);
      expect(await store.findByExecution('e-2')).toBe(first.id);
      expect(await store.findByExecution('e')).toBeUndefined();
    });

    it('are not told by a commit that is refused', async () => {
      const first = remediation();
      expect(await store.commitRemediation({ previous: first, next: successor(first, { execution: execution('e-1') }) })).toBe(false);
      expect(await store.findByExecution('e-1')).toBeUndefined();
    });

    it('stay with the remediation that named them first', async () => {
      const [first, other] = [remediation(), remediation({ resourceId: 'b' }, { execution: execution('e-1') })];
      await store.commitRemediation(create({ ...first, execution: execution('e-1') }));
      expect(await store.commitRemediation(create(other))).toBe(false);
      expect(await store.findByExecution('e-1')).toBe(first.id);
      expect(await store.readRemediation(other.id)).toBeUndefined();
    });
  });

  describe('locks', () => {
    const holder = remediation({}, { reason: 'holder' });
    const other = remediation({ controlId: 'STR-L1-02' }, { reason: 'other' });

    it('are held by one remediation of a resource, which may take it again', async () => {
      expect(await store.commitRemediation(create(holder, { lock: 'take' }))).toBe(true);
      expect(await store.commitRemediation({ previous: holder, next: successor(holder), lock: 'take' })).toBe(true);
      expect(await store.commitRemediation(create(other, { lock: 'take' }))).toBe(false);
      expect(await store.readRemediation(other.id)).toBeUndefined();
      expect(await store.commitRemediation(create(other))).toBe(true);
    });

    it('are also held on what else the run concerns, until it ends', async () => {
      const trail = {
        ...holder.resource,
        resourceType: 'AWS::CloudTrail::Trail',
        resourceId: 'arn:aws:cloudtrail:eu-west-1:111111111111:trail/t',
      };
      const plan = { ...(full.plan as PlannedRun), touches: [trail, holder.resource] };
      const running = { ...holder, plan };
      const ofTrail = { ...remediation({ controlId: 'IAM-L2-05', resourceId: 't' }), resource: trail };
      expect(await store.commitRemediation(create(running, { lock: 'take' }))).toBe(true);
      expect(await store.commitRemediation(create(ofTrail, { lock: 'take' }))).toBe(false);
      const next = successor(running);
      expect(await store.commitRemediation({ previous: running, next, lock: 'release' })).toBe(true);
      expect(await store.commitRemediation(create(ofTrail, { lock: 'take' }))).toBe(true);
      expect(await store.commitRemediation({ previous: next, next: successor(next), lock: 'take' })).toBe(false);
      expect((await store.readRemediation(holder.id))?.plan?.touches).toEqual(plan.touches);
    });

    it('are of one resource: the same id in another account or Region is another', async () => {
      const { resource } = holder;
      const elsewhere = [
        { ...resource, accountId: '222222222222' },
        { ...resource, region: 'eu-west-10' },
        { ...resource, resourceType: 'AWS::SQS::Queue' },
      ];
      await store.commitRemediation(create(holder, { lock: 'take' }));
      for (const [n, resource] of elsewhere.entries())
        expect(await store.commitRemediation(create({ ...other, id: `${n}`, resource }, { lock: 'take' }))).toBe(true);
    });

    it('can be taken by another once they are given back', async () => {
      await store.commitRemediation(create(holder, { lock: 'take' }));
      await store.commitRemediation(create(other));
      const [next, taken] = [successor(holder), successor(other)];
      expect(await store.commitRemediation({ previous: holder, next, lock: 'release' })).toBe(true);
      expect(await store.commitRemediation({ previous: other, next: taken, lock: 'take' })).toBe(true);
      expect(await store.commitRemediation({ previous: next, next: successor(next), lock: 'take' })).toBe(false);
    });

    it('are not given back by a commit that is refused', async () => {
      await store.commitRemediation(create(holder, { lock: 'take' }));
      expect(await store.commitRemediation({ previous: successor(holder), next: successor(successor(holder)), lock: 'release' })).toBe(
        false,
      );
      expect(await store.commitRemediation(create(other, { lock: 'take' }))).toBe(false);
    });

    it('are not given back by who does not hold them, and keep nobody from ending', async () => {
      await store.commitRemediation(create(holder, { lock: 'take' }));
      expect(await store.commitRemediation(create(other, { lock: 'release' }))).toBe(true);
      expect(await store.commitRemediation({ previous: other, next: successor(other), lock: 'take' })).toBe(false);
      const [freed, ended] = [successor(holder), successor(successor(holder))];
      expect(await store.commitRemediation({ previous: holder, next: freed, lock: 'release' })).toBe(true);
      expect(await store.commitRemediation({ previous: freed, next: ended, lock: 'release' })).toBe(true);
    });

    it('never have two holders, however many want them at once', async () => {
      let holders = 0;
      const seen: number[] = [];
      const worker = async (n: number) => {
        let current = remediation({ controlId: `STR-L1-${n}` });
        const commit = async (previous: Remediation | undefined, next: Remediation, lock: 'take' | 'release') => {
          while (!(await store.commitRemediation({ previous, next, lock }))) await othersTurn();
          current = next;
        };
        await commit(undefined, current, 'take');
        for (let turn = 0; turn < 3; turn++) {
          seen.push(++holders);
          await othersTurn();
          holders--;
          await commit(current, successor(current), 'release');
          await commit(current, successor(current), 'take');
        }
        await commit(current, successor(current), 'release');
      };
      await Promise.all(Array.from({ length: 4 }, (_, n) => worker(n)));
      expect(seen).toEqual(Array(12).fill(1));
    });

    it('go to exactly one of many who want them at once', async () => {
      const wanting = Array.from({ length: 10 }, (_, n) => remediation({ controlId: `STR-L1-${n}` }));
      const outcomes = await Promise.all(wanting.map((next) => store.commitRemediation(create(next, { lock: 'take' }))));
      expect(count(outcomes)).toBe(1);
      expect(await store.listRemediations({})).toEqual([wanting[outcomes.indexOf(true)]]);
    });
  });

  describe('a stop', () => {
    const stop = (kind: StopKind, scope: Scope): Stop => ({ kind, scope, by: 'ops', at: time(1), reason: 'incident' });
    const RUN = { accountId: ACCOUNT, controlId: CONTROL };
    const AROUND: readonly Scope[] = [{}, { accountId: ACCOUNT }, { controlId: CONTROL }, RUN];
    const ELSEWHERE: readonly Scope[] = [
      { accountId: '222222222222' },
      { controlId: 'STR-L1-02' },
      { accountId: '222222222222', controlId: CONTROL },
      { accountId: ACCOUNT, controlId: 'STR-L1-02' },
    ];

    it.each(STOP_KINDS.flatMap((kind) => AROUND.map((scope) => [kind, scope] as const)))(
      'of %s (%j) is found, keeps back what must not start while it is there, and only that',
      async (kind, scope) => {
        const other = kind === 'starts' ? 'rollbacks' : 'starts';
        await store.writeStop(stop(kind, scope));
        await store.writeStop(stop(kind, scope));
        expect(await store.readStops(kind, RUN)).toEqual([stop(kind, scope)]);
        expect(await store.readStops(other, RUN)).toEqual([]);
        expect(await store.listStops()).toEqual([stop(kind, scope)]);
        expect(await store.commitRemediation(create(remediation(), { unlessStopped: kind, lock: 'take' }))).toBe(false);
        expect(await store.readRemediation(remediation().id)).toBeUndefined();
        expect(await store.commitRemediation(create(remediation(), { unlessStopped: other }))).toBe(true);
        await store.removeStop(other, scope);
        expect(await store.readStops(kind, RUN)).toHaveLength(1);
        await store.removeStop(kind, scope);
        await store.removeStop(kind, scope);
        expect(await store.listStops()).toEqual([]);
        expect(await store.commitRemediation({ previous: remediation(), next: successor(remediation()), unlessStopped: kind })).toBe(true);
      },
    );

    it('elsewhere keeps back nothing', async () => {
      for (const kind of STOP_KINDS) for (const scope of ELSEWHERE) await store.writeStop(stop(kind, scope));
      expect(await store.readStops('starts', RUN)).toEqual([]);
      expect(await store.listStops()).toHaveLength(2 * ELSEWHERE.length);
      expect(await store.commitRemediation(create(remediation(), { unlessStopped: 'starts' }))).toBe(true);
    });
  });

  describe('the kill switch', () => {
    it('is absent until somebody sets it', async () => {
      expect(await store.readSwitch()).toBeUndefined();
      expect(await store.writeSwitch(undefined, killSwitch(1))).toBe(true);
      expect(await store.readSwitch()).toEqual(killSwitch(1));
    });

    it('is changed by only one of many who change it at once', async () => {
      expect(await store.writeSwitch(killSwitch(1), killSwitch(2))).toBe(false);
      expect(count(await Promise.all(Array.from({ length: 5 }, () => store.writeSwitch(undefined, killSwitch(1)))))).toBe(1);
      expect(await store.writeSwitch(undefined, killSwitch(1))).toBe(false);
      const flips = Array.from({ length: 5 }, (_, n) => killSwitch(2, n % 2 === 0));
      const outcomes = await Promise.all(flips.map((next) => store.writeSwitch(killSwitch(1), next)));
      expect(count(outcomes)).toBe(1);
      expect(await store.readSwitch()).toEqual(flips[outcomes.indexOf(true)]);
    });

    it('refuses what is written only while it runs as it was read, and then nothing is written', async () => {
      const next = remediation({}, { execution: execution('e-1') });
      const commit = (whileSwitch: KillSwitch) =>
        store.commitRemediation(create(next, { whileSwitch, lock: 'take', ledger: { previous: EMPTY, next: ledger(1) } }));
      expect(await commit(killSwitch(1))).toBe(false);
      await store.writeSwitch(undefined, killSwitch(1));
      await store.writeSwitch(killSwitch(1), killSwitch(2, false));
      expect(await commit(killSwitch(1))).toBe(false);
      expect(await commit(killSwitch(2))).toBe(false);
      expect(await commit(killSwitch(2, false))).toBe(false);
      await store.writeSwitch(killSwitch(2, false), killSwitch(3));
      expect(await commit(killSwitch(2))).toBe(false);

      expect(await store.readRemediation(next.id)).toBeUndefined();
      expect(await store.findByExecution('e-1')).toBeUndefined();
      expect(await store.readLedger(CONTROL)).toEqual(EMPTY);
      expect(await store.commitRemediation(create(remediation({ controlId: 'STR-L1-02' }), { lock: 'take' }))).toBe(true);
    });

    it('lets that be written which saw it running', async () => {
      await store.writeSwitch(undefined, killSwitch(1));
      expect(await store.commitRemediation(create(remediation(), { whileSwitch: killSwitch(1) }))).toBe(true);
    });

    it('does not keep back what does not ask', async () => {
      await store.writeSwitch(undefined, killSwitch(1, false));
      expect(await store.commitRemediation(create(remediation()))).toBe(true);
    });
  });

  describe('ledgers', () => {
    it('are empty before anything is written, and then say what was', async () => {
      expect(await store.readLedger(CONTROL)).toEqual(EMPTY);
      const next = remediation();
      await store.commitRemediation(create(next, { ledger: { previous: EMPTY, next: ledger(1) } }));
      expect(await store.readLedger(CONTROL)).toEqual(ledger(1));
      await store.commitRemediation({ previous: next, next: successor(next), ledger: { previous: ledger(1), next: ledger(2) } });
      expect(await store.readLedger(CONTROL)).toEqual(ledger(2));
      expect(await store.readLedger('STR-L2-02')).toEqual({ ...EMPTY, controlId: 'STR-L2-02' });
    });

    it('are written with a remediation or not at all, by exactly one of many', async () => {
      await store.commitRemediation(create(remediation({ resourceId: 'first' }), { ledger: { previous: EMPTY, next: ledger(1) } }));
      const all = Array.from({ length: 10 }, (_, n) => remediation({ resourceId: `bucket-${n}` }));
      const commit = { ledger: { previous: ledger(1), next: ledger(2) } };
      const outcomes = await Promise.all(all.map((next) => store.commitRemediation(create(next, commit))));
      expect(count(outcomes)).toBe(1);
      expect(await store.listRemediations({})).toContainEqual(all[outcomes.indexOf(true)]);
      expect(await store.listRemediations({})).toHaveLength(2);
      expect(await store.readLedger(CONTROL)).toEqual(ledger(2));
    });

    it('stay as they are where the remediation is refused', async () => {
      await store.commitRemediation(create(remediation()));
      expect(await store.commitRemediation(create(remediation(), { ledger: { previous: EMPTY, next: ledger(1) } }))).toBe(false);
      expect(await store.readLedger(CONTROL)).toEqual(EMPTY);
    });
  });

  describe('dry-run periods and the heartbeat', () => {
    it('are absent before anything is written, and then say what was', async () => {
      expect(await store.readRehearsals(ACCOUNT)).toEqual({ accountId: ACCOUNT, revision: 0, entries: [] });
      expect(await store.readHeartbeat()).toBeUndefined();
      expect(await store.commitRehearsals({ accountId: ACCOUNT, revision: 0, entries: [] }, rehearsals(1))).toBe(true);
      expect(await store.writeHeartbeat(undefined, heartbeat(1))).toBe(true);
      expect(await store.readRehearsals(ACCOUNT)).toEqual(rehearsals(1));
      expect(await store.readRehearsals('222222222222')).toMatchObject({ revision: 0 });
      expect(await store.readHeartbeat()).toEqual(heartbeat(1));
    });

    it('are replaced by exactly one of many who have read the same', async () => {
      for (const revision of [0, 1]) {
        const previous = await store.readRehearsals(ACCOUNT);
        const beats = await store.readHeartbeat();
        const periods = Array.from({ length: 5 }, (_, n) => store.commitRehearsals(previous, rehearsals(revision + 1, n)));
        const writes = Array.from({ length: 5 }, (_, n) => store.writeHeartbeat(beats, heartbeat(revision + 1, n)));
        expect([count(await Promise.all(periods)), count(await Promise.all(writes))]).toEqual([1, 1]);
      }
    });
  });

  describe('baselines', () => {
    it('are there once they were committed, each for its own policy', async () => {
      const others: PolicyRef[] = [
        { ...POLICY, accountId: '222222222222' },
        { ...POLICY, resourceType: 'AWS::IAM::Role' },
        { ...POLICY, resourceId: 'orders' },
      ];
      expect(await store.readBaseline(POLICY)).toBeUndefined();
      expect(await store.commitBaseline(undefined, baseline(1))).toBe(true);
      expect(await store.readBaseline(POLICY)).toEqual(baseline(1));
      for (const other of others) expect(await store.readBaseline(other)).toBeUndefined();
    });

    it('hold the longest document, and forget it where the next one has none', async () => {
      const longest = baseline(1, { document: `{"a":"${'x'.repeat(MAX_DOCUMENT_BYTES - 8)}"}` });
      await store.commitBaseline(undefined, longest);
      expect(await store.readBaseline(POLICY)).toEqual(longest);
      const { document: _, ...none } = baseline(2);
      expect(await store.commitBaseline(longest, none)).toBe(true);
      expect(await store.readBaseline(POLICY)).toEqual(none);
    });

    it.each<[string, Baseline | undefined, Baseline]>([
      ['one that is no longer stored', baseline(1), baseline(2, { approvedBy: 'somebody else' })],
      ['none, though there is one', undefined, baseline(1)],
      ['one that is not stored yet', baseline(3), baseline(4)],
    ])('are refused on %s', async (_, previous, next) => {
      await store.commitBaseline(undefined, baseline(1));
      await store.commitBaseline(baseline(1), baseline(2));
      expect(await store.commitBaseline(previous, next)).toBe(false);
      expect(await store.readBaseline(POLICY)).toEqual(baseline(2));
    });

    it('are taken of one writer alone where several write at once', async () => {
      const outcomes = await Promise.all([1, 2, 3, 4].map((n) => store.commitBaseline(undefined, baseline(1, { approvedBy: String(n) }))));
      expect(count(outcomes)).toBe(1);
      expect((await store.readBaseline(POLICY))?.approvedBy).toBe(String(outcomes.indexOf(true) + 1));
    });
  });
});

describe('a remediation as an item', () => {
  const texts = fc.string({ unit: 'grapheme', maxLength: 20 });
  const records = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.array(texts, { maxLength: 3 }));
  const remediations = fc
    .record({
      resourceId: texts,
      reason: texts,
      status: fc.constantFrom(...REMEDIATION_STATUSES),
      revision: fc.integer({ min: 1 }),
      dueAt: fc.option(texts, { nil: undefined }),
      parameters: records,
      readings: fc.nat(),
      reasons: fc.array(texts, { maxLength: 5 }),
    })
    .map(({ resourceId, dueAt, parameters, readings, reasons, ...rest }) =>
      remediation(
        { resourceId },
        {
          ...rest,
          ...(dueAt !== undefined && { dueAt }),
          execution: { ...execution(), parameters, readings },
          trail: reasons.map((reason) => ({ at: time(0), status: 'NEW', reason })),
        },
      ),
    );

  it('is read back as it was, and from the stream as well, whatever it says', () => {
    fc.assert(
      fc.property(remediations, (wanted) => {
        expect(toRemediation(remediationItem(wanted))).toEqual(wanted);
        const image = marshall(remediationItem(wanted));
        expect(parseRemediationRecord({ NewImage: image })).toEqual({ after: wanted });
        expect(parseRemediationRecord({ NewImage: image, OldImage: image })).toEqual({ before: wanted, after: wanted });
      }),
    );
  });

  const item = remediationItem(full);
  it.each<[string, Item, string]>([
    ['no id', { id: undefined }, 'it.id is not a string'],
    ['an unknown status', { status: 'DONE' }, 'it.status is not one of NEW'],
    ['a revision of text', { revision: '1' }, 'it.revision is not an integer of at least 1'],
    ['revision 0', { revision: 0 }, 'it.revision is not an integer of at least 1'],
    ['a resource without an id', { resource: { ...full.resource, resourceId: 7 } }, 'it.resource.resourceId is not a string'],
    ['a resource of text', { resource: 'a' }, 'it.resource is not an object'],
    ['no attempts', { attempts: undefined }, 'it.attempts is not a list'],
    [
      'an attempt of an unknown outcome',
      { attempts: [{ ...full.attempts![0], outcome: 'maybe' }] },
      'it.attempts[0].outcome is not one of',
    ],
    ['a trail of nulls', { trail: [null] }, 'it.trail[0] is not an object'],
    ['an execution without a token', { execution: { ...execution(), token: undefined } }, 'it.execution.token is not a string'],
    ['an execution of an unknown kind', { execution: { ...execution(), kind: 'delete' } }, 'it.execution.kind is not one of fix, undo'],
    [
      'parameters that are no lists',
      { execution: { ...execution(), parameters: { A: 'a' } } },
      'it.execution.parameters."A" is not a list',
    ],
    ['negative readings', { execution: { ...execution(), readings: -1 } }, 'it.execution.readings is not a count'],
    ['a plan of an unknown mode', { plan: { ...full.plan, mode: 'always' } }, 'it.plan.mode is not one of off, plan, approve, auto'],
    ['a plan of an unknown risk', { plan: { ...full.plan, risk: 'none' } }, 'it.plan.risk is not one of'],
    ['a plan that is reversible by text', { plan: { ...full.plan, reversible: 'yes' } }, 'it.plan.reversible is not a boolean'],
    ['an approval of nobody', { approval: { at: time(0) } }, 'it.approval.by is not a string'],
    ['a time without a shard, so that it is never due', { dueShard: undefined }, 'must have both dueShard and dueAt, or neither'],
    ['a shard without a time', { dueAt: undefined }, 'must have both dueShard and dueAt, or neither'],
    ['the key of another account', { pk: 'M#222222222222' }, 'is a remediation with another key: expected M#111111111111'],
    [
      'the key of another control',
      { sk: `STR-L1-02#${full.id}` },
      `is a remediation with another key: expected M#111111111111 / STR-L2-01#${full.id}`,
    ],
  ])('is not believed with %s', (_, changed, message) => {
    const read = () => toRemediation({ ...item, ...changed });
    expect(read).toThrow(CorruptItemError);
    expect(read).toThrow(message);
  });
});

describe('a stream record of the remediations', () => {
  it.each<[string, Item]>([
    ['the place of an id', idItem(placeOf(full))],
    ['an execution', executionItem('e-1', full.id)],
    ['a lock', lockItem(full, full.resource)],
    ['a ledger', ledgerItem(ledger(1))],
    ['the kill switch', switchItem(killSwitch(1))],
    ['what is approved of a policy', baselineItem(baseline(1))],
  ])('is no change of a remediation where it is of %s', (_, item) => {
    const image = marshall(item);
    expect(parseRemediationRecord({ NewImage: image, OldImage: image })).toBeUndefined();
  });

  it('is none where the item is gone, or nothing is told', () => {
    expect(parseRemediationRecord({ OldImage: marshall(remediationItem(full)) })).toBeUndefined();
    expect(parseRemediationRecord({})).toBeUndefined();
  });

  it.each(['NewImage', 'OldImage'])('is not believed where its %s is corrupt', (name) => {
    const image = marshall(remediationItem(full));
    const corrupt = marshall({ ...remediationItem(full), status: 'DONE' });
    expect(() => parseRemediationRecord({ NewImage: image, OldImage: image, [name]: corrupt })).toThrow(CorruptItemError);
  });
});

describe.skipIf(!endpoint)('remediations in DynamoDB', () => {
  const client = dynamoDbClient(endpoint ?? '');
  let table: string;
  let store: RemediationStore;
  beforeEach(async () => {
    table = await createTable(client, 'remediations', DUE_INDEX);
    store = dynamoRemediationStore(client, table);
  });
  const put = (item: Item) => client.send(new PutItemCommand({ TableName: table, Item: marshall(item) }));

  it.each([{}, { by: 7, at: [], reason: null }])('stop by their presence, whatever the content of the stop is (%j)', async (content) => {
    await put({ ...stopKey('starts', { accountId: ACCOUNT }), ...content });
    const unreadable = { by: '(unreadable)', at: '(unreadable)', reason: '(unreadable)' };
    const stops = [{ kind: 'starts', scope: { accountId: ACCOUNT }, ...unreadable }];
    expect(await store.readStops('starts', { accountId: ACCOUNT, controlId: CONTROL })).toEqual(stops);
    expect(await store.listStops()).toEqual(stops);
    expect(await store.commitRemediation(create(remediation(), { unlessStopped: 'starts' }))).toBe(false);
  });

  it('are refused where they do not fit an item', async () => {
    const padded = (length: number) => remediation({}, { reason: 'x'.repeat(length) });
    const room = MAX_REMEDIATION_BYTES - JSON.stringify(padded(0)).length;
    await expect(store.commitRemediation(create(padded(room + 1)))).rejects.toThrow(RemediationTooLargeError);
    expect(await store.listRemediations({})).toEqual([]);
    expect(await store.commitRemediation(create(padded(room)))).toBe(true);
  });

  it('are not believed where somebody changed, moved or removed one', async () => {
    await store.commitRemediation(create(full, { lock: 'take' }));
    await put({ ...remediationItem(full), status: 'DONE' });
    await expect(store.readRemediation(full.id)).rejects.toThrow(CorruptItemError);
    await expect(store.listRemediations({})).rejects.toThrow(CorruptItemError);
    await client.send(new DeleteItemCommand({ TableName: table, Key: marshall(placeKey(placeOf(full))) }));
    await expect(store.readRemediation(full.id)).rejects.toThrow('another process deleted it');
    await put({ ...lockKey(full.resource) });
    await expect(store.commitRemediation({ previous: full, next: successor(full), lock: 'release' })).rejects.toThrow(CorruptItemError);
    await put({ ...idItem(placeOf(full)), accountId: 7 });
    await expect(store.readRemediation(full.id)).rejects.toThrow(CorruptItemError);
  });

  it.each<[string, Item, (store: RemediationStore) => Promise<unknown>]>([
    ['an execution of nobody', { ...executionItem('e-1', ''), remediationId: undefined }, (store) => store.findByExecution('e-1')],
    ['a switch that runs by text', { ...switchItem(killSwitch(1)), running: 'true' }, (store) => store.readSwitch()],
    ['a switch without a moment', { ...switchItem(killSwitch(1)), since: undefined }, (store) => store.readSwitch()],
    ['a ledger without starts', { ...ledgerItem(ledger(1)), starts: undefined }, (store) => store.readLedger(CONTROL)],
    ['a ledger of an unclear outcome', { ...ledgerItem(ledger(1)), outcomes: [{ at: time(0) }] }, (store) => store.readLedger(CONTROL)],
    ['a ledger of revision 0', { ...ledgerItem(ledger(1)), revision: 0 }, (store) => store.readLedger(CONTROL)],
    ['dry-run periods without a start', { ...rehearsalsItem(rehearsals(1)), entries: [{}] }, (store) => store.readRehearsals(ACCOUNT)],
    ['a heartbeat without a time', { ...heartbeatItem(heartbeat(1)), since: undefined }, (store) => store.readHeartbeat()],
    ['a baseline of nobody', { ...baselineItem(baseline(1)), approvedBy: undefined }, (store) => store.readBaseline(POLICY)],
    ['a baseline that is no JSON', { ...baselineItem(baseline(1)), document: '{' }, (store) => store.readBaseline(POLICY)],
    ['a baseline with blanks', { ...baselineItem(baseline(1)), document: '{ }' }, (store) => store.readBaseline(POLICY)],
    [
      'a baseline that is too long',
      { ...baselineItem(baseline(1)), document: `{"a":"${'x'.repeat(MAX_DOCUMENT_BYTES)}"}` },
      (store) => store.readBaseline(POLICY),
    ],
    [
      'the baseline of another policy',
      { ...baselineItem(baseline(1, { resource: { ...POLICY, resourceId: 'orders' } })), ...baselineKey(POLICY) },
      (store) => store.readBaseline(POLICY),
    ],
    [
      'a baseline of something else',
      { ...baselineItem(baseline(1)), resource: { ...POLICY, resourceType: 'AWS::S3::Bucket' } },
      (store) => store.readBaseline(POLICY),
    ],
  ])('do not go with %s', async (_, item, read) => {
    await client.send(new PutItemCommand({ TableName: table, Item: marshall(item, { removeUndefinedValues: true }) }));
    await expect(read(store)).rejects.toThrow(CorruptItemError);
  });

  it('are told by the stream once for each commit, in order, with what they were before', async () => {
    const first = remediation({}, { dueAt: time(5) });
    const second = successor(first, { status: 'RUNNING', execution: execution('e-1') });
    await store.writeSwitch(undefined, killSwitch(1));
    await store.commitRemediation(create(first, { lock: 'take', ledger: { previous: EMPTY, next: ledger(1) } }));
    await store.commitRemediation({ previous: first, next: second, whileSwitch: killSwitch(1) });
    await store.commitRemediation({ previous: first, next: second });

    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    const streams = new DynamoDBStreamsClient({
      endpoint: endpoint!,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const StreamArn = Table!.LatestStreamArn!;
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    const changes = [];
    for (const { ShardId } of StreamDescription!.Shards!) {
      const { ShardIterator } = await streams.send(
        new GetShardIteratorCommand({ StreamArn, ShardId: ShardId!, ShardIteratorType: 'TRIM_HORIZON' }),
      );
      const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator: ShardIterator! }));
      changes.push(...Records.flatMap((record) => parseRemediationRecord(record.dynamodb ?? {}) ?? []));
    }
    expect(changes).toEqual([{ after: first }, { before: first, after: second }]);
  });

  it('answer as those in memory do, whatever is done in whatever order', async () => {
    const places = [{ resourceId: 'a' }, { resourceId: 'a', controlId: 'STR-L1-02' }, { resourceId: 'a', accountId: '222222222222' }];
    const revisions = fc.nat({ max: 3 });
    const seen = <T>(revision: number, make: (revision: number) => T): T | undefined => (revision === 0 ? undefined : make(revision));
    const commits = fc.record(
      {
        place: fc.constantFrom(...places),
        on: revisions,
        status: fc.constantFrom(...REMEDIATION_STATUSES.slice(0, 3)),
        dueAt: fc.nat({ max: 3 }),
        executionId: fc.constantFrom('e-1', 'e-2'),
        lock: fc.constantFrom('take' as const, 'release' as const),
        ledgerOn: revisions,
        switchOn: fc.integer({ min: 1, max: 3 }),
      },
      { requiredKeys: ['place', 'on', 'status'] },
    );
    const steps = fc.oneof(
      { weight: 4, arbitrary: commits.map((commit) => (store: RemediationStore) => commitOf(store, commit)) },
      fc.tuple(revisions, fc.boolean()).map(([on, running]) => async (store: RemediationStore) => {
        const previous = seen(on, (revision) => killSwitch(revision));
        return store.writeSwitch(previous, killSwitch(on + 1, running));
      }),
      revisions.map((on) => async (store: RemediationStore) => store.writeHeartbeat(seen(on, heartbeat), heartbeat(on + 1))),
    );
    type Drawn = typeof commits extends fc.Arbitrary<infer T> ? T : never;
    /** Most commits are on what is stored; some are on what was, or will be. */
    const commitOf = async (store: RemediationStore, { place, on, status, dueAt, executionId, lock, ledgerOn, switchOn }: Drawn) => {
      const stored = await store.readRemediation(remediation(place).id);
      const previous = on > 1 ? stored : seen(on, (revision) => remediation(place, { revision }));
      const next = remediation(place, {
        revision: (previous?.revision ?? 0) + 1,
        status,
        ...(dueAt !== undefined && { dueAt: time(dueAt) }),
        ...(executionId !== undefined && { execution: execution(executionId) }),
      });
      return store.commitRemediation({
        previous,
        next,
        ...(lock !== undefined && { lock }),
        ...(ledgerOn !== undefined && { ledger: { previous: ledgerOn === 0 ? EMPTY : ledger(ledgerOn), next: ledger(ledgerOn + 1) } }),
        ...(switchOn !== undefined && { whileSwitch: killSwitch(switchOn) }),
      });
    };
    const told = async (store: RemediationStore) => ({
      all: new Map((await store.listRemediations({})).map((one) => [one.id, one])),
      due: await store.listDue(time(2), 2),
      executions: [await store.findByExecution('e-1'), await store.findByExecution('e-2')],
      ledger: await store.readLedger(CONTROL),
      killSwitch: await store.readSwitch(),
      heartbeat: await store.readHeartbeat(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 25 }), async (steps) => {
        const memory = memoryRemediationStore();
        const dynamo = dynamoRemediationStore(client, await createTable(client, 'remediations', DUE_INDEX));
        for (const step of steps) expect(await step(dynamo)).toBe(await step(memory));
        expect(await told(dynamo)).toEqual(await told(memory));
      }),
      { numRuns: runs(6) },
    );
  });
});
