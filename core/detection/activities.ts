import { matchesEventPattern } from './event-pattern.ts';
import { matchesFilter, parseFilterPattern } from './metric-filter.ts';
import type { JsonObject, JsonValue } from './wildcard.ts';

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
 * Returns the regions whose event bus receives the events of an activity. IAM is a global service: its events occur in us-east-1
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html), so only a rule there receives them. All
 * other events occur in the region of the call, so a rule receives only those of its own region.
 *
 * The same applies to the root user: sign-ins and calls to global services occur in us-east-1, all other calls in their region.
 * Sign-ins of IAM users occur in us-east-1, us-east-2, eu-north-1 or ap-southeast-2, or in the region of a regional endpoint
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html).
 * One rule matches all events of these two activities only if the other regions forward their events to its bus.
 */
export const eventRegions = (activity: ActivityId): 'us-east-1' | 'every-region' =>
  isGlobalActivity(activity) ? 'us-east-1' : 'every-region';

/** Whether every event of the activity occurs in us-east-1, which is then the only region for an EventBridge rule. */
export const isGlobalActivity = (activity: ActivityId): boolean => activity === 'iam-policy-changes';

/** Account ID of the canonical events if the caller passes none. */
const EXAMPLE_ACCOUNT = '111111111111';

/**
 * Returns the activities that a metric filter of CloudWatch Logs detects: it matches all their canonical events in `accountId`.
 * Returns none if csmm cannot parse the pattern.
 */
export function detectedByFilter(patternText: string, accountId: string = EXAMPLE_ACCOUNT): ActivityId[] {
  const pattern = parseFilterPattern(patternText);
  return pattern === undefined ? [] : detected(accountId, (record) => matchesFilter(pattern, record));
}

/**
 * Returns the activities that an EventBridge rule detects in the regions where their events occur (see {@link eventRegions}): its
 * event pattern, parsed from JSON, matches all their canonical events in `accountId`. All of them reach rules in state `ENABLED`,
 * because none is read-only (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html).
 */
export function detectedByRule(eventPattern: unknown, accountId: string = EXAMPLE_ACCOUNT): ActivityId[] {
  return detected(accountId, (record) => matchesEventPattern(eventPattern, toEvent(record)));
}

const detected = (accountId: string, matches: (record: TrailRecord) => boolean): ActivityId[] =>
  ACTIVITIES.filter((activity) => canonicalRecords(activity, accountId).every(matches));

/** A CloudTrail record, as CloudTrail writes it into a log group. */
interface TrailRecord extends JsonObject {
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventType: 'AwsApiCall' | 'AwsConsoleSignIn';
  readonly awsRegion: string;
  readonly recipientAccountId: string;
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

/** The identity and origin of a call. */
interface Caller {
  readonly userIdentity: JsonObject & { readonly accountId: string };
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
}

/** An IAM user with an access key. */
const user = (accountId: string): Caller => ({
  userIdentity: {
    type: 'IAMUser',
    principalId: 'AIDAEXAMPLE1',
    arn: `arn:aws:iam::${accountId}:user/example-user`,
    accountId,
    accessKeyId: 'AKIAEXAMPLE1',
    userName: 'example-user',
  },
  awsRegion: 'eu-west-1',
  sourceIPAddress: '192.0.2.10',
  userAgent: 'aws-cli/2.17.0',
});

/** A session of a role in the console. */
const role = (accountId: string): Caller => ({
  userIdentity: {
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLE2:example-session',
    arn: `arn:aws:sts::${accountId}:assumed-role/example-role/example-session`,
    accountId,
    accessKeyId: 'ASIAEXAMPLE2',
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: 'AROAEXAMPLE2',
        arn: `arn:aws:iam::${accountId}:role/example-role`,
        accountId,
        userName: 'example-role',
      },
      attributes: { creationDate: '2026-01-15T08:00:00Z', mfaAuthenticated: 'true' },
    },
  },
  awsRegion: 'us-west-2',
  sourceIPAddress: '198.51.100.20',
  userAgent: BROWSER,
});

/** The root user, with an access key or in the console. */
function root(accountId: string, by: 'key' | 'console'): Caller {
  const userIdentity = { type: 'Root', principalId: accountId, arn: `arn:aws:iam::${accountId}:root`, accountId };
  const attributes = { creationDate: '2026-01-15T08:00:00Z', mfaAuthenticated: 'true' };
  return by === 'key'
    ? { ...user(accountId), userIdentity: { ...userIdentity, accessKeyId: 'AKIAEXAMPLE3' } }
    : { ...role(accountId), userIdentity: { ...userIdentity, accessKeyId: 'ASIAEXAMPLE3', sessionContext: { attributes } } };
}

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';

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

const apiCall = (caller: Caller, service: string, eventName: string, requestParameters: JsonObject): TrailRecord =>
  record(caller, {
    eventSource: `${service}.amazonaws.com`,
    eventName,
    awsRegion: service === 'iam' ? 'us-east-1' : caller.awsRegion,
    requestParameters,
    responseElements: null,
    eventType: 'AwsApiCall',
  });

function signIn(caller: Caller, { succeeded, mfa }: { readonly succeeded: boolean; readonly mfa: boolean }): TrailRecord {
  const { sessionContext, ...userIdentity } = caller.userIdentity;
  return record(
    { ...caller, userIdentity: { ...userIdentity, accountId: caller.userIdentity.accountId, accessKeyId: '' } },
    {
      eventSource: 'signin.amazonaws.com',
      eventName: 'ConsoleLogin',
      awsRegion: caller.awsRegion,
      requestParameters: null,
      responseElements: { ConsoleLogin: succeeded ? 'Success' : 'Failure' },
      ...(succeeded ? {} : { errorMessage: 'Failed authentication' }),
      additionalEventData: { LoginTo: 'https://console.aws.amazon.com/console/home', MobileVersion: 'No', MFAUsed: mfa ? 'Yes' : 'No' },
      eventType: 'AwsConsoleSignIn',
    },
  );
}

const record = (
  { userIdentity, ...from }: Caller,
  what: JsonObject & Pick<TrailRecord, 'eventSource' | 'eventType' | 'awsRegion'>,
): TrailRecord => ({
  eventVersion: '1.11',
  userIdentity,
  eventTime: '2026-01-15T09:30:00Z',
  ...from,
  ...what,
  eventID: '6e1a2b3c-4d5e-4f60-8172-93a4b5c6d7e8',
  readOnly: false,
  managementEvent: true,
  recipientAccountId: userIdentity.accountId,
  eventCategory: 'Management',
});

/**
 * Returns the event that EventBridge creates from a record: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html.
 * That page writes "Signin"; the events themselves say "Sign In", as rules that work do
 * (https://repost.aws/knowledge-center/root-user-account-eventbridge-rule).
 */
const toEvent = (detail: TrailRecord): JsonValue => ({
  version: '0',
  id: '0d1c2b3a-4e5f-6071-8293-a4b5c6d7e8f9',
  'detail-type': detail.eventType === 'AwsConsoleSignIn' ? 'AWS Console Sign In via CloudTrail' : 'AWS API Call via CloudTrail',
  source: `aws.${detail.eventSource.replace('.amazonaws.com', '')}`,
  account: detail.recipientAccountId,
  time: detail.eventTime,
  region: detail.awsRegion,
  resources: [],
  detail,
});
