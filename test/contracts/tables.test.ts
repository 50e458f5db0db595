import { beforeAll, describe, expect, inject, it } from 'vitest';
import { dynamoStateStore } from '../../adapters/aws/dynamo-state-store.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { GLOBAL } from '../../core/model.ts';
import { rescoreAccount } from '../../core/pipeline/rescore.ts';
import { collectRun } from '../../core/pipeline/sweep.ts';
import { EVERYTHING } from '../../core/pipeline/wanted.ts';
import type { StateStore } from '../../core/ports.ts';
import { START } from '../bench/scale/clock.ts';
import { createEstate } from '../bench/scale/estate.ts';
import { createTable, dynamoDbClient } from '../support/dynamodb-local.ts';
import { type Consumed, createTables, type ItemChange, serveFrom, type Tables } from '../support/tables.ts';

/**
 * The model of the tables counts the units that DynamoDB Local reports for the same requests. Two things are left to the documentation,
 * because DynamoDB Local deviates from it: a query that finds nothing takes the units of 4 KB, and a transaction takes twice the units of
 * each of its items.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
const endpoint = inject('dynamoDbEndpoint');
const rules = CATALOGUE.rules;

interface Side {
  readonly store: StateStore;
  /** Units of reads that found something, and of single writes, since the last call. */
  units(): { readonly reads: number; readonly writes: number };
}

function side(store: (note: (kind: 'reads' | 'writes', units: number) => void) => StateStore): Side {
  let sum = { reads: 0, writes: 0 };
  return {
    store: store((kind, units) => {
      sum = { ...sum, [kind]: sum[kind] + units };
    }),
    units: () => {
      const units = sum;
      sum = { reads: 0, writes: 0 };
      return units;
    },
  };
}

async function engine(): Promise<Side> {
  const setup = dynamoDbClient(endpoint ?? '');
  const names = { stateTable: await createTable(setup, 'state'), scoresTable: await createTable(setup, 'scores') };
  const client = dynamoDbClient(endpoint ?? '');
  return side((note) => {
    client.middlewareStack.add(
      (next, { commandName = '' }) =>
        async (args) => {
          (args.input as { ReturnConsumedCapacity?: string }).ReturnConsumedCapacity = 'TOTAL';
          const answer = await next(args);
          const { ConsumedCapacity, Item, ScannedCount } = answer.output as {
            ConsumedCapacity?: { CapacityUnits?: number };
            Item?: object;
            ScannedCount?: number;
          };
          const units = ConsumedCapacity?.CapacityUnits ?? 0;
          if (/^(Get|Query)/.test(commandName) && (Item !== undefined || (ScannedCount ?? 0) > 0)) note('reads', units);
          if (/^(Put|Update|Delete)/.test(commandName)) note('writes', units);
          return answer;
        },
      { step: 'initialize', name: 'units' },
    );
    return dynamoStateStore(client, names);
  });
}

const NAMES = { stateTable: 'state', scoresTable: 'scores' };
const storeOf = (tables: Tables): StateStore => dynamoStateStore(serveFrom(tables, dynamoDbClient('http://localhost')), NAMES);

const model = (): Side =>
  side((note) => {
    const onConsumed = ({ operation, readUnits, writeUnits, bytes }: Consumed) => {
      if (operation === 'read' && bytes > 0) note('reads', readUnits);
      if (operation === 'write') note('writes', writeUnits);
    };
    return storeOf(createTables({ onConsumed }));
  });

describe.skipIf(!endpoint)('the units of the model of tables', () => {
  let sides: readonly Side[];
  beforeAll(async () => {
    sides = [await engine(), model()];
  });
  const estate = createEstate(1, 3, 60);
  const [accountId = ''] = estate.accountIds;

  const expectAlike = async (work: (store: StateStore) => Promise<unknown>) => {
    const units: { reads: number; writes: number }[] = [];
    for (const { store, units: taken } of sides) {
      await work(store);
      units.push(taken());
    }
    const [real, modelled] = units;
    expect((real?.reads ?? 0) + (real?.writes ?? 0)).toBeGreaterThan(0);
    expect(modelled).toEqual(real);
  };

  it('are those of DynamoDB for a first sweep', async () => {
    for (const region of [GLOBAL, ...estate.regions]) {
      await expectAlike((store) => collectRun(estate.unitOf(accountId, region, START), { store, rules }));
    }
  });

  it('are those of DynamoDB for the same again with a newer time', async () => {
    await expectAlike((store) => collectRun(estate.unitOf(accountId, estate.regions[0] ?? '', START + 86_400_000), { store, rules }));
  });

  it('are those of DynamoDB for scoring runs: the first, one that finds nothing, and one of everything', async () => {
    const run = (store: StateStore) => rescoreAccount(accountId, { store, catalogue: CATALOGUE });
    await expectAlike(run);
    await expectAlike(run);
    await expectAlike((store) => store.want(accountId, [EVERYTHING]));
    await expectAlike(run);
  });
});

describe('a transaction in the model of tables', () => {
  it('takes twice the units of each item, by its larger size', async () => {
    const taken: number[] = [];
    const tables = createTables({ onConsumed: ({ writeUnits }) => taken.push(writeUnits) });
    const put = (sk: string, kilobytes: number) => ({
      Put: { TableName: 'T', Item: { pk: 'a', sk, text: 'x'.repeat(kilobytes * 1024) } },
    });
    await tables.run('TransactWriteCommand', { TransactItems: [put('1', 0.5), put('2', 1.5)] });
    await tables.run('TransactWriteCommand', { TransactItems: [put('2', 0.1)] });
    expect(taken).toEqual([2 * (1 + 2), 2 * 2]);
  });

  it('fails beside another one of the same item, and both leave all or nothing', async () => {
    const waiting: (() => void)[] = [];
    const tables = createTables({ spend: () => new Promise((resolve) => waiting.push(resolve)) });
    const put = (sk: string, by: string) => ({ Put: { TableName: 'T', Item: { pk: 'a', sk, by } } });
    const first = tables.run('TransactWriteCommand', { TransactItems: [put('1', 'first'), put('2', 'first')] });
    const second = tables.run('TransactWriteCommand', { TransactItems: [put('2', 'second'), put('3', 'second')] });
    for (const answer of waiting) answer();
    await first;
    await expect(second).rejects.toMatchObject({ CancellationReasons: [{ Code: 'TransactionConflict' }, { Code: 'None' }] });
    expect([...tables.items('T')].map(({ sk, by }) => `${sk} ${by}`)).toEqual(['1 first', '2 first']);
  });
});

describe('the stream of the model of tables', () => {
  it('has each change of an item, and none for a write that changes nothing', async () => {
    const seen: ItemChange[] = [];
    const store = storeOf(createTables({ onChange: (change) => seen.push(change) }));
    const behind = {
      scope: '111111111111',
      since: '2026-11-01T00:00:00.000Z',
      attempts: 1,
      nextAt: '2026-11-01T00:01:00.000Z',
      reason: 'away',
    };
    await store.noteBehind(behind);
    await store.noteBehind(behind);
    await store.noteBehind({ ...behind, attempts: 2 });
    await store.clearBehind(behind.scope);
    expect(seen.map(({ before, after }) => [before?.attempts, after?.attempts])).toEqual([
      [undefined, 1],
      [1, 2],
      [2, undefined],
    ]);
  });
});
