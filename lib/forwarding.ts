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

/** Creates the role that EventBridge needs for targets in another place. Only rules of this account can use it. */
export const eventsRole = (scope: Construct): Role =>
  new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('events.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  });

/** Forwards events of an account in one Region from its default bus to the ingest bus. */
export class Forwarding extends Construct {
  /** Events that did not reach the ingest bus within a day. */
  readonly undelivered: DeadLetterQueue;
  private readonly role: Role;

  constructor(scope: Construct, id: string, { busArn, patterns }: ForwardingProps) {
    super(scope, id);
    this.undelivered = new DeadLetterQueue(this, 'Undelivered');
    this.role = eventsRole(this);
    for (const [ruleId, eventPattern] of patterns) this.forward(ruleId, eventPattern, busArn);
  }

  /** Forwards the events that match a pattern to a bus. */
  forward(ruleId: string, eventPattern: EventPattern, busArn: string): void {
    const bus = EventBus.fromEventBusArn(this, `${ruleId}Bus`, busArn);
    new Rule(this, ruleId, { eventPattern, targets: [new BusTarget(bus, { role: this.role, deadLetterQueue: this.undelivered })] });
  }
}
