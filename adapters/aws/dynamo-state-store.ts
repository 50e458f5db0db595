import { createHash } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
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
import { FACT_TYPES } from '../../core/facts/index.ts';
import { INVENTORY } from '../../core/facts/inventory.ts';
import { count } from '../../core/facts/shape.ts';
import type { ControlStatus } from '../../core/model.ts';
import {
  type AccountStatuses,
  type ListCard,
  ORGANIZATION,
  type ScoreCommit,
  type ScoringTurn,
  type StateStore,
  type StoredResource,
} from '../../core/ports.ts';
import { checkedFacts } from './checked-facts.ts';
import { documentsOf, stillAt } from './documents.ts';
import {
  behindItem,
  cardItem,
  findingItem,
  headsItem,
  type Item,
  knownStatuses,
  packStatuses,
  readable,
  resourceItem,
  scoreItem,
  toAnyCard,
  toAnyJoin,
  toAnyOpenFinding,
  toAnyResource,
  toAnyScore,
  toBehind,
  toCause,
  toCounters,
  toHeads,
  tombstoneItem,
  toScore,
  toStatuses,
  toTurn,
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
  isScope,
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
  const documents = documentsOf(client);
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

  /**
   * Replaces values that are not numbers in an item of numbers: DynamoDB could never add to them.
   * @returns whether it found any, or another process replaced them.
   */
  const mend = async (table: string, key: Key, number: number): Promise<boolean> => {
    const odd = Object.entries((await get(table, key)) ?? {}).filter(([name, value]) => !(name in key) && typeof value !== 'number');
    for (const [name] of odd) {
      await committed(() =>
        documents.send(
          new UpdateCommand({
            TableName: table,
            Key: key,
            UpdateExpression: 'SET #odd = :number',
            ConditionExpression: 'NOT (#odd BETWEEN :min AND :max)',
            ExpressionAttributeNames: { '#odd': name },
            ExpressionAttributeValues: { ':number': number, ':min': Number.MIN_SAFE_INTEGER, ':max': Number.MAX_SAFE_INTEGER },
          }),
        ),
      );
    }
    return odd.length > 0;
  };

  /** Returns the statuses on the scorecard of an account. The organization's runs read it if they cannot read what is stored for them. */
  const statusesOnCard = async (accountId: string): Promise<ReadonlyMap<string, ControlStatus> | undefined> => {
    const card = await get(scores(), { pk: scorePartition(accountId), sk: CARD });
    return card && readable(() => toStatuses(card));
  };

  /** Returns the inventory entries of an account, in one Region or in all, that earlier releases stored as resources. */
  const entriesOf = async (accountId: string, region?: string): Promise<StoredResource[]> =>
    (await query(stateTable, resourcePartition(accountId, INVENTORY), region === undefined ? {} : { skPrefix: regionPrefix(region) })).map(
      toAnyResource,
    );

  /** Ends the entries of a Region whose lists are on its card. An entry that is newer stays: the next commit of the card contains it. */
  const endEntries = async ({ accountId, region, lists }: ListCard): Promise<void> => {
    for (const entry of await entriesOf(accountId, region)) {
      if (entry.capturedAt > (lists.get(entry.resource.resourceId)?.capturedAt ?? '')) continue;
      const ended = { ...entry, findings: [] };
      await write([
        { Delete: { TableName: stateTable, Key: resourceKey(entry.resource), ...stillAt('revision', entry.revision) } },
        ...findingWrites(stateTable, entry, ended),
        ...tallyWrites(stateTable, entry, ended),
      ]);
    }
  };

  return {
    readResource: async (ref) => {
      const item = (await get(stateTable, resourceKey(ref))) ?? (await get(stateTable, tombstoneKey(ref)));
      return item && checkedFacts(toAnyResource(item));
    },

    commitResource: async (previous, next) => {
      const writes = [
        ...resourceWrites(stateTable, previous, next, now()),
        ...findingWrites(stateTable, previous, next),
        ...tallyWrites(stateTable, previous, next),
      ];
      try {
        return await write(writes);
      } catch (error) {
        if (!isRefused(error) || !(await mend(stateTable, tallyKey(next.resource), NOT_KNOWN))) throw error;
        return false;
      }
    },

    listResources: async (accountId, resourceType, { region, capturedBefore, believed, misplacedTombstones } = {}) => {
      const until = believed ?? AFTER_ALL;
      // Without times between the two, every one counts. DynamoDB refuses such a range.
      const isTimed = capturedBefore !== undefined && capturedBefore <= until;
      const filters = [
        ...(misplacedTombstones ? [] : ['(attribute_exists(evidence) OR findings <> :none)']),
        ...(isTimed ? ['NOT (capturedAt BETWEEN :before AND :believed)'] : []),
      ];
      const items = await query(stateTable, resourcePartition(accountId, resourceType), {
        ...(region !== undefined && { skPrefix: regionPrefix(region) }),
        ...(filters.length > 0 && { filter: filters.join(' AND ') }),
        values: {
          ...(misplacedTombstones ? {} : { ':none': '[]' }),
          ...(isTimed && { ':before': capturedBefore, ':believed': until }),
        },
      });
      return items.map((item) => checkedFacts(toAnyResource(item)));
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
      const cards = new Map(
        (await query(stateTable, listsPartition(accountId))).map((item) => [String(item.sk), toAnyCard(item, FACT_TYPES)]),
      );
      for (const region of new Set(entries.map(({ resource }) => resource.region))) {
        const ofRegion = entries.filter(({ resource }) => resource.region === region);
        cards.set(region, withEntries(cards.get(region), ofRegion));
      }
      return [...cards.values()];
    },

    readCard: async (accountId, region) => {
      const entries = await entriesOf(accountId, region);
      const item = await get(stateTable, listsKey(accountId, region));
      const card = item && toAnyCard(item, FACT_TYPES);
      return entries.length > 0 ? withEntries(card, entries) : card;
    },

    commitCard: async (previous, next) => {
      const isCommitted = await write([
        {
          Put: {
            TableName: stateTable,
            Item: cardItem(next),
            ...stillAt('revision', previous?.revision ?? 0),
          },
        },
      ]);
      if (isCommitted) await endEntries(next);
      return isCommitted;
    },

    readTallies: async (accountId) => sumShards(await query(stateTable, tallyPartition(accountId))),

    listOpenFindings: async (accountId, controlId) =>
      (await query(stateTable, findingPartition(accountId, controlId))).map(toAnyOpenFinding).sort(byResource),

    want: async (scope, keys) => {
      const names = [...new Set(keys)];
      if (names.length === 0) return new Map();
      const add = async () => {
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
      };
      try {
        return await add();
      } catch (error) {
        // A number of milliseconds is larger than every count: what it counts is then looked at again.
        if (!isRefused(error) || !(await mend(scores(), wantedKey(scope), now()))) throw error;
        return add();
      }
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
      return new Map(
        items.flatMap((item) => {
          const cause = toCause(item);
          return cause ? [[String(item.sk).slice(CAUSE_PREFIX.length), cause] as const] : [];
        }),
      );
    },

    beginScoring: async (scope) => toTurn(scope, await get(scores(), { pk: scorePartition(scope), sk: TURN })),

    readScore: async (scope) => {
      const item = await get(scores(), { pk: scorePartition(scope), sk: CARD });
      if (!item) return undefined;
      const score = readable(() => toScore(item));
      if (score) return score;
      // The next revision is later than every other, because each came with a turn.
      const { version } = toTurn(scope, await get(scores(), { pk: scorePartition(scope), sk: TURN }));
      const packed = scope === ORGANIZATION ? undefined : (await get(scores(), statusesKey(scope)))?.statuses;
      return toAnyScore(scope, item, { revision: version, statuses: knownStatuses(packed) });
    },

    readHeads: async (accountId) => {
      const item = await get(scores(), { pk: scorePartition(accountId), sk: HEADS });
      return item ? toHeads(item) : new Map();
    },

    readJoin: async (accountId, controlId) => {
      const item = await get(stateTable, { pk: joinPartition(accountId), sk: controlId });
      return item && toAnyJoin(accountId, item);
    },

    readJoins: async (accountId) => {
      const items = await query(stateTable, joinPartition(accountId));
      return new Map(items.map((item) => [String(item.sk), toAnyJoin(accountId, item)]));
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

    listBehind: async () => (await query(scores(), BEHIND)).map(toBehind).filter(({ scope }) => isScope(scope)),

    listAccountStatuses: async () => {
      const statuses = new Map<string, AccountStatuses>();
      for (let shard = 0; shard < STATUS_SHARDS; shard++) {
        for (const item of await query(scores(), statusesPartition(shard))) {
          const accountId = String(item.sk);
          const asOf = typeof item.asOf === 'string' ? item.asOf : '';
          const known = readable(() => toStatuses(item)) ?? (await statusesOnCard(accountId)) ?? knownStatuses(item.statuses);
          statuses.set(accountId, { statuses: known, asOf });
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

/** Whether DynamoDB refused a write for what it contains or meets, such as a text to which it cannot add. */
const isRefused = (error: unknown): boolean =>
  (error instanceof Error && error.name === 'ValidationException') ||
  (error instanceof TransactionCanceledException && (error.CancellationReasons ?? []).some(({ Code }) => Code === 'ValidationError'));

/** Later than every time. */
const AFTER_ALL = '9999';

/** A tally so far below 0 that it stays there: its findings are not known. */
const NOT_KNOWN = -1_000_000_000;

const isLostRace = ({ Code }: { readonly Code?: string | undefined }): boolean =>
  Code === 'ConditionalCheckFailed' || Code === 'TransactionConflict';

/**
 * Returns the writes that replace a resource. A live one is among the resources, one that is gone among the tombstones, and never
 * both. Only earlier releases stored tombstones among the resources, without evidence: the next write moves or replaces them.
 */
function resourceWrites(table: string, previous: StoredResource | undefined, next: StoredResource, now: number): TransactItem[] {
  const isLive = next.parsed !== undefined;
  const [resource, tombstone] = [resourceKey(next.resource), tombstoneKey(next.resource)];
  const item = isLive ? resourceItem(next) : tombstoneItem(next, now);
  if (previous?.parsed) {
    if (isLive) return [{ Put: { TableName: table, Item: item, ...stillAt('revision', previous.revision) } }];
    return [
      { Delete: { TableName: table, Key: resource, ...stillAt('revision', previous.revision) } },
      { Put: { TableName: table, Item: item } },
    ];
  }
  const absent = 'attribute_not_exists(pk)';
  const still = previous && stillAt('revision', previous.revision);
  const condition = still
    ? { ...still, ConditionExpression: `${absent} OR (attribute_not_exists(evidence) AND (${still.ConditionExpression}))` }
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
      const [controlId, field] = [name.slice(0, at), name.slice(at + 1)];
      if (!isTallyField(field)) continue;
      const tally = tallies.get(controlId) ?? EMPTY_TALLY;
      // A number that cannot be right stands for findings that are not known.
      tallies.set(controlId, count.matches(value) ? { ...tally, [field]: tally[field] + value } : addUnknown(tally));
    }
  }
  return tallies;
}

const isTallyField = (name: string): name is keyof Tally => Object.hasOwn(EMPTY_TALLY, name);
const addUnknown = (tally: Tally): Tally => ({ ...tally, insufficientData: tally.insufficientData + 1 });

function scoreWrites(
  { stateTable, scoresTable: table }: Required<TableNames>,
  { scope, version }: ScoringTurn,
  { seen, due, score, joins, heads, behind }: ScoreCommit,
): TransactItem[] {
  const pk = scorePartition(scope);
  const turn = stillAt('version', version);
  return [
    {
      Update: {
        TableName: table,
        Key: { pk, sk: TURN },
        UpdateExpression: 'SET version = :next, seen = :counters, due = :due',
        ...turn,
        ExpressionAttributeValues: {
          ...turn.ExpressionAttributeValues,
          ':next': version + 1,
          ':counters': Object.fromEntries(seen),
          ':due': Object.fromEntries(due ?? []),
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
