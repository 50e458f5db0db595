/** docs/operations.md#backup-and-restore, as far as an engine of DynamoDB on this machine can show it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BatchWriteItemCommand, type DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { dynamoStateStore } from '../../adapters/aws/dynamo-state-store.ts';
import { copyItems, deleteItems, WritesPutOffError } from '../../adapters/aws/table-items.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { readDocument } from '../../core/events/intake.ts';
import { collectItem } from '../../core/pipeline/collect.ts';
import { markAll, runScoring } from '../../core/pipeline/scoring-run.ts';
import { ORGANIZATION, type StateStore, type StoredScore } from '../../core/ports.ts';
import { tellWeek } from '../../scripts/week/story.ts';
import { createTable, dynamoDbClient } from '../support/dynamodb-local.ts';

const endpoint = inject('dynamoDbEndpoint');
const ACCOUNTS = ['111111111111', '222222222222', '333333333333'];
const SCOPES = [...ACCOUNTS, ORGANIZATION];
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Tables {
  readonly stateTable: string;
  readonly scoresTable: string;
}

/** Collects lines of the sample week. */
async function collect(store: StateStore, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    for (const intake of readDocument(JSON.parse(line)))
      if (intake.kind === 'item') await collectItem(intake.item, { store, rules: CATALOGUE.rules });
  }
}

/** Scores all accounts from the stored evidence, and then the organization, as the task `rescore` does. */
async function scoreEverything(store: StateStore): Promise<void> {
  for (const scopes of [ACCOUNTS, [ORGANIZATION]]) {
    const sent: string[] = [];
    const queue = { send: async (scope: string) => void sent.push(scope) };
    await markAll(scopes, { store, queue });
    for (const scope of sent) {
      const outcome = await runScoring(scope, { store, catalogue: CATALOGUE, queue, now: Date.now });
      if (outcome.kind === 'behind') throw outcome.error;
    }
  }
}

const scoresIn = async (store: StateStore): Promise<(StoredScore | undefined)[]> =>
  Promise.all(SCOPES.map((scope) => store.readScore(scope)));

/** The results of scores, without their revisions and the changes that led to them. */
const resultsOf = (scores: readonly (StoredScore | undefined)[]) => scores.map((score) => score && [score.scorecard, [...score.statuses]]);

const isJson = (line: string): boolean => {
  try {
    return Boolean(JSON.parse(line));
  } catch {
    return false;
  }
};

