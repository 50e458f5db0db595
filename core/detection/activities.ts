import { newBudget, spend } from './budget.ts';
import { matchesEventPattern } from './event-pattern.ts';
import { type FilterPattern, matchesFilter } from './metric-filter.ts';
import { type OrdinaryEvent, ordinaryEvents } from './ordinary-events.ts';
import { apiCall, BROWSER, type Caller, role, root, signIn, type TrailRecord, toEvent, user } from './trail-records.ts';

/** Calls of one service's API that make up an activity. */
interface Calls {
  readonly service: string;
  readonly names: readonly string[];
  /** A request parameter of these calls, and the prefix of its values. */
  readonly parameter: readonly [name: string, value: string];
}

const CALLS = {
  'iam-policy-changes': {
    service: 'iam',
    names: [
      'DeleteGroupPolicy',
      'DeleteRolePolicy',
      'DeleteUserPolicy',
      'PutGroupPolicy',
      'PutRolePolicy',
      'PutUserPolicy',
      'CreatePolicy',
      'DeletePolicy',
      'CreatePolicyVersion',
      'DeletePolicyVersion',
      'AttachRolePolicy',
      'DetachRolePolicy',
      'AttachUserPolicy',
      'DetachUserPolicy',
      'AttachGroupPolicy',
      'DetachGroupPolicy',
    ],
    parameter: ['policyName', 'example-'],
  },
  'cloudtrail-changes': {
    service: 'cloudtrail',
    names: ['CreateTrail', 'UpdateTrail', 'DeleteTrail', 'StartLogging', 'StopLogging'],
    parameter: ['name', 'example-'],
  },
  'cmk-disable-delete': {
    service: 'kms',
    names: ['DisableKey', 'ScheduleKeyDeletion'],
    parameter: ['keyId', '0a1b2c3d-4e5f-6071-8293-00000000000'],
  },
  's3-policy-changes': {
    service: 's3',
    names: [
      'PutBucketAcl',
      'PutBucketPolicy',
      'PutBucketCors',
      'PutBucketLifecycle',
      'PutBucketReplication',
      'DeleteBucketPolicy',
      'DeleteBucketCors',
      'DeleteBucketLifecycle',
      'DeleteBucketReplication',
    ],
    parameter: ['bucketName', 'example-'],
  },
  'config-changes': {
    service: 'config',
    names: ['StopConfigurationRecorder', 'DeleteDeliveryChannel', 'PutDeliveryChannel', 'PutConfigurationRecorder'],
    parameter: ['name', 'default-'],
  },
  'security-group-changes': {
    service: 'ec2',
    names: [
      'AuthorizeSecurityGroupIngress',
      'AuthorizeSecurityGroupEgress',
      'RevokeSecurityGroupIngress',
      'RevokeSecurityGroupEgress',
      'CreateSecurityGroup',
      'DeleteSecurityGroup',
    ],
    parameter: ['groupId', 'sg-0a1b2c3d4e5f6000'],
  },
  'nacl-changes': {
    service: 'ec2',
    names: [
      'CreateNetworkAcl',
      'CreateNetworkAclEntry',
      'DeleteNetworkAcl',
      'DeleteNetworkAclEntry',
      'ReplaceNetworkAclEntry',
      'ReplaceNetworkAclAssociation',
    ],
    parameter: ['networkAclId', 'acl-0a1b2c3d4e5f6000'],
  },
  'gateway-changes': {
    service: 'ec2',
    names: [
      'CreateCustomerGateway',
      'DeleteCustomerGateway',
      'AttachInternetGateway',
      'CreateInternetGateway',
      'DeleteInternetGateway',
      'DetachInternetGateway',
    ],
    parameter: ['internetGatewayId', 'igw-0a1b2c3d4e5f6000'],
  },
  'route-table-changes': {
    service: 'ec2',
    names: [
      'CreateRoute',
      'CreateRouteTable',
      'ReplaceRoute',
      'ReplaceRouteTableAssociation',
      'DeleteRouteTable',
      'DeleteRoute',
      'DisassociateRouteTable',
    ],
    parameter: ['routeTableId', 'rtb-0a1b2c3d4e5f6000'],
  },
  'vpc-changes': {
    service: 'ec2',
    names: [
      'CreateVpc',
      'DeleteVpc',
      'ModifyVpcAttribute',
      'AcceptVpcPeeringConnection',
      'CreateVpcPeeringConnection',
      'DeleteVpcPeeringConnection',
      'RejectVpcPeeringConnection',
    ],
    parameter: ['vpcId', 'vpc-0a1b2c3d4e5f6000'],
  },
} as const satisfies Readonly<Record<string, Calls>>;

type CallActivity = keyof typeof CALLS;

/** ID of an activity that must notify people. The slug of its control is `alarm-<id>`. */
export type ActivityId = 'root-usage' | 'console-auth-failures' | CallActivity;

