import { accepted, isAccepted } from '../characters.ts';
import { isConfigType } from '../facts/index.ts';
import type { ConfigItem } from '../facts/parser.ts';
import { millisecondsOf } from '../instant.ts';
import type { ResourceRef } from '../model.ts';

/** Result of reading one delivered record. csmm drops nothing without a reason. */
export type Intake =
  | { readonly kind: 'item'; readonly item: ConfigItem }
  /** Understood, and unrelated to a resource's configuration. */
  | { readonly kind: 'ignored'; readonly reason: string }
  /** Not understood, or not trusted. */
  | { readonly kind: 'rejected'; readonly reason: string };

type JsonObject = Record<string, unknown>;

/** Maximum depth of envelopes (an event in an SNS message in an SQS message in the input of a Lambda function). */
const MAX_ENVELOPES = 6;

/**
 * Keys of the lists that hold items, or envelopes of items. A caller may pass each element in a document of its own. In this order:
 * history and snapshot files and `get-resource-config-history`, `batch-get-resource-config`, `batch-get-aggregate-resource-config`,
 * the input of a Lambda function from SQS or SNS, and `aws sqs receive-message`.
 */
export const ITEM_LISTS: ReadonlySet<string> = new Set([
  'configurationItems',
  'baseConfigurationItems',
  'BaseConfigurationItems',
  'Records',
  'Messages',
]);

/** Key of the rows of `select-resource-config` and `select-aggregate-resource-config`. `QueryInfo` next to it describes them. */
const ROWS = 'Results';

/**
 * Reads a JSON document in any form in which AWS delivers configuration items: EventBridge events, notifications (bare, in a message
 * of SNS or SQS, or in a Config rule's `invokingEvent`), single items, and documents with one of the {@link ITEM_LISTS}.
 *
 * The account in an envelope, which AWS guarantees, must be the account that the item claims.
 */
export function readDocument(document: unknown): Intake[] {
  return read(document, undefined, 0);
}

function read(document: unknown, vouchedAccount: string | undefined, depth: number): Intake[] {
  if (depth > MAX_ENVELOPES) return rejected('envelopes are nested too deeply');
  if (Array.isArray(document)) return document.flatMap((element) => read(element, vouchedAccount, depth + 1));
  if (!isObject(document)) return rejected(`a record must be a JSON object, not ${document === null ? 'null' : typeof document}`);

  if (has(document, 'detail-type')) return readEventBridge(document, vouchedAccount, depth);
  if (has(document, 'invokingEvent')) return readInvocation(document, vouchedAccount, depth);
  const message = messageIn(document);
  if (message) return readNested(message.value, message.name, vouchedAccount, depth);
  const list = Object.keys(document).find((key) => ITEM_LISTS.has(key) || key === ROWS);
  if (list !== undefined && has(document, list)) return readList(document, list, vouchedAccount, depth);
  if (has(document, 'configurationItem')) return [readItem(document.configurationItem, vouchedAccount, false)];
  if (has(document, 'ConfigurationItem')) return [readItem(document.ConfigurationItem, vouchedAccount, false)];
  if (has(document, 'configurationItemSummary')) return [readItem(document.configurationItemSummary, vouchedAccount, true)];
  const messageType = text(document, 'messageType');
  if (messageType !== undefined && !messageType.includes('ItemChange'))
    return ignored(`a ${short(messageType)} carries no configuration item`);
  if (has(document, 'resourceType')) return [readItem(document, vouchedAccount, false)];
  const unrelated = UNRELATED.find(({ keys }) => keys.every((key) => has(document, key)));
  return unrelated ? ignored(unrelated.reason) : rejected('holds no configuration item');
}

/** Documents of AWS without configuration items, by their keys. */
const UNRELATED: readonly { readonly keys: readonly string[]; readonly reason: string }[] = [
  { keys: ['eventVersion', 'eventSource', 'eventName'], reason: 'a record of CloudTrail carries no configuration item' },
  { keys: ['totalDiscoveredResources'], reason: 'get-discovered-resource-counts returns numbers, and no configuration item' },
  { keys: ['TotalDiscoveredResources'], reason: 'get-aggregate-discovered-resource-counts returns numbers, and no configuration item' },
  { keys: ['resourceIdentifiers'], reason: 'list-discovered-resources returns names, and no configuration item' },
  { keys: ['ResourceIdentifiers'], reason: 'list-aggregate-discovered-resources returns names, and no configuration item' },
  { keys: ['eventName', 'dynamodb'], reason: 'a change in a DynamoDB table carries no configuration item' },
  { keys: ['ConfigurationRecorders'], reason: 'describe-configuration-recorders returns no configuration item' },
  { keys: ['EvaluationResults'], reason: 'results of AWS Config rules are not configuration items' },
];

