/** Name of the role with which VPC flow logs are delivered. */
export const FLOW_LOGS_ROLE_NAME = 'csmm-flow-logs';

/** The log group that VPC flow logs are delivered to, as a resource of IAM: with a colon for what is in it. */
const FLOW_LOGS_GROUP = 'logs:*:ACCOUNT:log-group:/csmm/vpc-flow-logs';

/**
 * What the role for VPC flow logs may do.
 * https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
 */
export const FLOW_LOGS_GRANTS = [
  {
    actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
    resources: [FLOW_LOGS_GROUP, `${FLOW_LOGS_GROUP}:*`],
  },
  { actions: ['logs:DescribeLogGroups'], resources: ['*'] },
] as const;

/**
 * Which resources an action is allowed on, by their ARN without `arn:<partition>:`; `ACCOUNT` stands for the account. An action may
 * stand at several. Nothing is narrower than this: which resource fails is known only when a runbook is started.
 *
 * Source: the resource types of each action in
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export const ALLOWED_ON: Readonly<Record<string, readonly string[]>> = {
  'apigateway:*::/domainnames/*': ['apigateway:GET', 'apigateway:PATCH'],
  'cloudtrail:*:ACCOUNT:trail/*': [
    'cloudtrail:CreateTrail',
    'cloudtrail:DeleteTrail',
    'cloudtrail:GetEventSelectors',
    'cloudtrail:GetTrail',
    'cloudtrail:GetTrailStatus',
    'cloudtrail:PutEventSelectors',
    'cloudtrail:StartLogging',
    'cloudtrail:StopLogging',
    'cloudtrail:UpdateTrail',
  ],
  'cloudwatch:*:ACCOUNT:alarm:csmm-*': ['cloudwatch:DeleteAlarms', 'cloudwatch:PutMetricAlarm'],
  'config:*:ACCOUNT:configuration-recorder/*': ['config:DescribeConfigurationRecorderStatus'],
  'dynamodb:*:ACCOUNT:table/*': ['dynamodb:DescribeContinuousBackups', 'dynamodb:UpdateContinuousBackups'],
  'ec2:*:ACCOUNT:instance/*': ['ec2:ModifyInstanceMetadataOptions'],
  'ec2:*::image/*': ['ec2:DescribeImageAttribute', 'ec2:ModifyImageAttribute'],
  'ec2:*::snapshot/*': ['ec2:DescribeSnapshotAttribute', 'ec2:ModifySnapshotAttribute'],
  'ec2:*:ACCOUNT:launch-template/*': ['ec2:CreateLaunchTemplateVersion', 'ec2:ModifyLaunchTemplate'],
  'ec2:*:ACCOUNT:network-acl/*': ['ec2:CreateNetworkAclEntry', 'ec2:DeleteNetworkAclEntry', 'ec2:ReplaceNetworkAclEntry'],
  'ec2:*:ACCOUNT:security-group/*': [
    'ec2:AuthorizeSecurityGroupEgress',
    'ec2:AuthorizeSecurityGroupIngress',
    'ec2:RevokeSecurityGroupEgress',
    'ec2:RevokeSecurityGroupIngress',
  ],
  'ec2:*:ACCOUNT:subnet/*': ['ec2:ModifySubnetAttribute'],
  'ec2:*:ACCOUNT:vpc/*': ['ec2:CreateFlowLogs'],
  'ec2:*:ACCOUNT:vpc-flow-log/*': ['ec2:CreateFlowLogs', 'ec2:DeleteFlowLogs'],
  'elasticfilesystem:*:ACCOUNT:file-system/*': ['elasticfilesystem:DescribeBackupPolicy', 'elasticfilesystem:PutBackupPolicy'],
  'elasticloadbalancing:*:ACCOUNT:listener/*': ['elasticloadbalancing:ModifyListener'],
  'elasticloadbalancing:*:ACCOUNT:loadbalancer/*': [
    'elasticloadbalancing:CreateLoadBalancerPolicy',
    'elasticloadbalancing:SetLoadBalancerPoliciesOfListener',
  ],
  'es:*:ACCOUNT:domain/*': ['es:DescribeDomain', 'es:DescribeDomainConfig', 'es:UpdateDomainConfig'],
  'guardduty:*:ACCOUNT:detector/*': ['guardduty:DeleteDetector', 'guardduty:GetDetector', 'guardduty:UpdateDetector'],
  'iam::ACCOUNT:user/*': [
    'iam:DeleteLoginProfile',
    'iam:GetAccessKeyLastUsed',
    'iam:GetLoginProfile',
    'iam:GetUser',
    'iam:ListAccessKeys',
    'iam:ListUserTags',
    'iam:UpdateAccessKey',
  ],
  'iam::ACCOUNT:policy/*': [
    'iam:CreatePolicyVersion',
    'iam:GetPolicy',
    'iam:GetPolicyVersion',
    'iam:ListPolicyTags',
    'iam:ListPolicyVersions',
    'iam:SetDefaultPolicyVersion',
  ],
  'iam::ACCOUNT:role/*': [
    'iam:DeleteRolePolicy',
    'iam:GetRole',
    'iam:GetRolePolicy',
    'iam:ListRoleTags',
    'iam:PutRolePolicy',
    'iam:UpdateAssumeRolePolicy',
  ],
  'kinesis:*:ACCOUNT:stream/*': ['kinesis:DescribeStreamSummary', 'kinesis:StartStreamEncryption', 'kinesis:StopStreamEncryption'],
  'kms:*:ACCOUNT:key/*': ['kms:DisableKeyRotation', 'kms:EnableKeyRotation', 'kms:GetKeyRotationStatus'],
  'logs:*:ACCOUNT:log-group:*': ['logs:DeleteMetricFilter', 'logs:DescribeMetricFilters', 'logs:PutMetricFilter'],
  [FLOW_LOGS_GROUP]: ['logs:CreateLogGroup'],
  [`${FLOW_LOGS_GROUP}:*`]: ['logs:CreateLogGroup'],
  'rds:*:ACCOUNT:cluster:*': ['rds:DescribeDBClusters', 'rds:ModifyDBCluster'],
  'rds:*:ACCOUNT:cluster-snapshot:*': ['rds:DescribeDBClusterSnapshotAttributes', 'rds:ModifyDBClusterSnapshotAttribute'],
  'rds:*:ACCOUNT:db:*': ['rds:DescribeDBInstances', 'rds:ModifyDBInstance'],
  'rds:*:ACCOUNT:snapshot:*': ['rds:DescribeDBSnapshotAttributes', 'rds:ModifyDBSnapshotAttribute'],
  'redshift:*:ACCOUNT:cluster:*': ['redshift:DescribeClusters', 'redshift:ModifyCluster'],
  's3:::*': [
    's3:GetBucketAcl',
    's3:GetBucketLocation',
    's3:GetBucketPolicy',
    's3:GetBucketPublicAccessBlock',
    's3:GetBucketTagging',
    's3:GetBucketVersioning',
    's3:PutBucketAcl',
    's3:PutBucketPolicy',
    's3:PutBucketPublicAccessBlock',
    's3:PutBucketVersioning',
  ],
  's3:::csmm-trail-*': ['s3:CreateBucket'],
  'securityhub:*:ACCOUNT:hub/default': [
    'securityhub:BatchDisableStandards',
    'securityhub:BatchEnableStandards',
    'securityhub:DescribeHub',
    'securityhub:DisableSecurityHub',
    'securityhub:EnableSecurityHub',
    'securityhub:GetEnabledStandards',
  ],
  'sns:*:ACCOUNT:*': ['sns:GetTopicAttributes', 'sns:SetTopicAttributes'],
  'ssm:*:ACCOUNT:automation-execution/*': [
    'ssm:AddTagsToResource',
    'ssm:GetAutomationExecution',
    'ssm:StartAutomationExecution',
    'ssm:StopAutomationExecution',
  ],
  'sqs:*:ACCOUNT:*': ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SetQueueAttributes'],
};

/**
 * Actions that AWS allows on everything or not at all: they are of the account, in the Region of the execution.
 * Source: as of {@link ALLOWED_ON}; no resource type is named there.
 */
