import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { ResourceRef } from '../../core/model.ts';
import { type KillSwitch, type Ledger, lockedBy, longestDueFirst } from '../../core/remediation/model/record.ts';
import { runScopeOf, type StopKind, scopesOf } from '../../core/remediation/model/stop.ts';
import type { RemediationCommit, RemediationFilter, RemediationStore } from '../../core/remediation/ports.ts';
import { documentsOf, stillAt } from './documents.ts';
import { committed } from './dynamo-state-store.ts';
import { CorruptItemError, type Item } from './items.ts';
import type { Key } from './keys.ts';
import {
  baselineItem,
  executionItem,
  heartbeatItem,
  idItem,
  ledgerItem,
  lockItem,
  placeOf,
  rehearsalsItem,
  remediationItem,
  stopItem,
  switchItem,
  toBaseline,
  toHeartbeat,
  toLedger,
  toPlace,
  toRehearsals,
  toRemediation,
  toRemediationId,
  toStop,
  toSwitch,
} from './remediation-items.ts';
import {
  baselineKey,
  controlPrefix,
  DUE_INDEX,
  DUE_SHARDS,
  executionKey,
  HEARTBEAT_KEY,
  idKey,
  ledgerKey,
  lockKey,
  placeKey,
  placeOfKey,
  REMEDIATION_PREFIX,
  rehearsalsKey,
  remediationPartition,
  STOP_PARTITION,
  SWITCH_KEY,
  stopKey,
  stopOf,
} from './remediation-keys.ts';

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** A page of a query or a scan. */
interface Page {
  readonly Items?: Item[] | undefined;
  readonly LastEvaluatedKey?: Item | undefined;
}

/**
 * Returns a store of remediations in a DynamoDB table with string keys `pk` and `sk` and the index {@link DUE_INDEX}. All reads are
 * strongly consistent, except those of the index. Every write is a transaction, even of a single item, because transactions are
 * idempotent. So a retry by the SDK after a lost response does not conflict with its own write.
 */
