import {
  brief,
  type Check,
  counted,
  duration,
  fail,
  isKnown,
  type Known,
  type Subject,
  shellWord,
  unknown,
  unread,
  warn,
} from './check.ts';
import { type Deployed, resourceChecks } from './stacks.ts';

/** Checks of what a deployment keeps: queues, alarms and tables. */

/** A queue of SQS. */
export interface QueueState {
  /** Messages that wait, those that a function works on, and those that are not due yet. */
  readonly waiting: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly retentionSeconds: number;
  /** Whether messages that fail go to another queue. A queue without one is the last place of a message. */
  readonly hasDeadLetters: boolean;
  /** Age of the oldest message; `null` if CloudWatch measured nothing in the last minutes. */
  readonly oldestSeconds: Known<number | null>;
  /** Limit of the alarm of the deployment, in seconds. */
  readonly limitSeconds?: number;
}

/** Longest wait if no alarm has a limit. */
const LONGEST_WAIT_SECONDS = 3600;

/** Evaluates the queues. */
export const queueChecks = (queues: readonly Deployed<QueueState>[]): Check[] =>
  resourceChecks(
    queues,
    { group: 'queues', id: 'queues', singular: 'queue', plural: 'queues' },
    (state, queue, subject) => (state.hasDeadLetters ? waitingProblems(state, queue, subject) : deadLetterProblems(state, queue, subject)),
    'dead-letter queues are empty and nothing waits too long',
  );

function deadLetterProblems(
  { waiting, inFlight, oldestSeconds }: QueueState,
  { logicalId, name, region }: Deployed<QueueState>,
  subject: Subject,
): Check[] {
  const count = waiting + inFlight;
  if (count === 0) return [];
  const age = isKnown(oldestSeconds) && oldestSeconds !== null ? `, the oldest for ${duration(oldestSeconds)}` : '';
  return [
    fail({ ...subject, id: 'dead-letters' }, `${counted(count, 'message')} in the dead-letter queue ${logicalId}${age}`, {
      fix: 'look the queue up in docs/operations.md, fix the cause, then redrive the messages',
      command: `aws sqs receive-message --queue-url ${shellWord(name)} --region ${shellWord(region)} --message-attribute-names All --visibility-timeout 0`,
    }),
  ];
}

function waitingProblems(state: QueueState, { logicalId, name, region }: Deployed<QueueState>, subject: Subject): Check[] {
  const { waiting, oldestSeconds, retentionSeconds, limitSeconds = LONGEST_WAIT_SECONDS } = state;
  if (!isKnown(oldestSeconds)) return [unread(subject, `the age of the oldest message of the queue ${logicalId}`, oldestSeconds)];
  const age = oldestSeconds ?? 0;
  const message = `${counted(waiting, 'message')} in the queue ${logicalId}, the oldest for ${duration(age)}`;
  const command = `aws sqs get-queue-attributes --queue-url ${shellWord(name)} --region ${shellWord(region)} --attribute-names All`;
  if (age > retentionSeconds / 2) {
    return [
      fail(subject, `${message}: SQS deletes messages after ${duration(retentionSeconds)}`, {
        fix: 'repair the function that reads the queue',
        command,
      }),
    ];
  }
  if (age <= limitSeconds) return [];
  return [
    warn(subject, `${message} (limit: ${duration(limitSeconds)})`, {
      fix: 'look at the errors and the concurrency of the function that reads the queue',
      command,
    }),
  ];
}

/** An alarm of CloudWatch. */
export interface AlarmState {
  /** `OK`, `ALARM` or `INSUFFICIENT_DATA`. */
  readonly state: string;
  readonly reason: string;
  /** Whether a topic or another action hears of it. */
  readonly notifies: boolean;
  /** The metric and the limit, for an alarm on one metric. */
  readonly metric?: { readonly name: string; readonly dimensions: Readonly<Record<string, string>>; readonly threshold: number };
}

/**
 * Evaluates the alarms. An alarm of another Region has no action of its own: its stack forwards its events to the home Region.
 */
export function alarmChecks(alarms: readonly Deployed<AlarmState>[], homeRegion: string): Check[] {
  const checks = resourceChecks(
    alarms,
    { group: 'alarms', id: 'alarms', singular: 'alarm', plural: 'alarms' },
    alarmProblems,
    'none fires',
  );
  const silent = alarms.filter(({ region, value }) => region === homeRegion && isKnown(value) && value?.notifies === false);
  if (silent.length === 0) return checks;
  return [
    ...checks,
    warn({ group: 'alarms', id: 'alarm-actions' }, `${counted(silent.length, 'alarm')} without a notification`, {
      fix: 'deploy with the ARN of a topic in the home Region as -c alarmTopicArn=…',
    }),
  ];
}

