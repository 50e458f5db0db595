import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { dynamoStateStore } from '../adapters/aws/dynamo-state-store.ts';
import { jitteredPause } from '../adapters/aws/pause.ts';
import { dynamoPlanStore } from '../adapters/aws/plan-store.ts';
import { READERS } from '../adapters/aws/readers/index.ts';
import { sqsReadings, sqsSweep } from '../adapters/aws/readings-queue.ts';
import { sqsRejects } from '../adapters/aws/rejects.ts';
import { CATALOGUE } from '../controls/catalogue.ts';
import { forEachAtOnce } from '../core/concurrency.ts';
import { type ReadingRequest, readRequest } from '../core/events/reading.ts';
import { latestBelieved, millisecondsOf } from '../core/instant.ts';
import { GLOBAL } from '../core/model.ts';
import { noteAccounts } from '../core/pipeline/plan.ts';
import { LISTING_MARGIN_MINUTES, mergeChanged, type Reading } from '../core/pipeline/sweep.ts';
import { followUpOf, MAX_DELAY_SECONDS, MAX_RETRIES, ORGANIZATION_PLACE, retryDelay, type Unit } from '../core/pipeline/unit.ts';
import { requireEnv } from './environment.ts';
import { type Estate, estateOf } from './estate.ts';
import { makeReading } from './readings.ts';
import { isLast, readUnit } from './unit.ts';

const logger = new Logger();
const metrics = new Metrics();
const sqs = new SQSClient();
const client = new DynamoDBClient();
const store = dynamoStateStore(client, { stateTable: requireEnv('STATE_TABLE') });
const plan = dynamoPlanStore(client, requireEnv('STATE_TABLE'));
const rejects = sqsRejects(sqs, requireEnv('REJECTED_QUEUE_URL'));
const failures = sqsRejects(sqs, requireEnv('FAILURES_QUEUE_URL'));
const readings = sqsReadings(sqs, requireEnv('READINGS_QUEUE_URL'));
const sweep = sqsSweep(sqs, requireEnv('SWEEP_QUEUE_URL'));
const dependencies = { store, rules: CATALOGUE.rules, pause: jitteredPause, latest: () => latestBelieved(Date.now()) };
const now = (): string => new Date().toISOString();

/** Maximum number of concurrent single reads in one function. */
const READINGS_AT_ONCE = 4;

/** A read that is due, with the messages that ask for it. */
interface Due {
  readonly reading: Reading;
  /** The fewest attempts before that one of the messages names. */
  readonly attempt: number;
  readonly messageIds: readonly string[];
}

/**
 * Makes the API reads that the messages of a batch request, each once, and commits the results. Sends a read that fails for a passing
 * reason again with a delay. A message whose run died comes again. A message that csmm does not understand goes to the dead-letter queue at
 * once.
 */
export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const estate = estateOf(context);
  const due = new Map<string, Due>();
  const failed = new Set<string>();
  const attempt = async (messageIds: readonly string[], subject: object, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      logger.error('not read', { ...subject, error: error as Error });
      for (const messageId of messageIds) failed.add(messageId);
    }
  };
  try {
    for (const record of event.Records) {
      await attempt([record.messageId], { messageId: record.messageId }, async () => {
        const request = await requestIn(record, estate);
        if (request.kind === 'unit') return takeUnit(request.unit, estate, context);
        if (request.kind === 'read') for (const reading of request.readings) addTo(due, reading, request.attempt, record.messageId);
      });
    }
    await forEachAtOnce(due.values(), READINGS_AT_ONCE, ({ messageIds, ...each }) =>
      attempt(messageIds, each.reading, () => takeReading(each.reading, each.attempt, estate, context)),
    );
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  } finally {
    metrics.publishStoredMetrics();
  }
};

function addTo(due: Map<string, Due>, reading: Reading, attempt: number, messageId: string): void {
  const key = JSON.stringify([reading.accountId, reading.region, reading.reader]);
  const known = due.get(key);
  const changed = mergeChanged(known?.reading.changed, reading.changed);
  due.set(key, {
    reading: { ...reading, ...(changed && { changed }) },
    attempt: Math.min(attempt, known?.attempt ?? attempt),
    messageIds: [...(known?.messageIds ?? []), messageId],
  });
}

/** Returns what a message requests. One that csmm does not understand or believe goes to the dead-letter queue. */
async function requestIn({ body, messageId }: SQSRecord, { ownAccountId, canRead }: Estate): Promise<ReadingRequest> {
  const understood = understand(body, ownAccountId);
  const accountIds =
    understood.kind === 'unit'
      ? [understood.unit.accountId]
      : understood.kind === 'read'
        ? understood.readings.map(({ accountId }) => accountId)
        : [];
  const elsewhere = accountIds.find((accountId) => !canRead(accountId));
  const request: ReadingRequest = elsewhere ? { kind: 'rejected', reason: `account ${elsewhere} is not evaluated here` } : understood;
  if (request.kind === 'rejected') {
    await rejects.keep(body, request.reason);
    metrics.addMetric('EventsRejected', MetricUnit.Count, 1);
    logger.warn('message rejected', { messageId, reason: request.reason });
  }
  return request;
}

