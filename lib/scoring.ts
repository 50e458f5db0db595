import { Duration } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { Handler } from './handler.ts';
import type { State } from './state.ts';
import { readStream } from './stream-reader.ts';

export interface ScoringProps {
  readonly state: State;
  readonly logRetention: RetentionDays;
}

/** Computes scorecards: an account's from changes of its resources, the organization's from the accounts' scorecards. */
export class Scoring extends Construct {
  readonly handler: Handler;
  /** Unreadable changes, and the stream positions of those that csmm could not score for hours. */
  readonly failures: DeadLetterQueue;

  constructor(scope: Construct, id: string, { state, logRetention }: ScoringProps) {
    super(scope, id);
    this.failures = new DeadLetterQueue(this, 'Failures');
    this.handler = new Handler(this, 'Score', {
      service: 'score',
      timeout: Duration.seconds(60),
      logRetention,
      environment: { STATE_TABLE: state.state.tableName, SCORES_TABLE: state.scores.tableName, FAILURES_QUEUE_URL: this.failures.queueUrl },
    });
    state.grantState(this.handler, 'dynamodb:GetItem', 'dynamodb:Query');
    state.grantJoins(this.handler);
    state.grantScores(this.handler, 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem');
    this.readResources(state);
    this.readAccountCards(state);
  }

  private readResources({ state }: State): void {
    readStream(this.handler, {
      table: state,
      failures: this.failures,
      filters: [{ dynamodb: { Keys: { pk: { S: [{ prefix: 'R#' }, { prefix: 'I#' }] } } } }],
      batchSize: 100,
      batchingWindow: Duration.seconds(1),
    });
  }

  /** The long window coalesces the changes of many accounts into one scoring run of the organization. */
  private readAccountCards({ scores }: State): void {
    readStream(this.handler, {
      table: scores,
      failures: this.failures,
      filters: [{ dynamodb: { Keys: { pk: { S: [{ prefix: 'A#' }] }, sk: { S: ['CARD'] } } } }],
      batchSize: 1000,
      batchingWindow: Duration.seconds(5),
    });
  }
}
