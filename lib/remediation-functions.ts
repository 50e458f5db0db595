import { Aws, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type EventBus, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DUE_INDEX, REMEDIATION_PREFIX, STOP_PARTITION } from '../adapters/aws/remediation-keys.ts';
import { CONCURRENCY } from '../core/deployment/concurrency.ts';
import { CommandFunction } from './command-function.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { remediationEvents } from './event-patterns.ts';
import { Handler } from './handler.ts';
import type { Ingestion } from './ingestion.ts';
import { MEMBER_ROLE_NAME, REMEDIATION_READ_ROLE_NAME, REMEDIATION_ROLE_NAME, WILDCARDS } from './least-privilege.ts';
import type { Notification } from './notification.ts';
import { PeoplePolicies } from './people-policies.ts';
import { FLOW_LOGS_ROLE_NAME } from './runbooks/resources.ts';
import { denyWrites, KEY_USE, removalOf, type State, tableKey, tableProps } from './state.ts';
import { readStream } from './stream-reader.ts';
import { COLLECTS, environmentOf, LONGEST, type SweptMembers } from './sweep.ts';

export interface RemediationProps {
  readonly state: State;
  /** Contains the event bus that receives ended executions. */
  readonly ingestion: Ingestion;
  /** Contains the event bus on which csmm publishes remediations. */
  readonly notification: Notification;
  /** Evaluated Regions, apart from the Region of the stack. */
  readonly otherRegions: readonly string[];
  /** Whether the stack evaluates its own account, because no stack set deploys to it. */
  readonly ownChanges: boolean;
  /** Whether csmm restores approved IAM policies. */
  readonly policyRestore: boolean;
  /** @default - csmm remediates no other account */
  readonly members?: SweptMembers;
  /** External ID for the role that starts runbooks. */
  readonly externalId: string;
  readonly logRetention: RetentionDays;
  /** Whether the table is deleted with the stack. */
  readonly removeData: boolean;
  /** Whether the table is encrypted with a customer managed key. */
  readonly customerManagedKey: boolean;
}

/** Interval between two checks for due remediations. */
const TICK_EVERY = Duration.minutes(1);

/** Names of the roles in each account, apart from those of the runbooks. csmm never changes these roles. */
const OWN_ROLE_NAMES = [MEMBER_ROLE_NAME, REMEDIATION_READ_ROLE_NAME, REMEDIATION_ROLE_NAME, FLOW_LOGS_ROLE_NAME];

/** Actions that record remediations. */
const RECORDS = ['dynamodb:GetItem', 'dynamodb:PutItem'];

/** Actions that advance remediations: transactions check the kill switch and release locks, and an unreadable item is no longer due. */
const ADVANCES = [...RECORDS, 'dynamodb:DeleteItem', 'dynamodb:ConditionCheckItem', 'dynamodb:UpdateItem', 'dynamodb:Scan'];

/** Actions of the command function: it changes remediations, the kill switch and baselines, removes stops, and lists. */
const COMMANDS = [...RECORDS, 'dynamodb:DeleteItem', 'dynamodb:Query', 'dynamodb:Scan'];

/** Actions that write items. */
const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLInsert', 'PartiQLUpdate', 'PartiQLDelete'].map(
  (action) => `dynamodb:${action}`,
);

/** Key prefixes of the kill switch, the baselines and the ledgers. `triage` must not write them. */
const NOT_FOR_TRIAGE = ['K#*', 'P#*', 'B#*'];

/** Key prefix of the kill switch and the stops. Only people, through the command function, remove a stop. */
const NOT_FOR_ENGINE = ['K#*'];

/** Event filter for the items that are remediations. */
const OF_REMEDIATIONS = { pk: { S: [{ prefix: REMEDIATION_PREFIX }] } };

