import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { awsConfigHistory } from '../adapters/aws/config-history.ts';
import { dynamoStateStore } from '../adapters/aws/dynamo-state-store.ts';
import { jitteredPause } from '../adapters/aws/pause.ts';
import { sqsRejects } from '../adapters/aws/rejects.ts';
import { CATALOGUE } from '../controls/catalogue.ts';
import { type Intake, readDocument } from '../core/events/intake.ts';
import { aheadOfClock, latestBelieved } from '../core/instant.ts';
import { collectItem } from '../core/pipeline/collect.ts';
import { requireEnv } from './environment.ts';

const logger = new Logger();
const metrics = new Metrics();
const processor = new BatchProcessor(EventType.SQS);

const store = dynamoStateStore(new DynamoDBClient(), { stateTable: requireEnv('STATE_TABLE') });
const rejects = sqsRejects(new SQSClient(), requireEnv('REJECTED_QUEUE_URL'));
const sts = new STSClient();
const memberRole = process.env.MEMBER_ROLE_NAME && { roleName: process.env.MEMBER_ROLE_NAME, externalId: requireEnv('MEMBER_EXTERNAL_ID') };

const latest = (): string => latestBelieved(Date.now());

async function reject({ body, messageId }: SQSRecord, reason: string): Promise<void> {
  await rejects.keep(body, reason);
  metrics.addMetric('EventsRejected', MetricUnit.Count, 1);
  logger.warn('event rejected', { messageId, reason });
}

/**
 * Converts a batch of queued changes into state. Lambda retries a message that fails; after the last retry it goes to the
 * dead-letter queue.
 */
export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const [, partition = '', , , ownAccountId = ''] = context.invokedFunctionArn.split(':');
  const history = awsConfigHistory({ sts, ownAccountId, partition, ...(memberRole && { memberRole }) });

  const collect = async (record: SQSRecord): Promise<void> => {
    const reasons = new Set<string>();
    for (const intake of readBody(record.body)) {
      if (intake.kind === 'item') {
        const outcome = await collectItem(intake.item, { store, rules: CATALOGUE.rules, history, pause: jitteredPause, latest });
        if (outcome === 'ahead') reasons.add(aheadOfClock(intake.item.capturedAt));
        else metrics.addMetric(METRIC_OF[outcome], MetricUnit.Count, 1);
        logger.debug('item collected', { outcome, ...intake.item.resource, capturedAt: intake.item.capturedAt });
      } else if (intake.kind === 'rejected') {
        reasons.add(intake.reason);
      } else metrics.addMetric(METRIC_OF.ignored, MetricUnit.Count, 1);
    }
    if (reasons.size > 0) await reject(record, [...reasons].join('; '));
  };

  try {
    return await processPartialResponse(event, collect, processor, { context, processInParallel: false, throwOnFullBatchFailure: false });
  } finally {
    metrics.publishStoredMetrics();
  }
};

const METRIC_OF = { applied: 'EventsApplied', duplicate: 'EventsDuplicate', stale: 'EventsStale', ignored: 'EventsIgnored' } as const;

function readBody(body: string): readonly Intake[] {
  try {
    return readDocument(JSON.parse(body));
  } catch (error) {
    return [{ kind: 'rejected', reason: `not valid JSON: ${error instanceof Error ? error.message.slice(0, 200) : ''}` }];
  }
}
