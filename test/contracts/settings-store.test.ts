import { randomBytes } from 'node:crypto';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { CorruptItemError } from '../../adapters/aws/items.ts';
import { SETTINGS_KEY } from '../../adapters/aws/keys.ts';
import { dynamoSettingsStore, SettingsTooLargeError } from '../../adapters/aws/settings-store.ts';
import { parseStreamRecord } from '../../adapters/aws/stream.ts';
import { memorySettingsStore } from '../../adapters/memory/settings-store.ts';
import type { AppliedSettings, SettingsStore } from '../../core/ports.ts';
import type { SettingsDocument } from '../../core/settings/document.ts';
import { createTable, dynamoDbClient } from '../support/dynamodb-local.ts';

/** Contract of every adapter of the SettingsStore port. */
const endpoint = inject('dynamoDbEndpoint');

const adapters: [string, () => Promise<SettingsStore>][] = [['memory', async () => memorySettingsStore()]];
if (endpoint) {
  const client = dynamoDbClient(endpoint);
  adapters.push(['DynamoDB', async () => dynamoSettingsStore(client, await createTable(client, 'state'))]);
}
if (!endpoint) it.skip('DynamoDB settings store: no Java runtime for DynamoDB Local', () => {});

const exception = (reason: string) => ({
  control: 'STR-L1-02',
  owner: 'web-team@example.com',
  reason,
  ticket: 'WEB-12',
  expires: '2027-01-31',
});
const settings = (revision: number, document: SettingsDocument = { version: 1, approvedRegions: ['eu-west-1'] }): AppliedSettings => ({
  document,
  appliedAt: `2026-01-01T00:00:0${revision}.000Z`,
  appliedBy: 'arn:aws:iam::111111111111:user/somebody',
  revision,
  expiredUntil: `2026-01-01T00:00:0${revision}.000Z`,
});

describe.each(adapters)('%s settings store', (_, create) => {
  let store: SettingsStore;
  beforeEach(async () => {
    store = await create();
  });

  it('gives back what was applied, and nothing before', async () => {
    const applied = settings(1, { version: 1, exceptions: [exception('ünïcode …')], targets: { overall: 62.5 } });
    expect(await store.readSettings()).toBeUndefined();
    expect(await store.applySettings(undefined, applied)).toBe(true);
    expect(await store.readSettings()).toEqual(applied);
  });

  it('lets only one of two apply over the same settings', async () => {
    const [first, second, third] = [settings(1), settings(2), settings(2, { version: 1 })];
    expect(await store.applySettings(undefined, first)).toBe(true);
    expect(await store.applySettings(undefined, second)).toBe(false);
    expect(await store.applySettings(first, second)).toBe(true);
    expect(await store.applySettings(first, third)).toBe(false);
    expect(await store.readSettings()).toEqual(second);
  });

  it('notes up to when exceptions have ended, of the settings that are applied still', async () => {
    const [first, second] = [settings(1), settings(2)];
    await store.applySettings(undefined, first);
    await store.noteExpired(first, '2026-01-01T01:00:00.000Z');
    expect(await store.readSettings()).toEqual({ ...first, expiredUntil: '2026-01-01T01:00:00.000Z' });
    await store.applySettings(first, second);
    await store.noteExpired(first, '2026-01-01T02:00:00.000Z');
    expect(await store.readSettings()).toEqual(second);
  });

  it('notes no earlier time over a later one', async () => {
    await store.applySettings(undefined, settings(1));
    await store.noteExpired(settings(1), '2026-01-01T02:00:00.000Z');
    await store.noteExpired(settings(1), '2026-01-01T01:00:00.000Z');
    expect((await store.readSettings())?.expiredUntil).toBe('2026-01-01T02:00:00.000Z');
  });

  it('holds as many exceptions as a file may have', async () => {
    const exceptions = Array.from({ length: 5000 }, (_, n) => ({ ...exception(`reason ${n}`), accounts: [String(100_000_000_000 + n)] }));
    const applied = settings(1, { version: 1, exceptions });
    await store.applySettings(undefined, applied);
    expect(await store.readSettings()).toEqual(applied);
  });
});

describe.skipIf(!endpoint)('the settings in DynamoDB', () => {
  const client = dynamoDbClient(endpoint ?? '');

  it('are refused where they do not fit an item', async () => {
    const store = dynamoSettingsStore(client, await createTable(client, 'state'));
    const exceptions = Array.from({ length: 3500 }, () => exception(randomBytes(120).toString('hex')));
    await expect(store.applySettings(undefined, settings(1, { version: 1, exceptions }))).rejects.toThrow(SettingsTooLargeError);
    expect(await store.readSettings()).toBeUndefined();
  });

  it.each<[string, object]>([
    ['a document that somebody changed', { document: new Uint8Array([1, 2, 3]) }],
    ['the checksum of another document', { checksum: 'a'.repeat(64) }],
    ['no time', { appliedAt: 7 }],
  ])('are not believed with %s', async (_, changed) => {
    const table = await createTable(client, 'state');
    const store = dynamoSettingsStore(client, table);
    await store.applySettings(undefined, settings(1));
    const names = Object.keys(changed);
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: marshall(SETTINGS_KEY),
        UpdateExpression: `SET ${names.map((_, index) => `#n${index} = :v${index}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#n${index}`, name])),
        ExpressionAttributeValues: marshall(Object.fromEntries(Object.values(changed).map((value, index) => [`:v${index}`, value]))),
      }),
    );
    await expect(store.readSettings()).rejects.toThrow(CorruptItemError);
  });

  it('are no change of a resource or a scorecard', async () => {
    const image = marshall({ ...SETTINGS_KEY, revision: 1, document: new Uint8Array([1]) });
    expect(parseStreamRecord({ NewImage: image })).toBeUndefined();
    expect(parseStreamRecord({ NewImage: image, OldImage: image })).toBeUndefined();
  });
});