/** The activities of the alarm controls, those of sections 4.3 to 4.14 of the CIS AWS Foundations Benchmark v3.0 and v5.0. */
export const ACTIVITIES: readonly ActivityId[] = ['root-usage', 'console-auth-failures', ...(Object.keys(CALLS) as CallActivity[])];

/** Returns a description of the canonical events of an activity for the page of its control. */
export function canonicalEvents(activity: ActivityId): readonly string[] {
  if (activity === 'root-usage') return ['any event with userIdentity.type = Root, no invokedBy, eventType other than AwsServiceEvent'];
  if (activity === 'console-auth-failures') return ['ConsoleLogin with errorMessage Failed authentication'];
  const { service, names } = CALLS[activity];
  // Other services have a DisableKey too.
  return service === 'kms' ? names.map((name) => `kms ${name}`) : names;
}

/**
 * Returns the condition of a metric filter that matches every canonical event of an activity, as in the CIS AWS Foundations
 * Benchmark. The pattern of the filter is `{ condition }`. The condition fits a runbook parameter: it has at most 512 characters and
 * no quotes, so a `*` replaces the text after a space. As in the benchmark, the longest condition does not name its service.
 */
export function filterCondition(activity: ActivityId): string {
  if (activity === 'root-usage') {
    return '($.userIdentity.type=Root)&&($.userIdentity.invokedBy NOT EXISTS)&&($.eventType!=AwsServiceEvent)';
  }
  if (activity === 'console-auth-failures') return '($.eventName=ConsoleLogin)&&($.errorMessage=Failed*)';
  const { service, names } = CALLS[activity];
  const anyName = names.map((name) => `($.eventName=${name})`).join('||');
  return service === 'iam' ? anyName : `($.eventSource=${service}.amazonaws.com)&&(${anyName})`;
}

/**
 * Whether every event of the activity occurs in the Region of the global services, such as us-east-1, which is then the only one that
 * needs an EventBridge rule. IAM is a global service (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html).
 * All other events occur in the Region of the call, so a rule receives only those of its own Region.
 *
 * The same applies to the root user: sign-ins and calls to global services occur in that Region, all other calls in their own. Sign-ins
 * of IAM users occur in us-east-1, us-east-2, eu-north-1 or ap-southeast-2, or in the Region of a regional endpoint
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html). One rule
 * matches all events of these two activities only if the other Regions forward their events to its bus.
 */
export const isGlobalActivity = (activity: ActivityId): boolean => activity === 'iam-policy-changes';

/** The events of one account that a pattern matches. */
export interface MatchedEvents {
  /** Whether csmm can read the pattern. If not, `activities` has the events that it may match. */
  readonly readable: boolean;
  /** Each activity with an event that it matches: `1` or `0` for each of the {@link canonicalRecords}, in their order. */
  readonly activities: Readonly<Partial<Record<ActivityId, string>>>;
  /** The first ordinary event that it matches too, such as `ec2 DescribeVpcs`. Absent if it matches none. */
  readonly ordinary?: string;
}

/** Every event of every activity: what a pattern that csmm cannot read may match. */
const anything = (): MatchedEvents => ({
  readable: false,
  activities: Object.fromEntries(ACTIVITIES.map((activity) => [activity, '1'.repeat(eventNames(activity).length)])),
});

/** Steps for the events of a further account. */
const ACCOUNT_STEPS = 5000;

/**
 * Returns what a metric filter of CloudWatch Logs matches of the events of `accountId`. Nothing is known once the budget is exhausted.
 *
 * @param pattern `undefined` if csmm cannot read it
 */
export function matchedByFilter(pattern: FilterPattern | undefined, accountId: string, budget = newBudget()): MatchedEvents {
  if (pattern === undefined || !spend(budget, ACCOUNT_STEPS)) return anything();
  const result = matched(eventsOf(accountId), (record) => matchesFilter(pattern, record, budget));
  return budget.left < 0 ? anything() : result;
}

/**
 * Returns what an EventBridge rule matches of the events of `accountId`, in the Regions where they occur (see {@link isGlobalActivity}).
 * All canonical events reach rules in state `ENABLED`, because none is read-only. Events that are read-only reach a rule only in
 * state `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html).
 *
 * @param eventPattern parsed from JSON
 * @param readOnly whether events that are read-only reach the rule
 * @param budget as in {@link matchedByFilter}
 */
