import { beforeEach, describe, expect, inject, it } from 'vitest';
import { dynamoStateStore } from '../../adapters/aws/dynamo-state-store.ts';
import { memoryStateStore } from '../../adapters/memory/state-store.ts';
import { EMPTY_TALLY } from '../../core/evaluation/tally.ts';
import type { Compliance } from '../../core/model.ts';
import {
  type ListCard,
  ORGANIZATION,
  type ResourceFilter,
  type StateStore,
  type StoredResource,
  type StoredScore,
} from '../../core/ports.ts';
import { scoreAccount } from '../../core/scoring/scorecard.ts';
import { createTable, dynamoDbClient } from '../support/dynamodb-local.ts';
import { createTables, serveFrom } from '../support/tables.ts';

/** Contract of every adapter of the StateStore port. */
const endpoint = inject('dynamoDbEndpoint');

const adapters: [string, () => Promise<StateStore>][] = [
  ['memory', async () => memoryStateStore()],
  [
    'DynamoDB model',
    async () =>
      dynamoStateStore(serveFrom(createTables(), dynamoDbClient('http://localhost')), { stateTable: 'state', scoresTable: 'scores' }),
  ],
];
if (endpoint) {
  const client = dynamoDbClient(endpoint);
  adapters.push([
    'DynamoDB',
    async () =>
      dynamoStateStore(client, { stateTable: await createTable(client, 'state'), scoresTable: await createTable(client, 'scores') }),
  ]);
}
if (!endpoint) it.skip('DynamoDB state store: no Java runtime for DynamoDB Local', () => {});

const ACCOUNT = '111111111111';
const NOTHING_SEEN = new Map<string, number>();
const bucket = (resourceId: string, accountId = ACCOUNT) => ({
  accountId,
  region: 'eu-west-1',
  resourceType: 'AWS::S3::Bucket',
  resourceId,
});

function stored(
  resourceId: string,
  revision: number,
  verdicts: Record<string, Compliance>,
  rest: Partial<StoredResource> = {},
): StoredResource {
  return {
    resource: bucket(resourceId),
    capturedAt: `2026-01-01T00:00:0${revision}.000Z`,
    parsed: { facts: { versioning: 'Enabled' }, missing: { encryption: 'not in the configuration item' } },
    findings: Object.entries(verdicts).map(([controlId, compliance]) => ({
      controlId,
      compliance,
      reason: `${controlId} is ${compliance}`,
    })),
    revision,
    ...rest,
  };
}