function alarmProblems({ state, reason }: AlarmState, { logicalId, name, region }: Deployed<AlarmState>, subject: Subject): Check[] {
  if (state === 'OK' || state === 'INSUFFICIENT_DATA') return [];
  if (state !== 'ALARM') return [unknown(subject, `the alarm ${logicalId}`, state)];
  return [
    fail(subject, `the alarm ${logicalId} fires: ${brief(reason)}`, {
      fix: 'look the alarm up in docs/operations.md',
      command: `aws cloudwatch describe-alarm-history --alarm-name ${shellWord(name)} --region ${shellWord(region)} --max-items 5`,
    }),
  ];
}

/** A table of DynamoDB. */
export interface TableState {
  /** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html */
  readonly status: string;
  readonly isProtected: boolean;
  /** Time since when DynamoDB cannot use the KMS key of the table, ISO-8601 UTC. */
  readonly keyInaccessibleSince?: string;
}

/** Evaluates the tables. @param removeData whether the deployment deletes its tables with the stack */
export const tableChecks = (tables: readonly Deployed<TableState>[], removeData: boolean): Check[] =>
  resourceChecks(
    tables,
    { group: 'tables', id: 'tables', singular: 'table', plural: 'tables' },
    (state, table, subject) => tableProblems(state, table, subject, removeData),
    'active',
  );

function tableProblems(
  { status, isProtected, keyInaccessibleSince }: TableState,
  { logicalId, name, region }: Deployed<TableState>,
  subject: Subject,
  removeData: boolean,
): Check[] {
  const command = `aws dynamodb describe-table --table-name ${shellWord(name)} --region ${shellWord(region)}`;
  if (keyInaccessibleSince !== undefined || status === 'INACCESSIBLE_ENCRYPTION_CREDENTIALS') {
    const since = keyInaccessibleSince === undefined ? '' : ` since ${keyInaccessibleSince}`;
    return [
      fail(subject, `DynamoDB cannot use the key of the table ${logicalId}${since}`, {
        fix: 'enable the KMS key within seven days: DynamoDB archives the table then',
        command,
      }),
    ];
  }
  if (status === 'UPDATING' || status === 'CREATING')
    return [warn(subject, `the table ${logicalId} is ${status}`, { fix: 'run csmm doctor again in some minutes', command })];
  if (['DELETING', 'ARCHIVING', 'ARCHIVED'].includes(status))
    return [
      fail(subject, `the table ${logicalId} is ${status}`, {
        fix: 'restore the table: see "Restore a table" in docs/operations.md',
        command,
      }),
    ];
  if (status !== 'ACTIVE') return [unknown(subject, `the table ${logicalId}`, status)];
  if (isProtected || removeData) return [];
  return [
    warn({ ...subject, id: 'table-protection' }, `the table ${logicalId} has no deletion protection`, {
      fix: 'turn it on',
      command: `aws dynamodb update-table --table-name ${shellWord(name)} --region ${shellWord(region)} --deletion-protection-enabled`,
    }),
  ];
}

/** The limits of the alarms of a deployment. */
export interface Limits {
  /** Oldest message of a queue, in seconds, by name of the queue. */
  readonly queues: ReadonlyMap<string, number>;
  /** Delay behind a stream, in seconds, by name of the function. */
  readonly streams: ReadonlyMap<string, number>;
}

/** Returns the limits of the alarms: those of the deployment are the only ones that csmm knows. */
export function limitsOf(alarms: readonly Deployed<AlarmState>[]): Limits {
  const limits = { queues: new Map<string, number>(), streams: new Map<string, number>() };
  for (const { value } of alarms) {
    const metric = isKnown(value) ? value?.metric : undefined;
    const { QueueName, FunctionName } = metric?.dimensions ?? {};
    if (metric?.name === 'ApproximateAgeOfOldestMessage' && QueueName !== undefined) limits.queues.set(QueueName, metric.threshold);
    if (metric?.name === 'IteratorAge' && FunctionName !== undefined) limits.streams.set(FunctionName, metric.threshold / 1000);
  }
  return limits;
}