/** Returns the message in an envelope: of SNS, of SNS to a Lambda function, or of SQS. */
function messageIn(document: JsonObject): { readonly name: string; readonly value: unknown } | undefined {
  if (text(document, 'Type') === 'Notification' && has(document, 'Message')) return { name: 'Message', value: document.Message };
  if (isObject(document.Sns) && has(document.Sns, 'Message')) return { name: 'Sns.Message', value: document.Sns.Message };
  if (has(document, 'body') && (has(document, 'messageId') || has(document, 'eventSource'))) return { name: 'body', value: document.body };
  if (has(document, 'Body') && has(document, 'ReceiptHandle')) return { name: 'Body', value: document.Body };
  return undefined;
}

function readEventBridge(event: JsonObject, vouchedAccount: string | undefined, depth: number): Intake[] {
  const [source, detailType, account] = [text(event, 'source'), text(event, 'detail-type'), text(event, 'account')];
  if (source === undefined || detailType === undefined) return rejected('an EventBridge event needs a source and a detail-type');
  if (source !== 'aws.config' || detailType !== 'Config Configuration Item Change')
    return ignored(`a ${short(detailType)} of ${short(source)} is not read`);
  if (validAccountId(account) === undefined) return rejected('the EventBridge event names no valid account');
  if (vouchedAccount !== undefined && account !== vouchedAccount) return rejected(contradiction(account, vouchedAccount));
  if (!isObject(event.detail)) return rejected('the EventBridge event has no detail object');
  return read(event.detail, account, depth + 1);
}

/** Reads the input of a Config rule: the notification is JSON text, and samples may omit the account next to it. */
function readInvocation(invocation: JsonObject, vouchedAccount: string | undefined, depth: number): Intake[] {
  const account = has(invocation, 'accountId') ? text(invocation, 'accountId') : vouchedAccount;
  if (account === undefined && has(invocation, 'accountId')) return rejected('accountId of the rule invocation is not text');
  if (vouchedAccount !== undefined && account !== vouchedAccount) return rejected(contradiction(account, vouchedAccount));
  return readNested(invocation.invokingEvent, 'invokingEvent', account, depth);
}

const contradiction = (inner: string | undefined, outer: string): string =>
  `the envelope inside claims account ${short(inner)}, the one around it is from ${short(outer)}`;

function readNested(value: unknown, name: string, vouchedAccount: string | undefined, depth: number): Intake[] {
  const [document, problem] = typeof value === 'string' ? parsed(value) : [value];
  return problem === undefined ? read(document, vouchedAccount, depth + 1) : rejected(`${name} is ${problem}`);
}

function parsed(value: string): readonly [document: unknown, problem?: string] {
  try {
    return [JSON.parse(value)];
  } catch {
    return [undefined, 'not valid JSON'];
  }
}

/** Reads a document with a list of items, and says what AWS left out of it. */
function readList(document: JsonObject, key: string, vouchedAccount: string | undefined, depth: number): Intake[] {
  const list = document[key];
  if (!Array.isArray(list)) return rejected(`${key} is not a list`);
  const readElement = key === ROWS ? rowReader(document) : read;
  const elements = list.flatMap((element) => readElement(element, vouchedAccount, depth + 1));
  return [...elements, ...leftOut(document)];
}

