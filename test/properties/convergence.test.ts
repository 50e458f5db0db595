import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { dynamoStateStore } from '../../adapters/aws/dynamo-state-store.ts';
import { memoryStateStore } from '../../adapters/memory/state-store.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { settingsRef } from '../../core/facts/csmm-settings.ts';
import type { ConfigItem } from '../../core/facts/parser.ts';
import type { ControlStatus } from '../../core/model.ts';
import { canonical, collectItem } from '../../core/pipeline/collect.ts';
import { eventsOf } from '../../core/pipeline/events.ts';
import { settingsIn } from '../../core/pipeline/inventory.ts';
import { listsOf } from '../../core/pipeline/lists.ts';
import { rescoreAccount } from '../../core/pipeline/rescore.ts';
import { type Touched, touch, touchByLists } from '../../core/pipeline/wanted.ts';
import { ORGANIZATION, type ScoreChange, type StateStore } from '../../core/ports.ts';
import { combineStatuses, scoreAccount, scoreOrganization } from '../../core/scoring/scorecard.ts';
import { createTable, dynamoDbClient } from '../support/dynamodb-local.ts';
import { configItem, history } from '../support/histories.ts';
import { expectedOf } from '../support/oracle.ts';
import { runs } from '../support/runs.ts';
import { expectValidEvents } from '../support/schemas.ts';
import { type Faults, runUnreliably } from '../support/unreliable.ts';

const faults: fc.Arbitrary<Faults> = fc.record({
  crashes: fc
    .array(fc.tuple(fc.integer({ min: 0, max: 150 }), fc.constantFrom('before' as const, 'after' as const)), { maxLength: 12 })
    .map((crashes) => new Map(crashes)),
  delays: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 12 }),
  workers: fc.integer({ min: 1, max: 3 }),
});

/** Items with distinct times for each resource, so that "newest" needs no rule for ties. */
const withoutTies = (items: readonly ConfigItem[]): ConfigItem[] => {
  const first = new Map<string, ConfigItem>();
  for (const item of items) {
    const key = canonical([item.resource, item.capturedAt]);
    if (!first.has(key)) first.set(key, item);
  }
  return items.flatMap((item) => first.get(canonical([item.resource, item.capturedAt])) ?? []);
};

function newestOf(items: readonly ConfigItem[]): ConfigItem[] {
  const newest = new Map<string, ConfigItem>();
  for (const item of items) {
    const key = canonical(item.resource);
    const known = newest.get(key);
    if (!known || item.capturedAt > known.capturedAt) newest.set(key, item);
  }
  return [...newest.values()];
}

const byAccount = (items: readonly ConfigItem[]): Map<string, ConfigItem[]> => {
  const groups = new Map<string, ConfigItem[]>();
  for (const item of items) groups.set(item.resource.accountId, [...(groups.get(item.resource.accountId) ?? []), item]);
  return groups;
};

/** Everything that the store says of an account, comparable. */
async function stateOf(store: StateStore, accountId: string) {
  const score = await store.readScore(accountId);
  const tallies = [...(await store.readTallies(accountId))].filter(([, tally]) => Object.values(tally).some((n) => n !== 0)).sort();
  const open = [];
  for (const { id } of CATALOGUE.controls)
    open.push(...(await store.listOpenFindings(accountId, id)).map((finding) => ({ id, ...finding })));
  const joins = [...(await store.readJoins(accountId))].filter(([, join]) => Object.values(join.tally).some((n) => n !== 0)).sort();
  const cards = (await store.readCards(accountId)).map(({ region, lists }) => ({ region, lists })).sort(byRegion);
  return { statuses: [...(score?.statuses ?? [])], scorecard: score?.scorecard, tallies, open, joins, cards };
}

const byRegion = (a: { readonly region: string }, b: { readonly region: string }): number => (a.region < b.region ? -1 : 1);

/** The end state is the pure function of each resource's newest item. */
async function convergesOn(store: StateStore, items: readonly ConfigItem[], faults: Faults): Promise<readonly ScoreChange[]> {
  const delivered = withoutTies(items);
  const log = await runUnreliably(store, CATALOGUE, delivered, faults);

  const accounts = new Map<string, ReadonlyMap<string, ControlStatus>>();
  for (const [accountId, ofAccount] of byAccount(newestOf(delivered))) {
    const expected = expectedOf(CATALOGUE, ofAccount);
    const score = await store.readScore(accountId);
    expect(new Map(score?.statuses)).toEqual(expected.statuses);
    expect(score?.scorecard).toEqual(scoreAccount(CATALOGUE.controls, expected.statuses));
    accounts.set(accountId, expected.statuses);
    expect(await findingsIn(store, accountId)).toEqual(expected.findings.filter((line) => /NON_COMPLIANT|INSUFFICIENT_DATA/.test(line)));
  }
  const members = [...accounts.values()].map((statuses) => ({ statuses, weight: 1 }));
  const organization = await store.readScore(ORGANIZATION);
  expect(organization?.scorecard).toEqual(scoreOrganization(CATALOGUE.controls, members));
  expect(new Map(organization?.statuses)).toEqual(combineStatuses(CATALOGUE.controls, members));
  return log;
}

