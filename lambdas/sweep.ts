import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { dynamoStateStore } from '../adapters/aws/dynamo-state-store.ts';
import { shardOf } from '../adapters/aws/keys.ts';
import { jitteredPause } from '../adapters/aws/pause.ts';
import { dynamoPlanStore } from '../adapters/aws/plan-store.ts';
import { READERS } from '../adapters/aws/readers/index.ts';
import { sqsReadings, sqsSweep } from '../adapters/aws/readings-queue.ts';
import { dynamoSettingsStore } from '../adapters/aws/settings-store.ts';
import { CATALOGUE } from '../controls/catalogue.ts';
import { latestBelieved } from '../core/instant.ts';
import { collectLists } from '../core/pipeline/collect.ts';
import { endExceptions, spreadSettings } from '../core/pipeline/collect-settings.ts';
import { beginSweep, type PlanDependencies, type PlanOutcome, sendDue, sweepDue, visitHourly } from '../core/pipeline/plan.ts';
import { expiredLists, isSwept } from '../core/pipeline/sweep.ts';
import { lateTurns, SLOTS, turnAt } from '../core/pipeline/wheel.ts';
import { requireEnv } from './environment.ts';
import { type Estate, estateOf } from './estate.ts';
import { hasTime } from './readings.ts';

const logger = new Logger();
const metrics = new Metrics();
const client = new DynamoDBClient();
const sqs = new SQSClient();
const store = dynamoStateStore(client, { stateTable: requireEnv('STATE_TABLE'), scoresTable: requireEnv('SCORES_TABLE') });
const settings = dynamoSettingsStore(client, requireEnv('STATE_TABLE'));
const plan = dynamoPlanStore(client, requireEnv('STATE_TABLE'));
const readings = sqsReadings(sqs, requireEnv('READINGS_QUEUE_URL'));
const units = sqsSweep(sqs, requireEnv('SWEEP_QUEUE_URL'));
const now = (): string => new Date().toISOString();
const dependencies = { store, rules: CATALOGUE.rules, pause: jitteredPause, settings, now, latest: () => latestBelieved(Date.now()) };

/** Thrown if the function receives an unknown task. */
class UnknownTaskError extends Error {
  override readonly name = 'UnknownTaskError';
}

/** Thrown after a run in which single accounts failed. The others continued. */
class AccountsFailedError extends AggregateError {
  override readonly name = 'AccountsFailedError';
}

/**
 * The work that no event starts, in small steps: docs/adr/0031-units-and-the-wheel.md. Each task does what is due and remembers how far it
 * is, so that a missed run is made up by the next one.
 */
const TASKS: Readonly<Record<string, (estate: Estate, context: Context) => Promise<void>>> = {
  /** Queues the units that are due, and applies the settings to their accounts. */
  sweep,
  /** Has everything read again, as after a deployment. */
  walk: async (estate, context) => {
    const { walk } = await beginSweep({ plan, now });
    logger.info('walk begun', { generation: walk?.generation });
    await sweep(estate, context);
  },
  /** Expires old evidence. */
  expire,
  /** Ends expired exceptions, and queues the due reads. */
  tick: async () => {
    // API reads do not wait for settings that cannot be read.
    const later = await sendDue((due) => readings.send(due), { plan, now });
    if (later > 0) logger.info('readings due', { readings: later });
    const accounts = await endExceptions(scoredAccounts, dependencies);
    if (accounts > 0) logger.info('exceptions ended', { accounts });
  },
};

export const handler = async ({ task }: { readonly task?: unknown }, context: Context): Promise<void> => {
  const run = typeof task === 'string' && Object.hasOwn(TASKS, task) ? TASKS[task] : undefined;
  try {
    if (!run) throw new UnknownTaskError(`the task is ${JSON.stringify(task)}, but must be one of ${Object.keys(TASKS).join(', ')}`);
    await run(estateOf(context), context);
  } finally {
    metrics.publishStoredMetrics();
  }
};

const scoredAccounts = async (): Promise<string[]> => [...(await store.listAccountStatuses()).keys()];

const planning = ({ regions, ownAccountId, accountIds }: Estate, context: Context): PlanDependencies => ({
  plan,
  units,
  listAccounts: accountIds,
  scoredAccounts,
  slotOf: (accountId) => shardOf(accountId, SLOTS),
  regions,
  ownAccountId,
  hasTime: () => hasTime(context),
  now,
});

async function sweep(estate: Estate, context: Context): Promise<void> {
  const outcome = await sweepDue((accountIds) => spreadSettings(accountIds, dependencies), planning(estate, context));
  const { done, wheel } = outcome;
  metrics.addMetric('UnitsDue', MetricUnit.Count, done);
  metrics.addMetric('SweepTurnsLate', MetricUnit.Count, lateTurns(wheel, turnAt(now())));
  if (done > 0) logger.info('units sent', { units: done, generation: wheel.walk?.generation, slotsLeft: wheel.walk?.left });
  report(outcome);
}

async function expire(estate: Estate, context: Context): Promise<void> {
  const { regions } = estate;
  let expired = 0;
  const outcome = await visitHourly(
    async (accountId) => {
      const present = now();
      for (const card of await store.readCards(accountId)) {
        const entries = expiredLists(card, present, (entry) => isSwept(entry, READERS, regions));
        expired += (await collectLists(entries, dependencies)).filter((outcome) => outcome === 'applied').length;
      }
    },
    planning(estate, context),
  );
  metrics.addMetric('EvidenceExpired', MetricUnit.Count, expired);
  if (expired > 0) logger.info('evidence expired', { accounts: outcome.done, entries: expired });
  report(outcome);
}

/** @throws AccountsFailedError if single accounts failed. */
function report({ problems }: PlanOutcome): void {
  if (problems.length === 0) return;
  for (const error of problems.slice(0, 10)) logger.error('account failed', { error: error as Error });
  throw new AccountsFailedError(problems, `${problems.length} accounts failed; the others continued`);
}
