import { type ControlPage, compliant, defineControl, nonCompliant, notApplicable, on, type Verdict } from '../../core/control.ts';

function evaluateEncryption({ storageEncrypted, status }: { readonly storageEncrypted: boolean; readonly status?: string }): Verdict {
  if (status === 'deleting') return notApplicable('database is being deleted');
  return storageEncrypted
    ? compliant('database storage is encrypted')
    : nonCompliant('storage-not-encrypted', 'database storage is not encrypted');
}

export default defineControl({
  id: 'STR-L1-05',
  title: 'Databases are encrypted at rest',
  pillar: 'storage',
  level: 1,
  severity: 'high',
  rules: [
    on('AWS::RDS::DBInstance', ['storageEncrypted'], evaluateEncryption),
    on('AWS::RDS::DBCluster', ['storageEncrypted'], evaluateEncryption),
  ],
});

export const page: ControlPage = {
  slug: 'database-encryption',
  topic: 'encryption',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if StorageEncrypted = true on the DB instance or cluster. Fails otherwise. Not applicable if the database is being deleted, or if there are no RDS, Aurora, DocumentDB or Neptune resources.',
  why: 'Without encryption, access to the storage or to a snapshot is enough to read the data. With it, a reader also needs the key.',
  triggers: {
    cloudTrail: [
      {
        source: 'rds.amazonaws.com',
        names: ['CreateDBInstance', 'CreateDBCluster', 'RestoreDBInstanceFromDBSnapshot', 'RestoreDBClusterFromSnapshot'],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'manual', note: 'Copy a snapshot with a key, then restore the database from the copy.' },
  crosswalk: {
    cisAwsV3: ['2.3.1'],
    cisAwsV5: ['2.2.1'],
    securityHub: ['RDS.3', 'RDS.27', 'DocumentDB.1', 'Neptune.1'],
    prowler: ['rds_instance_storage_encrypted', 'rds_cluster_storage_encrypted'],
    nistCsf2: ['PR.DS-01'],
    awsSmmV2: [{ phase: 2, category: 'Data protection', recommendation: 'Data Encryption at rest' }],
    iansCsmm2: ['Data Security'],
  },
  notes:
    'AWS Config and the RDS API include the clusters and instances of DocumentDB and Neptune, so the control also covers them. csmm does not read databases with another API, such as DynamoDB, Aurora DSQL, Neptune Analytics and DocumentDB elastic clusters, for this control.',
};
