import { fileURLToPath } from 'node:url';
import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IGrantable, type IPrincipal, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type IEventSource, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { BUNDLING } from './bundling.ts';
import { explainWildcards, WILDCARDS, type Wildcard } from './least-privilege.ts';

/** Namespace of csmm's CloudWatch metrics. */
export const METRICS_NAMESPACE = 'CSMM';

export interface HandlerProps {
  /** Name of the handler's file in `lambdas/`. */
  readonly service: keyof typeof DESCRIPTIONS;
  readonly environment: Readonly<Record<string, string>>;
  readonly logRetention: RetentionDays;
  /** @default 30 seconds */
  readonly timeout?: Duration;
  /** Memory in megabytes. The processor share grows with it. @default 512 */
  readonly memorySize?: number;
  /** Wildcards that the role needs in addition to the one for tracing. @default - none */
  readonly wildcards?: readonly Wildcard[];
}

/** A Lambda function of csmm, bundled from `lambdas/`. Its role starts with permissions for its own logs and traces only. */
export class Handler extends Construct implements IGrantable {
  readonly function: NodejsFunction;
  readonly role: Role;
  readonly timeout: Duration;

  constructor(scope: Construct, id: string, props: HandlerProps) {
    super(scope, id);
    const { service, environment, logRetention, timeout, memorySize = 512, wildcards = [] } = props;
    this.timeout = timeout ?? Duration.seconds(30);
    const logGroup = new LogGroup(this, 'Logs', { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);
    this.function = new NodejsFunction(this, 'Function', {
      depsLockFilePath: fromRoot('package-lock.json'),
      awsSdkConnectionReuse: false,
      bundling: BUNDLING,
      entry: fromRoot(`lambdas/${service}.ts`),
      description: DESCRIPTIONS[service],
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize,
      timeout: this.timeout,
      tracing: Tracing.ACTIVE,
      role: this.role,
      logGroup,
      environment: {
        POWERTOOLS_SERVICE_NAME: service,
        POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
        LOG_LEVEL: 'INFO',
        ...environment,
      },
    });
    explainWildcards(this, [WILDCARDS.tracing, ...wildcards]);
  }

  get grantPrincipal(): IPrincipal {
    return this.role;
  }

  addEventSource(source: IEventSource): void {
    this.function.addEventSource(source);
  }

  /** Allows the actions of a wildcard on `resource`. `conditions` narrow the permission. */
  allow(wildcard: Wildcard, resource: string, conditions: Readonly<Record<string, unknown>> = {}): void {
    this.role.addToPolicy(new PolicyStatement({ actions: [...wildcard.actions], resources: [resource], conditions }));
  }

  /** Allows assuming a role, by default the read role, in any account of the organization. */
  allowMemberRole(organizationId: string, role: Wildcard = WILDCARDS.memberRole): void {
    const arn = role.resource.replace('<AWS::Partition>', Aws.PARTITION);
    this.allow(role, arn, { StringEquals: { 'aws:ResourceOrgID': organizationId } });
  }
}

const DESCRIPTIONS = {
  collect: 'Turns change messages into facts and findings.',
  relay: 'Counts committed changes, and asks for scoring runs.',
  upkeep: 'Asks for scoring runs that failed, that are missing, or whose time has come.',
  score: 'Recomputes scorecards, one run of an account at a time.',
  notify: 'Publishes scorecard changes as events and metrics.',
  read: 'Reads the AWS APIs and commits the results.',
  sweep: 'Queues reads of everything in small steps, and expires old evidence and exceptions.',
  status: 'Counts the stacks of a stack set that failed.',
  triage: 'Records failures that csmm could remediate.',
  remediate: 'Decides on remediations, starts runbooks, verifies their effect, and rolls back at the request of an operator.',
  command: 'Accepts requests of people: approvals, rollbacks and resumes. Its caller is verified by IAM.',
  announce: 'Publishes the steps of remediations as events and metrics.',
} as const;

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
