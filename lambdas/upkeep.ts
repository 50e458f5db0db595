import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { dynamoStateStore } from '../adapters/aws/dynamo-state-store.ts';
import { dynamoHeartbeats } from '../adapters/aws/heartbeats.ts';
import { shardOf } from '../adapters/aws/keys.ts';
import { dynamoPlanStore } from '../adapters/aws/plan-store.ts';
import { sqsScoringQueue } from '../adapters/aws/scoring-queue.ts';
import { CATALOGUE } from '../controls/catalogue.ts';
import { heal, markAll, retryBehind } from '../core/pipeline/scoring-run.ts';
import { markDaily } from '../core/pipeline/upkeep.ts';
import { ORGANIZATION } from '../core/ports.ts';
import { requireEnv } from './environment.ts';

const logger = new Logger();
const metrics = new Metrics();
const sqs = new SQSClient();
const client = new DynamoDBClient();
const tables = { stateTable: requireEnv('STATE_TABLE'), scoresTable: requireEnv('SCORES_TABLE') };
const store = dynamoStateStore(client, tables);
const heartbeats = dynamoHeartbeats(client, tables);
const plan = dynamoPlanStore(client, tables.stateTable);
const live = { store, catalogue: CATALOGUE, queue: sqsScoringQueue(sqs, requireEnv('SCORING_QUEUE_URL')), now: Date.now };
/** Runs that no live change waits for. */
const context = { store, queue: sqsScoringQueue(sqs, requireEnv('REJUDGE_QUEUE_URL')), now: Date.now };

/** Thrown if the function receives an unknown task. */
class UnknownTaskError extends Error {
  override readonly name = 'UnknownTaskError';
}

/** Returns the organization and the accounts: those with a scorecard, and those that are read, also if the scorecards are lost. */
async function scopes(): Promise<string[]> {
  const listed = (await plan.readAccounts('LISTED'))?.accountIds ?? [];
  return [...new Set([...(await store.listAccountStatuses()).keys(), ...listed, ORGANIZATION])];
}

async function rescore(): Promise<void> {
  logger.info('everything is scored again', { scopes: await markAll(await scopes(), context) });
}

/** Keeps scorecards current where no change asks for a run: docs/adr/0027-one-scoring-at-a-time.md. */
const TASKS: Readonly<Record<string, () => Promise<void>>> = {
  /** Each minute: tries again what could not be scored, and answers the request to score everything. */
  retry: async () => {
    const behind = await retryBehind(live);
    metrics.addMetric('AccountsBehind', MetricUnit.Count, behind.length);
    for (const { scope, since, attempts, reason } of behind.slice(0, 10)) logger.warn('behind', { scope, since, attempts, reason });
    const asked = await heartbeats.asked();
    if (asked === undefined) return;
    await rescore();
    await heartbeats.answer(asked);
  },
  /** Each hour: writes heartbeats, finds scopes without a current run, and asks for what grows old. */
  heal: async () => {
    const now = new Date().toISOString();
    await heartbeats.beat(now);
    const known = await scopes();
    const healed = await heal(known, live);
    const accounts = known.filter((scope) => scope !== ORGANIZATION);
    const marked = await markDaily(accounts, shardOf, { ...context, wheels: plan, now: () => new Date().toISOString() });
    logger.info('upkeep', { scopes: known.length, healed, marked });
  },
  /** After a deployment, or by hand: has everything scored again. */
  rescore,
};

export const handler = async ({ task }: { readonly task?: unknown }): Promise<void> => {
  const run = typeof task === 'string' && Object.hasOwn(TASKS, task) ? TASKS[task] : undefined;
  try {
    if (!run) throw new UnknownTaskError(`the task is ${JSON.stringify(task)}, but must be one of ${Object.keys(TASKS).join(', ')}`);
    await run();
  } finally {
    metrics.publishStoredMetrics();
  }
};
