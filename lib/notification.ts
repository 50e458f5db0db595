import { EventBus } from 'aws-cdk-lib/aws-events';
import { CfnRegistry, CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { readEventSchemas } from './event-schemas.ts';
import { Handler } from './handler.ts';
import type { State } from './state.ts';
import { readStream } from './stream-reader.ts';

/** Name of the bus for score changes, and of the registry of their schemas. */
const EVENTS_NAME = 'csmm-events';

export interface NotificationProps {
  readonly state: State;
  readonly logRetention: RetentionDays;
}

/** Publishes changes of scorecards as events and metrics. */
export class Notification extends Construct {
  /** Bus for csmm's own events. Other systems put rules on it. */
  readonly bus: EventBus;
  readonly handler: Handler;
  /** Unreadable scorecard changes, and the stream positions of those that csmm could not publish for hours. */
  readonly failures: DeadLetterQueue;

  constructor(scope: Construct, id: string, { state, logRetention }: NotificationProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', { eventBusName: EVENTS_NAME, description: 'Changes of security maturity scores.' });
    this.failures = new DeadLetterQueue(this, 'Failures');
    this.handler = new Handler(this, 'Notify', {
      service: 'notify',
      logRetention,
      environment: { EVENT_BUS_NAME: this.bus.eventBusName, FAILURES_QUEUE_URL: this.failures.queueUrl },
    });
    this.bus.grantPutEventsTo(this.handler);
    readStream(this.handler, {
      table: state.scores,
      failures: this.failures,
      filters: [{ dynamodb: { Keys: { sk: { S: ['CARD'] } } } }],
      batchSize: 25,
    });
    this.addSchemas();
  }

  private addSchemas(): void {
    const registry = new CfnRegistry(this, 'Schemas', { registryName: EVENTS_NAME, description: 'Events on the bus csmm-events.' });
    for (const { name, content } of readEventSchemas()) {
      new CfnSchema(this, `Schema-${name}`, {
        registryName: registry.attrRegistryName,
        schemaName: name,
        type: 'JSONSchemaDraft4',
        content: JSON.stringify(content),
      });
    }
  }
}