describe.skipIf(!endpoint)('a deployment whose tables are restored', () => {
  const lines = tellWeek().filter(isJson);
  const [earlier, later] = [lines.slice(0, 700), lines.slice(700)];
  let client: DynamoDBClient;
  let tables: Tables;
  let store: StateStore;
  let scores: (StoredScore | undefined)[];

  const newTables = async (): Promise<Tables> => ({
    stateTable: await createTable(client, 'state'),
    scoresTable: await createTable(client, 'scores'),
  });
  const itemsOf = async (TableName: string): Promise<string[]> => {
    const { Items = [], LastEvaluatedKey } = await client.send(new ScanCommand({ TableName }));
    expect(LastEvaluatedKey).toBeUndefined();
    return Items.map((item) => JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();
  };

  beforeAll(async () => {
    client = dynamoDbClient(endpoint ?? '');
    tables = await newTables();
    store = dynamoStateStore(client, tables);
    await collect(store, earlier);
    await scoreEverything(store);
    scores = await scoresIn(store);
    for (const score of scores) expect(score?.revision).toBe(1);
  });

  it('continues from a copy of all items, with the same revisions and the same results', async () => {
    const restored = await newTables();
    await copyItems(client, tables.stateTable, restored.stateTable);
    const copied = await copyItems(client, tables.scoresTable, restored.scoresTable);
    expect(copied).toBe((await itemsOf(tables.scoresTable)).length);
    const continued = dynamoStateStore(client, restored);
    expect(await scoresIn(continued)).toEqual(scores);

    await scoreEverything(continued);
    expect(await scoresIn(continued)).toEqual(scores);

    await collect(continued, later);
    await scoreEverything(continued);
    const after = await scoresIn(continued);
    expect(after.map((score) => score?.revision)).toContain(2);

    const direct = await newTables();
    const unbroken = dynamoStateStore(client, direct);
    await collect(unbroken, lines);
    await scoreEverything(unbroken);
    expect(resultsOf(after)).toEqual(resultsOf(await scoresIn(unbroken)));
  });

  it('has the same scores again after SCORES was emptied, with revisions from 1', async () => {
    const { stateTable } = tables;
    const scoresTable = await createTable(client, 'scores');
    await copyItems(client, tables.scoresTable, scoresTable);
    const rebuilt = dynamoStateStore(client, { stateTable, scoresTable });
    expect(await deleteItems(client, scoresTable)).toBeGreaterThan(SCOPES.length);
    expect(await itemsOf(scoresTable)).toEqual([]);
    expect(await scoresIn(rebuilt)).toEqual(SCOPES.map(() => undefined));

    await scoreEverything(rebuilt);
    const again = await scoresIn(rebuilt);
    expect(resultsOf(again)).toEqual(resultsOf(scores));
    for (const score of again) expect(score?.revision).toBe(1);
    expect(await rebuilt.listAccountStatuses()).toEqual(await store.listAccountStatuses());
  });

  it('keeps items that the copy does not have, and replaces the others', async () => {
    const [from, to] = [await createTable(client, 'from'), await createTable(client, 'to')];
    const put = (TableName: string, sk: string, value: string) =>
      client.send(new PutItemCommand({ TableName, Item: { pk: { S: 'p' }, sk: { S: sk }, value: { B: Buffer.from(value) } } }));
    await Promise.all([put(from, 'a', 'old'), put(from, 'b', 'old'), put(to, 'b', 'new'), put(to, 'c', 'new')]);
    expect(await copyItems(client, from, to)).toBe(2);
    expect(await copyItems(client, from, to)).toBe(2);
    const { Items = [] } = await client.send(new ScanCommand({ TableName: to }));
    expect(Items.map(({ sk, value }) => [sk?.S, Buffer.from(value?.B ?? []).toString()]).sort()).toEqual([
      ['a', 'old'],
      ['b', 'old'],
      ['c', 'new'],
    ]);
  });

  it('is copied by the script that the page names', async () => {
    const to = await createTable(client, 'script');
    const environment = {
      AWS_ENDPOINT_URL: endpoint ?? '',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    };
    const run = (...args: string[]) =>
      promisify(execFile)('npx', ['tsx', 'scripts/table.ts', ...args], { cwd: ROOT, env: { ...process.env, ...environment } });
    const all = await itemsOf(tables.scoresTable);
    expect((await run('copy', tables.scoresTable, to)).stdout).toContain(`copied ${all.length} items`);
    expect(await itemsOf(to)).toEqual(all);
    expect((await run('empty', to)).stdout).toContain(`deleted ${all.length} items`);
    expect(await itemsOf(to)).toEqual([]);
    await expect(run('copy', to, to)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('Usage') });
    await expect(run('drop', to)).rejects.toMatchObject({ code: 2 });
  });

  it('is not half written without an error, if DynamoDB keeps putting off writes', async () => {
    const to = await createTable(client, 'busy');
    const send = client.send.bind(client);
    const busy = Object.assign(Object.create(client), {
      send: async (command: never) => {
        const { input } = command as { input: { RequestItems?: object } };
        return (command as unknown) instanceof BatchWriteItemCommand ? { UnprocessedItems: input.RequestItems } : send(command);
      },
    }) as DynamoDBClient;
    await expect(copyItems(busy, tables.scoresTable, to)).rejects.toThrow(WritesPutOffError);
  });
});
