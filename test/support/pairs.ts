import type { RunbookParameters } from '../../core/remediation/model/remedy.ts';
import type { Json, JsonObject } from './runbook-document.ts';

/** The part of AWS that a runbook and its inverse read and change, in memory. */
export interface PairWorld {
  /** Parameters of the runbook. */
  readonly parameters: RunbookParameters;
  /** State before the runbook, as JSON. */
  readonly state: State;
  /** Answers an API call and changes the state. @throws if the call is not part of the world. */
  readonly answer: (state: State, api: string, input: Input, service: string) => unknown;
  /** Changes by a person after the runbook, by their sentence. A rollback must keep each of them. */
  readonly changes: Readonly<Record<string, (state: State) => void>>;
  /** State after a rollback without such a change. @default - the state before the runbook */
  readonly restored?: State;
  /** Whether a rollback after a change ends as a success, because none of its own changes remain. @default - it fails and says why */
  readonly endsWell?: readonly string[];
}

// biome-ignore lint/suspicious/noExplicitAny: the shapes of 34 APIs
export type State = any;
// biome-ignore lint/suspicious/noExplicitAny: the requests of 34 APIs
export type Input = any;

const ACCOUNT = '111111111111';
const REGION = 'eu-west-1';
const KEY = 'arn:aws:kms:eu-west-1:111111111111:key/11111111-1111-4111-8111-111111111111';
const arn = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const missing = (name: string): never => {
  throw Object.assign(new Error('it does not exist'), { name });
};
const unknown = (api: string): never => missing(`${api} is not part of the world`);
const encoded = (document: object): string[] => [Buffer.from(JSON.stringify(document)).toString('base64')];
const allowing = (action: string): JsonObject => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
});
const trusting = (service: string): JsonObject => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
});

const FLAGS = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;
const publicAccessBlock = (parameters: RunbookParameters): PairWorld => ({
  parameters: {
    ...parameters,
    ...Object.fromEntries(FLAGS.map((flag) => [`Previous${flag}`, [String(flag === 'BlockPublicAcls')]])),
  },
  state: Object.fromEntries(FLAGS.map((flag) => [flag, flag === 'BlockPublicAcls'])),
  answer: (state, api, input) => {
    if (api === 'GetPublicAccessBlock') return { PublicAccessBlockConfiguration: { ...state } };
    if (api === 'PutPublicAccessBlock') return void Object.assign(state, input.PublicAccessBlockConfiguration);
    return unknown(api);
  },
  changes: {
    'turns one setting off': (state) => {
      state.IgnorePublicAcls = false;
    },
  },
});

const ipv4 = (protocol: string, port: number | undefined, CidrIp: string, Description?: string): JsonObject => ({
  IpProtocol: protocol,
  ...(port !== undefined && { FromPort: port, ToPort: port }),
  IpRanges: [{ CidrIp, ...(Description !== undefined && { Description }) }],
});

/** One permission for each rule: a revoked permission is equal apart from its description. */
const ruleKey = ({ IpProtocol, FromPort, ToPort, IpRanges = [] }: State): string =>
  JSON.stringify([IpProtocol, FromPort, ToPort, IpRanges.map(({ CidrIp }: State) => CidrIp)]);

function securityGroup(state: State, api: string, input: Input): unknown {
  const list = api.endsWith('Egress') ? 'IpPermissionsEgress' : 'IpPermissions';
  if (api === 'DescribeSecurityGroups') return { SecurityGroups: [structuredClone(state)] };
  if (api === 'DescribeNetworkInterfaces') return { NetworkInterfaces: [] };
  if (api.startsWith('Revoke')) {
    const gone = new Set(input.IpPermissions.map(ruleKey));
    state[list] = state[list].filter((permission: State) => !gone.has(ruleKey(permission)));
    return { Return: true };
  }
  if (api.startsWith('Authorize')) return void state[list].push(...input.IpPermissions);
  return unknown(api);
}

const GROUP_ID = 'sg-0123456789abcdef0';

const LISTENER = arn('elasticloadbalancing', 'listener/app/shop/0123456789abcdef/0123456789abcdef');
const BALANCER = arn('elasticloadbalancing', 'loadbalancer/app/shop/0123456789abcdef');
function listener(state: State, api: string, input: Input): unknown {
  if (api === 'ModifyListener') {
    const { ListenerArn: _, ...changed } = input;
    return void Object.assign(state, structuredClone(changed));
  }
  if (api !== 'DescribeListeners') return unknown(api);
  const own = { ListenerArn: LISTENER, LoadBalancerArn: BALANCER, ...structuredClone(state) };
  return { Listeners: input.ListenerArns ? [own] : [own, { Protocol: 'HTTPS', Port: 443, DefaultActions: [] }] };
}

