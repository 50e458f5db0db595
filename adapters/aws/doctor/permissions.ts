import { readStatements } from '../actions.ts';

/** The IAM actions that csmm doctor calls. The list is apart from the calls, so that the help can show it without the SDK. */
export const DOCTOR_PERMISSIONS: readonly string[] = [
  'cloudformation:DescribeOrganizationsAccess',
  'cloudformation:DescribeStackSet',
  'cloudformation:DescribeStacks',
  'cloudformation:ListStackInstances',
  'cloudformation:ListStackResources',
  'cloudformation:ListStackSets',
  'cloudtrail:DescribeTrails',
  'cloudtrail:GetEventSelectors',
  'cloudtrail:GetTrailStatus',
  'cloudwatch:DescribeAlarms',
  'cloudwatch:GetMetricData',
  'config:DescribeConfigurationRecorderStatus',
  'config:DescribeConfigurationRecorders',
  'config:DescribeDeliveryChannelStatus',
  'dynamodb:DescribeTable',
  'dynamodb:GetItem',
  'dynamodb:Query',
  'ec2:DescribeRegions',
  'events:DescribeRule',
  'events:ListTargetsByRule',
  'lambda:GetAccountSettings',
  'lambda:GetEventSourceMapping',
  'lambda:GetFunctionConcurrency',
  'lambda:GetFunctionConfiguration',
  'organizations:DescribeOrganization',
  'organizations:DescribeOrganizationalUnit',
  'organizations:ListAccountsForParent',
  'organizations:ListDelegatedAdministrators',
  'organizations:ListOrganizationalUnitsForParent',
  'organizations:ListRoots',
  'servicequotas:ListServiceQuotas',
  'sqs:GetQueueAttributes',
  'ssm:GetParameter',
];

/** Returns the IAM policy that csmm doctor needs. */
export const doctorPolicy = (): object => ({
  Version: '2012-10-17',
  Statement: readStatements(DOCTOR_PERMISSIONS, '*').map(({ actions, resource }) => ({
    Sid: 'CsmmDoctor',
    Effect: 'Allow',
    Action: actions,
    Resource: resource,
  })),
});
