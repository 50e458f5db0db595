/** Name of the role that delivers VPC flow logs. */
export const FLOW_LOGS_ROLE_NAME = 'csmm-flow-logs';

/** Log group of VPC flow logs, as an IAM resource. Append `:*` for its log streams. */
const FLOW_LOGS_GROUP = 'logs:*:ACCOUNT:log-group:/csmm/vpc-flow-logs';

/**
 * Permissions of the role that delivers VPC flow logs.
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
 * Actions by the resources on which they are allowed. A resource is an ARN without `arn:<partition>:`. `ACCOUNT` is a placeholder for the
 * account ID. An action can be listed for several resources. The ARNs cannot be narrower, because csmm knows the failing resource only
 * when it starts a runbook.
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
  'elasticfilesystem:*:ACCOUNT:file-system/*': [
    'elasticfilesystem:DescribeBackupPolicy',
    'elasticfilesystem:DescribeFileSystems',
    'elasticfilesystem:PutBackupPolicy',
  ],
  'elasticloadbalancing:*:ACCOUNT:listener/*': ['elasticloadbalancing:ModifyListener'],
  'elasticloadbalancing:*:ACCOUNT:loadbalancer/*': [
    'elasticloadbalancing:CreateLoadBalancerPolicy',
    'elasticloadbalancing:SetLoadBalancerPoliciesOfListener',
  ],
  'es:*:ACCOUNT:domain/*': ['es:DescribeDomain', 'es:DescribeDomainConfig', 'es:UpdateDomainConfig'],
  'guardduty:*:ACCOUNT:detector/*': [
    'guardduty:DeleteDetector',
    'guardduty:GetAdministratorAccount',
    'guardduty:GetDetector',
    'guardduty:UpdateDetector',
  ],
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
  [FLOW_LOGS_GROUP]: ['logs:CreateLogGroup', 'logs:PutRetentionPolicy'],
  [`${FLOW_LOGS_GROUP}:*`]: ['logs:CreateLogGroup', 'logs:PutRetentionPolicy'],
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
    'securityhub:DescribeActionTargets',
    'securityhub:DescribeHub',
    'securityhub:DisableSecurityHub',
    'securityhub:EnableSecurityHub',
    'securityhub:GetAdministratorAccount',
    'securityhub:GetEnabledStandards',
    'securityhub:ListMembers',
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
 * Actions without resource-level permissions. They affect the account in the Region of the execution.
 * The source is that of {@link ALLOWED_ON}, which lists no resource type for them.
 */
export const WITHOUT_RESOURCES: ReadonlySet<string> = new Set([
  'cloudtrail:DescribeTrails',
  'cloudtrail:LookupEvents',
  // CloudWatch returns composite alarms only if the caller may describe all alarms.
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
  'ec2:GetEbsDefaultKmsKeyId',
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
  'securityhub:ListFindingAggregators',
  'ssm:DescribeAutomationExecutions',
  'tag:GetResources',
]);

/** An additional permission that an action requires. */
export interface Companion {
  readonly actions: readonly string[];
  /** As in {@link ALLOWED_ON}, or `*`. */
  readonly resources: readonly string[];
  /** Required values of condition keys. */
  readonly conditions?: Readonly<Record<string, string>>;
  readonly reason: string;
}

/** Additional permissions by the action that requires them. */
export const COMPANIONS: Readonly<Record<string, readonly Companion[]>> = {
  'ec2:CreateFlowLogs': [
    {
      actions: ['iam:PassRole'],
      resources: [`iam::ACCOUNT:role/${FLOW_LOGS_ROLE_NAME}`],
      conditions: { 'iam:PassedToService': 'vpc-flow-logs.amazonaws.com' },
      reason: 'A flow log has a role that delivers it.',
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
    reason: 'The service creates its service-linked role with the permissions of the caller that enables it first in an account.',
  };
}
