import { Aws, Duration } from 'aws-cdk-lib';
import { AttributeType, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type EventBus, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DUE_INDEX, REMEDIATION_PREFIX } from '../adapters/aws/remediation-keys.ts';
import { remediationEvents } from './event-patterns.ts';
import { Handler } from './handler.ts';
import type { Ingestion } from './ingestion.ts';
import { REMEDIATION_READ_ROLE_NAME, REMEDIATION_ROLE_NAME, WILDCARDS } from './least-privilege.ts';
import type { Notification } from './notification.ts';
import { ParkingQueue } from './parking-queue.ts';
import { denyWrites, KEY_USE, type State, tableKey, tableProps } from './state.ts';
import { readStream } from './stream-reader.ts';
import { COLLECTS, environmentOf, LONGEST, type SweptMembers } from './sweep.ts';

export interface RemediationProps {
  readonly state: State;
  /** Gives the bus on which the ends of executions arrive. */
  readonly ingestion: Ingestion;
  /** Gives the bus on which remediations are told. */
  readonly notification: Notification;
  /** The Regions that are evaluated beside the stack's own. */
  readonly otherRegions: readonly string[];
  /** Whether this account is evaluated though no stack set reaches it. */
  readonly ownChanges: boolean;
  /** Whether approved IAM policies are brought back. */
  readonly policyRestore: boolean;
  /** @default - no other account is put right */
  readonly members?: SweptMembers;
  /** What is said when the role that starts runbooks is assumed. */
  readonly externalId: string;
  readonly logRetention: RetentionDays;
  /** Whether the table goes with the stack. */
  readonly removeData: boolean;
  /** Whether the table is encrypted under a key of this account. */
  readonly customerManagedKey: boolean;
}

/** How often what is due is looked for. */
const TICK_EVERY = Duration.minutes(1);

/** What writing remediations needs: they are written in transactions that check other items. */
const COMMITS = ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:ConditionCheckItem'];

/** Kill switch, approved policies and budgets: who only notes failures writes none of them. */
const NOT_FOR_TRIAGE = ['K#*', 'P#*', 'B#*'];

/** The items of the table that are remediations. */
const OF_REMEDIATIONS = { pk: { S: [{ prefix: REMEDIATION_PREFIX }] } };

/** Notes failures, has runbooks put them right within what the owners allow, and tells what became of it. */
export class Remediation extends Construct {
  readonly table: TableV2;
  /** Ends of executions, and changes of policies, that wait to be dealt with. */
  readonly executions: Queue;
  /** Notes what fails. */
  readonly triage: Handler;
  /** Decides, starts, verifies, takes back. */
  readonly remediate: Handler;
  /** Tells what became of it. */
  readonly announce: Handler;
  /** Changes that nobody can read, and the positions of those that could not be noted for hours. */
  readonly triageFailures: ParkingQueue;
  /** Ends of executions that failed five times, ticks and changes that failed. */
  readonly remediateFailures: ParkingQueue;
  /** Remediations that nobody can read, and the positions of those that could not be told for hours. */
  readonly announceFailures: ParkingQueue;
  /** Events that EventBridge could not bring to the queue or the function. */
  readonly undelivered: ParkingQueue;

  private readonly key: Key | undefined;