export function matchedByRule(eventPattern: unknown, accountId: string, readOnly: boolean, budget = newBudget()): MatchedEvents {
  if (!spend(budget, ACCOUNT_STEPS)) return anything();
  const matchesBy = (unread: boolean) => (record: TrailRecord) => matchesEventPattern(eventPattern, toEvent(record), unread, budget);
  const { canonical, ordinary } = eventsOf(accountId);
  const atMost = matched({ canonical, ordinary: ordinary.filter(({ record }) => readOnly || !record.readOnly) }, matchesBy(true));
  const atLeast = matched({ canonical, ordinary: [] }, matchesBy(false));
  if (budget.left < 0) return anything();
  const isSame = JSON.stringify(atMost.activities) === JSON.stringify(atLeast.activities);
  return isSame ? atMost : { readable: false, activities: atMost.activities };
}

function matched({ canonical, ordinary }: Events, matches: (record: TrailRecord) => boolean): MatchedEvents {
  const marks = canonical.map(([activity, records]) => [activity, records.map((each) => (matches(each) ? '1' : '0')).join('')] as const);
  const found = ordinary.find(({ record }) => matches(record));
  return {
    readable: true,
    activities: Object.fromEntries(marks.filter(([, mark]) => mark.includes('1'))),
    ...(found && { ordinary: found.name }),
  };
}

/** The events of an account to try a pattern on. */
interface Events {
  readonly canonical: readonly (readonly [ActivityId, readonly TrailRecord[]])[];
  readonly ordinary: readonly OrdinaryEvent[];
}

/** Events by account, because thousands of patterns are tried on the same ones. */
const EVENTS = new Map<string, Events>();
/** Maximum number of accounts in {@link EVENTS}. Patterns name few accounts, and mostly the same ones. */
const MAX_EVENTS = 100;

function eventsOf(accountId: string): Events {
  const known = EVENTS.get(accountId);
  if (known) return known;
  const events: Events = {
    canonical: ACTIVITIES.map((activity) => [activity, canonicalRecords(activity, accountId)] as const),
    ordinary: ordinaryEvents(accountId),
  };
  if (EVENTS.size >= MAX_EVENTS) EVENTS.clear();
  EVENTS.set(accountId, events);
  return events;
}

/** Returns the name of each of the {@link canonicalRecords} for people, such as `DeleteTrail`. Events of two callers have one name. */
export function eventNames(activity: ActivityId): readonly string[] {
  if (activity === 'root-usage') {
    return ['root sign-in', 'root sign-in', 's3 CreateBucket by root', 'iam CreateAccessKey by root', 'ec2 RunInstances by root'];
  }
  if (activity === 'console-auth-failures') return ['failed sign-in of a user', 'failed sign-in of a user', 'failed sign-in of root'];
  const { names } = CALLS[activity];
  return [...names, ...names];
}

/**
 * Returns the canonical events of an activity in one account, as CloudTrail records
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).
 * Each event comes from two callers with different names, kinds of identity, regions (except for a global service), source
 * addresses, user agents and resources. A detector that is limited to one of these does not match all events; a detector that
 * excludes another caller does.
 */
export function canonicalRecords(activity: ActivityId, accountId: string): readonly TrailRecord[] {
  if (activity === 'root-usage') return rootRecords(accountId);
  if (activity === 'console-auth-failures') return failedSignIns(accountId);
  const calls: Calls = CALLS[activity];
  const [parameter, value] = calls.parameter;
  return [user, role].flatMap((caller, index) =>
    calls.names.map((name) => apiCall(caller(accountId), calls.service, name, { [parameter]: `${value}${index + 1}` })),
  );
}

const rootRecords = (accountId: string): TrailRecord[] => [
  signIn({ ...root(accountId, 'console'), awsRegion: 'us-east-1' }, { succeeded: true, mfa: true }),
  signIn({ ...root(accountId, 'key'), awsRegion: 'us-east-1', userAgent: BROWSER }, { succeeded: true, mfa: false }),
  apiCall(root(accountId, 'key'), 's3', 'CreateBucket', { bucketName: 'example-1' }),
  apiCall(root(accountId, 'console'), 'iam', 'CreateAccessKey', { userName: 'example-user' }),
  apiCall(root(accountId, 'console'), 'ec2', 'RunInstances', { instanceType: 't3.micro' }),
];

/** Returns failed sign-ins. That of an IAM user has a name and no ARN; that of the root user has an ARN and no name. */
const failedSignIns = (accountId: string): TrailRecord[] => [
  signIn({ ...user(accountId), ...anonymous(accountId, 'example-user'), awsRegion: 'eu-north-1' }, { succeeded: false, mfa: false }),
  signIn({ ...role(accountId), ...anonymous(accountId, 'other-user'), awsRegion: 'us-east-1' }, { succeeded: false, mfa: true }),
  signIn({ ...root(accountId, 'console'), awsRegion: 'us-east-1' }, { succeeded: false, mfa: true }),
];

const anonymous = (accountId: string, userName: string): Pick<Caller, 'userIdentity'> => ({
  userIdentity: { type: 'IAMUser', accountId, accessKeyId: '', userName },
});