/** The table, the queues and the functions of remediation. */
export class Remediation extends Construct {
  readonly table: TableV2;
  /** Queue of ended executions and policy changes. */
  readonly executions: Queue;
  /** Function that records failing resources. */
  readonly triage: Handler;
  /** Function that decides, starts runbooks, verifies their results and rolls them back. */
  readonly remediate: Handler;
  /** Function that publishes every step. */
  readonly announce: Handler;
  /** Function that accepts the requests of people. */
  readonly command: CommandFunction;
  /** Dead-letter queue of unreadable changes, and of stream positions that `triage` could not process for hours. */
  readonly triageFailures: DeadLetterQueue;
  /** Dead-letter queue of ended executions that failed five times, and of failed ticks and changes. */
  readonly remediateFailures: DeadLetterQueue;
  /** Dead-letter queue of unreadable remediations, and of stream positions that `announce` could not process for hours. */
  readonly announceFailures: DeadLetterQueue;
  /** Dead-letter queue of events that EventBridge could not deliver to the queue or the function. */
  readonly undelivered: DeadLetterQueue;

  private readonly key: Key | undefined;
  /** Keys for message authentication codes: over executions, and over requests of people. */
  private readonly seals: { readonly engine: Key; readonly people: Key };

  constructor(scope: Construct, id: string, props: RemediationProps) {
    super(scope, id);
    this.triageFailures = new DeadLetterQueue(this, 'TriageFailures');
    this.remediateFailures = new DeadLetterQueue(this, 'RemediateFailures');
    this.announceFailures = new DeadLetterQueue(this, 'AnnounceFailures');
    this.undelivered = new DeadLetterQueue(this, 'Undelivered');
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
    this.seals = { engine: this.createSeal('EngineSeal', props), people: this.createSeal('PeopleSeal', props) };
    this.triage = this.createTriage(props);
    this.remediate = this.createRemediate(props);
    this.announce = this.createAnnounce(props);
    this.command = this.createCommand(props);
    this.keepTable();
    new PeoplePolicies(this, 'People', { table: this.table, key: this.key, aliases: this.command.aliases });
    this.schedule();
    this.takeFrom('Ingest', props, props.ingestion.bus);
    if (props.ownChanges) this.takeFrom('Own', props);
  }

