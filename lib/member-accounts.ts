import { Aws, CfnStackSet, type CfnStackSetProps, Duration } from 'aws-cdk-lib';
import { Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { CallAs } from '../core/deployment/options.ts';
import { deployed } from './event-patterns.ts';
import { Handler, METRICS_NAMESPACE } from './handler.ts';
import { STACK_SETS, WILDCARDS } from './least-privilege.ts';
import { alarmAbove, notifyTopic } from './observability.ts';
import type { State } from './state.ts';

export interface MemberAccountsProps {
  readonly stackSet: keyof typeof STACK_SETS;
  readonly description: string;
  /** Organizational units, or the root, whose accounts get the template, including accounts that join later. */
  readonly organizationalUnits: readonly string[];
  readonly regions: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly callAs: CallAs;
  readonly template: Pick<CfnStackSetProps, 'templateBody'> | Pick<CfnStackSetProps, 'templateUrl'>;
  /** Contains the settings, with the approved Regions. */
  readonly state: State;
  /** Queue for events that EventBridge could not deliver to the function. */
  readonly undelivered: Queue;
  readonly logRetention: RetentionDays;
  /** @default - alarms send no notifications */
  readonly alarmTopicArn?: string;
}

const COUNT_EVERY = Duration.hours(1);

/**
 * Deploys a template to the accounts of an organization, and to every account that joins it. The stack set tolerates every failure, so
 * that one account does not stop the others. A function therefore counts the stacks that failed, and an alarm reports them.
 */
export class MemberAccounts extends Construct {
  readonly stackSet: CfnStackSet;

  constructor(scope: Construct, id: string, props: MemberAccountsProps) {
    super(scope, id);
    this.stackSet = this.createStackSet(props);
    const status = this.createStatus(props);
    this.countWith(status, props.undelivered);
    const name = STACK_SETS[props.stackSet];
    const failing = new Metric({
      namespace: METRICS_NAMESPACE,
      metricName: 'StackInstancesFailing',
      dimensionsMap: { service: 'status', StackSet: name },
      statistic: 'Maximum',
    });
    const alarms = [
      // The function sends the number when it has counted, so the alarm keeps its state in between.
      alarmAbove(this, 'StacksFail', failing, 0, `Stacks of the stack set ${name} failed.`, TreatMissingData.IGNORE),
      alarmAbove(
        this,
        'statusErrors',
        status.function.metricErrors(),
        0,
        `The function status failed: stacks of ${name} were not counted.`,
      ),
    ];
    notifyTopic(this, alarms, props.alarmTopicArn);
  }

  private createStackSet(props: MemberAccountsProps): CfnStackSet {
    return new CfnStackSet(this, 'StackSet', {
      stackSetName: STACK_SETS[props.stackSet],
      description: props.description,
      permissionModel: 'SERVICE_MANAGED',
      callAs: props.callAs,
      capabilities: ['CAPABILITY_NAMED_IAM'],
      autoDeployment: { enabled: true, retainStacksOnAccountRemoval: false },
      managedExecution: { Active: true },
      operationPreferences: { regionConcurrencyType: 'PARALLEL', maxConcurrentPercentage: 100, failureTolerancePercentage: 100 },
      parameters: Object.entries(props.parameters).map(([parameterKey, parameterValue]) => ({ parameterKey, parameterValue })),
      stackInstancesGroup: [{ deploymentTargets: { organizationalUnitIds: [...props.organizationalUnits] }, regions: [...props.regions] }],
      ...props.template,
    });
  }

  private createStatus({ stackSet, callAs, state, logRetention }: MemberAccountsProps): Handler {
    const stacks = WILDCARDS[`${stackSet}Stacks`];
    const isDelegated = callAs === 'DELEGATED_ADMIN';
    const status = new Handler(this, 'Status', {
      service: 'status',
      timeout: Duration.minutes(2),
      logRetention,
      wildcards: [stacks, ...(isDelegated ? [WILDCARDS.administrators] : [])],
      environment: { STATE_TABLE: state.state.tableName, STACK_SET_NAME: STACK_SETS[stackSet], STACK_SET_CALL_AS: callAs },
    });
    state.grantSettings(status);
    status.allow(stacks, stacks.resource.replace('<AWS::Partition>', Aws.PARTITION).replace('<AWS::Region>', Aws.REGION));
    if (isDelegated) status.allow(WILDCARDS.administrators, '*');
    return status;
  }

  /**
   * Counts each hour, after a deployment, and after every operation of a stack set, such as the one for a new account. The events do
   * not say for certain which account they reach, the hours do.
   * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-event-types.html
   */
  private countWith(status: Handler, undelivered: Queue): void {
    const targets = [new LambdaFunction(status.function, { deadLetterQueue: undelivered })];
    new Rule(this, 'Hourly', { schedule: Schedule.rate(COUNT_EVERY), targets });
    new Rule(this, 'Deployed', { eventPattern: deployed(this), targets });
    new Rule(this, 'Operated', {
      eventPattern: {
        source: ['aws.cloudformation'],
        detailType: ['CloudFormation StackSet Operation Status Change'],
        detail: { 'status-details': { status: ['SUCCEEDED', 'FAILED', 'STOPPED'] } },
      },
      targets,
    });
  }
}
