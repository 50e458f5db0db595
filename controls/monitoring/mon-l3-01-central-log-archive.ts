import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'MON-L3-01',
  title: 'Security logs land in a locked central archive',
  pillar: 'monitoring',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'central-log-archive',
  topic: 'Observability architecture',
  scope: 'organization',
  evidence: 'api',
  rule: 'Passes if CloudTrail, Config, VPC flow and resolver query logs of the account are delivered to buckets or groups owned by the declared log-archive account, retained at least 365 days, and writable or deletable by no principal of the source account. Fails otherwise. A log type is not applicable if the account has no source of it.',
  why: 'An attacker who controls an account deletes its logs first. Logs in a separate, locked account survive and make an investigation possible.',
  apiFacts: [
    'cloudtrail:DescribeTrails',
    'config:DescribeDeliveryChannels',
    'ec2:DescribeFlowLogs',
    's3:GetBucketPolicy',
    's3:GetLifecycleConfiguration',
    'logs:DescribeLogGroups',
  ],
  parameters: { minRetentionDays: 365 },
  triggers: {
    configTypes: ['AWS::S3::Bucket', 'AWS::CloudTrail::Trail', 'AWS::EC2::FlowLog', 'AWS::Route53Resolver::ResolverQueryLoggingConfig'],
    cloudTrail: [
      { source: 'cloudtrail.amazonaws.com', names: ['UpdateTrail', 'DeleteTrail'] },
      { source: 'config.amazonaws.com', names: ['PutDeliveryChannel', 'DeleteDeliveryChannel'] },
      { source: 'ec2.amazonaws.com', names: ['DeleteFlowLogs', 'CreateFlowLogs'] },
      { source: 's3.amazonaws.com', names: ['PutBucketPolicy', 'PutBucketLifecycle', 'DeleteBucketLifecycle'] },
      { source: 'logs.amazonaws.com', names: ['PutRetentionPolicy', 'DeleteRetentionPolicy', 'DeleteLogGroup'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'custom',
    note: 'Create the log-archive account with a landing zone. Set the retention with a runbook such as SetLogGroupRetentionDays of ASR (Automated Security Response on AWS).',
  },
  crosswalk: {
    cisAwsV3: ['3.4'],
    cisAwsV5: ['3.4'],
    securityHub: ['CloudWatch.16', 'CloudTrail.7'],
    prowler: ['cloudwatch_log_group_retention_policy_specific_days_enabled', 'cloudtrail_logs_s3_bucket_access_logging_enabled'],
    nistCsf2: ['PR.PS-04', 'DE.AE-03'],
    awsSmmV2: [
      { phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' },
      { phase: 3, category: 'Threat detection', recommendation: 'Custom Threat Detection capabilities (SecLake / SIEM)' },
    ],
    iansCsmm2: ['Security Monitoring', 'Organization Management'],
  },
};
