import { matchesEventPattern } from './event-pattern.ts';
import { matchesFilter, parseFilterPattern } from './metric-filter.ts';
import type { JsonObject, JsonValue } from './wildcard.ts';

/** Calls of one service's API that make up an activity. */
interface Calls {
  readonly service: string;
  readonly names: readonly string[];
  /** A request parameter of such calls, and how its values begin. */
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

/** An activity that somebody must be told of; the slug of its control is `alarm-<id>`. */
export type ActivityId = 'root-usage' | 'console-auth-failures' | CallActivity;

/** The activities of the alarm controls, those of sections 4.3 to 4.14 of the CIS AWS Foundations Benchmark v3.0 and v5.0. */
export const ACTIVITIES: readonly ActivityId[] = ['root-usage', 'console-auth-failures', ...(Object.keys(CALLS) as CallActivity[])];

/** The canonical events of an activity in words, as its control's page lists them. */
export function canonicalEvents(activity: ActivityId): readonly string[] {
  if (activity === 'root-usage') return ['any event with userIdentity.type = Root, no invokedBy, eventType other than AwsServiceEvent'];
  if (activity === 'console-auth-failures') return ['ConsoleLogin with errorMessage Failed authentication'];
  const { service, names } = CALLS[activity];
  // Other services have a DisableKey too.
  return service === 'kms' ? names.map((name) => `kms ${name}`) : names;
}

/**
 * The condition of a metric filter that matches every canonical event of an activity, in the manner of the CIS AWS Foundations
 * Benchmark; the filter's pattern is `{ condition }`. As a runbook's parameter may be, it is of at most 512 characters and without
 * quotes, in place of which a `*` stands for what follows a space. The longest does not name its service, as in the benchmark.
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
 * The regions whose event bus receives an activity's events. IAM is a global service: its events occur in us-east-1
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html), so one rule there sees them all and a rule
 * elsewhere none. All other events occur where the call was made, so that a rule sees those of its own region alone.
 *
 * That holds of the root user too: sign-ins and calls to global services occur in us-east-1, all other calls in their region.
 * Sign-ins of IAM users occur in us-east-1, us-east-2, eu-north-1 or ap-southeast-2, or in the region of a regional endpoint
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html).
 * One rule catches all of either activity only where other regions forward their events to its bus.
 */
export const eventRegions = (activity: ActivityId): 'us-east-1' | 'every-region' =>
  isGlobalActivity(activity) ? 'us-east-1' : 'every-region';

/** Whether every event of the activity occurs in us-east-1, which is then the only region for an EventBridge rule. */
export const isGlobalActivity = (activity: ActivityId): boolean => activity === 'iam-policy-changes';

/** Stands for the account whose events are looked for, where nobody named one. */
const EXAMPLE_ACCOUNT = '111111111111';

/**
 * The activities that a metric filter of CloudWatch Logs catches: those of whose canonical events in `accountId` it matches each.
 * Nothing where the pattern is not understood.
 */
export function detectedByFilter(patternText: string, accountId: string = EXAMPLE_ACCOUNT): ActivityId[] {
  const pattern = parseFilterPattern(patternText);
  return pattern === undefined ? [] : caught(accountId, (record) => matchesFilter(pattern, record));
}

/**
 * The activities that an EventBridge rule catches in the regions where their events occur (see {@link eventRegions}): those of whose
 * canonical events in `accountId` its event pattern, parsed from JSON, matches each. All of them reach rules in state `ENABLED`: none
 * is read-only (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html).
 */
export function detectedByRule(eventPattern: unknown, accountId: string = EXAMPLE_ACCOUNT): ActivityId[] {
  return caught(accountId, (record) => matchesEventPattern(eventPattern, toEvent(record)));
}

const caught = (accountId: string, matches: (record: TrailRecord) => boolean): ActivityId[] =>
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
 * The canonical events of an activity in one account, as CloudTrail records
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).
 * Each comes from two callers who share neither name nor kind of identity, nor region (but that of a global service), source address,
 * user agent and resource: a detector restricted to one of these does not match them all, one that excepts somebody else does.
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

/** Who acts, and from where. */
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

/** A failed sign-in of an IAM user names the user without an ARN, one of the root user has an ARN and no name. */
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
 * The event that EventBridge makes of a record: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html.
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
