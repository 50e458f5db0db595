import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { dynamoStateStore } from '../adapters/aws/dynamo-state-store.ts';
import { jitteredPause } from '../adapters/aws/pause.ts';
import { sqsRejects } from '../adapters/aws/rejects.ts';
import { scopeIn, sqsScoringQueue } from '../adapters/aws/scoring-queue.ts';
import { CATALOGUE } from '../controls/catalogue.ts';
import { runScoring } from '../core/pipeline/scoring-run.ts';
import { requireEnv } from './environment.ts';

const logger = new Logger();
const metrics = new Metrics();
const sqs = new SQSClient();
const store = dynamoStateStore(new DynamoDBClient(), { stateTable: requireEnv('STATE_TABLE'), scoresTable: requireEnv('SCORES_TABLE') });
const rejects = sqsRejects(sqs, requireEnv('FAILURES_QUEUE_URL'));
const queue = sqsScoringQueue(sqs, requireEnv('SCORING_QUEUE_URL'));
const dependencies = { store, catalogue: CATALOGUE, pause: jitteredPause, queue, now: Date.now };

/**
 * Updates the scorecard of an account or of the organization, for each message of a FIFO queue. If a scope cannot be scored, the
 * function notes that it lags and deletes its message: the tick tries again. Only a run that died comes again through the queue.
 */
export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  try {
    for (const [index, record] of Records.entries()) {
      try {
        await score(record);
      } catch (error) {
        logger.error('not scored, and not noted', { messageId: record.messageId, error: error as Error });
        // Later messages of a FIFO queue must not overtake it.
        return { batchItemFailures: Records.slice(index).map(({ messageId }) => ({ itemIdentifier: messageId })) };
      }
    }
    return { batchItemFailures: [] };
  } finally {
    metrics.publishStoredMetrics();
  }
};

async function score({ body, messageId, attributes }: SQSRecord): Promise<void> {
  const scope = scopeIn(body);
  if (scope === undefined) {
    await rejects.keep(body, 'the message names no scope');
    logger.warn('message rejected', { messageId });
    return;
  }
  const outcome = await runScoring(scope, dependencies, Number(attributes.ApproximateReceiveCount ?? 1));
  if (outcome.kind === 'behind') {
    const { attempts, nextAt } = outcome.behind;
    logger.error('not scored', { scope, attempts, nextAt, error: outcome.error as Error });
    return;
  }
  if (outcome.deferred > 0) metrics.addMetric('JoinsDeferred', MetricUnit.Count, outcome.deferred);
  if (outcome.drifted) {
    metrics.addMetric('ScoringDrift', MetricUnit.Count, 1);
    logger.error('a status changed although nothing had', { scope, changes: outcome.score?.changes.map(({ controlId }) => controlId) });
  }
  if (outcome.score) logger.info('scored', { scope, revision: outcome.score.revision, overall: outcome.score.scorecard.overall });
}
