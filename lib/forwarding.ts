import { Stack } from 'aws-cdk-lib';
import { EventBus, type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { EventBus as BusTarget } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { DeadLetterQueue } from './dead-letter-queue.ts';

export interface ForwardingProps {
  /** ARN of the ingest bus, in another Region or account. */
  readonly busArn: string;
  /** Event patterns to forward, by rule id. */
  readonly patterns: readonly (readonly [string, EventPattern])[];
}

/** Forwards events of an account in one Region from its default bus to the ingest bus. */
export class Forwarding extends Construct {
  /** Events that did not reach the ingest bus within a day. */
  readonly undelivered: DeadLetterQueue;

  constructor(scope: Construct, id: string, { busArn, patterns }: ForwardingProps) {
    super(scope, id);
    this.undelivered = new DeadLetterQueue(this, 'Undelivered');
    const bus = EventBus.fromEventBusArn(this, 'IngestBus', busArn);
    const target = new BusTarget(bus, { role: this.createRole(), deadLetterQueue: this.undelivered });
    for (const [ruleId, eventPattern] of patterns) new Rule(this, ruleId, { eventPattern, targets: [target] });
  }

  /** Creates the role that EventBridge needs to put events on a bus in another place. Only rules of this account can use it. */
  private createRole(): Role {
    return new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
  }
}
