import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'STR-L3-01',
  title: 'Every data store carries a classification',
  pillar: 'storage',
  level: 3,
  severity: 'medium',
  rules: [],
});

export const page: ControlPage = {
  slug: 'data-classification-tags',
  topic: 'Data classification',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if the data store carries the declared classification tag with a value from the declared vocabulary. Fails otherwise. Not applicable if the account has no data stores.',
  why: 'You cannot protect sensitive data if you do not know which stores contain it. The classification tells you which protection each store needs.',
  apiFacts: ['tag:GetResources'],
  triggers: {
    configTypes: [
      'AWS::S3::Bucket',
      'AWS::RDS::DBInstance',
      'AWS::RDS::DBCluster',
      'AWS::DynamoDB::Table',
      'AWS::EFS::FileSystem',
      'AWS::Redshift::Cluster',
      'AWS::OpenSearch::Domain',
    ],
    cloudTrail: [
      { source: 's3.amazonaws.com', names: ['CreateBucket', 'PutBucketTagging', 'DeleteBucketTagging'] },
      { source: 'rds.amazonaws.com', names: ['AddTagsToResource', 'RemoveTagsFromResource'] },
      { source: 'dynamodb.amazonaws.com', names: ['TagResource', 'UntagResource'] },
    ],
    native: [{ source: 'aws.tag', detailType: 'Tag Change on Resource' }],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Propose the tag from Macie results or ask the owner. Never guess a lower class.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: ['organizations_tags_policies_enabled_and_attached'],
    nistCsf2: ['ID.AM-05', 'ID.AM-07'],
    awsSmmV2: [
      { phase: 3, category: 'Security governance', recommendation: 'Tagging strategy' },
      { phase: 2, category: 'Data protection', recommendation: 'Discover sensitive data' },
    ],
    iansCsmm2: ['Data Security', 'Governance'],
  },
};
