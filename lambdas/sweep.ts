import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { dynamoStateStore } from '../adapters/aws/dynamo-state-store.ts';
import { jitteredPause } from '../adapters/aws/pause.ts';
import { READERS } from '../adapters/aws/readers/index.ts';
import { sqsReadings } from '../adapters/aws/readings-queue.ts';
import { dynamoSettingsStore } from '../adapters/aws/settings-store.ts';
import { CATALOGUE } from '../controls/catalogue.ts';
import { forEachAtOnce } from '../core/concurrency.ts';
import { latestBelieved } from '../core/instant.ts';
import { collectLists } from '../core/pipeline/collect.ts';
import { endExceptions, spreadSettings } from '../core/pipeline/collect-settings.ts';
import { expiredLists, isSwept, readingsOf } from '../core/pipeline/sweep.ts';
import { requireEnv } from './environment.ts';
import { type Estate, estateOf } from './estate.ts';

const logger = new Logger();
const metrics = new Metrics();
const client = new DynamoDBClient();
const store = dynamoStateStore(client, { stateTable: requireEnv('STATE_TABLE'), scoresTable: requireEnv('SCORES_TABLE') });
const settings = dynamoSettingsStore(client, requireEnv('STATE_TABLE'));
const readings = sqsReadings(new SQSClient(), requireEnv('READINGS_QUEUE_URL'));
const dependencies = {
  store,
  rules: CATALOGUE.rules,
  pause: jitteredPause,
  settings,
  now: () => new Date().toISOString(),
  latest: () => latestBelieved(Date.now()),
};

/** Thrown if the function receives an unknown task. */
class UnknownTaskError extends Error {
  override readonly name = 'UnknownTaskError';
}

/**
 * Starts the work that no event starts. `{task: 'sweep'}` queues a read of everything and applies the settings to every account.
 * `{task: 'expire'}` expires old evidence. `{task: 'tick'}` ends expired exceptions.
 */
export const handler = async (event: { readonly task?: unknown }, context: Context): Promise<void> => {
  const { task } = event;
  try {
    if (task === 'sweep') await sweep(estateOf(context));
    else if (task === 'expire') await expire(estateOf(context));
    else if (task === 'tick') await tick();
    else throw new UnknownTaskError(`the task is ${JSON.stringify(task)}, but must be "sweep", "expire" or "tick"`);
  } finally {
    metrics.publishStoredMetrics();
  }
};

/** Queues all reads and applies the settings, for the accounts that exist now. */
async function sweep({ ownAccountId, regions, accountIds }: Estate): Promise<void> {
  const accounts = await accountIds();
  const sent = await readings.send(readingsOf(READERS, { accountIds: accounts, regions, ownAccountId }));
  metrics.addMetric('ReadingsDue', MetricUnit.Count, sent);
  const declared = await spreadSettings([...new Set([...accounts, ...(await knownAccounts())])], dependencies);
  logger.info('sweep sent', { accounts: accounts.length, regions: regions.length, readings: sent, declared });
}

const knownAccounts = async (): Promise<string[]> => [...(await store.listAccountStatuses()).keys()];

async function tick(): Promise<void> {
  const accounts = await endExceptions(knownAccounts, dependencies);
  if (accounts > 0) logger.info('exceptions ended', { accounts });
}

/** Number of accounts whose lists are checked concurrently. */
const ACCOUNTS_AT_ONCE = 8;

async function expire({ regions }: Estate): Promise<void> {
  const now = new Date().toISOString();
  const accounts = await store.listAccountStatuses();
  let expired = 0;
  await forEachAtOnce(accounts.keys(), ACCOUNTS_AT_ONCE, async (accountId) => {
    for (const card of await store.readCards(accountId)) {
      const entries = expiredLists(card, now, (entry) => isSwept(entry, READERS, regions));
      expired += (await collectLists(entries, dependencies)).filter((outcome) => outcome === 'applied').length;
    }
  });
  metrics.addMetric('EvidenceExpired', MetricUnit.Count, expired);
  logger.info('evidence expired', { accounts: accounts.size, entries: expired });
}
