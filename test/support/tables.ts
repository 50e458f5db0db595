import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  DynamoDBServiceException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { conditionOf, type Document, type Placeholders, updateOf } from './expressions.ts';

/** Capacity that one request took. */
export interface Consumed {
  readonly operation: 'read' | 'write' | 'transaction';
  readonly table: string;
  /** Partition key of the item, or of the page; the first of a transaction. */
  readonly pk: string;
  /** Whether it is the first page of a query, or no query. */
  readonly isFirst: boolean;
  /** Request units as DynamoDB bills them: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html */
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Bytes of the items that were read or written. */
  readonly bytes: number;
}

/** A change of one item, as a stream with NEW_AND_OLD_IMAGES reports it. */
export interface ItemChange {
  readonly table: string;
  readonly pk: string;
  readonly sk: string;
  readonly before: Document | undefined;
  readonly after: Document | undefined;
  /** Whether DynamoDB itself deleted the item because its time to live has passed. */
  readonly isExpiry?: boolean;
}

export interface TablesOptions {
  /** Lets the time of a request pass. Others see a write when it has passed. @default no time passes */
  readonly spend?: (consumed: Consumed) => Promise<void>;
  readonly onConsumed?: (consumed: Consumed) => void;
  /** Is called for each item that changed, in the order of the commits. */
  readonly onChange?: (change: ItemChange) => void;
}

/**
 * A model of DynamoDB tables with the string keys `pk` and `sk`, in this process. It understands the commands of
 * `DynamoDBDocumentClient` and counts request units by the sizes of the items. `test/contracts` holds it to the same contract as
 * DynamoDB Local.
 */
