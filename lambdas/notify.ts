import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { eventBridgeBus } from '../adapters/aws/event-bus.ts';
import { sqsRejects } from '../adapters/aws/rejects.ts';
import { eventsOf } from '../core/pipeline/events.ts';
import { metricsOf } from '../core/pipeline/metrics.ts';
import { ORGANIZATION, type StoredScore } from '../core/ports.ts';
import { inOrder, readChange } from './changes.ts';
import { requireEnv } from './environment.ts';

const logger = new Logger();
const metrics = new Metrics();
const rejects = sqsRejects(new SQSClient(), requireEnv('FAILURES_QUEUE_URL'));
const bus = eventBridgeBus(new EventBridgeClient(), requireEnv('EVENT_BUS_NAME'));

/**
 * Publishes scorecard changes in the order of their commits: events, and metrics of the organization. Stops at the first failure,
 * so that events stay in order. Lambda retries from there until the record expires.
 */
export const handler = (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> =>
  inOrder(event, { logger, metrics, failure: 'score change not published' }, async (record) => {
    const committed = await readChange(record, rejects, logger);
    if (committed?.kind !== 'score') return;
    const events = eventsOf(committed.change);
    await bus.publish(events);
    const { scope, revision, scorecard } = committed.change.after;
    if (scope === ORGANIZATION) measure(committed.change.after);
    logger.info('score change published', { scope, revision, overall: scorecard.overall, events: events.length });
  });

/** Emits metrics of the organization only: CloudWatch charges for each combination of dimensions, so no metric is per account. */
function measure(score: StoredScore): void {
  for (const { name, value, dimensions } of metricsOf(score)) {
    const single = metrics.singleMetric();
    single.addDimensions(dimensions);
    single.addMetric(name, MetricUnit.NoUnit, value);
  }
}
