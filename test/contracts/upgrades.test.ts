import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { dynamoStateStore } from '../../adapters/aws/dynamo-state-store.ts';
import { toScore } from '../../adapters/aws/items.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import type { ControlStatus } from '../../core/model.ts';
import { grown, joinedControls } from '../../core/pipeline/wanted.ts';
import { ORGANIZATION, type StateStore, type StoredScore } from '../../core/ports.ts';
import { type Deployment, deploy, type Published, type RawItem, TABLES, type Table } from './versions/deployment.ts';
import { ACCOUNTS, applySettings, createAndDelete, record, sweep } from './versions/estate.ts';

/** The tables that each tagged version has written, under the functions of this version: docs/release.md. */
const endpoint = inject('dynamoDbEndpoint');
const FOLDER = new URL('versions/', import.meta.url);
const SCOPES = [...ACCOUNTS, ORGANIZATION];

/**
 * Controls whose rules need evidence that an earlier version did not read, so that they are `NO_DATA` until the first sweep after the
 * upgrade. Only a new version of the catalogue may do that.
 */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  // Rules of listeners, and types that API reads added.
  'v0.1.0': ['NET-L1-03', 'NET-L1-04', 'STR-L1-06', 'STR-L2-05'],
  // Audiences of OIDC providers, rules of listeners, FSx, ElastiCache and DAX.
  'v0.2.0-alpha.1': ['IAM-L1-05', 'NET-L1-03', 'STR-L1-06', 'STR-L2-05'],
  'v0.2.0-alpha.2': ['IAM-L1-05', 'NET-L1-03', 'STR-L1-06', 'STR-L2-05'],
  'v0.2.0-alpha.3': ['IAM-L1-05', 'NET-L1-03', 'STR-L1-06', 'STR-L2-05'],
};
const VERSIONS = readdirSync(FOLDER)
  .flatMap((name) => (name.endsWith('.json.gz') ? [name.slice(0, -'.json.gz'.length)] : []))
  .sort();

type Fixture = Readonly<Record<Table, readonly Record<string, AttributeValue>[]>>;

function fixtureOf(version: string): Fixture {
  const text = gunzipSync(readFileSync(new URL(`${version}.json.gz`, FOLDER))).toString();
  const bytes = (key: string, value: unknown) => (key === 'B' && typeof value === 'string' ? Buffer.from(value, 'base64') : value);
  return JSON.parse(text, bytes).tables;
}

let running: Deployment | undefined;

async function deployCurrent(): Promise<Deployment> {
  vi.resetModules();
  running = await deploy(fileURLToPath(new URL('../../', import.meta.url)), endpoint ?? '', (name, value) => void vi.stubEnv(name, value));
  return running;
}

const storeOf = ({ client, tables }: Deployment): StateStore =>
  dynamoStateStore(client, { stateTable: tables.state, scoresTable: tables.scores });

const known = (score: StoredScore | undefined): Record<string, ControlStatus> =>
  Object.fromEntries([...(score?.statuses ?? [])].filter(([, status]) => status !== 'NO_DATA').sort(([a], [b]) => (a < b ? -1 : 1)));

async function scoresOf(deployment: Deployment): Promise<Map<string, StoredScore | undefined>> {
  const store = storeOf(deployment);
  return new Map(await Promise.all(SCOPES.map(async (scope) => [scope, await store.readScore(scope)] as const)));
}

/** The scorecards that a version has stored. */
const storedIn = ({ scores }: Fixture): Map<string, StoredScore> =>
  new Map(
    scores.flatMap((item) => {
      if (item.sk?.S !== 'CARD') return [];
      const score = toScore(unmarshall(item));
      return [[score.scope, score]];
    }),
  );

const scoped = ({ detail }: Published): string => String(detail.accountId ?? ORGANIZATION);
const ofType = (events: readonly Published[], detailType: string): Published[] =>
  events.filter((event) => event.detailType === `CSMM ${detailType} Changed`);

/** Scopes with counted changes that no run has seen, or that lag. */
async function waitingIn(deployment: Deployment): Promise<unknown[]> {
  const store = storeOf(deployment);
  const waiting: unknown[] = [...(await store.listBehind())];
  for (const scope of SCOPES) {
    const { seen, due } = await store.beginScoring(scope);
    if (grown(await store.readWanted(scope), seen).size > 0 || due.size > 0) waiting.push(scope);
  }
  return waiting;
}

const partition = (items: readonly RawItem[], pattern: RegExp) => items.filter(({ pk }) => pattern.test(pk?.S ?? ''));

/** Writes the items of a fixture. The functions of its version have processed its streams. */
async function load({ client, tables, skipStreams }: Deployment, fixture: Fixture): Promise<void> {
  for (const table of TABLES) for (const Item of fixture[table]) await client.send(new PutItemCommand({ TableName: tables[table], Item }));
  await skipStreams();
}

