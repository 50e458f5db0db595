import { createHash } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { forEachAtOnce } from '../../core/concurrency.ts';
import { byResource, openFindings } from '../../core/evaluation/open-finding.ts';
import { EMPTY_TALLY, TALLY_FIELD, type Tally } from '../../core/evaluation/tally.ts';
import { INVENTORY } from '../../core/facts/inventory.ts';
import {
  type AccountStatuses,
  type ListCard,
  ORGANIZATION,
  type ScoreCommit,
  type ScoringTurn,
  type StateStore,
  type StoredResource,
} from '../../core/ports.ts';
import {
  behindItem,
  cardItem,
  findingItem,
  headsItem,
  type Item,
  packStatuses,
  resourceItem,
  scoreItem,
  toBehind,
  toCard,
  toCause,
  toCounters,
  toHeads,
  toJoin,
  tombstoneItem,
  toOpenFinding,
  toResource,
  toScore,
  toTurn,
  unpackStatuses,
  withEntries,
} from './items.ts';
import {
  BEHIND,
  behindKey,
  CARD,
  CAUSE_PREFIX,
  causeKey,
  findingKey,
  findingPartition,
  HEADS,
  joinPartition,
  type Key,
  listsKey,
  listsPartition,
  regionPrefix,
  resourceKey,
  resourcePartition,
  STATUS_SHARDS,
  scorePartition,
  statusesKey,
  statusesPartition,
  TURN,
  tallyKey,
  tallyPartition,
  tombstoneKey,
  wantedKey,
} from './keys.ts';

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

export interface TableNames {
  readonly stateTable: string;
  /** Absent if the store only collects resources. */
  readonly scoresTable?: string;
}

/** The part of a partition that a query returns. */
interface Narrowing {
  readonly skPrefix?: string;
  readonly filter?: string;
  /** Values of the filter. */
  readonly values?: Readonly<Record<string, string>>;
  /** Maximum number of items that one page looks at, before the filter. */
  readonly limit?: number;
}

/** Thrown if a method for scores is called on a store without a scores table. */
class NoScoresTableError extends Error {
  override readonly name = 'NoScoresTableError';
}

/**
 * Returns a store of the state in two DynamoDB tables with string keys `pk` and `sk`. All reads are strongly consistent. All
 * writes are conditional on the version that the writer has read. `now` returns milliseconds since 1970.
 */