const TRAIL = { Name: 'main', TrailARN: arn('cloudtrail', 'trail/main'), HomeRegion: REGION, S3BucketName: 'logs' };
function trail(state: State, api: string, input: Input): unknown {
  const found = state.trail ?? undefined;
  if (api === 'DescribeTrails') return { trailList: found ? [structuredClone(found)] : [] };
  if (api === 'GetBucketLocation') return missing('NoSuchBucket');
  if (/^(CreateBucket|PutBucket|PutPublicAccessBlock)/.test(api)) return {};
  if (api === 'CreateTrail') {
    const { Name, S3BucketName, IsMultiRegionTrail, IncludeGlobalServiceEvents } = input;
    state.trail = {
      ...TRAIL,
      Name,
      TrailARN: arn('cloudtrail', `trail/${Name}`),
      S3BucketName,
      IsMultiRegionTrail,
      IncludeGlobalServiceEvents,
    };
    return {};
  }
  if (!found) return missing('TrailNotFoundException');
  if (api === 'GetTrail') return { Trail: structuredClone(found) };
  if (api === 'GetTrailStatus') return { IsLogging: state.logging };
  if (api === 'GetEventSelectors') return { EventSelectors: structuredClone(state.selectors) };
  if (api === 'PutEventSelectors') state.selectors = input.EventSelectors;
  else if (api === 'StartLogging') state.logging = true;
  else if (api === 'StopLogging') state.logging = false;
  else if (api === 'DeleteTrail') {
    state.trail = null;
    state.selectors = null;
    state.logging = false;
  } else if (api === 'UpdateTrail') {
    const { Name: _, EnableLogFileValidation, ...changed } = input;
    Object.assign(found, changed, EnableLogFileValidation !== undefined && { LogFileValidationEnabled: EnableLogFileValidation });
  } else return unknown(api);
  return {};
}

const repoint = (state: State): void => {
  Object.assign(state.trail, { S3BucketName: 'central-archive', KmsKeyId: KEY });
};

const snapshot = (parameter: string, modify: string): PairWorld => ({
  parameters: { [parameter]: ['orders'] },
  state: ['all', '222222222222'],
  answer: (state, api, input) => {
    if (api !== modify) {
      const attributes = [{ AttributeName: 'restore', AttributeValues: [...state] }];
      return {
        [`${modify.slice('Modify'.length, -'Attribute'.length)}AttributesResult`]: { [`${modify.slice('Modify'.length)}s`]: attributes },
      };
    }
    const removed = new Set(input.ValuesToRemove ?? []);
    state.splice(0, state.length, ...(input.ValuesToAdd ?? []), ...state.filter((value: string) => !removed.has(value)));
    return {};
  },
  changes: {
    'shares it with one more account': (state) => state.push('333333333333'),
    'shares it with no account': (state) => state.splice(0, state.length),
  },
});

