import { createHash } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, DynamoDBStreamEvent, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { dynamoStateStore } from '../adapters/aws/dynamo-state-store.ts';
import { kmsSeal } from '../adapters/aws/kms-seal.ts';
import { jitteredPause } from '../adapters/aws/pause.ts';
import { READERS } from '../adapters/aws/readers/index.ts';
import { sqsRejects } from '../adapters/aws/rejects.ts';
import { dynamoRemediationStore } from '../adapters/aws/remediation-store.ts';
import { dynamoSettingsStore } from '../adapters/aws/settings-store.ts';
import { parseRemediationRecord } from '../adapters/aws/stream.ts';
import { CATALOGUE } from '../controls/catalogue.ts';
import { REMEDIES } from '../controls/remedies.ts';
import { forEachAtOnce } from '../core/concurrency.ts';
import type { ResourceType } from '../core/control.ts';
import { latestBelieved, millisecondsOf } from '../core/instant.ts';
import { GLOBAL, SEVERITIES } from '../core/model.ts';
import type { CollectDependencies } from '../core/pipeline/collect.ts';
import { UnreadableItemError } from '../core/ports.ts';
import { resultOf, unknown } from '../core/remediation/model/known.ts';
import { minutesAfter } from '../core/remediation/model/minutes.ts';
import { reEvaluate } from '../core/remediation/plan/re-evaluate.ts';
import { DRIFT_CONTROL, type DriftDependencies, noteChange, reEvaluatePolicy } from '../core/remediation/policy-drift/drift.ts';
import { isApiCall, readPolicyEvent } from '../core/remediation/policy-drift/policy-change.ts';
import { isPolicyRef } from '../core/remediation/policy-drift/policy-document.ts';
import type { RemediationDependencies } from '../core/remediation/ports.ts';
import { advance, postpone } from '../core/remediation/run/advance.ts';
import { beat } from '../core/remediation/run/heartbeat.ts';
import { noteDryRuns } from '../core/remediation/run/note-dry-runs.ts';
import { takeTurns } from '../core/remediation/run/queue.ts';
import { readRecord } from './changes.ts';
import { requireEnv } from './environment.ts';
import { type Estate, estateOf } from './estate.ts';
import { hasTime, makeReading } from './readings.ts';
import { OWN, runbooksOf } from './runbooks.ts';

const logger = new Logger();
const metrics = new Metrics();
const client = new DynamoDBClient();
const stateTable = requireEnv('STATE_TABLE');
const state = dynamoStateStore(client, { stateTable });
const settings = dynamoSettingsStore(client, stateTable);
const store = dynamoRemediationStore(client, requireEnv('REMEDIATIONS_TABLE'));
const rejects = sqsRejects(new SQSClient(), requireEnv('FAILURES_QUEUE_URL'));
const kms = new KMSClient();
const seals = { engine: kmsSeal(kms, requireEnv('ENGINE_KEY')), people: kmsSeal(kms, requireEnv('PEOPLE_KEY')) };
const now = (): string => new Date().toISOString();

/** Number of remediations that one function processes in parallel. Each can read a Region of an account. */
const AT_ONCE = 4;
/** Maximum numbers of due remediations of one tick. The next tick processes the others. */
const TURN = { all: 100, perAccount: 25 } as const;
/** Maximum number of due remediations that a tick lists, to choose from. */
const MAX_LISTED = 20_000;
/** Interval between two looks for old approvals, in minutes. */
const APPROVALS_EVERY_MINUTES = 60;
/** Interval between two checks for new accounts, in minutes. */
const ACCOUNTS_EVERY_MINUTES = 60;

/** Thrown if the function is invoked with an unknown task. */
class UnknownTaskError extends Error {
  override readonly name = 'UnknownTaskError';
}

/**
 * Runs the due steps of remediations. A tick (`{task: 'tick'}`) processes all due remediations. A change of a remediation or the end of its
 * execution processes that remediation. If it fails, the next tick recovers.
 */
export const handler = async (
  event: { readonly task?: unknown } | SQSEvent | DynamoDBStreamEvent,
  context: Context,
): Promise<SQSBatchResponse | undefined> => {
  const dependencies = dependenciesOf(context);
  try {
    if ('Records' in event) return await wake(event.Records, dependencies, context);
    if (event.task !== 'tick') throw new UnknownTaskError(`unknown task: given ${JSON.stringify(event.task)}; allowed "tick"`);
    await tick(dependencies, context);
    return undefined;
  } finally {
    metrics.publishStoredMetrics();
  }
};