async function findingsIn(store: StateStore, accountId: string): Promise<string[]> {
  const lines: string[] = [];
  const joins = await store.readJoins(accountId);
  const settings = settingsIn(await store.readResource(settingsRef(accountId)));
  const lists = listsOf(await store.readCards(accountId), CATALOGUE.rules, settings);
  for (const { id } of CATALOGUE.controls) {
    const derived = [...(lists.open.get(id) ?? []), ...(joins.get(id)?.open ?? [])];
    for (const { resource, compliance } of [...(await store.listOpenFindings(accountId, id)), ...derived]) {
      lines.push([id, resource.region, resource.resourceType, resource.resourceId, compliance].join('|'));
    }
  }
  return lines.sort();
}

/** No change without an event, no event without a change, no gap and no repeat that cannot be recognized. */
function tellsEveryChangeOnce(log: readonly ScoreChange[]): void {
  const ids = new Set<string>();
  const revisions = new Map<string, number>();
  for (const change of log) {
    const { before, after } = change;
    expect(after.revision).toBe((revisions.get(after.scope) ?? 0) + 1);
    revisions.set(after.scope, after.revision);
    if (before) expect(canonical([[...before.statuses], before.scorecard])).not.toBe(canonical([[...after.statuses], after.scorecard]));

    const events = eventsOf(change);
    expect(events.filter((event) => event.detailType === 'CSMM Score Changed')).toHaveLength(1);
    expect(eventsOf(change)).toEqual(events);
    expectValidEvents(events);
    for (const { detail } of events) {
      expect(ids.has(detail.id)).toBe(false);
      ids.add(detail.id);
    }
    const moved = [...after.statuses].filter(([id, status]) => status !== (before?.statuses.get(id) ?? 'NO_DATA')).map(([id]) => id);
    const told = events.flatMap((event) => (event.detailType === 'CSMM Control Status Changed' ? [event.detail.controlId] : []));
    expect(told.sort()).toEqual(moved.sort());
  }
}

describe('whatever the order, the repeats, the crashes and the number of workers', () => {
  it('the state in memory converges on the newest items, and every change is told once', async () => {
    await fc.assert(
      fc.asyncProperty(history(25), faults, async (items, faults) => {
        tellsEveryChangeOnce(await convergesOn(memoryStateStore(), items, faults));
      }),
      { numRuns: runs(150) },
    );
  });

  it('items of one resource and one time end in the same state in every order', async () => {
    await fc.assert(
      fc.asyncProperty(
        history(12).chain((items) => fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length }))),
        async ([items, shuffled]) => {
          const calm: Faults = { crashes: new Map(), delays: [0], workers: 1 };
          const [a, b] = [memoryStateStore(), memoryStateStore()];
          await runUnreliably(a, CATALOGUE, items, calm);
          await runUnreliably(b, CATALOGUE, shuffled, calm);
          for (const accountId of new Set(items.map((item) => item.resource.accountId)))
            expect(await stateOf(a, accountId)).toEqual(await stateOf(b, accountId));
        },
      ),
      { numRuns: runs(150) },
    );
  });

  it('what the joins find does not depend on the order either, if every item is scored as it comes', async () => {
    const joinsAfter = async (items: readonly ConfigItem[]) => {
      const store = memoryStateStore();
      const accountIds = [...new Set(items.map(({ resource }) => resource.accountId))].sort();
      for (const item of items) {
        await collectItem(item, { store, rules: CATALOGUE.rules });
        const touched: Touched = { keys: new Set(), causes: new Map() };
        for (const change of store.takeStateChanges()) touch(touched, change, CATALOGUE.rules);
        for (const change of store.takeCardChanges()) touchByLists(touched, change, CATALOGUE.rules);
        await store.want(item.resource.accountId, touched.keys);
        if (touched.keys.size > 0) await rescoreAccount(item.resource.accountId, { store, catalogue: CATALOGUE });
      }
      return Promise.all(accountIds.map(async (accountId) => [...(await store.readJoins(accountId))].sort(([a], [b]) => (a < b ? -1 : 1))));
    };
    const joined = ['AWS::EC2::VPC', 'AWS::EC2::FlowLog', 'CSMM::Inventory'];
    const items = fc.array(
      configItem.filter(({ resource }) => resource.accountId === '111111111111' && joined.includes(resource.resourceType)),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(
        items.chain((items) => fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length }))),
        async ([items, shuffled]) => {
          expect(await joinsAfter(shuffled)).toEqual(await joinsAfter(items));
        },
      ),
      { numRuns: runs(100) },
    );
  });

  const endpoint = inject('dynamoDbEndpoint');
  it.skipIf(!endpoint)('the state in DynamoDB converges on the newest items, and every change is told once', async () => {
    const client = dynamoDbClient(endpoint ?? '');
    await fc.assert(
      fc.asyncProperty(history(15), faults, async (items, faults) => {
        const store = dynamoStateStore(client, {
          stateTable: await createTable(client, 'state'),
          scoresTable: await createTable(client, 'scores'),
        });
        tellsEveryChangeOnce(await convergesOn(store, items, faults));
      }),
      { numRuns: runs(4) },
    );
  });
});