export interface Tables {
  /** Runs a command of `DynamoDBDocumentClient`, given by the name of its class. */
  run(command: string, input: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Deletes an item as the time to live does. */
  expire(table: string, pk: string, sk: string): void;
  /** The items of a table, in no order. */
  items(table: string): Iterable<Document>;
  /** Sum of the items' sizes, in bytes. */
  size(table: string): number;
}

interface Stored {
  readonly item: Document;
  readonly bytes: number;
}

/** A partition: its items by sort key. */
interface Partition {
  readonly items: Map<string, Stored>;
  /** Sort keys in order; `undefined` after an item came or went. */
  sorted: string[] | undefined;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_ITEM_BYTES = 400 * 1024;
const MAX_PAGE_BYTES = 1024 * 1024;
const MAX_ACTIONS = 100;
const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024;

type Input = Placeholders & {
  readonly TableName: string;
  readonly Key?: Document;
  readonly Item?: Document;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly FilterExpression?: string;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: Document;
  readonly ConsistentRead?: boolean;
  readonly ScanIndexForward?: boolean;
  readonly ProjectionExpression?: string;
  readonly ReturnValues?: string;
  readonly IndexName?: string;
};

type Action = { readonly [Kind in 'Put' | 'Update' | 'Delete' | 'ConditionCheck']?: Input };

/** Thrown if the model does not know a command or an option. */
export class NotModelledError extends Error {
  override readonly name = 'NotModelledError';
}

export function createTables({ spend, onConsumed, onChange }: TablesOptions = {}): Tables {
  const tables = new Map<string, Map<string, Partition>>();
  /** Keys that a write under way holds. */
  const held = new Set<string>();

  const tableOf = (name: string): Map<string, Partition> => {
    const known = tables.get(name);
    if (known) return known;
    const fresh = new Map<string, Partition>();
    tables.set(name, fresh);
    return fresh;
  };
  const find = (table: string, { pk, sk }: Document): Stored | undefined =>
    tableOf(table)
      .get(pk as string)
      ?.items.get(sk as string);

  async function pass(consumed: Consumed): Promise<void> {
    await spend?.(consumed);
    onConsumed?.(consumed);
  }

  function store(table: string, key: Document, before: Stored | undefined, after: Stored | undefined, isExpiry?: boolean): void {
    const [pk, sk] = [key.pk as string, key.sk as string];
    const partitions = tableOf(table);
    let partition = partitions.get(pk);
    if (!partition) {
      partition = { items: new Map(), sorted: [] };
      partitions.set(pk, partition);
    }
    if (!before !== !after) partition.sorted = undefined;
    if (after) partition.items.set(sk, after);
    else partition.items.delete(sk);
    if (partition.items.size === 0) partitions.delete(pk);
    // A write that changes nothing has no stream record.
    if (!onChange || (before && after && isSame(before.item, after.item))) return;
    onChange({ table, pk, sk, before: before?.item, after: after?.item, ...(isExpiry && { isExpiry }) });
  }

  async function get({ TableName, Key = {}, ConsistentRead = false }: Input) {
    const units = (found: Stored | undefined) => readUnits(found?.bytes ?? 0, ConsistentRead);
    const expected = find(TableName, Key);
    await pass({
      operation: 'read',
      table: TableName,
      pk: String(Key.pk),
      isFirst: true,
      readUnits: units(expected),
      writeUnits: 0,
      bytes: expected?.bytes ?? 0,
    });
    const found = find(TableName, Key);
    return found ? { Item: { ...found.item } } : {};
  }

  async function query(input: Input) {
    const { TableName, KeyConditionExpression = '', FilterExpression, Limit = Number.POSITIVE_INFINITY, ConsistentRead = false } = input;
    const { ScanIndexForward = true, ExclusiveStartKey } = input;
    if (input.IndexName !== undefined) throw new NotModelledError('indexes are not modelled');
    const [, name = ''] = /^\s*#?\w+\s*=\s*(:\w+)/.exec(KeyConditionExpression) ?? [];
    const partition = tableOf(TableName).get(input.ExpressionAttributeValues?.[name] as string);
    const page = partition ? pageOf(partition) : { items: [], bytes: 0, last: undefined };
    const pk = String(input.ExpressionAttributeValues?.[name]);
    const isFirst = !ExclusiveStartKey;
    await pass({
      operation: 'read',
      table: TableName,
      pk,
      isFirst,
      readUnits: readUnits(page.bytes, ConsistentRead),
      writeUnits: 0,
      bytes: page.bytes,
    });
    const filter = FilterExpression === undefined ? undefined : conditionOf(FilterExpression);
    const items = filter ? page.items.filter((item) => filter(item, input)) : page.items;
    return { Items: items, Count: items.length, ...(page.last && { LastEvaluatedKey: page.last }) };

    function pageOf(of: Partition): { items: Document[]; bytes: number; last: Document | undefined } {
      of.sorted ??= [...of.items.keys()].sort();
      const keys = ScanIndexForward ? of.sorted : of.sorted.toReversed();
      const condition = conditionOf(KeyConditionExpression);
      const items: Document[] = [];
      const from = ExclusiveStartKey ? keys.indexOf(ExclusiveStartKey.sk as string) + 1 : 0;
      let bytes = 0;
      for (const key of keys.slice(from)) {
        const stored = of.items.get(key) as Stored;
        if (!condition(stored.item, input)) continue;
        if (items.length >= Limit || (items.length > 0 && bytes + stored.bytes > MAX_PAGE_BYTES)) {
          const last = items.at(-1) as Document;
          return { items, bytes, last: { pk: last.pk, sk: last.sk } };
        }
        items.push(stored.item);
        bytes += stored.bytes;
      }
      return { items, bytes, last: undefined };
    }
  }

  /** Result of a write for an item; `unchanged` for only a check. */
  function outcomeOf(kind: string, input: Input, before: Stored | undefined): { after: Stored | undefined } {
    if (kind === 'ConditionCheck') return { after: before };
    if (kind === 'Delete') return { after: undefined };
    if (kind === 'Put') return { after: sized(withoutUndefined(input.Item ?? {})) };
    const update = updateOf(input.UpdateExpression ?? '');
    return { after: sized(update(before?.item ?? { ...input.Key }, input)) };
  }

  const keyOf = (input: Input): Document => input.Key ?? input.Item ?? {};
  const holdOf = (input: Input): string => `${input.TableName} ${String(keyOf(input).pk)} ${String(keyOf(input).sk)}`;
  const isMet = ({ ConditionExpression, ...input }: Input): boolean =>
    ConditionExpression === undefined || conditionOf(ConditionExpression)(find(input.TableName, keyOf(input as Input))?.item ?? {}, input);

  async function write(kind: string, input: Input) {
    const hold = holdOf(input);
    const before = find(input.TableName, keyOf(input));
    const bytes = Math.max(before?.bytes ?? 0, outcomeOf(kind, input, before).after?.bytes ?? 0);
    const pk = String(keyOf(input).pk);
    const consumed = {
      operation: 'write',
      table: input.TableName,
      pk,
      isFirst: true,
      readUnits: 0,
      writeUnits: writeUnits(bytes),
      bytes,
    } as const;
    if (held.has(hold)) {
      await pass(consumed);
      throw new TransactionConflictException({ message: 'Transaction is ongoing for the item', $metadata: {} });
    }
    await pass(consumed);
    if (!isMet(input)) throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
    const now = find(input.TableName, keyOf(input));
    const { after } = outcomeOf(kind, input, now);
    store(input.TableName, keyOf(input), now, after);
    if (input.ReturnValues?.startsWith('UPDATED_')) {
      const shown = input.ReturnValues === 'UPDATED_NEW' ? after?.item : now?.item;
      const names = Object.values(input.ExpressionAttributeNames ?? {}).filter((name) => shown?.[name] !== undefined);
      return names.length === 0 ? {} : { Attributes: Object.fromEntries(names.map((name) => [name, shown?.[name]])) };
    }
    if (input.ReturnValues === 'ALL_NEW') return { Attributes: { ...after?.item } };
    return input.ReturnValues === 'ALL_OLD' && now ? { Attributes: { ...now.item } } : {};
  }

  /** All or nothing. An item that another transaction is writing cancels it. */
  async function transact({ TransactItems }: { readonly TransactItems: readonly Action[] }) {
    const writes = TransactItems.map((action) => Object.entries(action)[0] as [string, Input]);
    if (writes.length > MAX_ACTIONS) throw invalid(`a transaction has ${writes.length} actions, but may have ${MAX_ACTIONS}`);
    const planned = writes.map(([kind, input]) => {
      const before = find(input.TableName, keyOf(input));
      return Math.max(before?.bytes ?? 0, outcomeOf(kind, input, before).after?.bytes ?? 0);
    });
    const bytes = planned.reduce((sum, each) => sum + each, 0);
    if (bytes > MAX_TRANSACTION_BYTES) throw invalid('the items of a transaction are larger than 4 MB together');
    const consumed: Consumed = {
      operation: 'transaction',
      table: writes[0]?.[1].TableName ?? '',
      pk: writes[0] ? String(keyOf(writes[0][1]).pk) : '',
      isFirst: true,
      readUnits: 0,
      writeUnits: planned.reduce((sum, each) => sum + 2 * writeUnits(each), 0),
      bytes,
    };
    const conflicts = writes.map(([, input]) => held.has(holdOf(input)));
    if (conflicts.includes(true)) {
      await pass(consumed);
      throw canceled(conflicts.map((isConflict) => (isConflict ? 'TransactionConflict' : 'None')));
    }
    const holds = writes.map(([, input]) => holdOf(input));
    for (const hold of holds) held.add(hold);
    try {
      await pass(consumed);
      const reasons = writes.map(([, input]) => (isMet(input) ? 'None' : 'ConditionalCheckFailed'));
      if (reasons.includes('ConditionalCheckFailed')) throw canceled(reasons);
      for (const [kind, input] of writes) {
        if (kind === 'ConditionCheck') continue;
        const before = find(input.TableName, keyOf(input));
        store(input.TableName, keyOf(input), before, outcomeOf(kind, input, before).after);
      }
    } finally {
      for (const hold of holds) held.delete(hold);
    }
    return {};
  }

  return {
    run: async (command, given) => {
      const input = given as unknown as Input;
      if (command === 'GetCommand') return get(input);
      if (command === 'QueryCommand') return query(input);
      if (command === 'TransactWriteCommand') return transact(given as { TransactItems: Action[] });
      const [, kind] = /^(Put|Update|Delete)Command$/.exec(command) ?? [];
      if (kind) return write(kind, input);
      throw new NotModelledError(`${command} is not modelled`);
    },
    expire: (table, pk, sk) => {
      const before = find(table, { pk, sk });
      if (before) store(table, { pk, sk }, before, undefined, true);
    },
    *items(table) {
      for (const partition of tableOf(table).values()) for (const { item } of partition.items.values()) yield item;
    },
    size: (table) => {
      let bytes = 0;
      for (const partition of tableOf(table).values()) for (const stored of partition.items.values()) bytes += stored.bytes;
      return bytes;
    },
  };
}

const readUnits = (bytes: number, isConsistent: boolean): number => Math.max(1, Math.ceil(bytes / 4096)) * (isConsistent ? 1 : 0.5);
const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1024));