export function dynamoStateStore(client: DynamoDBClient, { stateTable, scoresTable }: TableNames, now = Date.now): StateStore {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const scores = (): string => {
    if (scoresTable === undefined) throw new NoScoresTableError('this store was made without a scores table');
    return scoresTable;
  };

  const get = async (table: string, key: Key): Promise<Item | undefined> =>
    (await documents.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }))).Item;

  async function* pages(table: string, pk: string, more: Narrowing): AsyncGenerator<Item[]> {
    let from: Item | undefined;
    do {
      const page = await documents.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: more.skPrefix === undefined ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :sk)',
          ExpressionAttributeValues: { ':pk': pk, ...(more.skPrefix !== undefined && { ':sk': more.skPrefix }), ...more.values },
          ...(more.filter !== undefined && { FilterExpression: more.filter }),
          ...(more.limit !== undefined && { Limit: more.limit }),
          ...(from && { ExclusiveStartKey: from }),
        }),
      );
      yield page.Items ?? [];
      from = page.LastEvaluatedKey;
    } while (from);
  }

  const query = async (table: string, pk: string, more: Narrowing = {}): Promise<Item[]> => {
    const items: Item[] = [];
    for await (const page of pages(table, pk, more)) items.push(...page);
    return items;
  };

  /** Writes items. A single write costs half of the same write in a transaction. */
  const write = (items: TransactItem[]): Promise<boolean> =>
    committed(async () => {
      const [only] = items;
      if (items.length === 1 && only?.Put) await documents.send(new PutCommand(only.Put));
      else if (items.length === 1 && only?.Update) await documents.send(new UpdateCommand(only.Update as UpdateCommand['input']));
      else await documents.send(new TransactWriteCommand({ TransactItems: items }));
    });

  /** Returns the inventory entries of an account, in one Region or in all, that earlier releases stored as resources. */
  const entriesOf = async (accountId: string, region?: string): Promise<StoredResource[]> =>
    (await query(stateTable, resourcePartition(accountId, INVENTORY), region === undefined ? {} : { skPrefix: regionPrefix(region) })).map(
      toResource,
    );

  /** Ends the entries of a Region whose lists are on its card. An entry that is newer stays: the next commit of the card contains it. */
  const endEntries = async ({ accountId, region, lists }: ListCard): Promise<void> => {
    for (const entry of await entriesOf(accountId, region)) {
      if (entry.capturedAt > (lists.get(entry.resource.resourceId)?.capturedAt ?? '')) continue;
      const ended = { ...entry, findings: [] };
      await write([
        { Delete: { TableName: stateTable, Key: resourceKey(entry.resource), ...ofRevision(entry) } },
        ...findingWrites(stateTable, entry, ended),
        ...tallyWrites(stateTable, entry, ended),
      ]);
    }
  };

  return {
    readResource: async (ref) => {
      const item = (await get(stateTable, resourceKey(ref))) ?? (await get(stateTable, tombstoneKey(ref)));
      return item && toResource(item);
    },

    commitResource: (previous, next) =>
      write([
        ...resourceWrites(stateTable, previous, next, now()),
        ...findingWrites(stateTable, previous, next),
        ...tallyWrites(stateTable, previous, next),
      ]),

    listResources: async (accountId, resourceType, { region, capturedBefore, misplacedTombstones } = {}) => {
      const filters = [
        ...(misplacedTombstones ? [] : ['attribute_exists(evidence)']),
        ...(capturedBefore === undefined ? [] : ['capturedAt < :before']),
      ];
      const items = await query(stateTable, resourcePartition(accountId, resourceType), {
        ...(region !== undefined && { skPrefix: regionPrefix(region) }),
        ...(filters.length > 0 && { filter: filters.join(' AND ') }),
        ...(capturedBefore !== undefined && { values: { ':before': capturedBefore } }),
      });
      return items.map(toResource);
    },

    hasResources: async (accountId, resourceType) => {
      // Tombstones of earlier releases have no evidence. The first live resource ends the search.
      const some = pages(stateTable, resourcePartition(accountId, resourceType), { filter: 'attribute_exists(evidence)', limit: 100 });
      for await (const page of some) if (page.length > 0) return true;
      return false;
    },

    readCards: async (accountId) => {
      // Cards last: an entry ends only when its list is on a card.
      const entries = await entriesOf(accountId);
      const cards = new Map((await query(stateTable, listsPartition(accountId))).map((item) => [String(item.sk), toCard(item)]));
      for (const region of new Set(entries.map(({ resource }) => resource.region))) {
        const ofRegion = entries.filter(({ resource }) => resource.region === region);
        cards.set(region, withEntries(cards.get(region), ofRegion));
      }
      return [...cards.values()];
    },

    readCard: async (accountId, region) => {
      const entries = await entriesOf(accountId, region);
      const item = await get(stateTable, listsKey(accountId, region));
      const card = item && toCard(item);
      return entries.length > 0 ? withEntries(card, entries) : card;
    },

    commitCard: async (previous, next) => {
      const isCommitted = await write([
        {
          Put: {
            TableName: stateTable,
            Item: cardItem(next),
            ...(previous && previous.revision > 0 ? ofRevision(previous) : { ConditionExpression: 'attribute_not_exists(pk)' }),
          },
        },
      ]);
      if (isCommitted) await endEntries(next);
      return isCommitted;
    },

    readTallies: async (accountId) => sumShards(await query(stateTable, tallyPartition(accountId))),

    listOpenFindings: async (accountId, controlId) =>
      (await query(stateTable, findingPartition(accountId, controlId))).map(toOpenFinding).sort(byResource),

    want: async (scope, keys) => {
      const names = [...new Set(keys)];
      if (names.length === 0) return new Map();
      const { Attributes } = await documents.send(
        new UpdateCommand({
          TableName: scores(),
          Key: wantedKey(scope),
          UpdateExpression: `ADD ${names.map((_, index) => `#k${index} :one`).join(', ')}`,
          ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#k${index}`, name])),
          ExpressionAttributeValues: { ':one': 1 },
          ReturnValues: 'UPDATED_NEW',
        }),
      );
      return toCounters(Attributes ?? {});
    },

    readWanted: async (scope) => toCounters((await get(scores(), wantedKey(scope))) ?? {}),

    putCauses: async (scope, causes) => {
      const ttl = Math.floor(Date.now() / 1000) + CAUSES_DAYS * 86_400;
      await forEachAtOnce(causes, CAUSES_AT_ONCE, ([key, cause]) =>
        documents.send(new PutCommand({ TableName: scores(), Item: { ...causeKey(scope, key), ttl, cause: JSON.stringify(cause) } })),
      );
    },

    readCauses: async (scope) => {
      const items = await query(scores(), wantedKey(scope).pk, { skPrefix: CAUSE_PREFIX });
      return new Map(items.map((item) => [String(item.sk).slice(CAUSE_PREFIX.length), toCause(item)]));
    },

    beginScoring: async (scope) => toTurn(scope, await get(scores(), { pk: scorePartition(scope), sk: TURN })),

    readScore: async (scope) => {
      const item = await get(scores(), { pk: scorePartition(scope), sk: CARD });
      return item && toScore(item);
    },

    readHeads: async (accountId) => {
      const item = await get(scores(), { pk: scorePartition(accountId), sk: HEADS });
      return item ? toHeads(item) : new Map();
    },

    readJoin: async (accountId, controlId) => {
      const item = await get(stateTable, { pk: joinPartition(accountId), sk: controlId });
      return item && toJoin(item);
    },

    readJoins: async (accountId) => {
      const items = await query(stateTable, joinPartition(accountId));
      return new Map(items.map((item) => [String(item.sk), toJoin(item)]));
    },

    digest: (text) => createHash('sha256').update(text).digest('base64url').slice(0, 22),

    commitScore: (turn, commit) => write(scoreWrites({ stateTable, scoresTable: scores() }, turn, commit)),

    readBehind: async (scope) => {
      const item = await get(scores(), behindKey(scope));
      return item && toBehind(item);
    },

    noteBehind: async (behind) => {
      await documents.send(new PutCommand({ TableName: scores(), Item: behindItem(behind) }));
    },

    clearBehind: async (scope) => {
      await documents.send(new DeleteCommand({ TableName: scores(), Key: behindKey(scope) }));
    },

    listBehind: async () => (await query(scores(), BEHIND)).map(toBehind),

    listAccountStatuses: async () => {
      const statuses = new Map<string, AccountStatuses>();
      for (let shard = 0; shard < STATUS_SHARDS; shard++) {
        for (const item of await query(scores(), statusesPartition(shard))) {
          statuses.set(String(item.sk), { statuses: unpackStatuses(String(item.statuses)), asOf: String(item.asOf ?? '') });
        }
      }
      return statuses;
    },
  };
}

