import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { documentsOf } from '../../adapters/aws/documents.ts';
import { dynamoStateStore } from '../../adapters/aws/dynamo-state-store.ts';
import { cardItem, findingItem, headsItem, resourceItem, scoreItem } from '../../adapters/aws/items.ts';
import { dynamoPlanStore, TooManyAccountsError } from '../../adapters/aws/plan-store.ts';
import { RemediationTooLargeError } from '../../adapters/aws/remediation-items.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { type ControlDefinition, compliant, nonCompliant } from '../../core/control.ts';
import { indexRules } from '../../core/evaluation/evaluate.ts';
import { FACT_TYPES } from '../../core/facts/index.ts';
import { inventoryOf } from '../../core/facts/inventory.ts';
import { Unread } from '../../core/facts/view.ts';
import type { ResourceRef } from '../../core/model.ts';
import { collectFacts, collectLists } from '../../core/pipeline/collect.ts';
import { rescoreAccount } from '../../core/pipeline/rescore.ts';
import { runScoring } from '../../core/pipeline/scoring-run.ts';
import { MAX_EVIDENCE_BYTES, MAX_JOINED_BYTES, type StateStore, UnreadableItemError } from '../../core/ports.ts';
import { settingsFor } from '../../core/settings/account-settings.ts';
import { createTable, dynamoDbClient } from '../support/dynamodb-local.ts';

/** Each kind of item at its largest: an item of DynamoDB has at most 400 KB. What does not fit is missing, with a reason. */
const endpoint = inject('dynamoDbEndpoint');
const client = dynamoDbClient(endpoint ?? '');
const ACCOUNT = '111111111111';
const AT = '2026-01-01T00:00:00.000Z';
/** Three bytes in UTF-8, one character. */
const WIDE = '\u8a9e';
/** The longest ID that csmm takes. */
const ID = WIDE.repeat(256);

const VOLUME: ResourceRef = { accountId: ACCOUNT, region: 'eu-west-1', resourceType: 'AWS::EC2::Volume', resourceId: 'vol-1' };

