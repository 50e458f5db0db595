import { Duration } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { configItemPatterns } from './event-patterns.ts';
import { Handler } from './handler.ts';
import { MEMBER_ROLE_NAME, WILDCARDS } from './least-privilege.ts';
import { ParkingQueue } from './parking-queue.ts';
import type { State } from './state.ts';

/** Name of the bus that takes change events from every account and Region. */
export const INGEST_BUS_NAME = 'csmm-ingest';

/** The organization whose accounts may send events. */
export interface MemberAccess {
  readonly organizationId: string;
  /** What the security account says when it assumes a member's read role, so that no other caller's request is taken for its own. */
  readonly externalId: string;
}

export interface IngestionProps {
  readonly state: State;
  /** The types whose configuration items are taken. */
  readonly resourceTypes: readonly string[];
  /** Whether the changes of this account in this Region are taken from its default bus. */
  readonly ownChanges: boolean;
  /** @default - no other account may send events */
  readonly members?: MemberAccess;
  /** How many batches are collected at once; the rest waits in the queue. */
  readonly concurrency: number;
  readonly logRetention: RetentionDays;
}

/** Takes change events from the buses into one queue, and from there into the STATE table. */
export class Ingestion extends Construct {
  readonly bus: EventBus;
  /** Changes that wait to be collected. */
  readonly changes: Queue;
  readonly handler: Handler;
  /** Messages that failed five times. */
  readonly failures: ParkingQueue;
  /** Events that EventBridge could not put into the queue. */
  readonly undelivered: ParkingQueue;
  /** Messages that cannot be understood or believed, with the reason. */
  readonly rejected: ParkingQueue;

  constructor(scope: Construct, id: string, props: IngestionProps) {
    super(scope, id);
    this.failures = new ParkingQueue(this, 'Failures');
    this.undelivered = new ParkingQueue(this, 'Undelivered');
    this.rejected = new ParkingQueue(this, 'Rejected');
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
    state.grantState(handler, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem');
    state.keepSettings(handler);
    this.rejected.grant(handler, 'sqs:SendMessage');
    handler.allow(WILDCARDS.configHistory, '*');
    if (members) handler.allowMemberRole(members.organizationId);
    return handler;
  }

  /** Six times the function's timeout is what Lambda asks of a queue that it reads. */
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

  /** Only principals of the organization put events, and `aws.config` as a source is AWS's own: nobody can forge it. */
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
        targets: [new SqsQueue(this.changes, { deadLetterQueue: this.undelivered })],
      });
    }
  }
}