/** Returns the parts that AWS left out of an answer: the next pages, and resources that it did not process. */
function leftOut(document: JsonObject): Intake[] {
  const unprocessed = ['unprocessedResourceKeys', 'UnprocessedResourceIdentifiers'].flatMap((key) => listOf(document[key]));
  const names = unprocessed.map((resource) => {
    const named = isObject(resource) ? resource : {};
    return `${short(text(named, 'resourceType') ?? text(named, 'ResourceType'))} ${short(text(named, 'resourceId') ?? text(named, 'ResourceId'))}`;
  });
  const hasMore = has(document, 'nextToken') || has(document, 'NextToken');
  return [
    ...names.map((name) => reject(`AWS Config did not process ${name}, so that its item is not in this output. Fix: request it again`)),
    ...(hasMore ? rejected('not complete: it has a NextToken, so that AWS Config has more. Fix: request the next pages too') : []),
  ];
}

/** Fields that a query must select, so that its rows are items. */
const SELECTED = ['accountId', 'awsRegion', 'resourceType', 'resourceId', 'configurationItemCaptureTime', 'configuration'] as const;
const SELECT_FIX = `Fix: SELECT ${SELECTED.join(', ')}, configurationItemStatus, resourceName, supplementaryConfiguration, tags, relationships`;

