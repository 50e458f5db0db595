import { Duration } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { configItemPatterns } from './event-patterns.ts';
import { Handler } from './handler.ts';
import { MEMBER_ROLE_NAME, WILDCARDS } from './least-privilege.ts';
import type { State } from './state.ts';

/**
 * Message group of an event in a standard queue: its account. SQS then lets the messages of a quiet account overtake those of one that
 * floods the queue: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
export const BY_ACCOUNT = '$.account';

/** Name of the bus that receives change events from every account and Region. */
export const INGEST_BUS_NAME = 'csmm-ingest';

/** The organization whose accounts may send events. */
export interface MemberAccess {
  readonly organizationId: string;
  /** External id with which the security account assumes a member's read role. */
  readonly externalId: string;
}

export interface IngestionProps {
  readonly state: State;
  /** Types whose configuration items are processed. */
  readonly resourceTypes: readonly string[];
  /** Whether to forward changes from the default bus of this account and Region. */
  readonly ownChanges: boolean;
  /** @default - no other account may send events */
  readonly members?: MemberAccess;
  /** Number of batches that are collected concurrently. The rest waits in the queue. */
  readonly concurrency: number;
  readonly logRetention: RetentionDays;
}

/** Moves change events from the buses into one queue, and from there into the STATE table. */
export class Ingestion extends Construct {
  readonly bus: EventBus;
  /** Changes that wait for `collect`. */
  readonly changes: Queue;
  readonly handler: Handler;
  /** Messages that failed five times. */
  readonly failures: DeadLetterQueue;
  /** Events that EventBridge could not put into the queue. */
  readonly undelivered: DeadLetterQueue;
  /** Messages that csmm could not understand or did not accept, with the reason. */
  readonly rejected: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: IngestionProps) {
    super(scope, id);
    this.failures = new DeadLetterQueue(this, 'Failures');
    this.undelivered = new DeadLetterQueue(this, 'Undelivered');
    this.rejected = new DeadLetterQueue(this, 'Rejected');
    this.handler = this.createHandler(props);
    this.changes = this.createQueue(props.concurrency);
    this.bus = new EventBus(this, 'Bus', { eventBusName: INGEST_BUS_NAME, description: 'Configuration changes of every account.' });
    if (props.members) this.admit(props.members);
    this.takeFrom('Ingest', props.resourceTypes, this.bus);
    if (props.ownChanges) this.takeFrom('Own', props.resourceTypes);
  }

  private createHandler({ state, members, logRetention }: IngestionProps): Handler {
    const handler = new Handler(this, 'Collect', {
      service: 'collect',
      logRetention,
      wildcards: [WILDCARDS.configHistory, ...(members ? [WILDCARDS.memberRole] : [])],
      environment: {
        STATE_TABLE: state.state.tableName,
        REJECTED_QUEUE_URL: this.rejected.queueUrl,
        ...(members && { MEMBER_ROLE_NAME, MEMBER_EXTERNAL_ID: members.externalId }),
      },
    });
    state.grantState(handler, 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem');
    state.keepSettings(handler);
    this.rejected.grant(handler, 'sqs:SendMessage');
    handler.allow(WILDCARDS.configHistory, '*');
    if (members) handler.allowMemberRole(members.organizationId);
    return handler;
  }

  /** Creates the queue. Lambda requires a visibility timeout of six times the function's timeout. */
  private createQueue(concurrency: number): Queue {
    const queue = new Queue(this, 'Changes', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(6 * this.handler.timeout.toSeconds()),
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: this.failures, maxReceiveCount: 5 },
    });
    this.handler.addEventSource(new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: concurrency }));
    return queue;
  }

  /** Lets principals of the organization put events. Only AWS can use the source `aws.config`, so no one can forge it. */
  private admit({ organizationId }: MemberAccess): void {
    this.bus.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OrganizationPutsEvents',
        principals: [new AnyPrincipal()],
        actions: ['events:PutEvents'],
        resources: [this.bus.eventBusArn],
        conditions: { StringEquals: { 'aws:PrincipalOrgID': organizationId } },
      }),
    );
  }

  /** Puts the events of one bus, by default the account's own, into the queue. */
  private takeFrom(prefix: string, resourceTypes: readonly string[], bus?: EventBus): void {
    for (const [index, eventPattern] of configItemPatterns(resourceTypes).entries()) {
      new Rule(this, `${prefix}ConfigItems${index + 1}`, {
        ...(bus && { eventBus: bus }),
        eventPattern,
        targets: [new SqsQueue(this.changes, { deadLetterQueue: this.undelivered, messageGroupId: BY_ACCOUNT })],
      });
    }
  }
}