const keys = (extra: RunbookParameters): PairWorld => ({
  parameters: { UserName: ['deploy'], KeysCreatedAt: ['2025-01-02T03:04:05.000Z'], ...extra },
  state: [
    { AccessKeyId: 'AKIAEXAMPLE000000001', Status: 'Active', CreateDate: '2025-01-02T03:04:05Z' },
    { AccessKeyId: 'AKIAEXAMPLE000000002', Status: 'Active', CreateDate: '2026-01-02T03:04:05Z' },
  ],
  answer: (state, api, input) => {
    if (api === 'ListAccessKeys') return { AccessKeyMetadata: structuredClone(state) };
    if (api === 'GetAccessKeyLastUsed') return { AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' } };
    if (api !== 'UpdateAccessKey') return unknown(api);
    state.find(({ AccessKeyId }: State) => AccessKeyId === input.AccessKeyId).Status = input.Status;
    return {};
  },
  changes: { 'deletes the key': (state) => state.splice(0, 1) },
  endsWell: ['deletes the key'],
});

const DETECTOR = '0'.repeat(32);
const HUB_STANDARD = (name: string): JsonObject => ({
  StandardsArn: `arn:aws:securityhub:${REGION}::standards/${name}`,
  StandardsSubscriptionArn: arn('securityhub', `subscription/${name}`),
  StandardsStatus: 'READY',
});

/** Worlds by the name of the runbook. More worlds of a runbook have a comma and their sentence after the name. */
export const PAIR_WORLDS: Readonly<Record<string, () => PairWorld>> = {
  'CSMM-BlockAccountPublicAccess': () => publicAccessBlock({ AccountId: [ACCOUNT] }),
  'CSMM-BlockBucketPublicAccess': () => publicAccessBlock({ BucketName: ['orders'] }),
  'CSMM-BlockNewPublicSnapshots': () => ({
    parameters: {},
    state: { State: 'unblocked' },
    answer: (state, api, input) => {
      if (api === 'EnableSnapshotBlockPublicAccess') state.State = input.State;
      else if (api === 'DisableSnapshotBlockPublicAccess') state.State = 'unblocked';
      return { ...state };
    },
    changes: {
      'blocks all sharing': (state) => {
        state.State = 'block-all-sharing';
      },
    },
  }),
  'CSMM-BlockPublicImages': () => ({
    parameters: {},
    state: { ImageBlockPublicAccessState: 'unblocked', ManagedBy: 'account' },
    answer: (state, api, input) => {
      if (api === 'EnableImageBlockPublicAccess') state.ImageBlockPublicAccessState = input.ImageBlockPublicAccessState;
      else if (api === 'DisableImageBlockPublicAccess') state.ImageBlockPublicAccessState = 'unblocked';
      return { ...state };
    },
    changes: {
      'manages it by a declarative policy': (state) => {
        state.ManagedBy = 'declarative-policy';
      },
    },
  }),
  'CSMM-ClearDefaultSecurityGroup': () => ({
    parameters: { SecurityGroupId: [GROUP_ID] },
    state: {
      GroupName: 'default',
      IpPermissions: [ipv4('tcp', 443, '10.0.0.0/8', 'corp'), ipv4('-1', undefined, '192.0.2.0/24')],
      IpPermissionsEgress: [ipv4('-1', undefined, '0.0.0.0/0', '('.repeat(200))],
    },
    restored: {
      GroupName: 'default',
      IpPermissions: [ipv4('tcp', 443, '10.0.0.0/8', 'corp'), ipv4('-1', undefined, '192.0.2.0/24')],
      IpPermissionsEgress: [ipv4('-1', undefined, '0.0.0.0/0', '('.repeat(130))],
    },
    answer: securityGroup,
    changes: {
      'adds a narrower rule': (state) => state.IpPermissions.push(ipv4('tcp', 443, '10.1.0.0/16')),
      'adds an outbound rule': (state) => state.IpPermissionsEgress.push(ipv4('tcp', 443, '10.1.0.0/16')),
    },
  }),
  'CSMM-RevokePublicAdminIngress': () => ({
    parameters: { SecurityGroupId: [GROUP_ID], Rules: ['tcp 22 22 0.0.0.0/0'] },
    state: { IpPermissions: [ipv4('tcp', 22, '192.0.2.0/24'), ipv4('tcp', 443, '0.0.0.0/0'), ipv4('tcp', 22, '0.0.0.0/0', 'admin')] },
    answer: securityGroup,
    changes: {
      'adds a narrower rule': (state) => state.IpPermissions.push(ipv4('tcp', 22, '10.0.0.0/8')),
      'removes the rule that was left': (state) => state.IpPermissions.shift(),
      'lets RDP in from the office': (state) => state.IpPermissions.push(ipv4('tcp', 3389, '198.51.100.0/24')),
    },
  }),
  'CSMM-CreateMetricFilterAlarm': () => ({
    parameters: {
      LogGroupName: ['trail'],
      FilterName: ['csmm-root-usage'],
      FilterCondition: ['$.userIdentity.type = Root'],
      MetricName: ['csmm-root-usage'],
      AlarmName: ['csmm-root-usage'],
      TopicArn: [arn('sns', 'security')],
    },
    state: { filter: null, alarm: null },
    answer: (state, api, input) => {
      if (api === 'DescribeMetricFilters') return { metricFilters: state.filter ? [structuredClone(state.filter)] : [] };
      if (api === 'DescribeAlarms') return { MetricAlarms: state.alarm ? [structuredClone(state.alarm)] : [] };
      if (api === 'PutMetricFilter') state.filter = structuredClone(input);
      else if (api === 'PutMetricAlarm') state.alarm = { ActionsEnabled: true, ...structuredClone(input) };
      else if (api === 'DeleteAlarms') state.alarm = null;
      else if (api === 'DeleteMetricFilter') state.filter = null;
      else return unknown(api);
      return {};
    },
    changes: {
      'changes the pattern': (state) => {
        state.filter.filterPattern = '{ $.eventName = ConsoleLogin }';
      },
      'sends the metric elsewhere': (state) => {
        state.filter.metricTransformations[0].metricNamespace = 'team';
      },
      'adds an action': (state) => state.alarm.AlarmActions.push(arn('sns', 'team')),
      'disables the actions': (state) => {
        state.alarm.ActionsEnabled = false;
      },
      'changes the threshold': (state) => {
        state.alarm.Threshold = 5;
      },
    },
  }),
  'CSMM-DeactivateOldAccessKeys': () => keys({}),
  'CSMM-DeactivateUnusedAccessKeys': () => keys({ UnusedSince: ['2025-01-02T23:59:59.999Z'] }),
  'CSMM-DenyAdminPortsInNetworkAcl': () => ({
    parameters: { NetworkAclId: ['acl-0123456789abcdef0'] },
    state: [{ RuleNumber: 100, RuleAction: 'allow', Egress: false, Protocol: '-1', CidrBlock: '0.0.0.0/0' }],
    answer: (state, api, input) => {
      if (api === 'DescribeNetworkAcls') return { NetworkAcls: [{ Entries: structuredClone(state) }] };
      const { NetworkAclId: _, ...entry } = input;
      const at = state.findIndex(({ RuleNumber }: State) => RuleNumber === entry.RuleNumber);
      if (api === 'CreateNetworkAclEntry') state.push(entry);
      else if (api === 'DeleteNetworkAclEntry') state.splice(at, 1);
      else return unknown(api);
      return {};
    },
    changes: {
      'narrows both entries': (state) => {
        for (const entry of state.filter(({ RuleAction }: State) => RuleAction === 'deny')) entry.CidrBlock = '198.51.100.0/24';
      },
    },
    endsWell: ['narrows both entries'],
  }),
  'CSMM-DenyPlainHttp': () => ({
    parameters: { BucketName: ['orders'] },
    state: {
      policy: {
        Version: '2012-10-17',
        Statement: [{ Sid: 'Old', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::orders/*' }],
      },
    },
    answer: (state, api, input) => {
      if (api === 'GetBucketPolicy') return { Policy: JSON.stringify(state.policy) };
      if (api !== 'PutBucketPolicy') return unknown(api);
      state.policy = JSON.parse(typeof input.Policy === 'string' ? input.Policy : JSON.stringify(input.Policy));
      return {};
    },
    changes: {
      'narrows the statement': (state) => {
        state.policy.Statement[1].Resource = ['arn:aws:s3:::orders/public/*'];
      },
    },
  }),
  'CSMM-DisableDatabasePublicAccess': () => ({
    parameters: { DBInstanceIdentifier: ['orders'], DbiResourceId: ['db-ABC'] },
    state: { DbiResourceId: 'db-ABC', PubliclyAccessible: true, PendingModifiedValues: {} },
    answer: (state, api, input) => {
      if (api === 'DescribeDBInstances') return { DBInstances: [structuredClone(state)] };
      if (api !== 'ModifyDBInstance') return unknown(api);
      state.PubliclyAccessible = input.PubliclyAccessible;
      return {};
    },
    changes: {
      'replaces the instance': (state) => {
        state.DbiResourceId = 'db-OTHER';
      },
      'changes the port': (state) => {
        state.PendingModifiedValues = { Port: 5433 };
      },
    },
  }),
  'CSMM-DisableWarehousePublicAccess': () => ({
    parameters: { ClusterIdentifier: ['orders'] },
    state: {
      ClusterNamespaceArn: arn('redshift', 'namespace:11111111-1111-4111-8111-111111111111'),
      PubliclyAccessible: true,
      PendingModifiedValues: {},
    },
    answer: (state, api, input) => {
      if (api === 'DescribeClusters') return { Clusters: [structuredClone(state)] };
      if (api !== 'ModifyCluster') return unknown(api);
      state.PubliclyAccessible = input.PubliclyAccessible;
      return {};
    },
    changes: {
      'replaces the cluster': (state) => {
        state.ClusterNamespaceArn = arn('redshift', 'namespace:22222222-2222-4222-8222-222222222222');
      },
      'adds an Elastic IP address': (state) => {
        state.ElasticIpStatus = { ElasticIp: '203.0.113.1' };
      },
      'changes the port': (state) => {
        state.PendingModifiedValues = { NodeType: 'ra3.xlplus' };
      },
    },
  }),
  'CSMM-EnableBucketVersioning': () => ({
    parameters: { BucketName: ['orders'], PreviousVersioning: ['Off'] },
    state: {},
    restored: { Status: 'Suspended' },
    answer: (state, api, input) => {
      if (api === 'GetBucketVersioning') return { ...state };
      if (api !== 'PutBucketVersioning') return unknown(api);
      return void Object.assign(state, input.VersioningConfiguration);
    },
    changes: {
      'enables MFA delete': (state) => {
        state.MFADelete = 'Enabled';
      },
    },
  }),
  'CSMM-EnableEbsEncryptionByDefault': () => ({
    parameters: {},
    state: { on: false, key: 'alias/aws/ebs' },
    answer: (state, api) => {
      if (api === 'GetEbsDefaultKmsKeyId') return { KmsKeyId: state.key };
      if (api === 'EnableEbsEncryptionByDefault') state.on = true;
      if (api === 'DisableEbsEncryptionByDefault') state.on = false;
      return { EbsEncryptionByDefault: state.on };
    },
    changes: {
      'sets a default key': (state) => {
        state.key = KEY;
      },
    },
  }),
  'CSMM-EnableGuardDuty': () => ({
    parameters: {},
    state: { Status: 'DISABLED', Features: [{ Name: 'S3_DATA_EVENTS', Status: 'ENABLED' }], Administrator: null },
    answer: (state, api, input) => {
      if (api === 'ListDetectors') return { DetectorIds: [DETECTOR] };
      if (api === 'GetDetector') return { Status: state.Status, Features: structuredClone(state.Features) };
      if (api === 'GetAdministratorAccount') return state.Administrator ? { Administrator: { ...state.Administrator } } : {};
      if (api !== 'UpdateDetector') return unknown(api);
      state.Status = input.Enable ? 'ENABLED' : 'DISABLED';
      return {};
    },
    changes: {
      'enables a protection plan': (state) => state.Features.push({ Name: 'EKS_AUDIT_LOGS', Status: 'ENABLED' }),
      'joins an administrator': (state) => {
        state.Administrator = { AccountId: '222222222222', RelationshipStatus: 'Enabled' };
      },
    },
  }),
  'CSMM-EnableMultiRegionTrail': () => ({
    parameters: { TrailName: ['csmm-trail'], PreviousTrail: ['absent'], PreviousLogging: ['false'] },
    state: { trail: null, selectors: null, logging: false },
    answer: trail,
    changes: {
      'points the trail at the central archive': repoint,
      'narrows the events': (state) => {
        state.selectors = [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }];
      },
      'makes it a trail of the organization': (state) => {
        state.trail.IsOrganizationTrail = true;
      },
    },
  }),
  'CSMM-EnableMultiRegionTrail, which widens a trail': () => ({
    parameters: { TrailName: ['main'], PreviousTrail: ['single-region'], PreviousLogging: ['false'] },
    state: {
      trail: { ...TRAIL, IsMultiRegionTrail: false, IncludeGlobalServiceEvents: false },
      selectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true }],
      logging: false,
    },
    answer: trail,
    changes: { 'points the trail at the central archive': repoint },
  }),
  'CSMM-EnableSecurityHub, which is off': () => ({
    parameters: { PreviousHub: ['disabled'] },
    state: { on: false, standards: [], administrator: null, members: [], aggregators: [], actions: [] },
    answer: (state, api) => {
      if (api === 'DescribeConfigurationRecorderStatus') return { ConfigurationRecordersStatus: [{ recording: true }] };
      if (api === 'EnableSecurityHub') {
        state.on = true;
        state.standards = [HUB_STANDARD('aws-foundational-security-best-practices/v/1.0.0')];
        return {};
      }
      if (!state.on) return missing('InvalidAccessException');
      if (api === 'DescribeHub') return {};
      if (api === 'GetEnabledStandards') return { StandardsSubscriptions: structuredClone(state.standards) };
      if (api === 'GetAdministratorAccount') return state.administrator ? { Administrator: { ...state.administrator } } : {};
      if (api === 'ListMembers') return { Members: [...state.members] };
      if (api === 'ListFindingAggregators') return { FindingAggregators: [...state.aggregators] };
      if (api === 'DescribeActionTargets') return { ActionTargets: [...state.actions] };
      if (api !== 'DisableSecurityHub') return unknown(api);
      state.on = false;
      state.standards = [];
      return {};
    },
    changes: {
      'enables another standard': (state) => state.standards.push(HUB_STANDARD('nist-800-53/v/5.0.0')),
      'joins an administrator': (state) => {
        state.administrator = { AccountId: '222222222222' };
      },
      'adds a member': (state) => state.members.push({ AccountId: '222222222222' }),
      'aggregates findings': (state) => state.aggregators.push({ FindingAggregatorArn: arn('securityhub', 'finding-aggregator/x') }),
      'adds a custom action': (state) => state.actions.push({ Name: 'page' }),
    },
  }),
  'CSMM-EnableSecurityHub': () => ({
    parameters: { PreviousHub: ['enabled'] },
    state: { standards: [HUB_STANDARD('cis-aws-foundations-benchmark/v/1.2.0')] },
    answer: (state, api, input) => {
      if (api === 'DescribeConfigurationRecorderStatus') return { ConfigurationRecordersStatus: [{ recording: true }] };
      const wanted = input.StandardsSubscriptionArns;
      if (api === 'GetEnabledStandards')
        return {
          StandardsSubscriptions: state.standards.filter(
            ({ StandardsSubscriptionArn }: State) => !wanted || wanted.includes(StandardsSubscriptionArn),
          ),
        };
      if (api === 'BatchEnableStandards')
        return void state.standards.push(HUB_STANDARD('aws-foundational-security-best-practices/v/1.0.0'));
      if (api !== 'BatchDisableStandards') return unknown(api);
      state.standards = state.standards.filter(({ StandardsSubscriptionArn }: State) => !wanted.includes(StandardsSubscriptionArn));
      return {};
    },
    changes: {
      'disables the standard': (state) => state.standards.pop(),
    },
    endsWell: ['disables the standard'],
  }),
  'CSMM-EnableTrailLogFileValidation': () => ({
    parameters: { TrailName: ['main'] },
    state: { trail: { ...TRAIL, LogFileValidationEnabled: false }, logging: true },
    answer: trail,
    changes: { 'points the trail at the central archive': repoint },
  }),
  'CSMM-EnableVpcFlowLogs': () => ({
    parameters: { VpcId: ['vpc-0123456789abcdef0'] },
    state: { logs: [], groups: {} },
    restored: { logs: [], groups: { '/csmm/vpc-flow-logs': 90 } },
    answer: (state, api, input) => {
      if (api === 'DescribeVpcs') return { Vpcs: [{ VpcId: input.VpcIds[0] }] };
      if (api === 'DescribeFlowLogs') return { FlowLogs: structuredClone(state.logs) };
      if (api === 'GetRole') return { Role: { Arn: `arn:aws:iam::${ACCOUNT}:role/csmm-flow-logs` } };
      if (api === 'DescribeLogGroups') return { logGroups: Object.keys(state.groups).map((logGroupName) => ({ logGroupName })) };
      if (api === 'CreateLogGroup') state.groups[input.logGroupName] = 0;
      else if (api === 'PutRetentionPolicy') state.groups[input.logGroupName] = input.retentionInDays;
      else if (api === 'CreateFlowLogs') {
        state.logs.push({ FlowLogId: 'fl-0123456789abcdef0', FlowLogStatus: 'ACTIVE', TrafficType: 'REJECT' });
        return { FlowLogIds: ['fl-0123456789abcdef0'], Unsuccessful: [] };
      } else if (api === 'DeleteFlowLogs') state.logs = [];
      else return unknown(api);
      return {};
    },
    changes: {
      'deletes the flow log': (state) => {
        state.logs = [];
      },
    },
    endsWell: ['deletes the flow log'],
  }),
  'CSMM-EncryptQueue': () => ({
    parameters: { QueueName: ['orders'] },
    state: { SqsManagedSseEnabled: 'false', QueueArn: arn('sqs', 'orders') },
    answer: (state, api, input) => {
      if (api === 'GetQueueUrl') return { QueueUrl: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/orders` };
      if (api === 'GetQueueAttributes') return { Attributes: { ...state } };
      if (api !== 'SetQueueAttributes') return unknown(api);
      return void Object.assign(state, input.Attributes);
    },
    changes: {
      'sets an own key': (state) => Object.assign(state, { SqsManagedSseEnabled: 'false', KmsMasterKeyId: KEY }),
    },
  }),
  'CSMM-EnableFileSystemBackups': () => ({
    parameters: { FileSystemId: ['fs-01234567'] },
    state: { Status: 'DISABLED' },
    answer: (state, api, input) => {
      if (api === 'DescribeFileSystems') return { FileSystems: [{ FileSystemId: 'fs-01234567' }] };
      if (api === 'DescribeBackupPolicy') return { BackupPolicy: { ...state } };
      if (api === 'PutBackupPolicy') return { BackupPolicy: Object.assign(state, input.BackupPolicy) };
      return unknown(api);
    },
    changes: {
      'turns backups off': (state) => {
        state.Status = 'DISABLED';
      },
    },
    endsWell: ['turns backups off'],
  }),
  'CSMM-SetClassicTlsPolicy': () => ({
    parameters: { LoadBalancerName: ['web'], Port: ['443'] },
    state: {
      names: ['old', 'sticky'],
      policies: { old: ['SSLNegotiationPolicyType', 'ELBSecurityPolicy-2016-08'], sticky: ['LBCookieStickinessPolicyType'] },
    },
    restored: {
      names: ['old', 'sticky'],
      policies: {
        old: ['SSLNegotiationPolicyType', 'ELBSecurityPolicy-2016-08'],
        sticky: ['LBCookieStickinessPolicyType'],
        'csmm-TLS-1-2-2017-01': ['SSLNegotiationPolicyType', 'ELBSecurityPolicy-TLS-1-2-2017-01'],
      },
    },
    answer: (state, api, input) => {
      if (api === 'DescribeLoadBalancers') {
        const Listener = { Protocol: 'HTTPS', LoadBalancerPort: 443 };
        return { LoadBalancerDescriptions: [{ ListenerDescriptions: [{ Listener, PolicyNames: [...state.names] }] }] };
      }
      if (api === 'DescribeLoadBalancerPolicies') {
        const PolicyDescriptions = Object.entries<string[]>(state.policies).map(([PolicyName, [PolicyTypeName, reference]]) => ({
          PolicyName,
          PolicyTypeName,
          PolicyAttributeDescriptions: reference ? [{ AttributeName: 'Reference-Security-Policy', AttributeValue: reference }] : [],
        }));
        return { PolicyDescriptions };
      }
      if (api === 'CreateLoadBalancerPolicy')
        state.policies[input.PolicyName] = [input.PolicyTypeName, input.PolicyAttributes[0].AttributeValue];
      else if (api === 'SetLoadBalancerPoliciesOfListener') state.names = [...input.PolicyNames].sort();
      else return unknown(api);
      return {};
    },
    changes: {
      'sets another policy': (state) => {
        state.names = ['sticky', 'theirs'];
      },
      'removes stickiness': (state) => {
        state.names = ['csmm-TLS-1-2-2017-01'];
      },
    },
  }),
  'CSMM-SetDomainNameTlsPolicy': () => ({
    parameters: { DomainName: ['api.example.com'], PreviousPolicy: ['TLS_1_0'] },
    state: { securityPolicy: 'TLS_1_0', domainNameStatus: 'AVAILABLE' },
    answer: (state, api, input) => {
      if (api === 'GetDomainName') return { ...state };
      if (api !== 'UpdateDomainName') return unknown(api);
      for (const { path, value } of input.patchOperations) state[path.slice(1)] = value;
      return { ...state };
    },
    changes: {
      'sets a stronger policy': (state) => {
        state.securityPolicy = 'SecurityPolicy_TLS13_1_3_2025_09';
      },
    },
  }),
  'CSMM-EncryptStream': () => ({
    parameters: { StreamName: ['orders'] },
    state: { EncryptionType: 'NONE', StreamStatus: 'ACTIVE' },
    answer: (state, api, input) => {
      if (api === 'DescribeStreamSummary') return { StreamDescriptionSummary: { ...state } };
      if (api === 'StartStreamEncryption') Object.assign(state, { EncryptionType: 'KMS', KeyId: input.KeyId });
      else if (api === 'StopStreamEncryption') {
        state.EncryptionType = 'NONE';
        delete state.KeyId;
      } else return unknown(api);
      return {};
    },
    changes: {
      'sets an own key': (state) => {
        state.KeyId = KEY;
      },
    },
  }),
  'CSMM-EncryptTopic': () => ({
    parameters: { TopicArn: [arn('sns', 'orders')] },
    state: { KmsMasterKeyId: '', Policy: JSON.stringify({ Version: '2012-10-17', Statement: [] }) },
    answer: (state, api, input) => {
      if (api === 'GetTopicAttributes') return { Attributes: { ...state } };
      if (api === 'DescribeAlarms') return { MetricAlarms: [], CompositeAlarms: [] };
      if (api !== 'SetTopicAttributes') return unknown(api);
      state[input.AttributeName] = input.AttributeValue;
      return {};
    },
    changes: {
      'sets an own key': (state) => {
        state.KmsMasterKeyId = KEY;
      },
    },
  }),
  'CSMM-HardenLaunchTemplate': () => ({
    parameters: { LaunchTemplateId: ['lt-01234567'] },
    state: { default: 1, versions: [{ MetadataOptions: { HttpTokens: 'optional', HttpEndpoint: 'enabled' } }] },
    restored: {
      default: 1,
      versions: [
        { MetadataOptions: { HttpTokens: 'optional', HttpEndpoint: 'enabled' } },
        { MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled' } },
      ],
    },
    answer: (state, api, input) => {
      if (api === 'DescribeLaunchTemplates')
        return { LaunchTemplates: [{ DefaultVersionNumber: state.default, LatestVersionNumber: state.versions.length }] };
      if (api === 'DescribeLaunchTemplateVersions')
        return { LaunchTemplateVersions: [{ LaunchTemplateData: structuredClone(state.versions[Number(input.Versions[0]) - 1]) }] };
      if (api === 'CreateLaunchTemplateVersion') {
        state.versions.push(structuredClone(input.LaunchTemplateData));
        return { LaunchTemplateVersion: { VersionNumber: state.versions.length } };
      }
      if (api !== 'ModifyLaunchTemplate') return unknown(api);
      state.default = Number(input.DefaultVersion);
      return {};
    },
    changes: {
      'releases the next version': (state) => {
        state.versions.push({ ImageId: 'ami-0123456789abcdef0' });
        state.default = 3;
      },
    },
  }),
  'CSMM-MakeImagePrivate': () => ({
    parameters: { ImageId: ['ami-0123456789abcdef0'] },
    state: { permissions: [{ UserId: '222222222222' }, { Group: 'all' }] },
    answer: (state, api, input) => {
      const isPublic = state.permissions.some(({ Group }: State) => Group === 'all');
      if (api === 'DescribeImages') return { Images: [{ Public: isPublic }] };
      if (api === 'DescribeImageAttribute') return { LaunchPermissions: structuredClone(state.permissions) };
      if (api !== 'ModifyImageAttribute') return unknown(api);
      if (input.LaunchPermission.Add) state.permissions.push(...input.LaunchPermission.Add);
      else state.permissions = state.permissions.filter(({ Group }: State) => Group !== 'all');
      return {};
    },
    changes: { 'shares it with one more account': (state) => state.permissions.push({ UserId: '333333333333' }) },
  }),
  'CSMM-RedirectHttpToHttps': () => ({
    parameters: { ListenerArn: [LISTENER], HttpsPort: ['443'] },
    state: {
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: arn('elasticloadbalancing', 'targetgroup/blue/0123456789abcdef') }],
    },
    answer: listener,
    changes: {
      'answers 503': (state) => {
        state.DefaultActions = [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503' } }];
      },
      'redirects to another port': (state) => {
        state.DefaultActions[0].RedirectConfig.Port = '8443';
      },
      'redirects to another host': (state) => {
        state.DefaultActions[0].RedirectConfig.Host = 'example.com';
      },
    },
  }),
  'CSMM-RequireImdsv2': () => ({
    parameters: { InstanceId: ['i-0123456789abcdef0'] },
    state: { HttpTokens: 'optional', HttpEndpoint: 'enabled' },
    answer: (state, api, input) => {
      if (api === 'DescribeInstances') return { Reservations: [{ Instances: [{ MetadataOptions: { ...state } }] }] };
      if (api !== 'ModifyInstanceMetadataOptions') return unknown(api);
      state.HttpTokens = input.HttpTokens;
      return {};
    },
    changes: {
      'disables the metadata service': (state) => {
        state.HttpEndpoint = 'disabled';
      },
    },
  }),
  'CSMM-RestoreManagedPolicy': () => ({
    parameters: {
      PolicyArn: [`arn:aws:iam::${ACCOUNT}:policy/orders`],
      Document: encoded(allowing('s3:GetObject')),
      VersionId: ['v1'],
      PreviousVersionId: ['v2'],
    },
    state: { default: 'v2', versions: { v1: allowing('s3:GetObject'), v2: allowing('*') } },
    answer: (state, api, input) => {
      if (api === 'GetPolicy') return { Policy: { DefaultVersionId: state.default } };
      if (api === 'GetPolicyVersion')
        return { PolicyVersion: { VersionId: input.VersionId, Document: structuredClone(state.versions[input.VersionId]) } };
      if (api !== 'SetDefaultPolicyVersion') return unknown(api);
      state.default = input.VersionId;
      return {};
    },
    changes: {
      'makes another version the default': (state) => {
        state.versions.v3 = allowing('s3:ListBucket');
        state.default = 'v3';
      },
    },
  }),
  'CSMM-RestoreRolePolicy': () => ({
    parameters: {
      RoleName: ['deploy'],
      PolicyName: ['orders'],
      Document: encoded(allowing('s3:GetObject')),
      PreviousPolicy: ['kept'],
      PreviousDocument: encoded(allowing('*')),
    },
    state: { document: allowing('*') },
    answer: (state, api, input) => {
      if (api === 'GetRolePolicy') return { RoleName: 'deploy', PolicyName: 'orders', PolicyDocument: structuredClone(state.document) };
      if (api !== 'PutRolePolicy') return unknown(api);
      state.document = documentOf(input.PolicyDocument);
      return {};
    },
    changes: {
      'changes the policy': (state) => {
        state.document = allowing('s3:ListBucket');
      },
    },
  }),
  'CSMM-RestoreTrustPolicy': () => ({
    parameters: {
      RoleName: ['deploy'],
      Document: encoded(trusting('lambda.amazonaws.com')),
      PreviousPolicy: ['kept'],
      PreviousDocument: encoded(trusting('ec2.amazonaws.com')),
    },
    state: { document: trusting('ec2.amazonaws.com') },
    answer: (state, api, input) => {
      if (api === 'GetRole') return { Role: { RoleName: 'deploy', AssumeRolePolicyDocument: structuredClone(state.document) } };
      if (api !== 'UpdateAssumeRolePolicy') return unknown(api);
      state.document = documentOf(input.PolicyDocument);
      return {};
    },
    changes: {
      'changes the policy': (state) => {
        state.document = trusting('ecs-tasks.amazonaws.com');
      },
    },
  }),
  'CSMM-SetListenerTlsPolicy': () => ({
    parameters: {
      ListenerArn: [LISTENER],
      SslPolicy: ['ELBSecurityPolicy-TLS13-1-2-2021-06'],
      OldPolicy: ['ELBSecurityPolicy-2016-08'],
    },
    state: { Protocol: 'HTTPS', Port: 443, SslPolicy: 'ELBSecurityPolicy-2016-08' },
    answer: listener,
    changes: {
      'allows TLS 1.3 only': (state) => {
        state.SslPolicy = 'ELBSecurityPolicy-TLS13-1-3-2021-06';
      },
    },
  }),
  'CSMM-UnshareDatabaseSnapshot': () => snapshot('DBSnapshotIdentifier', 'ModifyDBSnapshotAttribute'),
  'CSMM-UnshareDatabaseClusterSnapshot': () => snapshot('DBClusterSnapshotIdentifier', 'ModifyDBClusterSnapshotAttribute'),
  'CSMM-UnshareVolumeSnapshot': () => ({
    parameters: { SnapshotId: ['snap-0123456789abcdef0'] },
    state: [{ UserId: '222222222222' }, { Group: 'all' }],
    answer: (state, api, input) => {
      if (api === 'DescribeSnapshotAttribute') return { CreateVolumePermissions: structuredClone(state) };
      if (api !== 'ModifySnapshotAttribute') return unknown(api);
      if (input.OperationType === 'add') state.push({ Group: 'all' });
      else state.splice(0, state.length, ...state.filter(({ Group }: State) => Group !== 'all'));
      return {};
    },
    changes: { 'shares it with one more account': (state) => state.push({ UserId: '333333333333' }) },
  }),
};

const documentOf = (given: Json): Json => (typeof given === 'string' ? (JSON.parse(given) as Json) : given);
