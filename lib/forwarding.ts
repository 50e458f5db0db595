import { Stack } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { EventBus as BusTarget } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { type ChangesTaken, rulePatterns } from './event-patterns.ts';
import { ParkingQueue } from './parking-queue.ts';

export interface ForwardingProps extends ChangesTaken {
  /** ARN of the ingest bus, in another Region or account. */
  readonly busArn: string;
}

/** Forwards the changes of an account in one Region from its default bus to the ingest bus. */
export class Forwarding extends Construct {
  /** Events that did not reach the ingest bus within a day. */
  readonly undelivered: ParkingQueue;

  constructor(scope: Construct, id: string, { busArn, ...changes }: ForwardingProps) {
    super(scope, id);
    this.undelivered = new ParkingQueue(this, 'Undelivered');
    const bus = EventBus.fromEventBusArn(this, 'IngestBus', busArn);
    const target = new BusTarget(bus, { role: this.createRole(), deadLetterQueue: this.undelivered });
    for (const [ruleId, eventPattern] of rulePatterns(changes)) new Rule(this, ruleId, { eventPattern, targets: [target] });
  }

  /** EventBridge needs a role to put events on a bus elsewhere; only rules of this account may use it. */
  private createRole(): Role {
    return new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
  }
}