function sized(item: Document): Stored {
  const bytes = bytesOfMap(item);
  if (bytes > MAX_ITEM_BYTES) throw invalid('Item size has exceeded the maximum allowed size');
  return { item, bytes };
}

const invalid = (message: string): DynamoDBServiceException =>
  new DynamoDBServiceException({ name: 'ValidationException', message, $fault: 'client', $metadata: {} });

const canceled = (codes: readonly string[]): TransactionCanceledException =>
  new TransactionCanceledException({
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
    CancellationReasons: codes.map((Code) => ({ Code })),
    $metadata: {},
  });

const bytesOfMap = (map: Document): number => {
  let bytes = 0;
  for (const name in map) bytes += Buffer.byteLength(name) + bytesOf(map[name]);
  return bytes;
};

/** Size of a value: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return 1 + Math.ceil(String(Math.abs(value)).replace(/[.]|^0+|0+$/g, '').length / 2);
  if (typeof value === 'boolean' || value === null) return 1;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Set) return [...value].reduce<number>((sum, each) => sum + bytesOf(each), 0);
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + 1 + bytesOf(each), 3);
  if (typeof value === 'object') return 3 + Object.keys(value).length + bytesOfMap(value as Document);
  throw new NotModelledError(`a ${typeof value} is no value of DynamoDB`);
}

/** A copy without undefined values, as `removeUndefinedValues` makes it. */
function withoutUndefined(item: Document): Document {
  const copy: Document = {};
  for (const name in item) {
    const value = item[name];
    if (value === undefined) continue;
    const isMap = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
    copy[name] = isMap ? withoutUndefined(value as Document) : Array.isArray(value) ? value.map((each) => inside(each)) : value;
  }
  return copy;
}

const inside = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
    ? withoutUndefined(value as Document)
    : value;

function isSame(a: Document, b: Document): boolean {
  const [names, others] = [Object.keys(a), Object.keys(b)];
  return (
    names.length === others.length &&
    names.every((name) => a[name] === b[name] || (typeof a[name] === 'object' && JSON.stringify(a[name]) === JSON.stringify(b[name])))
  );
}

/** Lets a client use the model instead of a server: only its documents pass, and no bytes. */
export function serveFrom(tables: Tables, client: DynamoDBClient): DynamoDBClient {
  client.middlewareStack.add(
    (_, { commandName = '' }) =>
      async ({ input }) => {
        const name = commandName.replace(/Items?Command$/, 'Command');
        return { output: { ...(await tables.run(name, input as Record<string, unknown>)), $metadata: {} }, response: {} } as never;
      },
    { step: 'serialize', priority: 'high', name: 'tables', override: true },
  );
  return client;
}