/** How long a table keeps causes, in days. They explain the next score, and nothing after it. */
const CAUSES_DAYS = 7;
const CAUSES_AT_ONCE = 16;

/** Runs a conditional write. Returns false if its condition failed or another writer was in the way. */
export async function committed(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException || error instanceof TransactionConflictException) return false;
    if (error instanceof TransactionCanceledException && error.CancellationReasons?.some(isLostRace)) return false;
    throw error;
  }
}

const isLostRace = ({ Code }: { readonly Code?: string | undefined }): boolean =>
  Code === 'ConditionalCheckFailed' || Code === 'TransactionConflict';

/** Returns the condition that an item still has the revision that the writer has read. */
const ofRevision = ({ revision }: { readonly revision: number }) => ({
  ConditionExpression: 'revision = :seen',
  ExpressionAttributeValues: { ':seen': revision },
});

/**
 * Returns the writes that replace a resource. A live one is among the resources, one that is gone among the tombstones, and never
 * both. Only earlier releases stored tombstones among the resources, without evidence: the next write moves or replaces them.
 */
function resourceWrites(table: string, previous: StoredResource | undefined, next: StoredResource, now: number): TransactItem[] {
  const isLive = next.parsed !== undefined;
  const [resource, tombstone] = [resourceKey(next.resource), tombstoneKey(next.resource)];
  const item = isLive ? resourceItem(next) : tombstoneItem(next, now);
  if (previous?.parsed) {
    if (isLive) return [{ Put: { TableName: table, Item: item, ...ofRevision(previous) } }];
    return [{ Delete: { TableName: table, Key: resource, ...ofRevision(previous) } }, { Put: { TableName: table, Item: item } }];
  }
  const absent = 'attribute_not_exists(pk)';
  const condition = previous
    ? {
        ConditionExpression: `${absent} OR (attribute_not_exists(evidence) AND revision = :seen)`,
        ExpressionAttributeValues: { ':seen': previous.revision },
      }
    : { ConditionExpression: absent };
  return [
    { Put: { TableName: table, Item: item, ...condition } },
    { Delete: { TableName: table, Key: isLive ? tombstone : resource, ...condition } },
  ];
}

