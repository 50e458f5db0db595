import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L3-06',
  title: 'Service trust is bound to the calling account or resource',
  pillar: 'iam',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'service-confused-deputy',
  topic: 'cross-account trust',
  scope: 'resource',
  evidence: 'policy-analysis',
  rule: 'Passes if every role trust or resource policy statement that allows an AWS service principal listed as supporting source keys carries aws:SourceArn, aws:SourceAccount, aws:SourceOrgID or aws:SourceOrgPaths limited to the own account or organization. Fails otherwise. Not applicable if no statement names such a service principal.',
  why: 'A service principal acts for every AWS customer. Without a source condition, a stranger can make the service use your role or resource.',
  apiFacts: [
    'iam:GetAccountAuthorizationDetails',
    'lambda:GetPolicy',
    'sns:GetTopicAttributes',
    'sqs:GetQueueAttributes',
    's3:GetBucketPolicy',
  ],
  triggers: {
    configTypes: ['AWS::IAM::Role', 'AWS::S3::Bucket', 'AWS::SNS::Topic', 'AWS::SQS::Queue', 'AWS::KMS::Key', 'AWS::Lambda::Function'],
    cloudTrail: [
      { source: 'iam.amazonaws.com', names: ['CreateRole', 'UpdateAssumeRolePolicy'] },
      { source: 'lambda.amazonaws.com', names: ['AddPermission20150331v2', 'RemovePermission20150331v2'] },
      { source: 's3.amazonaws.com', names: ['PutBucketPolicy'] },
      { source: 'sns.amazonaws.com', names: ['SetTopicAttributes', 'AddPermission'] },
      { source: 'sqs.amazonaws.com', names: ['SetQueueAttributes', 'AddPermission'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'custom',
    note: 'Some services reject source keys. Keep the list of supported services as versioned data with a test.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: ['iam_role_cross_service_confused_deputy_prevention'],
    nistCsf2: ['PR.AA-05'],
    awsSmmV2: [
      { phase: 1, category: 'Identity and access management', recommendation: 'Cleanup unintended accesses' },
      { phase: 4, category: 'Identity and access management', recommendation: 'IAM Data Perimeters' },
    ],
    iansCsmm2: ['IAM'],
  },
  notes:
    'Known traps: service principals given as a list (Prowler #9213), alternative source keys (#5454), services that break with a condition (#4714), ec2.amazonaws.com (#2810).',
};