  /** Creates the queue. Lambda recommends a visibility timeout of six times the timeout of the function. */
  private createQueue(): Queue {
    return new Queue(this, 'Executions', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(6 * LONGEST.toSeconds()),
      retentionPeriod: Duration.days(2),
      deadLetterQueue: { queue: this.remediateFailures, maxReceiveCount: 5 },
    });
  }

  /** Creates an HMAC key. KMS cannot rotate it: records of an earlier key would no longer hold. */
  private createSeal(id: string, { removeData }: RemediationProps): Key {
    return new Key(this, id, {
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
      removalPolicy: removalOf(removeData),
    });
  }

  private createCommand({ state, logRetention }: RemediationProps): CommandFunction {
    const command = new CommandFunction(this, 'Command', {
      logRetention,
      environment: { STATE_TABLE: state.state.tableName, REMEDIATIONS_TABLE: this.table.tableName, ...this.sealNames() },
    });
    state.grantSettings(command.handler);
    this.grantTable(command.handler, COMMANDS);
    this.seals.people.grantGenerateMac(command.handler);
    this.seals.people.grantVerifyMac(command.handler);
    this.seals.engine.grantVerifyMac(command.handler);
    return command;
  }

  private sealNames() {
    return { ENGINE_KEY: this.seals.engine.keyId, PEOPLE_KEY: this.seals.people.keyId };
  }

  /**
   * Has the table itself deny every write that is not of csmm's functions, whatever identity policies of the account allow. The exception
   * is a new stop. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-examples.html
   */
  private keepTable(): void {
    const command = this.command.handler.role.roleArn;
    const writers = [this.triage.role.roleArn, this.remediate.role.roleArn, command];
    const deny = (sid: string, actions: string[], roles: string[], conditions: Readonly<Record<string, unknown>> = {}): void =>
      void this.table.addToResourcePolicy(
        new PolicyStatement({
          sid,
          effect: Effect.DENY,
          principals: [new AnyPrincipal()],
          actions,
          // The policy of a table cannot name its own table.
          resources: ['*'],
          conditions: { ArnNotEquals: { 'aws:PrincipalArn': roles }, ...conditions },
        }),
      );
    const [put, ...others] = WRITES;
    deny('OnlyFunctionsWrite', others, writers);
    deny('OthersPutOnlyStops', [put ?? ''], writers, { 'ForAnyValue:StringNotEquals': { 'dynamodb:LeadingKeys': [STOP_PARTITION] } });
    deny('OthersPutOnlyKnownKeys', [put ?? ''], writers, { Null: { 'dynamodb:LeadingKeys': 'true' } });
    deny('OnlyCommandsRemoveStops', others, [command], { 'ForAnyValue:StringEquals': { 'dynamodb:LeadingKeys': [STOP_PARTITION] } });
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
    this.grantTable(triage, RECORDS);
    denyWrites(triage, this.table, NOT_FOR_TRIAGE);
    this.readFindings(triage, state);
    return triage;
  }

  /** Reads the stream of findings of single resources and of joins. */
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
    const { accounts, calendars, evidence, units, remediationReadRole, remediationRole } = WILDCARDS;
    const remediate = new Handler(this, 'Remediate', {
      service: 'remediate',
      timeout: LONGEST,
      memorySize: 1024,
      logRetention,
      wildcards: [evidence, calendars, ...(members ? [accounts, units, remediationReadRole, remediationRole] : [])],
      environment: {
        ...environmentOf({ ...extent, members }),
        STATE_TABLE: state.state.tableName,
        REMEDIATIONS_TABLE: this.table.tableName,
        FAILURES_QUEUE_URL: this.remediateFailures.queueUrl,
        REMEDIATION_ROLE_NAME,
        REMEDIATION_EXTERNAL_ID: externalId,
        ...this.sealNames(),
        OWN_STACK_IDS: [Stack.of(state), Stack.of(this)].map(({ stackId }) => stackId).join(','),
        OWN_ROLE_NAMES: OWN_ROLE_NAMES.join(','),
        ...(members && { MEMBER_ROLE_NAME: REMEDIATION_READ_ROLE_NAME, MEMBER_EXTERNAL_ID: members.externalId }),
      },
    });
    state.grantState(remediate, ...COLLECTS);
    state.keepSettings(remediate);
    this.grantTable(remediate, ADVANCES);
    denyWrites(remediate, this.table, NOT_FOR_ENGINE);
    this.seals.engine.grantGenerateMac(remediate);
    this.seals.engine.grantVerifyMac(remediate);
    this.seals.people.grantVerifyMac(remediate);
    remediate.role.addToPolicy(
      new PolicyStatement({ actions: ['dynamodb:Query'], resources: [`${this.table.tableArn}/index/${DUE_INDEX.indexName}`] }),
    );
    this.remediateFailures.grant(remediate, 'sqs:SendMessage');
    remediate.allow(evidence, '*');
    remediate.allow(calendars, `arn:${Aws.PARTITION}:ssm:*:*:document/*`);
    if (members) {
      remediate.allow(accounts, '*');
      remediate.allow(units, '*');
      remediate.allowMemberRole(members.organizationId, remediationReadRole);
      remediate.allowMemberRole(members.organizationId, remediationRole);
    } else {
      remediate.allow(remediationRole, `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/${REMEDIATION_ROLE_NAME}`);
    }
    this.wake(remediate);
    return remediate;
  }

  /** Adds the triggers. The filter drops remediations without a due time, because they have no next step. */
  private wake(remediate: Handler): void {
    remediate.addEventSource(
      new SqsEventSource(this.executions, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: CONCURRENCY.remediate }),
    );
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

  /** Grants actions only on the table. A grant of the CDK would include all indexes. */
  private grantTable(handler: Handler, actions: readonly string[]): void {
    handler.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [this.table.tableArn] }));
    this.key?.grant(handler, ...KEY_USE);
  }

  /** Schedules the ticks. A failed tick is not retried, because the next one processes the same remediations. */
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

  /** Sends ended executions and policy changes from a bus to the queue. The default is the default bus of the account. */
  private takeFrom(prefix: string, { policyRestore }: Pick<RemediationProps, 'policyRestore'>, bus?: EventBus): void {
    const targets = [new SqsQueue(this.executions, { deadLetterQueue: this.undelivered })];
    for (const [ruleId, eventPattern] of remediationEvents(policyRestore)) {
      new Rule(this, `${prefix}${ruleId}`, { ...(bus && { eventBus: bus }), eventPattern, targets });
    }
  }
}