export const WITHOUT_RESOURCES: ReadonlySet<string> = new Set([
  'cloudtrail:DescribeTrails',
  'cloudtrail:LookupEvents',
  // Composite alarms are told only to whoever may ask for all.
  'cloudwatch:DescribeAlarms',
  'ec2:DescribeFlowLogs',
  'ec2:DescribeImages',
  'ec2:DescribeInstances',
  'ec2:DescribeLaunchTemplateVersions',
  'ec2:DescribeLaunchTemplates',
  'ec2:DescribeNetworkAcls',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroupRules',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeTags',
  'ec2:DescribeVpcs',
  'ec2:DisableEbsEncryptionByDefault',
  'ec2:DisableImageBlockPublicAccess',
  'ec2:DisableSnapshotBlockPublicAccess',
  'ec2:EnableEbsEncryptionByDefault',
  'ec2:EnableImageBlockPublicAccess',
  'ec2:EnableSnapshotBlockPublicAccess',
  'ec2:GetEbsEncryptionByDefault',
  'ec2:GetImageBlockPublicAccessState',
  'ec2:GetSnapshotBlockPublicAccessState',
  'elasticloadbalancing:DescribeListeners',
  'elasticloadbalancing:DescribeLoadBalancerPolicies',
  'elasticloadbalancing:DescribeLoadBalancers',
  'guardduty:CreateDetector',
  'guardduty:ListDetectors',
  'logs:DescribeLogGroups',
  's3:GetAccountPublicAccessBlock',
  's3:PutAccountPublicAccessBlock',
  'ssm:DescribeAutomationExecutions',
  'tag:GetResources',
]);

/** A permission that an action needs beside itself. */
export interface Companion {
  readonly actions: readonly string[];
  /** As in {@link ALLOWED_ON}, or `*`. */
  readonly resources: readonly string[];
  /** Values that condition keys must have. */
  readonly conditions?: Readonly<Record<string, string>>;
  readonly reason: string;
}

/** What actions need beside themselves, by action. */
export const COMPANIONS: Readonly<Record<string, readonly Companion[]>> = {
  'ec2:CreateFlowLogs': [
    {
      actions: ['iam:PassRole'],
      resources: [`iam::ACCOUNT:role/${FLOW_LOGS_ROLE_NAME}`],
      conditions: { 'iam:PassedToService': 'vpc-flow-logs.amazonaws.com' },
      reason: 'A flow log names the role with which it is delivered.',
    },
  ],
  'guardduty:CreateDetector': [serviceLinkedRole('guardduty'), serviceLinkedRole('malware-protection.guardduty')],
  'guardduty:UpdateDetector': [serviceLinkedRole('malware-protection.guardduty')],
  'securityhub:EnableSecurityHub': [serviceLinkedRole('securityhub')],
};

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html */
function serviceLinkedRole(service: string): Companion {
  return {
    actions: ['iam:CreateServiceLinkedRole'],
    resources: [`iam::ACCOUNT:role/aws-service-role/${service}.amazonaws.com/*`],
    conditions: { 'iam:AWSServiceName': `${service}.amazonaws.com` },
    reason: 'The service makes its service-linked role in the name of whoever turns it on first in an account.',
  };
}
