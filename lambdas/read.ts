import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { dynamoStateStore } from '../adapters/aws/dynamo-state-store.ts';
import { jitteredPause } from '../adapters/aws/pause.ts';
import { READERS } from '../adapters/aws/readers/index.ts';
import { sqsReadings } from '../adapters/aws/readings-queue.ts';
import { sqsRejects } from '../adapters/aws/rejects.ts';
import { CATALOGUE } from '../controls/catalogue.ts';
import { forEachAtOnce } from '../core/concurrency.ts';
import { type ReadingRequest, readRequest } from '../core/events/reading.ts';
import { latestBelieved } from '../core/instant.ts';
import { LISTING_MARGIN_MINUTES, mergeChanged, type Reading } from '../core/pipeline/sweep.ts';
import { requireEnv } from './environment.ts';
import { type Estate, estateOf } from './estate.ts';
import { makeReading } from './readings.ts';

const logger = new Logger();
const metrics = new Metrics();
const sqs = new SQSClient();
const store = dynamoStateStore(new DynamoDBClient(), { stateTable: requireEnv('STATE_TABLE') });
const rejects = sqsRejects(sqs, requireEnv('REJECTED_QUEUE_URL'));
const readings = sqsReadings(sqs, requireEnv('READINGS_QUEUE_URL'));
const dependencies = { store, rules: CATALOGUE.rules, pause: jitteredPause, latest: () => latestBelieved(Date.now()) };

/** Maximum number of concurrent readers in one function. */
const READERS_AT_ONCE = 4;

/**
 * Runs the API reads that the messages of a batch request, each read once, and commits the results. A failed message is retried. A
 * message that csmm does not understand goes to the dead-letter queue at once.
 */
export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const estate = estateOf(context);
  const due = new Map<string, { readonly reading: Reading; readonly messageIds: string[] }>();
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
        for (const reading of await readingsIn(record, estate)) {
          const key = JSON.stringify([reading.accountId, reading.region, reading.reader]);
          const known = due.get(key) ?? { reading, messageIds: [] };
          const changed = mergeChanged(known.reading.changed, reading.changed);
          due.set(key, {
            reading: { ...reading, ...(changed && { changed }) },
            messageIds: [...known.messageIds, record.messageId],
          });
        }
      });
    }
    await forEachAtOnce(due.values(), READERS_AT_ONCE, ({ reading, messageIds }) =>
      attempt(messageIds, reading, () => read(reading, estate, context)),
    );
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  } finally {
    metrics.publishStoredMetrics();
  }
};

/** Returns the reads that a message requests; none if the message went to the dead-letter queue. */
async function readingsIn({ body, messageId }: SQSRecord, estate: Estate): Promise<readonly Reading[]> {
  const request = requestIn(body, estate);
  if (request.kind === 'read') return request.readings;
  if (request.kind === 'rejected') {
    await rejects.keep(body, request.reason);
    metrics.addMetric('EventsRejected', MetricUnit.Count, 1);
    logger.warn('message rejected', { messageId, reason: request.reason });
  }
  return [];
}

function requestIn(body: string, { ownAccountId, canRead }: Estate): ReadingRequest {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return { kind: 'rejected', reason: 'not valid JSON' };
  }
  const request = readRequest(document, READERS, ownAccountId);
  const elsewhere = request.kind === 'read' ? request.readings.find(({ accountId }) => !canRead(accountId)) : undefined;
  return elsewhere ? { kind: 'rejected', reason: `account ${elsewhere.accountId} is not evaluated here` } : request;
}

async function read(reading: Reading, estate: Estate, context: Context): Promise<void> {
  const reader = READERS.find(({ id }) => id === reading.reader);
  if (!reader) return;
  const startedAt = new Date().toISOString();
  const outcome = await makeReading(reading, reader, { estate, context, startedAt, dependencies });
  // The list may be out of date. It is read again when a resource that it does not show can only be gone.
  if (outcome.undecided > 0) await readings.send([reading], LISTING_MARGIN_MINUTES * 60);
  metrics.addMetric(outcome.complete ? 'ReadingsComplete' : 'ReadingsIncomplete', MetricUnit.Count, 1);
  metrics.addMetric('ResourcesRead', MetricUnit.Count, outcome.found);
  metrics.addMetric('ResourcesRemoved', MetricUnit.Count, outcome.removed);
  logger.info('read', { ...reading, ...outcome, startedAt });
}
