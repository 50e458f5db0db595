import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { dynamoStateStore } from '../adapters/aws/dynamo-state-store.ts';
import { jitteredPause } from '../adapters/aws/pause.ts';
import { sqsRejects } from '../adapters/aws/rejects.ts';
import { CATALOGUE } from '../controls/catalogue.ts';
import { movedLists } from '../core/pipeline/lists.ts';
import { affectsScore, rescoreAccount, rescoreOrganization } from '../core/pipeline/rescore.ts';
import { ORGANIZATION, type StateChange } from '../core/ports.ts';
import { readChange } from './changes.ts';
import { requireEnv } from './environment.ts';

const logger = new Logger();
const store = dynamoStateStore(new DynamoDBClient(), { stateTable: requireEnv('STATE_TABLE'), scoresTable: requireEnv('SCORES_TABLE') });
const rejects = sqsRejects(new SQSClient(), requireEnv('FAILURES_QUEUE_URL'));
const dependencies = { store, catalogue: CATALOGUE, pause: jitteredPause };

/**
 * Updates scorecards: an account's after changes of its resources, the organization's after changes of its accounts' scorecards.
 * Each scorecard is computed once for each batch. If one fails, Lambda retries the batch from its first change until it expires.
 * Unreadable changes go to the dead-letter queue so that they don't block others.
 */
export const handler = async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const failed: string[] = [];
  const accounts = new Map<string, { first: string; changes: StateChange[]; joins: string[] }>();
  let organization: { first: string; asOf: string } | undefined;

  for (const record of event.Records) {
    const sequence = record.dynamodb?.SequenceNumber ?? '';
    const committed = await readChange(record, rejects, logger);
    if (committed?.kind === 'state' && affectsScore(committed.change, CATALOGUE.rules)) {
      const { accountId } = committed.change.after.resource;
      const group = accounts.get(accountId) ?? { first: sequence, changes: [], joins: [] };
      accounts.set(accountId, { ...group, changes: [...group.changes, committed.change] });
    }
    const moved = committed?.kind === 'card' ? movedLists(committed.change) : [];
    if (committed?.kind === 'card' && moved.length > 0) {
      const { accountId } = committed.change.after;
      const group = accounts.get(accountId) ?? { first: sequence, changes: [], joins: [] };
      const joins = moved.flatMap((type) => CATALOGUE.rules.joinsReading.get(type) ?? []);
      accounts.set(accountId, { ...group, joins: [...group.joins, ...joins] });
    }
    if (committed?.kind === 'score' && committed.change.after.scope !== ORGANIZATION) {
      const { asOf } = committed.change.after;
      organization = {
        first: organization?.first ?? sequence,
        asOf: asOf > (organization?.asOf ?? '') ? asOf : (organization?.asOf ?? asOf),
      };
    }
  }

  for (const [accountId, { first, changes, joins }] of accounts) {
    await attempt(first, failed, { accountId }, () => rescoreAccount(accountId, changes, dependencies, joins));
  }
  if (organization) {
    const { first, asOf } = organization;
    await attempt(first, failed, { organization: true }, () => rescoreOrganization(asOf, dependencies));
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
};

async function attempt(
  first: string,
  failed: string[],
  subject: Record<string, unknown>,
  score: () => Promise<{ revision: number; scorecard: { overall: number | null } } | undefined>,
): Promise<void> {
  try {
    const scored = await score();
    if (scored) logger.info('scored', { ...subject, revision: scored.revision, overall: scored.scorecard.overall });
  } catch (error) {
    logger.error('not scored', { ...subject, error: error as Error });
    failed.push(first);
  }
}
