import { CfnResource, Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, type RuleProps, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CONCURRENCY } from '../core/deployment/concurrency.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { deployed } from './event-patterns.ts';
import { Handler } from './handler.ts';
import type { State } from './state.ts';
import { readStream } from './stream-reader.ts';

export interface ScoringProps {
  readonly state: State;
  readonly logRetention: RetentionDays;
}

/**
 * Logical ids that the mappings of the streams had when `score` read them. With another id, CloudFormation would make the new reader
 * in addition to the old one, and delete the old one's position in the stream.
 */
const MAPPING_OF_STATE = 'ScoringScoreFunctionDynamoDBEventSourceCsmmState62BE9891992CE83C';
const MAPPING_OF_SCORES = 'ScoringScoreFunctionDynamoDBEventSourceCsmmStateScoresA2E0EAE18CC9D04C';

/**
 * Computes scorecards. `relay` counts committed changes and asks for scoring runs through a FIFO queue with a message group for each
 * account. `score` makes the runs: docs/adr/0027-one-scoring-at-a-time.md.
 */
export class Scoring extends Construct {
  readonly relay: Handler;
  readonly handler: Handler;
  /** Asks for runs where no change does. */
  readonly upkeep: Handler;
  /** Scoring runs that changes ask for. */
  readonly runs: Queue;
  /** Scoring runs after a change of the context, such as an upgrade. */
  readonly rejudge: Queue;
  /** Unreadable changes and messages. */
  readonly failures: DeadLetterQueue;
  /** Runs that died ten times. A note says that their scopes lag, so the messages are not needed. */
  readonly runFailures: DeadLetterQueue;

  constructor(scope: Construct, id: string, { state, logRetention }: ScoringProps) {
    super(scope, id);
    this.failures = new DeadLetterQueue(this, 'Failures');
    this.runFailures = new DeadLetterQueue(this, 'RunFailures', { fifo: true });
    const timeout = Duration.seconds(60);
    this.runs = this.createQueue('Runs', timeout, Duration.seconds(2));
    this.rejudge = this.createQueue('Rejudge', timeout, Duration.seconds(30));
    const environment = {
      STATE_TABLE: state.state.tableName,
      SCORES_TABLE: state.scores.tableName,
      SCORING_QUEUE_URL: this.runs.queueUrl,
      FAILURES_QUEUE_URL: this.failures.queueUrl,
    };
    this.handler = new Handler(this, 'Score', { service: 'score', timeout, memorySize: 1024, logRetention, environment });
    this.relay = new Handler(this, 'Relay', { service: 'relay', timeout, logRetention, environment });
    this.upkeep = this.createUpkeep({ state, logRetention }, { ...environment, REJUDGE_QUEUE_URL: this.rejudge.queueUrl });
    this.grant(state);
    this.takeRuns();
    this.readStreams(state);
  }

  /**
   * Creates a queue of scoring runs. The delay gathers the changes of a burst. A run that fails is noted and its message goes, so
   * the visibility timeout is only for runs that die. Lambda asks for six times the function's timeout.
   */
  private createQueue(id: string, timeout: Duration, deliveryDelay: Duration): Queue {
    return new Queue(this, id, {
      fifo: true,
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deliveryDelay,
      visibilityTimeout: Duration.seconds(6 * timeout.toSeconds()),
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: this.runFailures, maxReceiveCount: 10 },
    });
  }

  /** Creates the function. Its callers do not wait for it, so Lambda itself retries twice. */
  private createUpkeep({ state, logRetention }: ScoringProps, environment: Readonly<Record<string, string>>): Handler {
    const upkeep = new Handler(this, 'Upkeep', { service: 'upkeep', timeout: Duration.minutes(5), logRetention, environment });
    state.grantUpkeep(upkeep);
    this.runs.grant(upkeep, 'sqs:SendMessage');
    this.rejudge.grant(upkeep, 'sqs:SendMessage');
    upkeep.function.configureAsyncInvoke({ retryAttempts: 2, onFailure: new SqsDestination(this.failures) });
    const start = (id: string, task: 'retry' | 'heal' | 'rescore', when: Pick<RuleProps, 'schedule' | 'eventPattern'>) =>
      new Rule(this, id, {
        ...when,
        targets: [new LambdaFunction(upkeep.function, { event: RuleTargetInput.fromObject({ task }), deadLetterQueue: this.failures })],
      });
    start('EachMinute', 'retry', { schedule: Schedule.rate(Duration.minutes(1)) });
    start('Hourly', 'heal', { schedule: Schedule.rate(Duration.hours(1)) });
    start('Deployed', 'rescore', { eventPattern: deployed(this) });
    return upkeep;
  }

  private grant(state: State): void {
    state.grantState(this.handler, 'dynamodb:GetItem', 'dynamodb:Query');
    state.grantJoins(this.handler);
    state.grantScores(this.handler, 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem');
    state.keepCounters(this.handler);
    state.grantCounters(this.relay);
    for (const handler of [this.handler, this.relay]) {
      this.runs.grant(handler, 'sqs:SendMessage');
      this.failures.grant(handler, 'sqs:SendMessage');
    }
  }

  private takeRuns(): void {
    const take = (queue: Queue, maxConcurrency: number) =>
      this.handler.addEventSource(new SqsEventSource(queue, { batchSize: 1, reportBatchItemFailures: true, maxConcurrency }));
    take(this.runs, CONCURRENCY.score);
    take(this.rejudge, CONCURRENCY.rejudge);
  }

  /** The long window for scorecards gathers the changes of many accounts into one run of the organization. */
  private readStreams({ state, scores }: State): void {
    readStream(this.relay, {
      table: state,
      failures: this.failures,
      filters: [{ dynamodb: { Keys: { pk: { S: [{ prefix: 'R#' }, { prefix: 'I#' }, { prefix: 'H#' }] } } } }],
      batchSize: 1000,
      batchingWindow: Duration.seconds(1),
    });
    this.keepMapping(state, MAPPING_OF_STATE);
    readStream(this.relay, {
      table: scores,
      failures: this.failures,
      filters: [{ dynamodb: { Keys: { pk: { S: [{ prefix: 'A#' }] }, sk: { S: ['CARD'] } } } }],
      batchSize: 1000,
      batchingWindow: Duration.seconds(5),
    });
    this.keepMapping(scores, MAPPING_OF_SCORES);
  }

  private keepMapping({ tableStreamArn }: TableV2, logicalId: string): void {
    const mapping = this.relay.function.node
      .findAll()
      .find((each): each is CfnEventSourceMapping => each instanceof CfnEventSourceMapping && each.eventSourceArn === tableStreamArn);
    if (!(mapping instanceof CfnResource)) throw new TypeError('the relay reads no stream of the table');
    mapping.overrideLogicalId(logicalId);
  }
}
