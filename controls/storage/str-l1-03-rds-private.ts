import { type ControlPage, compliant, defineControl, lacks, nonCompliant, notApplicable, on } from '../../core/control.ts';
import { cannotRun, change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

const evaluateAccess = (publiclyAccessible: boolean) =>
  publiclyAccessible
    ? nonCompliant('publicly-accessible', 'database is publicly accessible')
    : compliant('database is not publicly accessible');

const BEING_DELETED = notApplicable('database is being deleted');

/**
 * Engines of clusters that have no public access setting of their own. Their instances have it.
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBCluster.html
 */
const SET_BY_INSTANCES: ReadonlySet<string> = new Set(['aurora', 'aurora-mysql', 'aurora-postgresql', 'docdb', 'neptune']);

export default defineControl({
  id: 'STR-L1-03',
  title: 'Databases are not publicly accessible',
  pillar: 'storage',
  level: 1,
  severity: 'critical',
  rules: [
    on('AWS::RDS::DBInstance', ['publiclyAccessible'], ({ publiclyAccessible, status }) =>
      status === 'deleting' ? BEING_DELETED : evaluateAccess(publiclyAccessible),
    ),
    on('AWS::Redshift::Cluster', ['publiclyAccessible'], ({ publiclyAccessible }) => evaluateAccess(publiclyAccessible)),
    on('AWS::RDS::DBCluster', [], ({ publiclyAccessible, internetAccessGateway, engine, status }, evidence) => {
      if (status === 'deleting') return BEING_DELETED;
      if (internetAccessGateway) return nonCompliant('internet-access-gateway', 'cluster has an internet access gateway');
      if (publiclyAccessible !== undefined) return evaluateAccess(publiclyAccessible);
      if (engine === undefined) return lacks(evidence, 'engine');
      return SET_BY_INSTANCES.has(engine)
        ? notApplicable(`${engine} cluster gets its public access setting from its instances`)
        : lacks(evidence, 'publiclyAccessible');
    }),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::RDS::DBInstance',
    {
      runbook: 'CSMM-DisableDatabasePublicAccess',
      bindsTo: ['identifier', 'publiclyAccessible', 'inCluster'],
      risk: 'disruptive',
      reversible: true,
      impact: 'Clients outside the VPC can no longer connect to the database.',
      notRestored: 'The database can get another public IP address.',
    },
    ({ resource, facts: { identifier } }) =>
      identifier === undefined
        ? cannotRun('name of the DB instance is unknown')
        : runWith({ DBInstanceIdentifier: identifier, DbiResourceId: resource.resourceId }, [change('publicly accessible', true, false)]),
  ),
  /* @__PURE__ */ remedyOn(
    'AWS::Redshift::Cluster',
    {
      runbook: 'CSMM-DisableWarehousePublicAccess',
      risk: 'disruptive',
      reversible: true,
      impact: 'Clients outside the VPC can no longer connect to the cluster.',
      notRestored: 'The cluster can get another public IP address.',
    },
    ({ resource }) => runWith({ ClusterIdentifier: resource.resourceId }, [change('publicly accessible', true, false)]),
  ),
];

export const page: ControlPage = {
  slug: 'rds-private',
  topic: 'RDS private',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if PubliclyAccessible = false on the DB instance or cluster, and an Aurora cluster has no internet access gateway. Fails otherwise. Not applicable if the database is being deleted, or if there are no RDS, Aurora or Redshift resources.',
  why: 'A public database has an address on the internet. Only a security group and a password then protect the data from bots that guess passwords.',
  triggers: {
    cloudTrail: [
      {
        source: 'rds.amazonaws.com',
        names: [
          'CreateDBInstance',
          'ModifyDBInstance',
          'RestoreDBInstanceFromDBSnapshot',
          'RestoreDBInstanceToPointInTime',
          'CreateDBCluster',
          'ModifyDBCluster',
        ],
      },
      { source: 'redshift.amazonaws.com', names: ['CreateCluster', 'ModifyCluster', 'RestoreFromClusterSnapshot'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-DisablePublicAccessToRDSInstance',
    alternatives: ['AWSConfigRemediation-DisablePublicAccessToRedshiftCluster'],
  },
  crosswalk: {
    cisAwsV3: ['2.3.3'],
    cisAwsV5: ['2.2.3'],
    securityHub: ['RDS.2', 'Redshift.1'],
    prowler: ['rds_instance_no_public_access', 'redshift_cluster_public_access'],
    nistCsf2: ['PR.IR-01', 'PR.DS-01'],
    awsSmmV2: [
      { phase: 1, category: 'Data protection', recommendation: 'Block Public Access' },
      { phase: 2, category: 'Infrastructure protection', recommendation: 'Limit Network Access' },
    ],
    iansCsmm2: ['Data Security', 'Network Security'],
  },
  notes:
    'AWS Config and the RDS API include the clusters and instances of DocumentDB and Neptune. csmm does not read the workgroups of Redshift Serverless, the shard groups of Aurora Limitless Database and the graphs of Neptune Analytics, which have a public access setting of their own.',
};
