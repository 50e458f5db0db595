import { iamAction } from '../../adapters/aws/actions.ts';
import { type Clients, clientsOf } from '../../adapters/aws/clients.ts';
import type { DoctorPlace } from '../../adapters/aws/doctor/place.ts';
import { readSettings } from '../../core/deployment/options.ts';
import { VERSION } from '../../core/version.ts';
import { cardItemOf } from './doctor-items.ts';

/** An answer of AWS to one call. Throws the error that the call would. */
export type Answers = Readonly<Record<string, (input: never, region: string) => unknown>>;

export const OWN = '222222222222';
export const MEMBER = '111111111111';
export const HOME = 'eu-west-1';
export const NOW = '2026-03-10T12:00:00.000Z';
const YESTERDAY = '2026-03-09T20:00:00.000Z';

/** Returns an error as the SDK throws it. */
export const awsError = (name: string, message = 'no'): Error => Object.assign(new Error(message), { name });

/** Returns clients that answer from memory. `calls` gets the IAM action of each call. */
export function worldClients(answers: Answers, calls: string[] = []): Clients {
  const clients = clientsOf({
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    observer: { called: (action) => calls.push(action), failed: () => {} },
  });
  const made = new WeakSet<object>();
  return (type, region) => {
    const client = clients(type, region);
    if (made.has(client)) return client;
    made.add(client);
    const { middlewareStack } = client as unknown as { middlewareStack: { add(middleware: unknown, options: object): void } };
    const middleware = (_: unknown, { clientName = '', commandName = '' }) => {
      return async ({ input }: { input: never }) => {
        const action = iamAction(clientName, commandName);
        const answer = answers[action];
        if (!answer) throw new Error(`the test has no answer to ${action}`);
        return { output: { $metadata: {}, ...((await answer(input, region)) as object) }, response: {} };
      };
    };
    middlewareStack.add(middleware, { step: 'initialize', priority: 'low', name: 'world' });
    return client;
  };
}

/** Returns a place for the readers, of a deployment with these `-c` values. */
export const placeIn = (answers: Answers, context: Readonly<Record<string, string>> = {}, calls: string[] = []): DoctorPlace => ({
  identity: { accountId: OWN, arn: `arn:aws:iam::${OWN}:user/ada`, partition: 'aws' },
  options: { homeRegion: HOME, ...readSettings((key) => context[key], HOME) },
  clients: worldClients(answers, calls),
  now: () => new Date(NOW),
});

export const ORGANIZATION = { organizationId: 'o-a1b2c3d4e5', organizationalUnits: 'ou-ab12-a1b2c3d4' };

const resource = (logicalId: string, type: string, physicalId: string) => ({
  LogicalResourceId: logicalId,
  PhysicalResourceId: physicalId,
  ResourceType: type,
  ResourceStatus: 'CREATE_COMPLETE',
});

const queueUrl = (name: string, region: string): string => `https://sqs.${region}.amazonaws.com/${OWN}/${name}`;

const MAIN_RESOURCES = [
  resource('DailyRule', 'AWS::Events::Rule', 'Csmm-Daily'),
  resource('IngestRule', 'AWS::Events::Rule', 'csmm-ingest|Csmm-Ingest'),
  resource('Collect', 'AWS::Lambda::Function', 'Csmm-Collect'),
  resource('Score', 'AWS::Lambda::Function', 'Csmm-Score'),
  resource('CollectSource', 'AWS::Lambda::EventSourceMapping', 'uuid-queue'),
  resource('ScoreSource', 'AWS::Lambda::EventSourceMapping', 'uuid-stream'),
  resource('Changes', 'AWS::SQS::Queue', queueUrl('Csmm-Changes', HOME)),
  resource('Failures', 'AWS::SQS::Queue', queueUrl('Csmm-Failures', HOME)),
  resource('ChangesWait', 'AWS::CloudWatch::Alarm', 'Csmm-ChangesWait'),
  resource('ScoreLags', 'AWS::CloudWatch::Alarm', 'Csmm-ScoreLags'),
  resource('State', 'AWS::DynamoDB::GlobalTable', 'Csmm-State'),
  resource('Scores', 'AWS::DynamoDB::GlobalTable', 'Csmm-Scores'),
];

/** The stacks of a deployment in one account with a second Region, by Region and name. */
const STACKS: Readonly<Record<string, readonly object[]>> = {
  [`${HOME}/Csmm`]: MAIN_RESOURCES,
  'us-east-1/Csmm-Forward-us-east-1-to-eu-west-1': [
    resource('Forward', 'AWS::Events::Rule', 'Csmm-Forward'),
    resource('Undelivered', 'AWS::SQS::Queue', queueUrl('Csmm-Undelivered', 'us-east-1')),
  ],
};

