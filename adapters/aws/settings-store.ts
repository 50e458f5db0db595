import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AppliedSettings, SettingsStore } from '../../core/ports.ts';
import type { SettingsDocument } from '../../core/settings/document.ts';
import { CorruptItemError, type Item } from './items.ts';
import { SETTINGS_KEY } from './keys.ts';

/** What one item can hold of the document, below the 400 KB that DynamoDB allows. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_COMPRESSED_BYTES = 380_000;

/** The most that a document is allowed to unpack to: far more than a settings file, its aliases written out, can say. */
const MAX_DOCUMENT_BYTES = 100_000_000;

/** The document does not fit an item. */
export class SettingsTooLargeError extends Error {
  override readonly name = 'SettingsTooLargeError';
}

/** The settings of a deployment in its STATE table: one item, the document compressed. */
export function dynamoSettingsStore(client: DynamoDBClient, stateTable: string): SettingsStore {
  const documents = DynamoDBDocumentClient.from(client);
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
            ...(previous
              ? { ConditionExpression: 'revision = :seen', ExpressionAttributeValues: { ':seen': previous.revision } }
              : { ConditionExpression: 'attribute_not_exists(pk)' }),
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

/** Runs a conditional write; false where its condition failed. */
async function unlessOthers(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function settingsItem({ document, ...applied }: AppliedSettings): Item {
  const json = Buffer.from(JSON.stringify(document));
  const compressed = gzipSync(json);
  if (compressed.length > MAX_COMPRESSED_BYTES) {
    throw new SettingsTooLargeError(
      `the settings take ${compressed.length} bytes compressed; ${MAX_COMPRESSED_BYTES} fit the table: shorten the reasons, or except less`,
    );
  }
  return { ...SETTINGS_KEY, ...applied, document: compressed, checksum: checksumOf(json) };
}

/** @throws CorruptItemError where the item is not as {@link settingsItem} makes it. */
function toSettings(item: Item): AppliedSettings {
  const { appliedAt, appliedBy, revision, expiredUntil, document, checksum } = item;
  if (typeof appliedAt !== 'string' || typeof appliedBy !== 'string' || typeof revision !== 'number' || typeof expiredUntil !== 'string')
    throw new CorruptItemError('the item of the settings lacks a time, a name or a revision: apply them again');
  const json = document instanceof Uint8Array ? unpacked(document) : undefined;
  if (!json || checksumOf(json) !== checksum)
    throw new CorruptItemError('the settings in the table do not have their checksum, so that somebody changed them by hand');
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
