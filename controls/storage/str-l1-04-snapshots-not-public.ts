import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'STR-L1-04',
  title: 'No snapshot is shared with everyone',
  pillar: 'storage',
  level: 1,
  severity: 'critical',
  rules: [],
});

export const page: ControlPage = {
  slug: 'snapshots-not-public',
  topic: 'RDS private',
  scope: 'resource',
  evidence: 'api',
  rule: 'PASS iff no EBS snapshot grants createVolumePermission to all, no RDS, Aurora, DocumentDB or Neptune snapshot has restore = all, and EBS snapshot block-public-access is enabled in every approved Region; FAIL otherwise; NOT_APPLICABLE when the account owns no snapshots and the Region setting is enabled.',
  apiFacts: [
    'ec2:DescribeSnapshots',
    'ec2:DescribeSnapshotAttribute',
    'ec2:GetSnapshotBlockPublicAccessState',
    'rds:DescribeDBSnapshotAttributes',
    'rds:DescribeDBClusterSnapshotAttributes',
  ],
  triggers: {
    configTypes: ['AWS::RDS::DBSnapshot', 'AWS::RDS::DBClusterSnapshot'],
    cloudTrail: [
      {
        source: 'ec2.amazonaws.com',
        names: [
          'ModifySnapshotAttribute',
          'CreateSnapshot',
          'CopySnapshot',
          'EnableSnapshotBlockPublicAccess',
          'DisableSnapshotBlockPublicAccess',
        ],
      },
      { source: 'rds.amazonaws.com', names: ['ModifyDBSnapshotAttribute', 'ModifyDBClusterSnapshotAttribute'] },
    ],
    schedule: 'rate(12 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSSupport-ModifyEBSSnapshotPermission',
    note: 'EBS half; RDS half is custom (ASR MakeRDSSnapshotPrivate is prior art).',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['EC2.1', 'RDS.1', 'DocumentDB.3', 'Neptune.3'],
    prowler: [
      'ec2_ebs_public_snapshot',
      'ec2_ebs_snapshot_account_block_public_access',
      'rds_snapshots_public_access',
      'documentdb_cluster_public_snapshot',
      'neptune_cluster_public_snapshot',
    ],
    nistCsf2: ['PR.DS-01', 'PR.AA-05'],
    awsSmmV2: [{ phase: 1, category: 'Data protection', recommendation: 'Block Public Access' }],
    iansCsmm2: ['Data Security'],
  },
};
