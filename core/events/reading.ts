import { accepted } from '../characters.ts';
import { isObject, listOf, text } from '../facts/shape.ts';
import { isoTimeOf } from '../instant.ts';
import { GLOBAL } from '../model.ts';
import { type Changed, MAX_CHANGED_USERS, type ReaderOutline, type Reading, scopeRegion } from '../pipeline/sweep.ts';
import { MAX_RETRIES, ORGANIZATION_PLACE, readersOf, type Unit } from '../pipeline/unit.ts';

/** The request in a message on one of the queues of `read`. */
export type ReadingRequest =
  /** Single readings. `attempt`: number of attempts before. */
  | { readonly kind: 'read'; readonly readings: readonly Reading[]; readonly attempt: number }
  /** All readers of an account in one place. */
  | { readonly kind: 'unit'; readonly unit: Unit }
  /** Understood, and a change that no reader reads. */
  | { readonly kind: 'ignored' }
  /** Not understood, or not trusted. */
  | { readonly kind: 'rejected'; readonly reason: string };

/**
 * Detail types of CloudTrail's events for a call.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html (which writes "Signin"; the events say
 * "Sign In").
 */
export const CLOUDTRAIL_DETAIL_TYPES: readonly string[] = ['AWS API Call via CloudTrail', 'AWS Console Sign In via CloudTrail'];

/**
 * Returns the source of EventBridge's events for the calls of a service, such as `aws.monitoring` for `monitoring.amazonaws.com`. Only
 * AWS can put an event with such a source. The prefix `aws.` by itself proves nothing: partners put events of `aws.partner/<name>`.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/events.html
 */
export const eventBridgeSource = (eventSource: string): string => `aws.${eventSource.replace(/\.amazonaws\.com$/, '')}`;

/** Whether a source can be that of a service of AWS. */
const isOfAws = (source: string): boolean => /^aws\.[a-z0-9-]+$/.test(source);

/**
 * Reads a message: a unit of the sweep, `{task: 'unit', accountId, region, generation, readers?, attempt?}`; a single reading,
 * `{task: 'read', accountId, region, reader, changed?, attempt?}`; or an EventBridge event of CloudTrail. AWS guarantees the account
 * and Region of an event's envelope. The call inside only selects readers, and names the users to read.
 */
export function readRequest(document: unknown, readers: readonly ReaderOutline[], ownAccountId: string): ReadingRequest {
  if (!isObject(document)) return rejected('a message must be a JSON object');
  if (Object.hasOwn(document, 'task')) return readTask(document, readers, ownAccountId);
  if (Object.hasOwn(document, 'detail-type')) return readEvent(document, readers, ownAccountId);
  return rejected('neither a task nor an EventBridge event');
}

const ACCOUNT_ID = /^\d{12}$/;
const REGION = /^[a-z]{2,8}(-[a-z0-9]{1,16}){1,4}$/;

function readTask(message: JsonObject, readers: readonly ReaderOutline[], ownAccountId: string): ReadingRequest {
  const { task, accountId, region, attempt = 0 } = message;
  if (task !== 'read' && task !== 'unit') return rejected(`the task ${short(task)} is not known`);
  const reader = readers.find(({ id }) => id === message.reader);
  if (task === 'read' && !reader) return rejected(`the reader ${short(message.reader)} is not known`);
  if (typeof accountId !== 'string' || !ACCOUNT_ID.test(accountId)) return rejected(`account id ${short(accountId)} is not valid`);
  if (!isCount(attempt) || attempt > MAX_RETRIES) return rejected(`the attempt ${short(attempt)} is not from 0 to ${MAX_RETRIES}`);
  if (!reader || task === 'unit') return readUnit({ ...message, accountId, attempt }, readers, ownAccountId);
  if (reader.scope === 'organization' && accountId !== ownAccountId)
    return rejected(`${reader.id} reads only with the credentials of ${ownAccountId}`);
  const isPlace = typeof region === 'string' && (reader.scope === 'region' ? REGION.test(region) : region === GLOBAL);
  if (!isPlace) return rejected(`${reader.id} does not read the Region ${short(region)}`);
  const changed = readChanged(message.changed);
  return { kind: 'read', readings: [{ accountId, region, reader: reader.id, ...(changed && { changed }) }], attempt };
}

