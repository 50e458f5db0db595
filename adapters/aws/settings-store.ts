import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AppliedSettings, SettingsStore } from '../../core/ports.ts';
import type { SettingsDocument } from '../../core/settings/document.ts';
import { documentsOf, stillAt } from './documents.ts';
import { CorruptItemError, type Item, revisionIn } from './items.ts';
import { SETTINGS_KEY } from './keys.ts';

/**
 * Maximum size of the compressed document in bytes, below the 400 KB limit of a DynamoDB item.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const MAX_COMPRESSED_BYTES = 380_000;

/** Maximum size of the unpacked document in bytes: far more than any settings file needs, even with its aliases expanded. */
const MAX_DOCUMENT_BYTES = 100_000_000;

/** Thrown if the document does not fit into an item. */
export class SettingsTooLargeError extends Error {
  override readonly name = 'SettingsTooLargeError';
}

/** Returns a store of a deployment's settings in its STATE table: one item with the compressed document. */
export function dynamoSettingsStore(client: DynamoDBClient, stateTable: string): SettingsStore {
  const documents = documentsOf(client);
  return {
    readSettings: async () => {
      const { Item } = await documents.send(new GetCommand({ TableName: stateTable, Key: SETTINGS_KEY, ConsistentRead: true }));
      return Item && toSettings(Item);
    },

    applySettings: (previous, next) =>
      unlessOthers(() =>
        documents.send(
          new PutCommand({
            TableName: stateTable,
            Item: settingsItem(next),
            ...(previous ? stillAt('revision', previous.revision) : { ConditionExpression: 'attribute_not_exists(pk)' }),
          }),
        ),
      ),

    noteExpired: async ({ revision }, until) => {
      await unlessOthers(() =>
        documents.send(
          new UpdateCommand({
            TableName: stateTable,
            Key: SETTINGS_KEY,
            UpdateExpression: 'SET expiredUntil = :until',
            ConditionExpression: 'revision = :seen AND expiredUntil < :until',
            ExpressionAttributeValues: { ':until': until, ':seen': revision },
          }),
        ),
      );
    },
  };
}

/** Runs a conditional write. Returns false if its condition failed. */
async function unlessOthers(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

export function settingsItem({ document, ...applied }: AppliedSettings): Item {
  const json = Buffer.from(JSON.stringify(document));
  const compressed = gzipSync(json);
  if (compressed.length > MAX_COMPRESSED_BYTES) {
    throw new SettingsTooLargeError(
      `settings are too large: given ${compressed.length} bytes compressed; allowed ${MAX_COMPRESSED_BYTES}. Fix: shorten reasons or remove exceptions`,
    );
  }
  return { ...SETTINGS_KEY, ...applied, document: compressed, checksum: checksumOf(json) };
}

/** @throws CorruptItemError if the item is not in the form of {@link settingsItem}. */
function toSettings(item: Item): AppliedSettings {
  const { appliedAt, appliedBy, revision, expiredUntil, document, checksum } = item;
  if (typeof appliedAt !== 'string' || typeof appliedBy !== 'string' || typeof revision !== 'number' || typeof expiredUntil !== 'string')
    throw new CorruptItemError('the stored settings lack a time, a name or a revision. Fix: run csmm settings apply', revisionIn(item));
  const json = document instanceof Uint8Array ? unpacked(document) : undefined;
  if (!json || checksumOf(json) !== checksum)
    throw new CorruptItemError(
      'the stored settings do not match their checksum: they were changed outside csmm. Fix: run csmm settings apply',
      revisionIn(item),
    );
  return { document: JSON.parse(json.toString()) as SettingsDocument, appliedAt, appliedBy, revision, expiredUntil };
}

function unpacked(compressed: Uint8Array): Buffer | undefined {
  try {
    return gunzipSync(compressed, { maxOutputLength: MAX_DOCUMENT_BYTES });
  } catch {
    return undefined;
  }
}

const checksumOf = (json: Uint8Array): string => createHash('sha256').update(json).digest('hex');