function understand(body: string, ownAccountId: string): ReadingRequest {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return { kind: 'rejected', reason: 'not valid JSON' };
  }
  return readRequest(document, READERS, ownAccountId);
}

async function takeReading(reading: Reading, attempt: number, estate: Estate, context: Context): Promise<void> {
  const reader = READERS.find(({ id }) => id === reading.reader);
  if (!reader) return;
  const again = () => readings.send([{ ...reading, attempt: attempt + 1 }], retryDelay(attempt, Math.random()));
  const startedAt = now();
  const isLastAttempt = attempt >= MAX_RETRIES;
  let outcome: Awaited<ReturnType<typeof makeReading>>;
  try {
    const accountIds = reader.scope === 'organization' ? { accountIds: await listAccounts(estate) } : {};
    outcome = await makeReading(reading, reader, {
      estate,
      context,
      startedAt,
      dependencies,
      ...accountIds,
      ...(!isLastAttempt && { attempt }),
    });
  } catch (error) {
    if (isLastAttempt) throw error;
    logger.warn('reading failed, sent again', { ...reading, attempt, error: error as Error });
    await again();
    return;
  }
  if (outcome.failed !== undefined && !isLastAttempt) await again();
  if (outcome.failed !== undefined && isLastAttempt) await failures.keep(JSON.stringify({ task: 'read', ...reading }), outcome.failed);
  // The list may be out of date. It is read again when a resource that it does not show can only be gone.
  if (outcome.undecided > 0) await readings.send([reading], LISTING_MARGIN_MINUTES * 60);
  if (outcome.readAgainAt !== undefined) await readLater(reading, outcome.readAgainAt);
  metrics.addMetric(outcome.complete ? 'ReadingsComplete' : 'ReadingsIncomplete', MetricUnit.Count, 1);
  count(outcome);
  logger.info('read', { ...reading, attempt, ...outcome, startedAt });
}

async function takeUnit(unit: Unit, estate: Estate, context: Context): Promise<void> {
  const attempt = unit.attempt ?? 0;
  const delay = () => retryDelay(attempt, Math.random());
  let outcome: Awaited<ReturnType<typeof readUnit>>;
  const startedAt = Date.now();
  try {
    const accountIds = unit.region === ORGANIZATION_PLACE ? { accountIds: await listAccounts(estate) } : {};
    outcome = await readUnit(unit, { estate, context, dependencies, now: () => new Date(), ...accountIds });
  } catch (error) {
    if (isLast(unit)) throw error;
    logger.warn('unit failed, sent again', { ...unit, error: error as Error });
    await sweep.send([{ ...unit, attempt: attempt + 1 }], delay());
    return;
  }
  const { failed, rest, again, undecidedTypes = [], ...counts } = outcome;
  const { accountId } = unit;
  const region = unit.region === ORGANIZATION_PLACE ? GLOBAL : unit.region;
  const follow = followUpOf(unit, outcome);
  if (follow.rest) await sweep.send([follow.rest]);
  if (follow.retry) await sweep.send([follow.retry], delay());
  if (follow.parked) await failures.keep(JSON.stringify({ task: 'unit', ...follow.parked.unit }), follow.parked.reason);
  const undecided = READERS.filter(({ lists }) => lists.some((type) => undecidedTypes.includes(type)));
  await readings.send(
    undecided.map(({ id: reader }) => ({ accountId, region, reader })),
    LISTING_MARGIN_MINUTES * 60,
  );
  for (const [reader, at] of again) await readLater({ accountId, region, reader }, at);
  const incomplete = failed.size + rest.length;
  metrics.addMetric('UnitsRead', MetricUnit.Count, 1);
  metrics.addMetric('UnitSeconds', MetricUnit.Seconds, (Date.now() - startedAt) / 1000);
  metrics.addMetric('ReadingsComplete', MetricUnit.Count, counts.readers - incomplete);
  metrics.addMetric('ReadingsIncomplete', MetricUnit.Count, incomplete);
  count(counts);
  logger.info('unit read', { ...unit, ...counts, failed: Object.fromEntries(failed), rest });
}

function count({ found, removed }: { readonly found: number; readonly removed: number }): void {
  metrics.addMetric('ResourcesRead', MetricUnit.Count, found);
  metrics.addMetric('ResourcesRemoved', MetricUnit.Count, removed);
}

/** Lists the accounts for the readers of the organization, and keeps the list for the planner. */
async function listAccounts(estate: Estate): Promise<readonly string[]> {
  const accountIds = await estate.accountIds();
  const added = await noteAccounts(accountIds, { plan, now, units: sweep, regions: estate.regions });
  if (added.length > 0) logger.info('accounts added', { accounts: added.length });
  return accountIds;
}

/** The shortest time until csmm repeats a read because its source lags, in seconds. */
const SOONEST_SECONDS = 60;

/** Has a read repeated at a time: by a delayed message, or by the planner if that is too far away for a queue. */
async function readLater(reading: Reading, at: string): Promise<void> {
  const seconds = Math.max(SOONEST_SECONDS, Math.ceil((millisecondsOf(at) - Date.now()) / 1000));
  if (seconds <= MAX_DELAY_SECONDS) await readings.send([reading], seconds);
  else await plan.keep({ ...reading, at });
}
