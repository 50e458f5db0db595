import { createHash } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { dynamoStateStore } from '../adapters/aws/dynamo-state-store.ts';
import { sqsRejects } from '../adapters/aws/rejects.ts';
import { dynamoRemediationStore } from '../adapters/aws/remediation-store.ts';
import { dynamoSettingsStore } from '../adapters/aws/settings-store.ts';
import { REMEDIES } from '../controls/remedies.ts';
import { UnreadableItemError } from '../core/ports.ts';
import { type FindingsChange, type TriageDependencies, triage } from '../core/remediation/triage.ts';
import { inOrder, park, readChange } from './changes.ts';
import { requireEnv } from './environment.ts';

const logger = new Logger();
const metrics = new Metrics();
const client = new DynamoDBClient();
const stateTable = requireEnv('STATE_TABLE');
const rejects = sqsRejects(new SQSClient(), requireEnv('FAILURES_QUEUE_URL'));
const settings = dynamoSettingsStore(client, stateTable);

/** Settings that cannot be read. One command of an operator repairs them. */
class UnreadableSettingsError extends Error {
  override readonly name = 'UnreadableSettingsError';
}

const dependencies: TriageDependencies = {
  store: dynamoRemediationStore(client, requireEnv('REMEDIATIONS_TABLE')),
  state: dynamoStateStore(client, { stateTable }),
  settings: {
    ...settings,
    readSettings: async () => {
      try {
        return await settings.readSettings();
      } catch (error) {
        throw error instanceof UnreadableItemError ? new UnreadableSettingsError(error.message, { cause: error }) : error;
      }
    },
  },
  remedies: REMEDIES,
  hash: (text) => createHash('sha256').update(text).digest('hex'),
  now: () => new Date().toISOString(),
};

/**
 * Records resources that start or stop failing, from a batch of committed changes, in their order. Stops at the first change that it cannot
 * record, and Lambda retries from there. It cannot start a runbook.
 */
export const handler = (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> =>
  inOrder(event, { logger, metrics, failure: 'cannot record a change of findings' }, note);

async function note(record: DynamoDBRecord): Promise<void> {
  const change = findingsChange(await readChange(record, rejects, logger));
  if (!change) return;
  try {
    for (const { id, controlId, status, reason } of await triage(change, committedAt(record), dependencies)) {
      metrics.addMetric('RemediationsNoted', MetricUnit.Count, 1);
      logger.info('remediation recorded', { id, controlId, status, reason });
    }
  } catch (error) {
    // The remediation cannot be read, now or later. Other changes do not wait for it. All wait for settings: a failure in the dead-letter queue would
    // never be remediated.
    if (!(error instanceof UnreadableItemError)) throw error;
    await park(record, error, rejects, logger);
  }
}

function findingsChange(committed: Awaited<ReturnType<typeof readChange>>): FindingsChange | undefined {
  if (committed?.kind === 'state') return { kind: 'resource', ...committed.change };
  return committed?.kind === 'join' ? { kind: 'join', ...committed.change } : undefined;
}

/** Returns the time of a change, or 1970 if the record has none. Then the change belongs to the backlog and requires an approval. */
const committedAt = ({ dynamodb }: DynamoDBRecord): string => new Date((dynamodb?.ApproximateCreationDateTime ?? 0) * 1000).toISOString();