/** Revision of the settings for which the starts of all dry-run periods are stored, and the time. */
let noted = { revision: 0, at: '' };

async function tick(dependencies: RemediationDependencies, context: Context): Promise<void> {
  await unlessItFails('cannot record the tick', () => beat(dependencies));
  await unlessItFails('cannot store the dry-run periods', () => noteAppliedDryRuns(dependencies, estateOf(context)));
  await unlessItFails('cannot find old approvals', measureApprovals);
  const due = await store.listDue(now(), MAX_LISTED);
  await forEachAtOnce(takeTurns(due, severityOf, TURN), AT_ONCE, ({ id }) => step(id, dependencies, context));
  metrics.addMetric('RemediationTicks', MetricUnit.Count, 1);
}

/** Time at which this process last looked for old approvals. */
let approvalsAt = '';

/** Measures each hour how long the oldest plan has waited for an approval. */
async function measureApprovals(): Promise<void> {
  const at = now();
  if (approvalsAt !== '' && at < minutesAfter(approvalsAt, APPROVALS_EVERY_MINUTES)) return;
  const waiting = await store.listRemediations({ statuses: ['WAITING_FOR_APPROVAL', 'HALF_APPROVED'] }, () => undefined);
  const since = waiting.reduce((oldest, { updatedAt }) => (updatedAt < oldest ? updatedAt : oldest), at);
  metrics.addMetric('OldestApproval', MetricUnit.Seconds, (millisecondsOf(at) - millisecondsOf(since)) / 1000);
  approvalsAt = at;
}

const RANKS = new Map(CATALOGUE.controls.map(({ id, severity }) => [id, SEVERITIES.indexOf(severity)]));
const severityOf = (controlId: string): number => RANKS.get(controlId) ?? SEVERITIES.length;

/** Runs a part of a tick that must not block running executions. For decisions, a missing record is an unread guard. */
async function unlessItFails(failure: string, part: () => Promise<void>): Promise<void> {
  try {
    await part();
  } catch (error) {
    metrics.addMetric('RemediationErrors', MetricUnit.Count, 1);
    logger.error(failure, { error: error as Error });
  }
}

/** Stores the starts of dry-run periods after a change of the settings, and every hour for new accounts. */
async function noteAppliedDryRuns(dependencies: RemediationDependencies, estate: Estate): Promise<void> {
  const applied = await settings.readSettings();
  if (!applied || (applied.revision === noted.revision && now() < minutesAfter(noted.at, ACCOUNTS_EVERY_MINUTES))) return;
  const at = now();
  const needsUnits = applied.document.remediation?.rules.some(({ organizationalUnits }) => organizationalUnits !== undefined) ?? false;
  let isNoted = true;
  for (const accountId of await estate.accountIds()) {
    const units = needsUnits ? await resultOf(() => dependencies.estate.unitsOf(accountId)) : unknown('no rule needs them');
    isNoted = (await noteDryRuns(applied.document, { accountId, units }, dependencies)) && isNoted;
  }
  if (isNoted) noted = { revision: applied.revision, at };
}

/** Runs one step of one remediation. Logs a failure and postpones the remediation, so that it does not block others. */
async function step(id: string, dependencies: RemediationDependencies, context: Context, woken = false): Promise<void> {
  if (!hasTime(context)) return;
  try {
    const advanced = await advance(id, dependencies, { woken });
    if (advanced)
      logger.info('remediation advanced', { id, controlId: advanced.controlId, status: advanced.status, reason: advanced.reason });
  } catch (error) {
    metrics.addMetric('RemediationErrors', MetricUnit.Count, 1);
    logger.error('cannot advance a remediation', { id, error: error as Error });
    if (error instanceof UnreadableItemError) await setAside(id, error);
    else await unlessItFails('cannot postpone a remediation', async () => void (await postpone(id, error as Error, dependencies)));
  }
}

/** Keeps a remediation that cannot be read in the dead-letter queue, so that it does not come before others in every tick. */
async function setAside(id: string, { message }: UnreadableItemError): Promise<void> {
  try {
    await rejects.keep(JSON.stringify({ remediationId: id }), message);
    await store.setAside(id);
  } catch (error) {
    logger.error('cannot set a remediation aside', { id, error: error as Error });
  }
}

type WakingRecord = SQSEvent['Records'][number] | DynamoDBStreamEvent['Records'][number];

type Dependencies = RemediationDependencies & DriftDependencies;

