import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { dynamoStateStore } from '../../adapters/aws/dynamo-state-store.ts';
import { CorruptItemError } from '../../adapters/aws/items.ts';
import { parseStreamRecord } from '../../adapters/aws/stream.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { readDocument } from '../../core/events/intake.ts';
import { isRecord, readRecord } from '../../core/events/record.ts';
import { settingsRef } from '../../core/facts/csmm-settings.ts';
import type { ConfigItem } from '../../core/facts/parser.ts';
import { isoOf, millisecondsOf } from '../../core/instant.ts';
import { collectFacts, collectItem, type ResourceEvidence } from '../../core/pipeline/collect.ts';
import { rescoreAccount, rescoreOrganization } from '../../core/pipeline/rescore.ts';
import { CARDS, EVERYTHING } from '../../core/pipeline/wanted.ts';
import { ORGANIZATION, type StateStore } from '../../core/ports.ts';
import { settingsFor } from '../../core/settings/account-settings.ts';
import { tellWeek } from '../../scripts/week/story.ts';
import { dynamoDbClient } from '../support/dynamodb-local.ts';
import { runs } from '../support/runs.ts';
import { createTables, serveFrom, type Tables } from '../support/tables.ts';

/**
 * A stored item can have any form: another release, or a person, wrote it. Then no run fails, no status becomes a pass, no score rises, and
 * the next evidence makes all as it was.
 */
const ACCOUNT = '111111111111';
const NAMES = { stateTable: 'state', scoresTable: 'scores' };
type Item = Record<string, unknown>;

interface Estate {
  readonly tables: Tables;
  readonly store: StateStore;
}

const dependenciesOf = (store: StateStore) => ({ store, catalogue: CATALOGUE });

function estate(items: Iterable<readonly [string, Item]> = []): Estate {
  const tables = createTables();
  const store = dynamoStateStore(serveFrom(tables, dynamoDbClient('http://localhost')), NAMES);
  for (const [TableName, Item] of items) void tables.run('PutCommand', { TableName, Item: { ...Item } });
  return { tables, store };
}

type Evidence = { readonly item: ConfigItem } | { readonly facts: ResourceEvidence };

/** The evidence of one account in the sample week, and settings with exceptions. */
function evidence(): Evidence[] {
  const settings = settingsFor(
    {
      version: 1,
      exceptions: [
        { control: 'CMP-L1-02', region: 'eu-west-1', owner: 'o@example.com', reason: 'a test', ticket: 'T-1', expires: '2030-01-01' },
        { control: 'NET-L2-01', region: 'us-east-1', owner: 'o@example.com', reason: 'a test', ticket: 'T-2', expires: '2030-01-01' },
      ],
    },
    ACCOUNT,
  );
  const told: Evidence[] = [
    { facts: { resource: settingsRef(ACCOUNT), capturedAt: '2026-11-01T00:00:00.000Z', parsed: { facts: { settings }, missing: {} } } },
  ];
  for (const line of tellWeek()) {
    let document: unknown;
    try {
      document = JSON.parse(line);
    } catch {
      continue;
    }
    if (isRecord(document)) {
      const facts = readRecord(document);
      if (typeof facts !== 'string' && facts.resource.accountId === ACCOUNT) told.push({ facts });
    } else {
      for (const intake of readDocument(document))
        if (intake.kind === 'item' && intake.item.resource.accountId === ACCOUNT) told.push({ item: intake.item });
    }
  }
  return told;
}

const deliver = async (store: StateStore, told: readonly Evidence[]): Promise<void> => {
  const collecting = { store, rules: CATALOGUE.rules };
  for (const each of told) await ('item' in each ? collectItem(each.item, collecting) : collectFacts(each.facts, collecting));
};

/** The same evidence, captured a second later. */
const later = (each: Evidence): Evidence => {
  const at = <T extends { readonly capturedAt: string }>(of: T): T => ({ ...of, capturedAt: isoOf(millisecondsOf(of.capturedAt) + 1000) });
  return 'item' in each ? { item: at(each.item) } : { facts: at(each.facts) };
};

async function score(store: StateStore) {
  await store.want(ACCOUNT, [EVERYTHING]);
  await rescoreAccount(ACCOUNT, dependenciesOf(store));
  await store.want(ORGANIZATION, [CARDS]);
  await rescoreOrganization(dependenciesOf(store));
  const [account, organization] = [await store.readScore(ACCOUNT), await store.readScore(ORGANIZATION)];
  if (!account || !organization) throw new Error('not scored');
  return { account, organization };
}

/** Values of the wrong type or form for any field. None of them says that all is well. */
const WRONG = fc.constantFrom<unknown>(
  ...[
    null,
    7,
    -1,
    1.5,
    true,
    '',
    '{',
    '[]',
    '{}',
    'null',
    '7',
    '[7]',
    '{"facts":{}}',
    'not this',
    'NET-L1-01:P x:Y',
    [],
    {},
    ['x'],
    { x: {} },
  ],
  new Uint8Array([1, 2]),
);

