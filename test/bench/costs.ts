import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoStateStore } from '../../adapters/aws/dynamo-state-store.ts';
import { memoryStateStore } from '../../adapters/memory/state-store.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import type { ConfigItem } from '../../core/facts/parser.ts';
import { collectItem } from '../../core/pipeline/collect.ts';
import type { StateStore, StoredResource } from '../../core/ports.ts';
import { createTable, dynamoDbClient, startDynamoDbLocal } from '../support/dynamodb-local.ts';
import { scoreChanged } from '../support/scoring.ts';
import { expectThat, skip, table } from './report.ts';

const item = (resourceId: string, second: number, configuration: object, accountId = '111111111111'): ConfigItem => ({
  resource: { accountId, region: 'eu-west-1', resourceType: 'AWS::Kinesis::Stream', resourceId },
  capturedAt: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString(),
  state: 'recorded',
  configuration,
  supplementaryConfiguration: {},
  tags: {},
  relationships: [],
});
/** Of a type that one rule on single resources reads, and no join. */
const stream = (encrypted: boolean) => ({ Name: 'stream', ...(encrypted && { StreamEncryption: { EncryptionType: 'KMS' } }) });

/** Counts the calls that a piece of work makes to a store, and the items that the store returns. */
function counting(inner: StateStore): { store: StateStore; counted: { calls: number; commits: number; items: number } } {
  const counted = { calls: 0, commits: 0, items: 0 };
  const store = new Proxy(inner, {
    get:
      (target, name: keyof StateStore) =>
      async (...parameters: never[]) => {
        const result: unknown = await (target[name] as (...parameters: never[]) => Promise<unknown>)(...parameters);
        if (/^commit/.test(name)) counted.commits++;
        else {
          counted.calls++;
          counted.items += Array.isArray(result) ? result.length : result instanceof Map ? result.size : Number(result !== undefined);
        }
        return result;
      },
  });
  return { store, counted };
}

/** Returns the cost of scoring one changed finding, in stores of different sizes. */
async function costOfRescore(accounts: number, resources: number): Promise<{ name: string; cost: string }> {
  const inner = memoryStateStore();
  const collect = (delivered: ConfigItem) => collectItem(delivered, { store: inner, rules: CATALOGUE.rules });
  for (let n = 0; n < resources; n++) await collect(item(`stream-${n}`, 0, stream(true)));
  for (let n = 0; n < accounts - 1; n++) {
    const accountId = String(200_000_000_000 + n);
    await collect(item('stream-0', 0, stream(true), accountId));
    await scoreChanged(accountId, inner.takeStateChanges(), { store: inner, catalogue: CATALOGUE });
  }
  await scoreChanged('111111111111', inner.takeStateChanges(), { store: inner, catalogue: CATALOGUE });
  await collect(item('stream-0', 1, stream(false)));
  const { store, counted } = counting(inner);
  const score = await scoreChanged('111111111111', inner.takeStateChanges(), { store, catalogue: CATALOGUE });
  expectThat(score !== undefined && counted.commits === 1, 'the changed finding changed no score');
  return {
    name: `${accounts.toLocaleString('en')} accounts, ${resources.toLocaleString('en')} passing resources`,
    cost: `${counted.calls} reads of the store, ${counted.items} items read, ${counted.commits} commit`,
  };
}

/** Counts what scoring an account takes from the store. No clock is involved. */
export async function scaling(): Promise<void> {
  const costs = [await costOfRescore(10, 100), await costOfRescore(10_000, 100), await costOfRescore(10, 100_000)];
  expectThat(new Set(costs.map(({ cost }) => cost)).size === 1, 'scoring one account takes more from a larger store');
  table(
    'One changed finding: what scoring its account takes',
    'Calls of the store and the items in their answers, counted. The finding is of a resource type that no joining control reads.',
    costs.map(({ name, cost }) => [name, cost]),
  );
}

/** Counts the requests and capacity units of a DynamoDB client. */
function metered(client: DynamoDBClient): { reads: number; writes: number; readUnits: number; writeUnits: number } {
  const meter = { reads: 0, writes: 0, readUnits: 0, writeUnits: 0 };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const input = args.input as { ReturnConsumedCapacity?: string };
      input.ReturnConsumedCapacity = 'TOTAL';
      const answer = await next(args);
      const { ConsumedCapacity } = answer.output as { ConsumedCapacity?: { CapacityUnits?: number } | { CapacityUnits?: number }[] };
      const units = [ConsumedCapacity ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
      if (/Get|Query/.test(context.commandName ?? '')) {
        meter.reads++;
        meter.readUnits += units;
      } else {
        meter.writes++;
        meter.writeUnits += units;
      }
      return answer;
    },
    { step: 'initialize', name: 'meter' },
  );
  return meter;
}

/** Reads and writes per event, by what the event brings, on the real engine. */
export async function requests(): Promise<void> {
  const engine = await startDynamoDbLocal();
  if (!engine) return skip('requests', 'no Java runtime for DynamoDB Local');
  try {
    const setup = dynamoDbClient(engine.endpoint);
    const names = { stateTable: await createTable(setup, 'state'), scoresTable: await createTable(setup, 'scores') };
    const client = dynamoDbClient(engine.endpoint);
    const meter = metered(client);
    const store = dynamoStateStore(client, names);
    const rows: string[][] = [['', 'requests: reads', 'writes', 'units: reads', 'writes']];
    const measure = async (name: string, work: () => Promise<unknown>) => {
      Object.assign(meter, { reads: 0, writes: 0, readUnits: 0, writeUnits: 0 });
      await work();
      rows.push([name, String(meter.reads), String(meter.writes), String(meter.readUnits), String(meter.writeUnits)]);
    };
    const collect = (delivered: ConfigItem) => collectItem(delivered, { store, rules: CATALOGUE.rules });
    const rescore = async (before: StoredResource | undefined) => {
      const after = await store.readResource(item('stream-1', 0, {}).resource);
      const dependencies = { store, catalogue: CATALOGUE };
      Object.assign(meter, { reads: 0, writes: 0, readUnits: 0, writeUnits: 0 });
      if (after) await scoreChanged('111111111111', [{ before, after }], dependencies);
    };
    await measure('collect: a resource seen first', () => collect(item('stream-1', 1, stream(true))));
    expectThat(meter.readUnits > 0 && meter.writeUnits > 0, 'DynamoDB Local reported no capacity');
    await measure('collect: the same item again (no change)', () => collect(item('stream-1', 1, stream(true))));
    await measure('collect: an older item (no change)', () => collect(item('stream-1', 0, stream(false))));
    await measure('collect: a newer item, same facts', () => collect(item('stream-1', 2, stream(true))));
    await measure('score: the account for the first time', () => rescore(undefined));
    const before = await store.readResource(item('stream-1', 0, {}).resource);
    await measure('collect: a changed finding', () => collect(item('stream-1', 3, stream(false))));
    await measure('score: a changed status', () => rescore(before));
    await measure('score: nothing changed', () => rescore(before));
    table(
      'Reads and writes per event on DynamoDB (a resource with one finding)',
      'Requests as the client sends them, retries not counted, and the capacity units that DynamoDB Local reports for them.',
      rows,
    );
  } finally {
    engine.stop();
  }
}