const SET_ID = 'csmm-member:0a1b2c3d';
/** The stacks of a deployment in an organization. */
const ORGANIZATION_STACKS: typeof STACKS = {
  [`${HOME}/Csmm`]: [...MAIN_RESOURCES, resource('Members', 'AWS::CloudFormation::StackSet', SET_ID)],
};

const ALARMS: Readonly<Record<string, object>> = {
  'Csmm-ChangesWait': {
    MetricName: 'ApproximateAgeOfOldestMessage',
    Threshold: 300,
    Dimensions: [{ Name: 'QueueName', Value: 'Csmm-Changes' }],
  },
  'Csmm-ScoreLags': { MetricName: 'IteratorAge', Threshold: 300_000, Dimensions: [{ Name: 'FunctionName', Value: 'Csmm-Score' }] },
};

const TRAIL = `arn:aws:cloudtrail:${HOME}:${OWN}:trail/all`;

/** The answers of AWS if everything is fine. `accounts` have a score and fresh evidence. */
function healthy(stacks: typeof STACKS, accounts: readonly string[], unit: string = ORGANIZATION.organizationalUnits): Answers {
  return {
    'ec2:DescribeRegions': () => ({
      Regions: [
        { RegionName: HOME, OptInStatus: 'opt-in-not-required' },
        { RegionName: 'us-east-1', OptInStatus: 'opt-in-not-required' },
        { RegionName: 'af-south-1', OptInStatus: 'not-opted-in' },
      ],
    }),
    'ssm:GetParameter': () => ({ Parameter: { Value: '30' } }),
    'organizations:DescribeOrganization': () => ({
      Organization: { Id: ORGANIZATION.organizationId, MasterAccountId: '999999999999', FeatureSet: 'ALL' },
    }),
    'organizations:DescribeOrganizationalUnit': () => ({ OrganizationalUnit: {} }),
    'organizations:ListRoots': () => ({ Roots: [{ Id: 'r-ab12' }] }),
    'organizations:ListDelegatedAdministrators': () => ({ DelegatedAdministrators: [{ Id: OWN }] }),
    'organizations:ListAccountsForParent': () => ({
      Accounts: [MEMBER, OWN].map((Id) => ({ Id, Arn: `arn:aws:organizations::999999999999:account/o-a/${Id}`, State: 'ACTIVE' })),
    }),
    'organizations:ListOrganizationalUnitsForParent': () => ({ OrganizationalUnits: [] }),
    'cloudformation:DescribeOrganizationsAccess': () => ({ Status: 'ENABLED' }),
    'config:DescribeConfigurationRecorders': () => ({
      ConfigurationRecorders: [{ name: 'default', recordingGroup: { allSupported: true, includeGlobalResourceTypes: true } }],
    }),
    'config:DescribeConfigurationRecorderStatus': () => ({ ConfigurationRecordersStatus: [{ recording: true, lastStatus: 'Success' }] }),
    'config:DescribeDeliveryChannelStatus': () => ({ DeliveryChannelsStatus: [{ configHistoryDeliveryInfo: { lastStatus: 'Success' } }] }),
    'cloudtrail:DescribeTrails': () => ({
      trailList: [{ TrailARN: TRAIL, HomeRegion: HOME, IsMultiRegionTrail: true, HasCustomEventSelectors: true }],
    }),
    'cloudtrail:GetTrailStatus': () => ({ IsLogging: true }),
    'cloudtrail:GetEventSelectors': () => ({ EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'All' }] }),
    'lambda:GetAccountSettings': () => ({ AccountLimit: { UnreservedConcurrentExecutions: 1000 } }),
    'servicequotas:ListServiceQuotas': () => ({
      Quotas: [
        { QuotaName: 'Stack sets per administrator account', QuotaCode: 'L-SETS', Value: 1000 },
        { QuotaName: 'Stack instances per stack set', QuotaCode: 'L-INSTANCES', Value: 100_000 },
      ],
    }),
    'cloudformation:ListStackSets': () => ({ Summaries: [{ StackSetName: 'csmm-member' }] }),
    'cloudformation:DescribeStacks': ({ StackName }: { StackName: string }, region: string) => {
      if (!stacks[`${region}/${StackName}`]) throw awsError('ValidationError', `Stack with id ${StackName} does not exist`);
      const outputs = { StateTableName: 'Csmm-State', ScoresTableName: 'Csmm-Scores', Version: VERSION };
      return {
        Stacks: [
          {
            StackStatus: 'UPDATE_COMPLETE',
            Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
          },
        ],
      };
    },
    'cloudformation:ListStackResources': ({ StackName }: { StackName: string }, region: string) => ({
      StackResourceSummaries: stacks[`${region}/${StackName}`],
    }),
    'cloudformation:DescribeStackSet': () => ({
      StackSet: {
        StackSetName: 'csmm-member',
        Status: 'ACTIVE',
        AutoDeployment: { Enabled: true },
        OrganizationalUnitIds: [unit],
        Regions: [HOME, 'us-east-1'],
      },
    }),
    'cloudformation:ListStackInstances': ({ StackInstanceRegion }: { StackInstanceRegion?: string }) => ({
      Summaries:
        StackInstanceRegion === undefined
          ? []
          : [MEMBER, OWN].map((Account) => ({ Account, Region: HOME, StackInstanceStatus: { DetailedStatus: 'SUCCEEDED' } })),
    }),
    'events:DescribeRule': () => ({ State: 'ENABLED' }),
    'events:ListTargetsByRule': () => ({ Targets: [{ Id: 'Target0', Arn: 'arn' }] }),
    'lambda:GetFunctionConfiguration': () => ({ State: 'Active', LastUpdateStatus: 'Successful' }),
    'lambda:GetFunctionConcurrency': () => ({}),
    'lambda:GetEventSourceMapping': ({ UUID }: { UUID: string }) => ({
      State: 'Enabled',
      FunctionArn: `arn:aws:lambda:${HOME}:${OWN}:function:${UUID === 'uuid-stream' ? 'Csmm-Score' : 'Csmm-Collect'}`,
      ...(UUID === 'uuid-stream'
        ? { LastProcessingResult: 'OK', EventSourceArn: `arn:aws:dynamodb:${HOME}:${OWN}:table/Csmm-State/stream/2026-01-01T00:00:00.000` }
        : { EventSourceArn: `arn:aws:sqs:${HOME}:${OWN}:Csmm-Changes`, ScalingConfig: { MaximumConcurrency: 20 } }),
    }),
    'sqs:GetQueueAttributes': ({ QueueUrl }: { QueueUrl: string }) => ({
      Attributes: {
        ApproximateNumberOfMessages: '0',
        ApproximateNumberOfMessagesNotVisible: '0',
        MessageRetentionPeriod: '1209600',
        ...(QueueUrl.endsWith('Changes') && { RedrivePolicy: '{}' }),
      },
    }),
    'cloudwatch:DescribeAlarms': ({ AlarmNames }: { AlarmNames: string[] }) => ({
      MetricAlarms: AlarmNames.map((AlarmName) => ({
        AlarmName,
        StateValue: 'OK',
        ActionsEnabled: true,
        AlarmActions: ['arn'],
        ...ALARMS[AlarmName],
      })),
    }),
    'cloudwatch:GetMetricData': ({ MetricDataQueries }: { MetricDataQueries: { Id: string }[] }) => ({
      MetricDataResults: MetricDataQueries.map(({ Id }) => ({ Id, Values: [] })),
    }),
    'dynamodb:DescribeTable': () => ({ Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: true } }),
    'dynamodb:GetItem': () => ({}),
    'dynamodb:Query': ({ ExpressionAttributeValues }: { ExpressionAttributeValues: Record<string, string> }) => {
      const keys = Object.values(ExpressionAttributeValues);
      if (keys.includes('S#0')) return { Items: accounts.map((sk) => ({ pk: 'S#0', sk, statuses: '', asOf: YESTERDAY })) };
      const account = accounts.find((id) => keys.some((key) => key.includes(id)));
      return {
        Items:
          account === undefined || !keys.some((key) => key.startsWith('I#'))
            ? []
            : [HOME, 'us-east-1', 'global'].map((region) => cardItemOf(account, region, YESTERDAY)),
      };
    },
  };
}

/** An account before the first deployment. */
export const FRESH = healthy({}, []);
/** A deployment in one account. */
export const DEPLOYED = healthy(STACKS, [OWN]);
/** A deployment in an organization. */
export const IN_ORGANIZATION = healthy(ORGANIZATION_STACKS, [MEMBER, OWN]);
/** A deployment for all accounts of an organization: its unit is the root. */
export const IN_ROOT = healthy(ORGANIZATION_STACKS, [MEMBER, OWN], 'r-ab12');