/** Returns a reader of the rows of a query, which are JSON texts. It reads no part of an item: what is not selected is not known. */
function rowReader({ QueryInfo }: JsonObject): typeof read {
  const fields = isObject(QueryInfo) ? listOf(QueryInfo.SelectFields) : [];
  const names = fields.flatMap((field) => (isObject(field) ? (text(field, 'Name') ?? []) : []));
  const isPartial = names.some((name) => name.startsWith('configuration.')) && !names.includes('configuration');
  return (row, vouchedAccount, depth) => {
    if (isPartial) return rejected(`the query selected only parts of the configuration. ${SELECT_FIX}`);
    const [document, problem] = typeof row === 'string' ? parsed(row) : [row];
    if (problem !== undefined) return rejected(`a row of the query is ${problem}`);
    const missing = isObject(document) ? SELECTED.filter((field) => !has(document, field)) : [];
    if (missing.length > 0) return rejected(`the query did not select ${missing.join(', ')}. ${SELECT_FIX}`);
    return read(document, vouchedAccount, depth);
  };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const STATES: ReadonlyMap<string, ConfigItem['state']> = new Map([
  ['OK', 'recorded'],
  ['ResourceDiscovered', 'recorded'],
  ['ResourceDeleted', 'deleted'],
  ['ResourceDeletedNotRecorded', 'deleted'],
  ['ResourceNotRecorded', 'unrecorded'],
]);

function readItem(item: unknown, vouchedAccount: string | undefined, summary: boolean): Intake {
  if (!isObject(item)) return reject('the configuration item is not an object');
  const resource = readResource(item);
  if (typeof resource === 'string') return reject(resource);
  if (!isConfigType(resource.resourceType)) return reject(`AWS Config has no items of type ${resource.resourceType}`);
  if (vouchedAccount !== undefined && resource.accountId !== vouchedAccount) {
    return reject(`the item claims account ${resource.accountId}, the envelope is from ${short(vouchedAccount)}`);
  }
  const capturedAt = readTime(item.configurationItemCaptureTime);
  if (capturedAt === undefined) return reject('configurationItemCaptureTime is missing or not a time');
  const status = has(item, 'configurationItemStatus') ? text(item, 'configurationItemStatus') : 'OK';
  const state = status === undefined ? undefined : STATES.get(status);
  if (state === undefined) return reject(`configurationItemStatus ${short(status)} is not known`);
  return {
    kind: 'item',
    item: {
      resource,
      capturedAt,
      state: summary && state === 'recorded' ? 'oversized' : state,
      configuration: item.configuration,
      supplementaryConfiguration: item.supplementaryConfiguration,
      tags: item.tags,
      relationships: item.relationships,
      ...(item.resourceName !== undefined && { resourceName: item.resourceName }),
    },
  };
}

/** Maximum length of a resource id, in bytes. Stores build keys from the id with its Region and type. */
const MAX_ID_BYTES = 768;
/** Returns an account id of twelve digits. Published samples write X for each digit. */
const validAccountId = recurring(/^(\d{12}|X{12})$/);
const validType = recurring(/^[A-Za-z0-9]{1,64}(::[A-Za-z0-9]{0,64}){0,2}::[A-Za-z0-9]{1,64}$/);
const validRegion = recurring(/^(global|[a-z]{2,8}(-[a-z0-9]{1,16}){1,4})$/);
/** Characters that no id contains and that no terminal should receive: control characters, line separators and lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Returns a check of a text that recurs in many items. It returns one shared copy of a valid text, and `undefined` for others. */
function recurring(pattern: RegExp): (value: string | undefined) => string | undefined {
  const valid = new Map<string, string>();
  return (value) => {
    if (value === undefined) return undefined;
    const known = valid.get(value);
    if (known !== undefined || !pattern.test(value)) return known;
    if (valid.size >= 50_000) valid.clear();
    valid.set(value, value);
    return value;
  };
}

/** Returns the resource that an item or a record describes, or why it cannot be named. */
export function readResource(item: JsonObject): ResourceRef | string {
  const account = text(item, 'awsAccountId') ?? text(item, 'accountId');
  const accountId = validAccountId(account);
  if (accountId === undefined) return `account id ${short(account)} is not valid`;
  const resourceType = validType(text(item, 'resourceType'));
  if (resourceType === undefined) return `resourceType ${short(text(item, 'resourceType'))} is not valid`;
  const region = validRegion(text(item, 'awsRegion'));
  if (region === undefined) return `awsRegion ${short(text(item, 'awsRegion'))} is not valid`;
  const resourceId = text(item, 'resourceId');
  if (resourceId === undefined || resourceId === '') return 'resourceId is missing or not text';
  if (Buffer.byteLength(resourceId) > MAX_ID_BYTES) return `resourceId is longer than ${MAX_ID_BYTES} bytes`;
  if (UNPRINTABLE.test(resourceId) || !isAccepted(resourceId)) return 'resourceId holds control characters';
  return { accountId, region, resourceType, resourceId };
}

const EARLIEST = Date.UTC(2006, 0);
const LATEST = Date.UTC(2100, 0);

/** The notation that `readTime` returns, for days that every month has: nothing is left to convert. */
const CONVERTED = /^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
const EPOCH = /^\d{9,13}(\.\d{1,9})?$/;
const IN_WORDS = /^([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d{2}:\d{2})\s([AP])M$/;
const MONTHS: readonly string[] = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Returns a time as ISO-8601 UTC with milliseconds. AWS Config writes ISO with Z or an offset (the SDK for Python with a blank
 * instead of the T), and sometimes epoch seconds with a fraction or "Nov 29, 2016 7:43:20 PM" in UTC.
 */
export function readTime(value: unknown): string | undefined {
  if (typeof value === 'string' && value >= '2006' && CONVERTED.test(value)) return value;
  const milliseconds = typeof value === 'number' ? fromEpoch(value) : typeof value === 'string' ? fromText(value) : Number.NaN;
  return milliseconds >= EARLIEST && milliseconds < LATEST ? new Date(milliseconds).toISOString() : undefined;
}

const fromEpoch = (value: number): number => Math.round(value < 1e11 ? value * 1000 : value);

function fromText(value: string): number {
  return EPOCH.test(value) ? fromEpoch(Number(value)) : millisecondsOf(inNumbers(value));
}

/** Returns a time in words, such as "Nov 29, 2016 7:43:20 PM", in numbers. Returns any other text as it is. */
function inNumbers(value: string): string {
  const [, name = '', day = '', year, hour = '', rest, half] = IN_WORDS.exec(value) ?? [];
  if (year === undefined || Number(hour) < 1 || Number(hour) > 12) return value;
  const [month, hours] = [MONTHS.indexOf(name) + 1, (Number(hour) % 12) + (half === 'P' ? 12 : 0)];
  return `${year}-${two(month)}-${two(day)}T${two(hours)}:${rest}Z`;
}

const two = (value: string | number): string => String(value).padStart(2, '0');

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const has = (object: JsonObject, key: string): boolean => Object.hasOwn(object, key) && object[key] !== null && object[key] !== undefined;

function text(object: JsonObject, key: string): string | undefined {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** Returns a hostile text on one line, short enough for a message. */
const short = (value: string | undefined): string =>
  value === undefined ? '(none)' : accepted(JSON.stringify(value.slice(0, 60)).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?'));

const reject = (reason: string): Intake => ({ kind: 'rejected', reason });
const rejected = (reason: string): Intake[] => [reject(reason)];
const ignored = (reason: string): Intake[] => [{ kind: 'ignored', reason }];