/** Fields that an item can lack, because they say nothing by their absence that a run could notice. */
const isOptional = ({ pk, sk }: Item, name: string): boolean =>
  String(pk).startsWith('T#') ||
  sk === 'WANT' ||
  String(sk).startsWith('CAUSE#') ||
  name === 'evidence' ||
  name === 'code' ||
  name === 'ttl';

/** Counts and times of the right form say something else, and no code can know. */
const isPlausible = ({ pk, sk }: Item, name: string, value: unknown): boolean =>
  (typeof value === 'number' && (String(pk).startsWith('T#') || sk === 'WANT')) ||
  (String(pk).startsWith('R#') && name === 'findings' && value === '[]') ||
  (String(pk).startsWith('I#') && name === 'lists' && value === '{}') ||
  ((sk === 'CARD' || String(pk).startsWith('S#')) && name === 'statuses' && value === '') ||
  (sk === 'TURN' && name === 'seen' && typeof value === 'object' && value !== null) ||
  name === 'catalogueVersion';

describe('a stored item of another form', () => {
  const told = evidence();
  let items: (readonly [string, Item])[];
  let before: Awaited<ReturnType<typeof score>>;

  beforeAll(async () => {
    const first = estate();
    await deliver(first.store, told);
    before = await score(first.store);
    items = [NAMES.stateTable, NAMES.scoresTable].flatMap((table) => [...first.tables.items(table)].map((item) => [table, item] as const));
  });

  const mutation = () =>
    fc
      .record({ of: fc.nat(), field: fc.nat(), value: WRONG, removes: fc.boolean() })
      .map(({ of, field, value, removes }) => {
        // The kinds of items have equal chances, and not the items: most of them are resources.
        const kinds = [...new Set(items.map(([, item]) => kindOf(item)))];
        const ofKind = items.filter(([, item]) => kindOf(item) === kinds[of % kinds.length]);
        const [table, item] = ofKind[(of * 7919) % ofKind.length] as (typeof items)[number];
        const names = Object.keys(item).filter((name) => name !== 'pk' && name !== 'sk');
        const name = names[field % names.length] ?? '';
        const { [name]: _, ...without } = item;
        const isRemoved = removes && !isOptional(item, name);
        return { table, item, name, value, changed: isRemoved ? without : { ...without, [name]: value } };
      })
      .filter(({ item, name, value }) => !isPlausible(item, name, value));

  it('makes no status a pass and no score higher, fails no run, and is gone with the next evidence', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat().chain(() => mutation()),
        async ({ table, item, changed }) => {
          const { store, tables } = estate(items);
          await tables.run('PutCommand', { TableName: table, Item: changed });
          const { account, organization } = await score(store);
          for (const [now, then] of [
            [account, before.account],
            [organization, before.organization],
          ] as const) {
            expect(now.scorecard.overall ?? 0).toBeLessThanOrEqual(then.scorecard.overall ?? 0);
            expect(now.revision - then.revision).toBeGreaterThanOrEqual(0);
            for (const [id, status] of now.statuses) {
              if (status === 'PASSED' || status === 'NOT_APPLICABLE') expect([id, then.statuses.get(id)]).toEqual([id, status]);
            }
          }
          // Only a sweep of everything shows which things a number counted and which lists a card had.
          if (/^[TI]#/.test(String(item.pk))) return;
          await deliver(store, told.map(later));
          const healed = await score(store);
          expect(healed.account.statuses).toEqual(before.account.statuses);
          expect(healed.organization.scorecard).toEqual(before.organization.scorecard);
        },
      ),
      { numRuns: runs(40) },
    );
  });

  it('is parked by the readers of the streams, and none of them fails for another reason', () => {
    fc.assert(
      fc.property(
        fc.nat().chain(() => mutation()),
        fc.boolean(),
        ({ item, changed }, isOld) => {
          const [own, odd] = [marshall(item), marshall(changed, { removeUndefinedValues: true })];
          if (isOld) {
            const change = parseStreamRecord({ NewImage: own, OldImage: odd });
            expect(change === undefined).toBe(parseStreamRecord({ NewImage: own, OldImage: own }) === undefined);
            return;
          }
          try {
            parseStreamRecord({ NewImage: odd, OldImage: own });
          } catch (error) {
            expect(error).toBeInstanceOf(CorruptItemError);
          }
        },
      ),
      { numRuns: runs(1000) },
    );
  });
});

const kindOf = ({ pk, sk }: Item): string => {
  const table = String(pk).slice(0, 2);
  return table === 'A#' || table === 'O#' || table === 'W#' ? `${table}${String(sk).split('#')[0]}` : table;
};
