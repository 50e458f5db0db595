import { Duration } from 'aws-cdk-lib';
import { type EventBus, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { CloudTrailTrigger } from '../core/control.ts';
import { LIVE_READ_CONCURRENCY } from '../core/deployment/options.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { apiCallPatterns, deployed } from './event-patterns.ts';
import { Handler } from './handler.ts';
import { BY_ACCOUNT, type Ingestion, type MemberAccess } from './ingestion.ts';
import { MEMBER_ROLE_NAME, WILDCARDS } from './least-privilege.ts';
import type { State } from './state.ts';

/** The accounts of an organization to read. */
export interface SweptMembers extends MemberAccess {
  /** Organizational units, or the root, whose accounts are read. */
  readonly organizationalUnits: readonly string[];
}

export interface SweepProps {
  readonly state: State;
  /** Provides the bus on which changes arrive, and the queue for messages that csmm could not understand. */
  readonly ingestion: Ingestion;
  /** Calls after which readers run again. */
  readonly apiCalls: readonly CloudTrailTrigger[];
  /** Regions to read in addition to the stack's own. */
  readonly otherRegions: readonly string[];
  /** Whether to evaluate this account although no stack set reaches it. */
  readonly ownChanges: boolean;
  /** @default - no other account is read */
  readonly members?: SweptMembers;
  /** Number of units of the sweep that run concurrently. The rest waits in the queue. */
  readonly concurrency: number;
  readonly logRetention: RetentionDays;
}

/** How often the planner looks for what is due. A run without anything due costs a read. What is due when: core/pipeline/plan.ts. */
const EACH_MINUTE = Duration.minutes(1);
const EACH_TURN = Duration.minutes(5);

/** Maximum run time that Lambda allows: a list may have hundreds of pages. */
export const LONGEST = Duration.minutes(15);

/**
 * Time after which a message comes again if its run died. The function itself sends a failed read again, within a minute. Lambda asks
 * for six times the function's timeout, in case it has no room for a message: the mappings' bounds reserve that room, and twice suffices.
 */
const VISIBILITY = Duration.seconds(2 * LONGEST.toSeconds());

/** Reads the AWS APIs: everything once a day and after each deployment, and changed resources soon after the call that changed them. */
export class Sweep extends Construct {
  /** Single API reads that wait for `read`: what events ask for, and what is made again. */
  readonly readings: Queue;
  /** Units of the sweep that wait for `read`, in a queue of their own, so that nothing live waits behind a sweep. */
  readonly units: Queue;
  /** The function that runs API reads. */
  readonly reader: Handler;
  /** The function that decides which reads are due, and what has expired. */
  readonly planner: Handler;
  /** Reads that still failed after half an hour or died five times, and runs of the planner that failed three times. */
  readonly failures: DeadLetterQueue;
  /** Events that EventBridge could not deliver to the queue or the function. */
  readonly undelivered: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: SweepProps) {
    super(scope, id);
    this.failures = new DeadLetterQueue(this, 'Failures');
    this.undelivered = new DeadLetterQueue(this, 'Undelivered');
    this.readings = this.createQueue('Readings', { deliveryDelay: Duration.seconds(30) });
    this.units = this.createQueue('Units');
    this.reader = this.createReader(props);
    this.planner = this.createPlanner(props);
    this.schedule();
    this.takeFrom('Ingest', props.apiCalls, props.ingestion.bus);
    if (props.ownChanges) this.takeFrom('Own', props.apiCalls);
  }

  /** Creates a queue. A delay lets the APIs settle after a call. The next sweep replaces messages that are older than two days. */
  private createQueue(id: string, props: Pick<QueueProps, 'deliveryDelay'> = {}): Queue {
    return new Queue(this, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      ...props,
      visibilityTimeout: VISIBILITY,
      retentionPeriod: Duration.days(2),
      deadLetterQueue: { queue: this.failures, maxReceiveCount: 5 },
    });
  }

  private createReader({ state, ingestion, members, concurrency, logRetention, ...extent }: SweepProps): Handler {
    const reader = new Handler(this, 'Read', {
      service: 'read',
      timeout: LONGEST,
      // One processor: a unit parses the answers of some 45 calls at once.
      memorySize: 1769,
      logRetention,
      wildcards: [WILDCARDS.evidence, ...(members ? [WILDCARDS.accounts, WILDCARDS.memberRole] : [])],
      environment: {
        ...environmentOf({ ...extent, members }),
        STATE_TABLE: state.state.tableName,
        READINGS_QUEUE_URL: this.readings.queueUrl,
        SWEEP_QUEUE_URL: this.units.queueUrl,
        REJECTED_QUEUE_URL: ingestion.rejected.queueUrl,
        FAILURES_QUEUE_URL: this.failures.queueUrl,
        ...(members && { MEMBER_ROLE_NAME, MEMBER_EXTERNAL_ID: members.externalId }),
      },
    });
    state.grantState(reader, ...COLLECTS);
    state.keepSettings(reader);
    for (const queue of [this.readings, this.units, this.failures, ingestion.rejected]) queue.grant(reader, 'sqs:SendMessage');
    reader.allow(WILDCARDS.evidence, '*');
    if (members) {
      reader.allow(WILDCARDS.accounts, '*');
      reader.allowMemberRole(members.organizationId);
    }
    reader.addEventSource(
      new SqsEventSource(this.readings, {
        batchSize: 20,
        maxBatchingWindow: Duration.seconds(5),
        reportBatchItemFailures: true,
        maxConcurrency: LIVE_READ_CONCURRENCY,
      }),
    );
    reader.addEventSource(new SqsEventSource(this.units, { batchSize: 1, reportBatchItemFailures: true, maxConcurrency: concurrency }));
    return reader;
  }

  /** Creates the planner. Its callers do not wait for it, so Lambda itself retries twice. Then the event goes to the dead-letter queue. */
  private createPlanner({ state, members, logRetention, ...extent }: SweepProps): Handler {
    const planner = new Handler(this, 'Plan', {
      service: 'sweep',
      timeout: LONGEST,
      memorySize: 1024,
      logRetention,
      wildcards: members ? [WILDCARDS.accounts] : [],
      environment: {
        ...environmentOf({ ...extent, members }),
        STATE_TABLE: state.state.tableName,
        SCORES_TABLE: state.scores.tableName,
        READINGS_QUEUE_URL: this.readings.queueUrl,
        SWEEP_QUEUE_URL: this.units.queueUrl,
      },
    });
    state.grantState(planner, ...COLLECTS);
    state.grantScores(planner, 'dynamodb:Query');
    this.readings.grant(planner, 'sqs:SendMessage');
    this.units.grant(planner, 'sqs:SendMessage', 'sqs:GetQueueAttributes');
    if (members) planner.allow(WILDCARDS.accounts, '*');
    planner.function.configureAsyncInvoke({ retryAttempts: 2, onFailure: new SqsDestination(this.failures) });
    return planner;
  }

  /**
   * Schedules the planner's tasks. A walk over all accounts starts after a deployment, by CloudFormation's own event. A custom resource
   * would need another function and role, and could roll the deployment back.
   */
  private schedule(): void {
    const start = (
      ruleId: string,
      task: 'sweep' | 'walk' | 'expire' | 'tick',
      when: Pick<ConstructorParameters<typeof Rule>[2] & object, 'schedule' | 'eventPattern'>,
    ) =>
      new Rule(this, ruleId, {
        ...when,
        targets: [
          new LambdaFunction(this.planner.function, { event: RuleTargetInput.fromObject({ task }), deadLetterQueue: this.undelivered }),
        ],
      });
    start('Due', 'sweep', { schedule: Schedule.rate(EACH_MINUTE) });
    start('Deployed', 'walk', { eventPattern: deployed(this) });
    start('Expire', 'expire', { schedule: Schedule.rate(EACH_TURN) });
    start('EachMinute', 'tick', { schedule: Schedule.rate(EACH_MINUTE) });
  }

  /** Puts the calls that a bus, by default the account's own, reports into the queue. */
  private takeFrom(prefix: string, apiCalls: readonly CloudTrailTrigger[], bus?: EventBus): void {
    for (const [index, eventPattern] of apiCallPatterns(apiCalls).entries()) {
      new Rule(this, `${prefix}ApiCalls${index + 1}`, {
        ...(bus && { eventBus: bus }),
        eventPattern,
        targets: [new SqsQueue(this.readings, { deadLetterQueue: this.undelivered, messageGroupId: BY_ACCOUNT })],
      });
    }
  }
}

/** Actions that commit resources and find those that are gone. */
export const COLLECTS = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:Query'];

/** Returns the environment variables that describe what csmm evaluates. */
export const environmentOf = ({
  otherRegions,
  ownChanges,
  members,
}: Pick<SweepProps, 'otherRegions' | 'ownChanges'> & { readonly members: SweptMembers | undefined }): Record<string, string> => ({
  OTHER_REGIONS: otherRegions.join(','),
  READS_ITSELF: String(ownChanges),
  ...(members && { ORGANIZATIONAL_UNITS: members.organizationalUnits.join(',') }),
});