  constructor(scope: Construct, id: string, props: RemediationProps) {
    super(scope, id);
    this.triageFailures = new ParkingQueue(this, 'TriageFailures');
    this.remediateFailures = new ParkingQueue(this, 'RemediateFailures');
    this.announceFailures = new ParkingQueue(this, 'AnnounceFailures');
    this.undelivered = new ParkingQueue(this, 'Undelivered');
    this.key = props.customerManagedKey ? tableKey(this, props.removeData) : undefined;
    this.table = new TableV2(this, 'Table', {
      ...tableProps(props.removeData, this.key),
      globalSecondaryIndexes: [
        {
          indexName: DUE_INDEX.indexName,
          partitionKey: { name: DUE_INDEX.partitionKey, type: AttributeType.STRING },
          sortKey: { name: DUE_INDEX.sortKey, type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
    this.executions = this.createQueue();
    this.triage = this.createTriage(props);
    this.remediate = this.createRemediate(props);
    this.announce = this.createAnnounce(props);
    this.schedule();
    this.takeFrom('Ingest', props, props.ingestion.bus);
    if (props.ownChanges) this.takeFrom('Own', props);
  }

  /** Six times the function's timeout is what Lambda asks of a queue that it reads. */
  private createQueue(): Queue {
    return new Queue(this, 'Executions', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(6 * LONGEST.toSeconds()),
      retentionPeriod: Duration.days(2),
      deadLetterQueue: { queue: this.remediateFailures, maxReceiveCount: 5 },
    });
  }

  private createTriage({ state, logRetention }: RemediationProps): Handler {
    const triage = new Handler(this, 'Triage', {
      service: 'triage',
      timeout: Duration.seconds(60),
      logRetention,
      environment: {
        STATE_TABLE: state.state.tableName,
        REMEDIATIONS_TABLE: this.table.tableName,
        FAILURES_QUEUE_URL: this.triageFailures.queueUrl,
      },
    });
    state.grantState(triage, 'dynamodb:GetItem', 'dynamodb:Query');
    this.grantTable(triage, COMMITS);
    denyWrites(triage, this.table, NOT_FOR_TRIAGE);
    this.readFindings(triage, state);
    return triage;
  }

  /** What rules find on single resources, and what joins find. */
  private readFindings(triage: Handler, { state }: State): void {
    readStream(triage, {
      table: state,
      failures: this.triageFailures,
      filters: ['R#', 'J#'].map((prefix) => ({ dynamodb: { Keys: { pk: { S: [{ prefix }] } } } })),
      batchSize: 100,
      batchingWindow: Duration.seconds(5),
    });
  }

  private createRemediate({ state, members, externalId, logRetention, ...extent }: RemediationProps): Handler {
    const { evidence, units, remediationReadRole, remediationRole } = WILDCARDS;
    const remediate = new Handler(this, 'Remediate', {
      service: 'remediate',
      timeout: LONGEST,
      memorySize: 1024,
      logRetention,
      wildcards: [evidence, ...(members ? [units, remediationReadRole, remediationRole] : [])],
      environment: {
        ...environmentOf({ ...extent, members }),
        STATE_TABLE: state.state.tableName,
        REMEDIATIONS_TABLE: this.table.tableName,
        FAILURES_QUEUE_URL: this.remediateFailures.queueUrl,
        REMEDIATION_ROLE_NAME,
        REMEDIATION_EXTERNAL_ID: externalId,
        ...(members && { MEMBER_ROLE_NAME: REMEDIATION_READ_ROLE_NAME, MEMBER_EXTERNAL_ID: members.externalId }),
      },
    });
    state.grantState(remediate, ...COLLECTS);
    state.keepSettings(remediate);
    this.grantTable(remediate, [...COMMITS, 'dynamodb:Scan']);
    remediate.role.addToPolicy(
      new PolicyStatement({ actions: ['dynamodb:Query'], resources: [`${this.table.tableArn}/index/${DUE_INDEX.indexName}`] }),
    );
    this.remediateFailures.grant(remediate, 'sqs:SendMessage');
    remediate.allow(evidence, '*');
    if (members) {
      remediate.allow(units, '*');
      remediate.allowMemberRole(members.organizationId, remediationReadRole);
      remediate.allowMemberRole(members.organizationId, remediationRole);
    } else {
      remediate.allow(remediationRole, `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/${REMEDIATION_ROLE_NAME}`);
    }
    this.wake(remediate);
    return remediate;
  }

  /** What has no time at which something is to be done needs nothing done. */
  private wake(remediate: Handler): void {
    remediate.addEventSource(new SqsEventSource(this.executions, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: 5 }));
    readStream(remediate, {
      table: this.table,
      failures: this.remediateFailures,
      filters: [{ dynamodb: { Keys: OF_REMEDIATIONS, NewImage: { dueAt: { S: [{ exists: true }] } } } }],
      batchSize: 25,
    });
    remediate.function.configureAsyncInvoke({ retryAttempts: 0, onFailure: new SqsDestination(this.remediateFailures) });
  }

  private createAnnounce({ notification, logRetention }: RemediationProps): Handler {
    const announce = new Handler(this, 'Announce', {
      service: 'announce',
      logRetention,
      environment: { EVENT_BUS_NAME: notification.bus.eventBusName, FAILURES_QUEUE_URL: this.announceFailures.queueUrl },
    });
    notification.bus.grantPutEventsTo(announce);
    readStream(announce, {
      table: this.table,
      failures: this.announceFailures,
      filters: [{ dynamodb: { Keys: OF_REMEDIATIONS } }],
      batchSize: 25,
    });
    return announce;
  }

  /** The table alone, without its index: a grant of the CDK would name all indexes. */
  private grantTable(handler: Handler, actions: readonly string[]): void {
    handler.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [this.table.tableArn] }));
    this.key?.grant(handler, ...KEY_USE);
  }

  /** A tick that fails is not tried again: the next one makes up for it. */
  private schedule(): void {
    new Rule(this, 'EachMinute', {
      schedule: Schedule.rate(TICK_EVERY),
      targets: [
        new LambdaFunction(this.remediate.function, {
          event: RuleTargetInput.fromObject({ task: 'tick' }),
          deadLetterQueue: this.undelivered,
        }),
      ],
    });
  }

  /** Puts the ends of executions and the changes of policies that a bus, by default the account's own, tells of into the queue. */
  private takeFrom(prefix: string, { policyRestore }: Pick<RemediationProps, 'policyRestore'>, bus?: EventBus): void {
    const targets = [new SqsQueue(this.executions, { deadLetterQueue: this.undelivered })];
    for (const [ruleId, eventPattern] of remediationEvents(policyRestore)) {
      new Rule(this, `${prefix}${ruleId}`, { ...(bus && { eventBus: bus }), eventPattern, targets });
    }
  }
}