/** Expects that nothing waits or is in a dead-letter queue, and that all items are those of this version. */
async function expectNothingBehind(deployment: Deployment): Promise<void> {
  expect(deployment.failed).toEqual([]);
  expect(deployment.parked).toEqual([]);
  expect(await waitingIn(deployment)).toEqual([]);
  const state = await deployment.items('state');
  expect(partition(state, /^R#.*#CSMM::Inventory$/)).toEqual([]);
  expect(partition(state, /^I#/)).toHaveLength(4);
  expect(partition(state, /^R#/).filter(({ sk, evidence }) => /deleted/.test(sk?.S ?? '') || !evidence)).toEqual([]);
  expect(partition(state, /^Z#/).map(({ sk }) => sk?.S)).toEqual(['eu-west-1#vol-0deleted0000000000']);
  for (const accountId of ACCOUNTS) {
    const joins = await storeOf(deployment).readJoins(accountId);
    const heads = await storeOf(deployment).readHeads(accountId);
    expect([...joins.keys()].sort()).toEqual([...joinedControls(CATALOGUE.rules)].sort());
    expect([...heads.keys()].sort()).toEqual([...joins.keys()].sort());
    for (const { catalogueVersion } of [...joins.values(), ...heads.values()]) expect(catalogueVersion).toBe(CATALOGUE.version);
  }
}

describe.skipIf(!endpoint)('an upgrade from the tables of', () => {
  /** The scorecards of a new deployment of this version that reads the same estate. */
  let fresh: Map<string, StoredScore | undefined>;

  beforeAll(async () => {
    const deployment = await deployCurrent();
    await applySettings(deployment, '2026-01-01T00:00:00.000Z');
    await record(deployment, '2026-01-02T01:00:00.000Z');
    await sweep(deployment, '2026-01-02T04:00:00.000Z');
    await deployment.settle();
    fresh = await scoresOf(deployment);
    await deployment.end();
  });
  afterEach(async () => {
    await running?.end();
    vi.unstubAllEnvs();
  });

  it.each(VERSIONS)('%s keeps scores, tells no false change, and leaves nothing behind', async (version) => {
    const fixture = fixtureOf(version);
    const before = storedIn(fixture);
    const needs = new Set(NEEDS[version]);
    expect([...before.keys()].sort()).toEqual([...SCOPES].sort());
    const deployment = await deployCurrent();
    await load(deployment, fixture);

    // The functions score everything again when they are deployed.
    await deployment.invoke('upkeep', { task: 'rescore' });
    await deployment.settle();
    const told = deployment.takeEvents();
    const upgraded = await scoresOf(deployment);
    const isSameCatalogue = before.get(ORGANIZATION)?.catalogueVersion === CATALOGUE.version;
    if (isSameCatalogue) expect([told, [...needs]]).toEqual([[], []]);
    for (const scope of SCOPES) {
      const old = before.get(scope);
      const score = upgraded.get(scope);
      const [first] = ofType(told, 'Score').filter((event) => scoped(event) === scope);
      if (!isSameCatalogue) expect(first?.detail).toMatchObject({ previousCatalogueVersion: old?.catalogueVersion });
      // A new catalogue may evaluate a control for the first time.
      const kept = Object.entries(known(score)).filter(([id]) => isSameCatalogue || id in known(old));
      expect(Object.fromEntries(kept)).toEqual(Object.fromEntries(Object.entries(known(old)).filter(([id]) => !needs.has(id))));
    }
    const falselyTold = ofType(told, 'Control Status').filter(
      (event) => !needs.has(String(event.detail.controlId)) && String(event.detail.controlId) in known(before.get(scoped(event))),
    );
    expect(falselyTold).toEqual([]);

    // Nothing is missing that a heal would find. It asks each day for the joins that grow old.
    await deployment.invoke('upkeep', { task: 'heal' });
    await deployment.settle();
    expect(deployment.takeEvents()).toEqual([]);

    // A version before settings gets them now.
    if (partition(await deployment.items('state'), /^C#/).length === 0) await applySettings(deployment, '2026-01-02T00:00:00.000Z');
    await deployment.settle();
    deployment.takeEvents();

    // The sweep reads the same estate.
    const planned = await deployment.items('remediations');
    const last = await scoresOf(deployment);
    await sweep(deployment, '2026-01-02T04:00:00.000Z');
    await record(deployment, '2026-01-02T05:00:00.000Z');
    await deployment.settle();
    const swept = await scoresOf(deployment);
    const changes = deployment.takeEvents();
    for (const scope of SCOPES) {
      const [score, expected, earlier] = [swept.get(scope), fresh.get(scope), last.get(scope)];
      expect(known(score)).toEqual(known(expected));
      expect(score?.scorecard).toEqual(expected?.scorecard);
      const moved = [...(score?.statuses ?? [])].flatMap(([id, status]) => (earlier?.statuses.get(id) === status ? [] : [id]));
      const tellers = ofType(changes, 'Control Status').filter((event) => scoped(event) === scope);
      expect(tellers.map(({ detail }) => detail.controlId).sort()).toEqual(moved.sort());
    }
    expect(changes.filter(({ detail }) => /no longer lists/.test(JSON.stringify(detail)))).toEqual([]);
    if (isSameCatalogue) expect(changes).toEqual([]);
    if (fixture.remediations.length > 0) expect(await deployment.items('remediations')).toEqual(planned);

    // A second sweep finds nothing new, and an old delivery does not restore what was deleted.
    await sweep(deployment, '2026-01-03T04:00:00.000Z');
    await createAndDelete(deployment, ['2026-01-01T01:00:00.000Z', '2026-01-01T02:00:00.000Z']);
    await deployment.settle();
    expect(deployment.takeEvents()).toEqual([]);

    await expectNothingBehind(deployment);
  });
});