function findingWrites(table: string, previous: StoredResource | undefined, next: StoredResource): TransactItem[] {
  const open = openFindings(next);
  const stillOpen = new Set(open.map(({ controlId }) => controlId));
  const closed = previous ? openFindings(previous).filter(({ controlId }) => !stillOpen.has(controlId)) : [];
  return [
    ...open.map((finding) => ({ Put: { TableName: table, Item: findingItem(finding.controlId, finding.open) } })),
    ...closed.map(({ controlId }) => ({ Delete: { TableName: table, Key: findingKey(next.resource, controlId) } })),
  ];
}

function tallyWrites(table: string, previous: StoredResource | undefined, next: StoredResource): TransactItem[] {
  const deltas = new Map<string, number>();
  const add = (controlId: string, field: keyof Tally, by: number) => {
    const name = `${controlId}:${field}`;
    deltas.set(name, (deltas.get(name) ?? 0) + by);
  };
  for (const { controlId, compliance } of previous?.findings ?? []) add(controlId, TALLY_FIELD[compliance], -1);
  for (const { controlId, compliance } of next.findings) add(controlId, TALLY_FIELD[compliance], 1);
  const moved = [...deltas].filter(([, by]) => by !== 0);
  if (moved.length === 0) return [];
  return [
    {
      Update: {
        TableName: table,
        Key: tallyKey(next.resource),
        UpdateExpression: `ADD ${moved.map((_, index) => `#n${index} :n${index}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(moved.map(([name], index) => [`#n${index}`, name])),
        ExpressionAttributeValues: Object.fromEntries(moved.map(([, by], index) => [`:n${index}`, by])),
      },
    },
  ];
}

function sumShards(shards: readonly Item[]): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const shard of shards) {
    for (const [name, value] of Object.entries(shard)) {
      const at = name.indexOf(':');
      if (at < 0) continue;
      const [controlId, field] = [name.slice(0, at), name.slice(at + 1) as keyof Tally];
      const tally = tallies.get(controlId) ?? EMPTY_TALLY;
      tallies.set(controlId, { ...tally, [field]: tally[field] + Number(value) });
    }
  }
  return tallies;
}

function scoreWrites(
  { stateTable, scoresTable: table }: Required<TableNames>,
  { scope, version }: ScoringTurn,
  { seen, due, score, joins, heads, behind }: ScoreCommit,
): TransactItem[] {
  const pk = scorePartition(scope);
  return [
    {
      Update: {
        TableName: table,
        Key: { pk, sk: TURN },
        UpdateExpression: 'SET version = :next, seen = :counters, due = :due',
        ConditionExpression: version === 0 ? 'attribute_not_exists(version)' : 'version = :seen',
        ExpressionAttributeValues: {
          ':next': version + 1,
          ':counters': Object.fromEntries(seen),
          ':due': Object.fromEntries(due ?? []),
          ...(version > 0 && { ':seen': version }),
        },
      },
    },
    ...[...(joins ?? [])].map(([controlId, result]) => ({
      Put: { TableName: stateTable, Item: { pk: joinPartition(scope), sk: controlId, result: JSON.stringify(result) } },
    })),
    ...(heads ? [{ Put: { TableName: table, Item: headsItem(scope, heads) } }] : []),
    ...(behind ? [{ Put: { TableName: table, Item: behindItem(behind) } }] : []),
    ...(score ? [{ Put: { TableName: table, Item: scoreItem(score) } }, ...statusWrites(table, score)] : []),
  ];
}

/** Returns the writes that store an account's known statuses for the organization's scoring run. */
function statusWrites(table: string, { scope, statuses, catalogueVersion, asOf }: NonNullable<ScoreCommit['score']>): TransactItem[] {
  if (scope === ORGANIZATION) return [];
  const known = new Map([...statuses].filter(([, status]) => status !== 'NO_DATA'));
  return [{ Put: { TableName: table, Item: { ...statusesKey(scope), statuses: packStatuses(known), catalogueVersion, asOf } } }];
}