async function wake(records: readonly WakingRecord[], dependencies: Dependencies, context: Context): Promise<SQSBatchResponse> {
  const failed: string[] = [];
  for (const record of records) {
    const identifier = 'messageId' in record ? record.messageId : (record.dynamodb?.SequenceNumber ?? '');
    try {
      const id = 'messageId' in record ? await ofMessage(record.body, dependencies) : await ofChange(record);
      if (id !== undefined) await step(id, dependencies, context, 'messageId' in record);
    } catch (error) {
      logger.error('cannot process a record', { identifier, error: error as Error });
      if (error instanceof UnreadableItemError && 'messageId' in record) await reject(record.body, error.message);
      else failed.push(identifier);
    }
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** Returns the ID of a changed remediation if its next step is due now. */
async function ofChange(record: DynamoDBStreamEvent['Records'][number]): Promise<string | undefined> {
  const change = await readRecord(record, parseRemediationRecord, rejects, logger);
  return change?.after.dueAt !== undefined && change.after.dueAt <= now() ? change.after.id : undefined;
}

/** Processes a message. Returns the ID of the remediation whose execution has changed. A call of IAM wakes no remediation. */
async function ofMessage(body: string, dependencies: DriftDependencies): Promise<string | undefined> {
  const event = parsed(body);
  if (isApiCall(event)) return processCall(event, body, dependencies);
  const executionId = executionIn(event);
  if (executionId !== undefined) return store.findByExecution(executionId);
  await reject(body, 'the message has no execution ID');
  return undefined;
}

async function processCall(event: unknown, body: string, dependencies: DriftDependencies): Promise<undefined> {
  const read = readPolicyEvent(event, now());
  if (read.kind === 'rejected') await reject(body, read.reason);
  if (read.kind !== 'change') return;
  const { resource, call, by } = read.change;
  const noted = await noteChange(read.change, dependencies);
  if (noted.kind === 'drift') metrics.addMetric('RemediationsNoted', MetricUnit.Count, 1);
  logger.info('policy change processed', { outcome: noted.kind, call, by, ...resource });
}

async function reject(body: string, reason: string): Promise<void> {
  await rejects.keep(body, reason);
  logger.warn('message rejected', { reason });
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-events-eventbridge.html */
function executionIn(event: unknown): string | undefined {
  const { detail } = (event ?? {}) as { readonly detail?: { readonly ExecutionId?: unknown } | null };
  return typeof detail?.ExecutionId === 'string' ? detail.ExecutionId : undefined;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function dependenciesOf(context: Context): Dependencies {
  const estate = estateOf(context);
  const collecting = { store: state, rules: CATALOGUE.rules, pause: jitteredPause, latest: () => latestBelieved(Date.now()) };
  const read = (accountId: string, region: string, types: readonly ResourceType[]): Promise<string> =>
    readTypes(accountId, region, types, estate, context, collecting);
  const looking = { state, rules: CATALOGUE.rules, remedies: REMEDIES, read };
  const { automation, policies, readCalendars, ...runbooks } = runbooksOf(estate);
  const lookingAtPolicy = { store, policies, remedies: REMEDIES, state, now };
  return {
    store,
    settings,
    estate: {
      ...runbooks.estate,
      look: (controlId, resource, declared) =>
        controlId === DRIFT_CONTROL && isPolicyRef(resource)
          ? reEvaluatePolicy(resource, declared, lookingAtPolicy)
          : reEvaluate(controlId, resource, declared, looking),
    },
    readCalendars,
    automation,
    seals,
    own: OWN,
    globalRegion: estate.globalRegion,
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    now,
    policies,
  };
}

/** Runs every reader of these types in a Region. If the Region is `global`, runs them in every evaluated Region. */
async function readTypes(
  accountId: string,
  region: string,
  types: readonly ResourceType[],
  estate: Estate,
  context: Context,
  dependencies: CollectDependencies,
): Promise<string> {
  const startedAt = now();
  const due = READERS.filter(({ lists }) => lists.some((type) => types.includes(type))).flatMap((reader) => {
    const regions = reader.scope !== 'region' ? [GLOBAL] : region === GLOBAL ? estate.regions : [region];
    const account = reader.scope === 'organization' ? estate.ownAccountId : accountId;
    return regions.map((each) => ({ reader, reading: { accountId: account, region: each, reader: reader.id } }));
  });
  await forEachAtOnce(due, AT_ONCE, ({ reader, reading }) => makeReading(reading, reader, { estate, context, startedAt, dependencies }));
  return startedAt;
}