export function dynamoRemediationStore(client: DynamoDBClient, tableName: string): RemediationStore {
  const documents = documentsOf(client);

  const get = async (key: Key): Promise<Item | undefined> =>
    (await documents.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }))).Item;

  const write = (items: TransactItem[]): Promise<boolean> =>
    committed(() => documents.send(new TransactWriteCommand({ TransactItems: items })));

  /** Returns the resources whose locks are to be deleted. A lock of another remediation stays, and the commit still succeeds. */
  const toRelease = async ({ lock, next }: RemediationCommit): Promise<ResourceRef[]> => {
    if (lock !== 'release') return [];
    const locks = await Promise.all(lockedBy(next).map(async (resource) => ({ resource, held: await get(lockKey(resource)) })));
    return locks.flatMap(({ resource, held }) => (held !== undefined && toRemediationId(held) === next.id ? [resource] : []));
  };

  const listShard = async (shard: number, now: string, limit: number): Promise<Item[]> =>
    pages(
      (from) =>
        documents.send(
          new QueryCommand({
            TableName: tableName,
            IndexName: DUE_INDEX.indexName,
            KeyConditionExpression: '#shard = :shard AND #due <= :now',
            ExpressionAttributeNames: { '#shard': DUE_INDEX.partitionKey, '#due': DUE_INDEX.sortKey },
            ExpressionAttributeValues: { ':shard': String(shard), ':now': now },
            Limit: limit,
            ExclusiveStartKey: from,
          }),
        ),
      limit,
    );

  return {
    readRemediation: async (id) => {
      const known = await get(idKey(id));
      if (!known) return undefined;
      const key = placeKey(toPlace(id, known));
      const item = await get(key);
      if (!item) throw new CorruptItemError(`remediation ${id} is missing at ${key.pk} / ${key.sk}: another process deleted it`);
      return toRemediation(item);
    },

    commitRemediation: async (commit) => write(commitWrites(tableName, commit, await toRelease(commit))),

    listDue: async (now, limit) => {
      if (limit < 1) return [];
      const shards = await Promise.all(Array.from({ length: DUE_SHARDS }, (_, shard) => listShard(shard, now, limit)));
      return shards
        .flat()
        .map(({ pk, sk, dueAt }) => ({ ...placeOfKey({ pk: String(pk), sk: String(sk) }), dueAt: String(dueAt) }))
        .sort(longestDueFirst)
        .slice(0, limit);
    },

    listRemediations: async (filter, onUnreadable) => {
      if (filter.statuses?.length === 0) return [];
      const request = { TableName: tableName, ConsistentRead: true, ...expressionsOf(filter) };
      const items = await pages((ExclusiveStartKey) =>
        'KeyConditionExpression' in request
          ? documents.send(new QueryCommand({ ...request, ExclusiveStartKey }))
          : documents.send(new ScanCommand({ ...request, ExclusiveStartKey })),
      );
      return items.flatMap((item) => {
        try {
          return toRemediation(item);
        } catch (error) {
          if (!onUnreadable || !(error instanceof CorruptItemError)) throw error;
          onUnreadable(error.message);
          return [];
        }
      });
    },

    setAside: async (id) => {
      const place = await get(idKey(id));
      if (!place) return;
      await documents.send(
        new UpdateCommand({
          TableName: tableName,
          Key: placeKey(toPlace(id, place)),
          UpdateExpression: 'REMOVE #shard',
          ExpressionAttributeNames: { '#shard': DUE_INDEX.partitionKey },
        }),
      );
    },

    findByExecution: async (executionId) => {
      const item = await get(executionKey(executionId));
      return item && toRemediationId(item);
    },

    readSwitch: async () => {
      const item = await get(SWITCH_KEY);
      return item && toSwitch(item);
    },

    writeSwitch: (previous, next) => write([putOver(tableName, switchItem(next), previous?.revision)]),

    readStops: async (kind, run) => {
      const found = await Promise.all(
        scopesOf(run).map(async (scope) => {
          const item = await get(stopKey(kind, scope));
          return item && toStop(item, { kind, scope });
        }),
      );
      return found.flatMap((stop) => stop ?? []);
    },

    listStops: async () => {
      const items = await pages((ExclusiveStartKey) =>
        documents.send(
          new QueryCommand({
            TableName: tableName,
            ConsistentRead: true,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': STOP_PARTITION },
            ExclusiveStartKey,
          }),
        ),
      );
      return items.flatMap((item) => {
        const key = stopOf(String(item.sk));
        return key ? [toStop(item, key)] : [];
      });
    },

    writeStop: async (stop) => {
      await documents.send(new PutCommand({ TableName: tableName, Item: stopItem(stop) }));
    },

    removeStop: async (kind, scope) => {
      await documents.send(new DeleteCommand({ TableName: tableName, Key: stopKey(kind, scope) }));
    },

    readLedger: async (controlId) => {
      const item = await get(ledgerKey(controlId));
      return item ? toLedger(item) : { controlId, revision: 0, starts: [], outcomes: [], denials: [] };
    },

    readRehearsals: async (accountId) => {
      const item = await get(rehearsalsKey(accountId));
      return item ? toRehearsals(item) : { accountId, revision: 0, entries: [] };
    },

    commitRehearsals: ({ revision }, next) => write([putOver(tableName, rehearsalsItem(next), revision === 0 ? undefined : revision)]),

    readHeartbeat: async () => {
      const item = await get(HEARTBEAT_KEY);
      return item && toHeartbeat(item);
    },

    writeHeartbeat: (previous, next) => write([putOver(tableName, heartbeatItem(next), previous?.revision)]),

    readBaseline: async (resource) => {
      const item = await get(baselineKey(resource));
      return item && toBaseline(item);
    },

    commitBaseline: (previous, next) => write([putOver(tableName, baselineItem(next), previous?.revision)]),
  };
}

/** Returns the items of all pages, or of the first pages with at least `enough` items. */
async function pages(read: (from: Item | undefined) => Promise<Page>, enough = Number.POSITIVE_INFINITY): Promise<Item[]> {
  const items: Item[] = [];
  let from: Item | undefined;
  do {
    const page = await read(from);
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from && items.length < enough);
  return items;
}

