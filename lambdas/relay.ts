import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { dynamoStateStore } from '../adapters/aws/dynamo-state-store.ts';
import { dynamoHeartbeats } from '../adapters/aws/heartbeats.ts';
import { accountInKey, beatIn } from '../adapters/aws/keys.ts';
import { sqsRejects } from '../adapters/aws/rejects.ts';
import { sqsScoringQueue } from '../adapters/aws/scoring-queue.ts';
import { parseStreamRecord } from '../adapters/aws/stream.ts';
import { CATALOGUE } from '../controls/catalogue.ts';
import { forEachAtOnce } from '../core/concurrency.ts';
import { noteBeat } from '../core/pipeline/heartbeat.ts';
import { CARDS, EVERYTHING, markTouched, type Touched, touch, touchByLists } from '../core/pipeline/wanted.ts';
import { ORGANIZATION } from '../core/ports.ts';
import { requireEnv } from './environment.ts';

const logger = new Logger();
const metrics = new Metrics();
const sqs = new SQSClient();
const client = new DynamoDBClient();
const tables = { stateTable: requireEnv('STATE_TABLE'), scoresTable: requireEnv('SCORES_TABLE') };
const store = dynamoStateStore(client, tables);
const heartbeats = dynamoHeartbeats(client, tables);
const rejects = sqsRejects(sqs, requireEnv('FAILURES_QUEUE_URL'));
const queue = sqsScoringQueue(sqs, requireEnv('SCORING_QUEUE_URL'));

/** Number of scopes that are marked concurrently: each costs two calls and a message. */
const SCOPES_AT_ONCE = 16;

/** A scope, what changed in it, and its first record in the batch. */
interface Group {
  readonly touched: Touched;
  readonly first: string;
}

/**
 * Counts committed changes and asks for a scoring run of each account that they concern, or of the organization. An unreadable record goes
 * to the dead-letter queue, and csmm evaluates its account again in full. If a scope cannot be marked, Lambda delivers the batch again from
 * its first record: a change may be counted twice, and is never lost.
 */
export const handler = async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const groups = new Map<string, Group>();
  const failed: string[] = [];
  try {
    for (const record of Records) {
      const sequence = record.dynamodb?.SequenceNumber ?? '';
      try {
        await take(record, (scope) => touchedIn(groups, scope, sequence));
      } catch (error) {
        logger.error('change not taken', { sequence, error: error as Error });
        failed.push(sequence);
        break;
      }
    }
    await forEachAtOnce(groups, SCOPES_AT_ONCE, async ([scope, { touched, first }]) => {
      try {
        await markTouched(scope, touched, { store, queue });
      } catch (error) {
        logger.error('scoring not requested', { scope, error: error as Error });
        failed.push(first);
      }
    });
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  } finally {
    metrics.publishStoredMetrics();
  }
};

function touchedIn(groups: Map<string, Group>, scope: string, first: string): Touched {
  const known = groups.get(scope);
  if (known) return known.touched;
  const touched: Touched = { keys: new Set(), causes: new Map() };
  groups.set(scope, { touched, first });
  return touched;
}

/** Adds what a record touches. Only a call that fails throws. */
async function take({ dynamodb, ...record }: DynamoDBRecord, touchedOf: (scope: string) => Touched): Promise<void> {
  const { pk = '', sk = '' } = keyOf(dynamodb);
  const beat = beatIn(pk);
  if (beat !== undefined) {
    const isLate = await noteBeat(beat, String(dynamodb?.NewImage?.at?.S ?? ''), heartbeats, new Date().toISOString());
    if (isLate) metrics.addMetric('ChangesMissed', MetricUnit.Count, 1);
    return;
  }
  try {
    const committed = parseStreamRecord({ ...record, ...dynamodb });
    if (committed?.kind === 'state') {
      touch(touchedOf(committed.change.after.resource.accountId), committed.change, CATALOGUE.rules);
    } else if (committed?.kind === 'card') touchByLists(touchedOf(committed.change.after.accountId), committed.change, CATALOGUE.rules);
    else if (committed?.kind === 'score' && committed.change.after.scope !== ORGANIZATION) touchedOf(ORGANIZATION).keys.add(CARDS);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await rejects.keep(JSON.stringify(dynamodb?.Keys ?? {}), reason);
    logger.error('change not understood, sent to the dead-letter queue', { pk, sk, reason });
    const accountId = accountInKey(pk);
    if (accountId !== undefined) touchedOf(accountId).keys.add(EVERYTHING);
  }
}

const keyOf = (dynamodb: DynamoDBRecord['dynamodb']) => ({ pk: dynamodb?.Keys?.pk?.S, sk: dynamodb?.Keys?.sk?.S });