describe.skipIf(!endpoint)('an item at its largest', () => {
  let names: { stateTable: string; scoresTable: string };
  let store: StateStore;
  beforeAll(async () => {
    names = { stateTable: await createTable(client, 'state'), scoresTable: await createTable(client, 'scores') };
    store = dynamoStateStore(client, names);
  });
  const put = (Item: Record<string, unknown>) => documentsOf(client).send(new PutCommand({ TableName: names.stateTable, Item }));

  it('is one of 400 KB: DynamoDB Local refuses a larger one', async () => {
    const item = (bytes: number) =>
      client.send(
        new PutItemCommand({ TableName: names.stateTable, Item: { pk: { S: 'X' }, sk: { S: 'X' }, a: { S: 'x'.repeat(bytes) } } }),
      );
    await item(400 * 1024 - 7);
    await expect(item(400 * 1024 - 6)).rejects.toThrow('Item size has exceeded the maximum allowed size');
  });

  it('of a resource lacks the largest facts, and their rules have no data', async () => {
    const control = { ...CATALOGUE.controls[0], id: 'CMP-L1-02', rules: [] } as unknown as ControlDefinition;
    const rule = (needs: string[]) => ({
      kind: 'resource',
      resourceType: 'AWS::EC2::Volume',
      needs,
      evaluate: () => compliant(WIDE.repeat(900)),
    });
    const rules = indexRules([
      { ...control, rules: [rule(['large'])] } as unknown as ControlDefinition,
      { ...control, id: 'CMP-L1-03', rules: [rule(['small'])] } as unknown as ControlDefinition,
    ]);
    const collect = (facts: object, second: number) =>
      collectFacts(
        { resource: { ...VOLUME, resourceId: ID }, capturedAt: `2026-01-01T00:00:0${second}.000Z`, parsed: { facts, missing: {} } },
        { store, rules },
      );
    expect(await collect({ small: true, large: WIDE.repeat(150_000), larger: 'x'.repeat(500_000) }, 1)).toBe('applied');
    const stored = await store.readResource({ ...VOLUME, resourceId: ID });
    expect(stored?.parsed?.facts).toEqual({ small: true });
    expect(Object.keys(stored?.parsed?.missing ?? {}).sort()).toEqual(['large', 'larger']);
    expect(stored?.findings.map(({ controlId, compliance }) => [controlId, compliance])).toEqual([
      ['CMP-L1-02', 'INSUFFICIENT_DATA'],
      ['CMP-L1-03', 'COMPLIANT'],
    ]);
    expect(stored?.findings[0]?.reason).toMatch(/too large to store: 450002 bytes/);
    // The same again is a duplicate, and what just fits stays whole.
    expect(await collect({ small: true, large: WIDE.repeat(150_000), larger: 'x'.repeat(500_000) }, 1)).toBe('duplicate');
    const room = MAX_EVIDENCE_BYTES - Buffer.byteLength(JSON.stringify({ facts: { small: true, large: '' }, missing: {} }));
    expect(await collect({ small: true, large: 'x'.repeat(room) }, 2)).toBe('applied');
    expect((await store.readResource({ ...VOLUME, resourceId: ID }))?.parsed?.missing).toEqual({});
  });

  it('of a resource holds the longest reasons of as many controls as a type has', async () => {
    const most = Math.max(...FACT_TYPES.map((type) => CATALOGUE.rules.restingOn.get(type)?.length ?? 0));
    const reason = nonCompliant('a-code-of-a-verdict', WIDE.repeat(600)).reason;
    const finding = { controlId: 'CMP-L1-02', compliance: 'NON_COMPLIANT' as const, code: 'a-code', reason };
    await put(
      resourceItem({
        resource: { ...VOLUME, resourceId: ID },
        capturedAt: AT,
        parsed: { facts: { large: 'x'.repeat(MAX_EVIDENCE_BYTES) }, missing: {} },
        findings: Array.from({ length: most }, () => finding),
        revision: 1,
      }),
    );
    await put(findingItem('CMP-L1-02', { resource: { ...VOLUME, resourceId: ID }, capturedAt: AT, ...finding }));
  });

  it('of settings holds the largest settings of an account', async () => {
    const exception = { control: 'CMP-L1-02', owner: 'a', reason: 'x'.repeat(256), ticket: 'T', expires: '2099-01-01T00:00:00.000Z' };
    const settings = settingsFor({ version: 1, exceptions: Array.from({ length: 800 }, () => exception) }, ACCOUNT);
    expect(Buffer.byteLength(JSON.stringify(settings))).toBeGreaterThan(280_000);
    const evidence = {
      resource: { ...VOLUME, resourceType: 'CSMM::Settings' },
      capturedAt: AT,
      parsed: { facts: { settings }, missing: {} },
    };
    expect(await collectFacts(evidence, { store, rules: CATALOGUE.rules })).toBe('applied');
    expect((await store.readResource(evidence.resource))?.parsed?.missing).toEqual({});
  });

  it('of lists holds the longest reason for every type', async () => {
    const entries = FACT_TYPES.map((type) => ({
      resource: inventoryOf(ACCOUNT, 'eu-west-1', type),
      capturedAt: AT,
      state: 'recorded' as const,
      configuration: { resources: new Unread(WIDE.repeat(5000)) },
      supplementaryConfiguration: {},
      tags: {},
      relationships: [],
    }));
    const outcomes = await collectLists(entries, { store, rules: CATALOGUE.rules });
    expect(new Set(outcomes)).toEqual(new Set(['applied', 'ignored']));
    const card = await store.readCard(ACCOUNT, 'eu-west-1');
    expect(Buffer.byteLength(JSON.stringify(card && cardItem(card)))).toBeLessThan(200_000);
  });

  it('of a scorecard holds the longest change of each control', async () => {
    const reason = nonCompliant('a-code-of-a-verdict', WIDE.repeat(600)).reason;
    const { score } = await rescoreAccount(ACCOUNT, { store, catalogue: CATALOGUE });
    const changes = CATALOGUE.controls.map(({ id: controlId }) => {
      return {
        controlId,
        from: 'NO_DATA' as const,
        to: 'FAILED' as const,
        resource: { ...VOLUME, resourceId: ID },
        code: 'a-code',
        reason,
      };
    });
    if (!score) throw new Error('the account has no score');
    await put({ ...scoreItem({ ...score, changes }) });
    const head = { tally: { compliant: 1e6, nonCompliant: 1e6, notApplicable: 1e6, insufficientData: 1e6 }, digest: 'x'.repeat(22) };
    const heads = changes.map(
      ({ controlId }) => [controlId, { ...head, catalogueVersion: '10.10.10', long: { milliseconds: 1e6, at: AT } }] as const,
    );
    await put(headsItem(ACCOUNT, new Map(heads)));
    await store.putCauses(
      ACCOUNT,
      new Map([['CMP-L1-02#X', { resource: { ...VOLUME, resourceId: ID }, reason, capturedAt: AT, counter: 'x', count: 1 }]]),
    );
    await store.noteBehind({ scope: ACCOUNT, since: AT, attempts: 1, nextAt: AT, reason: WIDE.repeat(500) });
    await store.clearBehind(ACCOUNT);
  });

  it('of joins holds the findings that fit, and a run commits what fits a transaction', async () => {
    const account = '222222222222';
    const controls = Array.from({ length: 120 }, (_, index) => ({
      ...CATALOGUE.controls[0],
      id: `JOIN-${String(index).padStart(3, '0')}`,
      rules: [
        {
          kind: 'join',
          reads: ['AWS::EC2::Volume'],
          evaluate: () =>
            Array.from({ length: index < 3 ? 2000 : 1 }, (_unused, n) => ({
              ...nonCompliant('a-code', WIDE.repeat(600)),
              resource: { ...VOLUME, accountId: account, resourceId: `vol-${n}` },
              capturedAt: AT,
            })),
        },
      ],
    })) as unknown as ControlDefinition[];
    const catalogue = { version: '1.0.0', controls, rules: indexRules(controls) };
    const sent: string[] = [];
    const queue = { send: async (scope: string) => void sent.push(scope) };
    const now = () => Date.UTC(2026, 0, 2);
    const run = () => runScoring(account, { store, catalogue, queue, now });
    await store.want(account, ['*']);
    const first = await run();
    expect(first).toMatchObject({ kind: 'scored', deferred: 30 });
    expect((await store.readScore(account))?.statuses.get('JOIN-119')).toBe('FAILED');
    expect((await store.readJoins(account)).size).toBe(90);
    expect(await run()).toMatchObject({ kind: 'scored', deferred: 0 });
    const joins = await store.readJoins(account);
    expect(joins.size).toBe(120);
    const large = joins.get('JOIN-000');
    expect(large?.tally.nonCompliant).toBe(2000);
    expect(large?.open.length).toBeGreaterThan(50);
    expect(Buffer.byteLength(JSON.stringify(large?.open))).toBeLessThan(MAX_JOINED_BYTES + 2000);
  });

  it('of accounts is refused with its number', async () => {
    const plan = dynamoPlanStore(client, names.stateTable);
    // Not in order, so that they compress as little as account ids do.
    const ids = (count: number) =>
      Array.from({ length: count }, (_, n) => String(100_000_000_000 + ((n * 618_033_988_749) % 900_000_000_000)));
    await plan.writeAccounts('LISTED', { accountIds: ids(50_000), listedAt: AT });
    expect((await plan.readAccounts('LISTED'))?.accountIds).toHaveLength(50_000);
    const more = plan.writeAccounts('LISTED', { accountIds: ids(90_000), listedAt: AT });
    await expect(more).rejects.toThrow(TooManyAccountsError);
    await expect(more).rejects.toThrow('cannot store 90000 accounts');
  });

  it('of a remediation that is too large is parked as one that cannot be read', () => {
    expect(new RemediationTooLargeError('x')).toBeInstanceOf(UnreadableItemError);
  });
});