describe.each(adapters)('%s state store', (_, create) => {
  let store: StateStore;
  beforeEach(async () => {
    store = await create();
  });

  describe('resources', () => {
    it('gives back what was committed, and nothing before', async () => {
      const resource = stored('a', 1, { 'STR-L2-01': 'COMPLIANT' });
      expect(await store.readResource(resource.resource)).toBeUndefined();
      expect(await store.commitResource(undefined, resource)).toBe(true);
      expect(await store.readResource(resource.resource)).toEqual(resource);
    });

    it('refuses a commit over a resource that somebody else has changed, and then changes nothing', async () => {
      const first = stored('a', 1, { 'STR-L2-01': 'COMPLIANT' });
      const second = stored('a', 2, { 'STR-L2-01': 'NON_COMPLIANT' });
      await store.commitResource(undefined, first);
      expect(await store.commitResource(undefined, second)).toBe(false);
      expect(await store.commitResource(first, second)).toBe(true);
      expect(await store.commitResource(first, stored('a', 2, { 'STR-L2-01': 'COMPLIANT' }))).toBe(false);
      expect(await store.readResource(first.resource)).toEqual(second);
      expect(await store.readTallies(ACCOUNT)).toEqual(new Map([['STR-L2-01', { ...EMPTY_TALLY, nonCompliant: 1 }]]));
    });

    it('lists the live resources of one type and account, without tombstones', async () => {
      const gone = stored('gone', 1, {}, { parsed: undefined });
      const elsewhere = stored('elsewhere', 1, {}, { resource: bucket('elsewhere', '222222222222') });
      const queue = stored('queue', 1, {}, { resource: { ...bucket('queue'), resourceType: 'AWS::SQS::Queue' } });
      const live = stored('live', 1, {});
      for (const resource of [gone, elsewhere, queue, live]) await store.commitResource(undefined, resource);
      expect(await store.listResources(ACCOUNT, 'AWS::S3::Bucket')).toEqual([live]);
      expect(await store.readResource(gone.resource)).toEqual(gone);
    });

    it('lists those of one Region, and those whose evidence is older than a time', async () => {
      const at = (id: string, seconds: number, region: string) => stored(id, seconds, {}, { resource: { ...bucket(id), region } });
      const [first, other, second] = [at('first', 1, 'eu-west-1'), at('other', 1, 'eu-west-10'), at('second', 2, 'eu-west-1')];
      for (const resource of [first, other, second]) await store.commitResource(undefined, resource);
      const list = async (only: ResourceFilter) =>
        (await store.listResources(ACCOUNT, 'AWS::S3::Bucket', only)).map(({ resource }) => resource.resourceId).sort();
      expect(await list({ region: 'eu-west-1' })).toEqual(['first', 'second']);
      expect(await list({ capturedBefore: second.capturedAt })).toEqual(['first', 'other']);
      expect(await list({ region: 'eu-west-1', capturedBefore: second.capturedAt })).toEqual(['first']);
      expect(await list({ capturedBefore: first.capturedAt, believed: first.capturedAt })).toEqual(['second']);
      expect(await list({ capturedBefore: second.capturedAt, believed: '2020-01-01T00:00:00.000Z' })).toEqual(['first', 'other', 'second']);
      expect(await list({ region: 'eu-north-1' })).toEqual([]);
    });

    it('lists more resources than fit a page', async () => {
      const padding = 'x'.repeat(100_000);
      for (let n = 0; n < 25; n++)
        await store.commitResource(undefined, stored(`bucket-${n}`, 1, {}, { parsed: { facts: { padding }, missing: {} } }));
      expect(await store.listResources(ACCOUNT, 'AWS::S3::Bucket')).toHaveLength(25);
    });

    it('knows whether a type has a live resource, behind any number of tombstones', async () => {
      const has = () => store.hasResources(ACCOUNT, 'AWS::S3::Bucket');
      expect(await has()).toBe(false);
      for (let n = 100; n < 205; n++) await store.commitResource(undefined, stored(`bucket-${n}`, 1, {}, { parsed: undefined }));
      expect(await has()).toBe(false);
      expect(await store.commitResource(undefined, stored('bucket-999', 1, {}))).toBe(true);
      expect(await has()).toBe(true);
      expect(await store.hasResources('222222222222', 'AWS::S3::Bucket')).toBe(false);
      expect(await store.hasResources(ACCOUNT, 'AWS::S3::AccountPublicAccessBlock')).toBe(false);
    });

    it('moves a resource that is gone apart, keeps it from an older writer, and takes it back', async () => {
      const live = stored('a', 1, { 'STR-L1-02': 'NON_COMPLIANT' });
      const gone = stored('a', 2, {}, { parsed: undefined });
      await store.commitResource(undefined, live);
      expect(await store.commitResource(live, gone)).toBe(true);
      expect(await store.readResource(live.resource)).toEqual(gone);
      expect(await store.commitResource(undefined, stored('a', 1, {}))).toBe(false);
      expect(await store.commitResource(live, stored('a', 2, {}))).toBe(false);
      const goneLater = stored('a', 3, {}, { parsed: undefined });
      expect(await store.commitResource(gone, goneLater)).toBe(true);
      expect(await store.commitResource(gone, stored('a', 3, {}))).toBe(false);
      expect(await store.readResource(live.resource)).toEqual(goneLater);
      const again = stored('a', 4, { 'STR-L1-02': 'COMPLIANT' });
      expect(await store.commitResource(goneLater, again)).toBe(true);
      expect(await store.readResource(live.resource)).toEqual(again);
      expect(await store.commitResource(goneLater, stored('a', 4, {}, { parsed: undefined }))).toBe(false);
      expect(await store.commitResource(undefined, stored('a', 1, {}, { parsed: undefined }))).toBe(false);
      expect(await store.readTallies(ACCOUNT)).toEqual(new Map([['STR-L1-02', { ...EMPTY_TALLY, compliant: 1 }]]));
    });

    it('keeps a deletion that comes before the resource', async () => {
      const gone = stored('a', 1, {}, { parsed: undefined });
      expect(await store.commitResource(undefined, gone)).toBe(true);
      expect(await store.commitResource(undefined, stored('a', 1, {}))).toBe(false);
      expect(await store.readResource(gone.resource)).toEqual(gone);
      expect(await store.listResources(ACCOUNT, 'AWS::S3::Bucket', { misplacedTombstones: true })).toEqual([]);
    });

    it('keeps resources apart whose ids only look alike', async () => {
      const ids = ['a', 'a#b', 'A', 'eu-west-1#a', '__proto__', 'constructor', 'ünïcode/…'];
      for (const id of ids) expect(await store.commitResource(undefined, stored(id, 1, { 'STR-L2-01': 'NON_COMPLIANT' }))).toBe(true);
      const open = await store.listOpenFindings(ACCOUNT, 'STR-L2-01');
      expect(open.map((finding) => finding.resource.resourceId).sort()).toEqual([...ids].sort());
    });
  });

  describe('lists', () => {
    const card = (region: string, revision: number, resources = revision): ListCard => ({
      accountId: ACCOUNT,
      region,
      lists: new Map([
        ['AWS::EC2::Volume', { capturedAt: `2026-01-01T00:00:0${revision}.000Z`, resources }],
        ['AWS::EC2::VPC', { capturedAt: '2026-01-01T00:00:00.000Z', gap: 'denied' }],
        ['AWS::DAX::Cluster', { capturedAt: '2026-01-01T00:00:00.000Z' }],
      ]),
      revision,
    });

    it('gives back the card of a Region that was committed, and nothing before', async () => {
      expect(await store.readCard(ACCOUNT, 'eu-west-1')).toBeUndefined();
      expect(await store.readCards(ACCOUNT)).toEqual([]);
      expect(await store.commitCard(undefined, card('eu-west-1', 1))).toBe(true);
      expect(await store.commitCard(undefined, card('global', 1))).toBe(true);
      expect(await store.readCard(ACCOUNT, 'eu-west-1')).toEqual(card('eu-west-1', 1));
      expect(await store.readCard(ACCOUNT, 'eu-west-10')).toBeUndefined();
      expect((await store.readCards(ACCOUNT)).map(({ region }) => region).sort()).toEqual(['eu-west-1', 'global']);
      expect(await store.readCards('222222222222')).toEqual([]);
    });

    it('refuses a commit over a card that another writer has changed', async () => {
      const [first, second] = [card('eu-west-1', 1), card('eu-west-1', 2)];
      await store.commitCard(undefined, first);
      expect(await store.commitCard(undefined, card('eu-west-1', 1, 9))).toBe(false);
      expect(await store.commitCard(first, second)).toBe(true);
      expect(await store.commitCard(first, card('eu-west-1', 2, 9))).toBe(false);
      expect(await store.readCards(ACCOUNT)).toEqual([second]);
    });

    it('changes no resource, no tally and no finding', async () => {
      await store.commitCard(undefined, card('eu-west-1', 1));
      expect(await store.readTallies(ACCOUNT)).toEqual(new Map());
      expect(await store.hasResources(ACCOUNT, 'CSMM::Inventory')).toBe(false);
    });
  });

  describe('findings and tallies', () => {
    it('count each state, and follow a resource from one to another', async () => {
      const first = stored('a', 1, { 'STR-L1-02': 'NON_COMPLIANT', 'STR-L2-01': 'INSUFFICIENT_DATA' });
      await store.commitResource(undefined, first);
      await store.commitResource(undefined, stored('b', 1, { 'STR-L1-02': 'COMPLIANT', 'STR-L2-01': 'NOT_APPLICABLE' }));
      expect(await store.readTallies(ACCOUNT)).toEqual(
        new Map([
          ['STR-L1-02', { ...EMPTY_TALLY, compliant: 1, nonCompliant: 1 }],
          ['STR-L2-01', { ...EMPTY_TALLY, notApplicable: 1, insufficientData: 1 }],
        ]),
      );
      await store.commitResource(first, stored('a', 2, { 'STR-L1-02': 'COMPLIANT', 'STR-L2-01': 'COMPLIANT' }));
      expect((await store.readTallies(ACCOUNT)).get('STR-L1-02')).toEqual({ ...EMPTY_TALLY, compliant: 2 });
      expect(await store.readTallies('222222222222')).toEqual(new Map());
    });

    it('lists what is open, failing before unknown, with the newest reason and time', async () => {
      const failing = stored('b', 1, { 'STR-L1-02': 'NON_COMPLIANT' });
      await store.commitResource(undefined, stored('a', 1, { 'STR-L1-02': 'INSUFFICIENT_DATA' }));
      await store.commitResource(undefined, failing);
      await store.commitResource(undefined, stored('c', 1, { 'STR-L1-02': 'COMPLIANT' }));
      const later = {
        ...stored('b', 2, { 'STR-L1-02': 'NON_COMPLIANT' }),
        findings: [{ controlId: 'STR-L1-02', compliance: 'NON_COMPLIANT' as const, reason: 'another' }],
      };
      await store.commitResource(failing, later);
      expect(await store.listOpenFindings(ACCOUNT, 'STR-L1-02')).toEqual([
        { resource: bucket('b'), compliance: 'NON_COMPLIANT', reason: 'another', capturedAt: '2026-01-01T00:00:02.000Z' },
        {
          resource: bucket('a'),
          compliance: 'INSUFFICIENT_DATA',
          reason: 'STR-L1-02 is INSUFFICIENT_DATA',
          capturedAt: '2026-01-01T00:00:01.000Z',
        },
      ]);
    });

    it('forget a resource that is gone', async () => {
      const failing = stored('a', 1, { 'STR-L1-02': 'NON_COMPLIANT' });
      await store.commitResource(undefined, failing);
      await store.commitResource(failing, stored('a', 2, {}, { parsed: undefined }));
      expect(await store.listOpenFindings(ACCOUNT, 'STR-L1-02')).toEqual([]);
      expect((await store.readTallies(ACCOUNT)).get('STR-L1-02') ?? EMPTY_TALLY).toEqual(EMPTY_TALLY);
    });

    it('stay right when fifty commits in one account happen at once', async () => {
      const commits = Array.from({ length: 50 }, async (_, n) => {
        while (!(await store.commitResource(undefined, stored(`bucket-${n}`, 1, { 'STR-L2-01': n % 2 ? 'COMPLIANT' : 'NON_COMPLIANT' }))));
      });
      await Promise.all(commits);
      expect((await store.readTallies(ACCOUNT)).get('STR-L2-01')).toEqual({ ...EMPTY_TALLY, compliant: 25, nonCompliant: 25 });
      expect(await store.listOpenFindings(ACCOUNT, 'STR-L2-01')).toHaveLength(25);
    });
  });

  describe('scores', () => {
    const score = (scope: string, revision: number, failing = 'NET-L1-01'): StoredScore => {
      const statuses = new Map([
        [failing, 'FAILED' as const],
        ['NET-L1-02', 'PASSED' as const],
        ['NET-L1-03', 'NOT_APPLICABLE' as const],
        ['NET-L1-04', 'NO_DATA' as const],
      ]);
      const controls = [...statuses.keys()].map((id) => ({
        id,
        pillar: 'networking' as const,
        level: 1 as const,
        severity: 'high' as const,
      }));
      return {
        scope,
        revision,
        catalogueVersion: '1.0.0',
        asOf: '2026-01-01T00:00:00.000Z',
        statuses,
        scorecard: scoreAccount(controls, statuses),
        changes: [{ controlId: failing, from: 'NO_DATA', to: 'FAILED', resource: bucket('a'), reason: 'it is open' }],
      };
    };

    it('gives back the scorecard and joins that were committed', async () => {
      const open = [
        { resource: bucket('a'), compliance: 'NON_COMPLIANT' as const, reason: 'public', capturedAt: '2026-01-01T00:00:00.000Z' },
      ];
      const joins = new Map([['STR-L1-02', { tally: { ...EMPTY_TALLY, nonCompliant: 1 }, open }]]);
      const turn = await store.beginScoring(ACCOUNT);
      expect(await store.readScore(ACCOUNT)).toBeUndefined();
      expect(await store.readJoins(ACCOUNT)).toEqual(new Map());
      expect(await store.commitScore(turn, { seen: NOTHING_SEEN, score: score(ACCOUNT, 1), joins })).toBe(true);
      expect(await store.readScore(ACCOUNT)).toEqual(score(ACCOUNT, 1));
      expect(await store.readJoins(ACCOUNT)).toEqual(joins);
    });

    it('refuses a turn that began before another one ended, also where that one changed nothing', async () => {
      const early = await store.beginScoring(ACCOUNT);
      const late = await store.beginScoring(ACCOUNT);
      expect(await store.commitScore(late, { seen: NOTHING_SEEN })).toBe(true);
      expect(await store.commitScore(early, { seen: NOTHING_SEEN, score: score(ACCOUNT, 1) })).toBe(false);
      expect(await store.readScore(ACCOUNT)).toBeUndefined();
      expect(await store.commitScore(await store.beginScoring(ACCOUNT), { seen: NOTHING_SEEN, score: score(ACCOUNT, 1) })).toBe(true);
    });

    it('lets exactly one of many concurrent turns commit', async () => {
      const turns = await Promise.all(Array.from({ length: 10 }, () => store.beginScoring(ACCOUNT)));
      const outcomes = await Promise.all(turns.map((turn) => store.commitScore(turn, { seen: NOTHING_SEEN, score: score(ACCOUNT, 1) })));
      expect(outcomes.filter(Boolean)).toHaveLength(1);
    });

    it('counts what changed by key, and gives back the new counts', async () => {
      expect(await store.readWanted(ACCOUNT)).toEqual(new Map());
      expect(await store.want(ACCOUNT, ['AWS::EC2::VPC', '@time', '*'])).toEqual(
        new Map([
          ['AWS::EC2::VPC', 1],
          ['@time', 1],
          ['*', 1],
        ]),
      );
      expect(await store.want(ACCOUNT, ['AWS::EC2::VPC', 'AWS::EC2::VPC'])).toEqual(new Map([['AWS::EC2::VPC', 2]]));
      expect(await store.want(ACCOUNT, [])).toEqual(new Map());
      expect(await store.readWanted(ACCOUNT)).toEqual(
        new Map([
          ['AWS::EC2::VPC', 2],
          ['@time', 1],
          ['*', 1],
        ]),
      );
      expect(await store.readWanted('222222222222')).toEqual(new Map());
    });

    it('loses no count of fifty at once', async () => {
      await Promise.all(Array.from({ length: 50 }, () => store.want(ACCOUNT, ['*'])));
      expect(await store.readWanted(ACCOUNT)).toEqual(new Map([['*', 50]]));
    });

    it('gives each turn what the last one had seen and put off', async () => {
      const first = await store.beginScoring(ACCOUNT);
      expect(first).toEqual({ scope: ACCOUNT, version: 0, due: new Map() });
      const seen = new Map([
        ['AWS::EC2::VPC', 3],
        ['*', 1],
      ]);
      const due = new Map([['NET-L2-01', '2026-01-01T00:10:00.000Z']]);
      await store.commitScore(first, { seen, due });
      expect(await store.beginScoring(ACCOUNT)).toEqual({ scope: ACCOUNT, version: 1, seen, due });
      await store.commitScore(await store.beginScoring(ACCOUNT), { seen });
      expect(await store.beginScoring(ACCOUNT)).toEqual({ scope: ACCOUNT, version: 2, seen, due: new Map() });
    });

    it('keeps the heads of joins beside their results', async () => {
      const head = { tally: { ...EMPTY_TALLY, compliant: 1 }, catalogueVersion: '1', digest: store.digest('a') };
      const long = { ...head, long: { milliseconds: 700, at: '2026-01-01T00:00:00.000Z' } };
      const heads = new Map([
        ['NET-L2-01', head],
        ['NET-L2-02', long],
      ]);
      const result = { tally: head.tally, catalogueVersion: '1', open: [] };
      expect(await store.readHeads(ACCOUNT)).toEqual(new Map());
      await store.commitScore(await store.beginScoring(ACCOUNT), { seen: NOTHING_SEEN, heads, joins: new Map([['NET-L2-01', result]]) });
      expect(await store.readHeads(ACCOUNT)).toEqual(heads);
      expect(await store.readJoin(ACCOUNT, 'NET-L2-01')).toEqual(result);
      expect(await store.readJoin(ACCOUNT, 'NET-L2-02')).toBeUndefined();
      await store.commitScore(await store.beginScoring(ACCOUNT), { seen: NOTHING_SEEN });
      expect(await store.readHeads(ACCOUNT)).toEqual(heads);
      expect(store.digest('b')).not.toBe(store.digest('a'));
    });

    it('keeps causes by key, the newest of each', async () => {
      const cause = {
        resource: bucket('a'),
        reason: 'public',
        capturedAt: '2026-01-01T00:00:00.000Z',
        counter: 'AWS::S3::Bucket',
        count: 1,
      };
      const newer = { ...cause, code: 'public', count: 2 };
      await store.putCauses(
        ACCOUNT,
        new Map([
          ['STR-L1-01#NON_COMPLIANT', cause],
          ['#AWS::S3::Bucket', cause],
        ]),
      );
      await store.putCauses(ACCOUNT, new Map([['STR-L1-01#NON_COMPLIANT', newer]]));
      await store.want(ACCOUNT, ['*']);
      expect(await store.readCauses(ACCOUNT)).toEqual(
        new Map([
          ['STR-L1-01#NON_COMPLIANT', newer],
          ['#AWS::S3::Bucket', cause],
        ]),
      );
      expect(await store.readCauses('222222222222')).toEqual(new Map());
    });

    it('knows the scopes that are behind, whether a run or a commit noted them', async () => {
      const behind = { scope: ACCOUNT, since: '2026-01-01T00:00:00.000Z', attempts: 2, nextAt: '2026-01-01T00:02:00.000Z', reason: 'no' };
      expect(await store.listBehind()).toEqual([]);
      await store.noteBehind(behind);
      const debt = { ...behind, scope: '222222222222', attempts: 0 };
      await store.commitScore(await store.beginScoring('222222222222'), { seen: NOTHING_SEEN, behind: debt });
      expect(await store.readBehind(ACCOUNT)).toEqual(behind);
      expect((await store.listBehind()).toSorted((a, b) => (a.scope < b.scope ? -1 : 1))).toEqual([behind, debt]);
      await store.clearBehind(ACCOUNT);
      expect(await store.readBehind(ACCOUNT)).toBeUndefined();
      expect(await store.listBehind()).toEqual([debt]);
    });

    it('knows the statuses of every scored account, and leaves the organization out', async () => {
      for (const scope of [ACCOUNT, '222222222222', ORGANIZATION])
        await store.commitScore(await store.beginScoring(scope), { seen: NOTHING_SEEN, score: score(scope, 1) });
      await store.commitScore(await store.beginScoring(ACCOUNT), { seen: NOTHING_SEEN, score: score(ACCOUNT, 2, 'NET-L2-01') });
      const known = await store.listAccountStatuses();
      expect([...known.keys()].sort()).toEqual([ACCOUNT, '222222222222']);
      expect(known.get(ACCOUNT)?.statuses.get('NET-L2-01')).toBe('FAILED');
      expect(known.get(ACCOUNT)?.statuses.has('NET-L1-01')).toBe(false);
      expect(known.get('222222222222')?.statuses.get('NET-L1-01')).toBe('FAILED');
      expect(known.get('222222222222')?.statuses.get('NET-L1-04') ?? 'NO_DATA').toBe('NO_DATA');
    });
  });
});