/** Returns the expressions for a query in one account, or for a scan of all accounts. */
function expressionsOf({ controlId, accountId, statuses }: RemediationFilter) {
  const statusNames = statuses?.map((_, index) => `:status${index}`);
  const statusFilter = statusNames ? [`#status IN (${statusNames.join(', ')})`] : [];
  const names = statuses && { ExpressionAttributeNames: { '#status': 'status' } };
  const statusValues = Object.fromEntries(statuses?.map((status, index) => [`:status${index}`, status]) ?? []);
  if (accountId === undefined) {
    return {
      FilterExpression: ['begins_with(pk, :pk)', ...(controlId === undefined ? [] : ['controlId = :control']), ...statusFilter].join(
        ' AND ',
      ),
      ExpressionAttributeValues: { ':pk': REMEDIATION_PREFIX, ...(controlId !== undefined && { ':control': controlId }), ...statusValues },
      ...names,
    };
  }
  return {
    KeyConditionExpression: controlId === undefined ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :sk)',
    ExpressionAttributeValues: {
      ':pk': remediationPartition(accountId),
      ...(controlId !== undefined && { ':sk': controlPrefix(controlId) }),
      ...statusValues,
    },
    ...(statusNames && { FilterExpression: statusFilter.join(' AND ') }),
    ...names,
  };
}

function commitWrites(
  table: string,
  { previous, next, ledger, whileSwitch, unlessStopped, lock }: RemediationCommit,
  releases: readonly ResourceRef[],
): TransactItem[] {
  const executionId = next.execution?.executionId;
  const started = executionId !== undefined && executionId !== previous?.execution?.executionId;
  return [
    putOver(table, remediationItem(next), previous?.revision),
    ...(previous ? [] : [putOver(table, idItem(placeOf(next)), undefined)]),
    ...(started ? [putOwn(table, executionItem(executionId, next.id), next.id)] : []),
    ...(ledger ? [ledgerWrite(table, ledger)] : []),
    ...(whileSwitch ? [switchCheck(table, whileSwitch)] : []),
    ...(unlessStopped ? stopChecks(table, unlessStopped, next) : []),
    ...(lock === 'take' ? lockedBy(next).map((resource) => putOwn(table, lockItem(next, resource), next.id)) : []),
    ...releases.map((resource) => lockDelete(table, next.id, resource)),
  ];
}

/** Replaces the item with a revision. If `revision` is `undefined`, the item must not exist. */
const putOver = (table: string, item: Item, revision: number | undefined): TransactItem => ({
  Put: {
    TableName: table,
    Item: item,
    ...(revision === undefined ? { ConditionExpression: 'attribute_not_exists(pk)' } : stillAt('revision', revision)),
  },
});

/** Writes an item of a remediation. Fails if the item belongs to another remediation. */
const putOwn = (table: string, item: Item, remediationId: string): TransactItem => ({
  Put: {
    TableName: table,
    Item: item,
    ConditionExpression: 'attribute_not_exists(pk) OR remediationId = :own',
    ExpressionAttributeValues: { ':own': remediationId },
  },
});

const ledgerWrite = (table: string, { previous, next }: { readonly previous: Ledger; readonly next: Ledger }): TransactItem =>
  putOver(table, ledgerItem(next), previous.revision === 0 ? undefined : previous.revision);

const switchCheck = (table: string, { revision }: KillSwitch): TransactItem => ({
  ConditionCheck: {
    TableName: table,
    Key: SWITCH_KEY,
    ConditionExpression: '#revision = :seen AND #running = :running',
    ExpressionAttributeNames: { '#revision': 'revision', '#running': 'running' },
    ExpressionAttributeValues: { ':seen': revision, ':running': true },
  },
});

/** One condition for each stop that concerns the remediation. The content of an item does not matter. */
const stopChecks = (table: string, kind: StopKind, next: RemediationCommit['next']): TransactItem[] =>
  scopesOf(runScopeOf(next)).map((scope) => ({
    ConditionCheck: { TableName: table, Key: stopKey(kind, scope), ConditionExpression: 'attribute_not_exists(pk)' },
  }));

const lockDelete = (table: string, id: string, resource: ResourceRef): TransactItem => ({
  Delete: {
    TableName: table,
    Key: lockKey(resource),
    ConditionExpression: 'remediationId = :own',
    ExpressionAttributeValues: { ':own': id },
  },
});
