import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { eventBridgeBus } from '../adapters/aws/event-bus.ts';
import { sqsRejects } from '../adapters/aws/rejects.ts';
import { parseRemediationRecord } from '../adapters/aws/stream.ts';
import { metricsOf, REMEDIATION_EVENT, remediationEventOf, secondsToRemediate } from '../core/remediation/events.ts';
import type { RemediationChange } from '../core/remediation/model/record.ts';
import { inOrder, readRecord } from './changes.ts';
import { requireEnv } from './environment.ts';

const logger = new Logger();
const metrics = new Metrics();
const rejects = sqsRejects(new SQSClient(), requireEnv('FAILURES_QUEUE_URL'));
const bus = eventBridgeBus(new EventBridgeClient(), requireEnv('EVENT_BUS_NAME'));

/** Publishes every step of a remediation, in the order of the commits. Stops at the first failure, and Lambda retries from there. */
export const handler = (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> =>
  inOrder(event, { logger, metrics, failure: 'cannot publish a remediation' }, announce);

async function announce(record: DynamoDBRecord): Promise<void> {
  const change = await readRecord(record, parseRemediationRecord, rejects, logger);
  const detail = change && remediationEventOf(change);
  if (!detail) return;
  await bus.publish([{ detailType: REMEDIATION_EVENT, detail }]);
  measure(change);
  const { remediationId, controlId, to, reason, executionId } = detail;
  logger.info('remediation published', { remediationId, controlId, status: to, reason, executionId });
}

/** Adds the metrics of a change. The time to remediate has the dimension `Control`. A control without remediations has no such metric. */
function measure(change: RemediationChange): void {
  for (const name of metricsOf(change)) metrics.addMetric(name, MetricUnit.Count, 1);
  const seconds = secondsToRemediate(change);
  if (seconds === undefined) return;
  const single = metrics.singleMetric();
  single.addDimension('Control', change.after.controlId);
  single.addMetric('TimeToRemediate', MetricUnit.Seconds, seconds);
}