/** Readers that this release does not have are left out: a message of another release may name them. */
function readUnit(
  { accountId, region, attempt, generation, readers: only }: JsonObject & { readonly accountId: string; readonly attempt: number },
  readers: readonly ReaderOutline[],
  ownAccountId: string,
): ReadingRequest {
  const isPlace = typeof region === 'string' && (region === GLOBAL || region === ORGANIZATION_PLACE || REGION.test(region));
  if (!isPlace) return rejected(`a unit does not read the Region ${short(region)}`);
  if (region === ORGANIZATION_PLACE && accountId !== ownAccountId)
    return rejected(`the organization is read only with the credentials of ${ownAccountId}`);
  if (!isCount(generation)) return rejected(`the generation ${short(generation)} is not valid`);
  if (only !== undefined && !isNames(only)) return rejected('the readers of a unit must be a list of names');
  const unit: Unit = { accountId, region, generation, attempt, ...(only && { readers: only }) };
  const known = readersOf(unit, readers).map(({ id }) => id);
  if (known.length === 0) return rejected(`no reader of the unit is known: ${short(only?.join(', '))}`);
  return { kind: 'unit', unit: only ? { ...unit, readers: known } : unit };
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** Far more than there are readers. */
const MAX_NAMES = 1000;
const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.length <= MAX_NAMES && value.every((name) => typeof name === 'string');

const TEXTS = listOf(text);

/** Returns the change in a task. A task without one is a plain read. */
function readChanged(value: unknown): Changed | undefined {
  if (!isObject(value) || !TEXTS.matches(value.users)) return undefined;
  const at = typeof value.at === 'string' ? isoTimeOf(value.at) : undefined;
  return at === undefined ? undefined : { at, users: value.users.filter(isUserName).slice(0, MAX_CHANGED_USERS) };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names */
const USER_NAME = /^[\w+=,.@-]{1,128}$/;
const isUserName = (value: unknown): value is string => typeof value === 'string' && USER_NAME.test(value);

/**
 * Returns when a call changed something, and the IAM users that it names. A call for a user's own keys names the user only as its
 * caller or in its answer: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
 */
function changeIn({ detail, time }: JsonObject): Changed | undefined {
  const event = isObject(detail) ? detail : {};
  const at = [event.eventTime, time]
    .map((each) => isoTimeOf(typeof each === 'string' ? each : undefined))
    .find((each) => each !== undefined);
  if (at === undefined) return undefined;
  const [request, answer, caller] = [event.requestParameters, event.responseElements, event.userIdentity].map(objectIn);
  const named = [request?.userName, request?.newUserName, objectIn(answer?.accessKey).userName].filter(isUserName);
  const users = named.length > 0 ? named : [caller].flatMap((each) => (each?.type === 'IAMUser' ? each.userName : [])).filter(isUserName);
  return { at, users: event.eventSource === 'iam.amazonaws.com' ? [...new Set(users)] : [] };
}

const objectIn = (value: unknown): JsonObject => (isObject(value) ? value : {});

function readEvent(event: JsonObject, readers: readonly ReaderOutline[], ownAccountId: string): ReadingRequest {
  const { source, account, region, detail } = event;
  if (typeof source !== 'string' || !isOfAws(source)) return rejected(`an event of ${short(source)} is not AWS's`);
  if (!CLOUDTRAIL_DETAIL_TYPES.includes(String(event['detail-type']))) return rejected(`a ${short(event['detail-type'])} is not read`);
  if (typeof account !== 'string' || !ACCOUNT_ID.test(account)) return rejected('the EventBridge event names no valid account');
  if (typeof region !== 'string' || !REGION.test(region)) return rejected('the EventBridge event names no valid Region');
  if (!isObject(detail)) return rejected('the EventBridge event has no detail object');
  const { eventSource, eventName } = detail;
  if (typeof eventSource !== 'string' || typeof eventName !== 'string') return rejected('the CloudTrail event names no call');
  const touched = readers.filter(({ refreshedBy }) =>
    refreshedBy.some((trigger) => trigger.source === eventSource && trigger.names.includes(eventName)),
  );
  if (touched.length === 0) return { kind: 'ignored' };
  if (source !== eventBridgeSource(eventSource))
    return rejected(`an event of ${short(source)} cannot tell of a call of ${short(eventSource)}`);
  const changed = changeIn(event);
  return {
    kind: 'read',
    readings: touched.map(({ id, scope }) => ({
      accountId: scope === 'organization' ? ownAccountId : account,
      region: scopeRegion({ scope }, region),
      reader: id,
      ...(changed && { changed }),
    })),
    attempt: 0,
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

const rejected = (reason: string): ReadingRequest => ({ kind: 'rejected', reason });

/** Returns a hostile value on one line, short enough for a message. */
const short = (value: unknown): string =>
  typeof value === 'string' ? accepted(JSON.stringify(value.slice(0, 60)).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?')) : `(${typeof value})`;
