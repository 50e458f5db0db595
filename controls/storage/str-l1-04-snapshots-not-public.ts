import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Evidence,
  type Inventory,
  type InventoryItem,
  insufficientData,
  type JoinedVerdict,
  lacks,
  nonCompliant,
  notApplicable,
  on,
  type Verdict,
  verdictOn,
} from '../../core/control.ts';
import { evaluateApprovedRegions } from '../../core/evaluation/approved-regions.ts';
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import type { DbSnapshotFacts } from '../../core/facts/rds-db-snapshot.ts';
import { change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'STR-L1-04',
  title: 'No snapshot is shared with everyone',
  pillar: 'storage',
  level: 1,
  severity: 'critical',
  rules: [
    across(['AWS::EC2::Snapshot', 'AWS::EC2::SnapshotBlockPublicAccess'], evaluateSnapshots),
    across(['AWS::EC2::SnapshotBlockPublicAccess', 'AWS::RDS::DBClusterSnapshot', 'AWS::RDS::DBSnapshot', SETTINGS], evaluateSettings, {
      handlesGaps: true,
    }),
    on('AWS::RDS::DBClusterSnapshot', [], evaluateDbSnapshot),
    on('AWS::RDS::DBSnapshot', [], evaluateDbSnapshot),
  ],
});

const UNSHARED = 'Only accounts that the snapshot names by ID can still copy or restore it.';

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::EC2::Snapshot',
    {
      runbook: 'CSMM-UnshareVolumeSnapshot',
      risk: 'disruptive',
      reversible: true,
      impact: 'Only accounts that the snapshot names by ID can still create volumes from it.',
    },
    ({ resource }) => runWith({ SnapshotId: resource.resourceId }, [change('sharing with everyone', 'on', 'off')]),
  ),
  /* @__PURE__ */ remedyOn(
    'AWS::EC2::SnapshotBlockPublicAccess',
    {
      runbook: 'CSMM-BlockNewPublicSnapshots',
      risk: 'disruptive',
      reversible: true,
      impact: 'Users can no longer share new EBS snapshots with everyone. Snapshots that are already shared stay shared.',
      concerns: 'region',
    },
    ({ facts: { state } }) => runWith({}, [change('block public access for snapshots', state, 'block-new-sharing')]),
  ),
  /* @__PURE__ */ remedyOn(
    'AWS::RDS::DBSnapshot',
    { runbook: 'CSMM-UnshareDatabaseSnapshot', risk: 'disruptive', reversible: true, impact: UNSHARED },
    ({ resource }) => runWith({ DBSnapshotIdentifier: resource.resourceId }, [change('sharing with everyone', 'on', 'off')]),
  ),
  /* @__PURE__ */ remedyOn(
    'AWS::RDS::DBClusterSnapshot',
    { runbook: 'CSMM-UnshareDatabaseClusterSnapshot', risk: 'disruptive', reversible: true, impact: UNSHARED },
    ({ resource }) => runWith({ DBClusterSnapshotIdentifier: resource.resourceId }, [change('sharing with everyone', 'on', 'off')]),
  ),
];

export const page: ControlPage = {
  slug: 'snapshots-not-public',
  topic: 'RDS private',
  scope: 'resource',
  evidence: 'api',
  rule: 'Passes if no EBS, RDS, Aurora, DocumentDB or Neptune snapshot is shared with everyone, and every approved Region blocks public sharing of EBS snapshots. Fails otherwise. Not applicable if the account owns no snapshots and every approved Region blocks public sharing. No data if csmm never read one of these types of snapshots, or does not know the state of a setting that decides.',
  why: 'A public snapshot gives every AWS account a full copy of the disk or database. The owner does not notice when someone copies it.',
  triggers: {
    cloudTrail: [
      {
        source: 'ec2.amazonaws.com',
        names: [
          'ModifySnapshotAttribute',
          'ResetSnapshotAttribute',
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
    note: 'The AWS document covers only EBS. RDS needs a custom runbook (ASR MakeRDSSnapshotPrivate is an example).',
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
  notes:
    'A snapshot is shared with everyone if createVolumePermission (EBS) or restore (databases) names all. A Region blocks public sharing in the states block-new-sharing and block-all-sharing. In the state block-all-sharing, AWS treats snapshots that were shared with everyone as private until the state changes, although their permissions do not change: https://docs.aws.amazon.com/ebs/latest/userguide/block-public-access-snapshots.html. Only manual RDS snapshots can be shared, so the API reader does not count automated ones. An automated snapshot in AWS Config passes by its type. AWS Config records no EBS snapshots: a replay of only its items has no data. If no approved Regions are declared, csmm evaluates the setting in every Region that it read. Snapshots count in all Regions.',
};

function* evaluateSnapshots(inventory: Inventory): Iterable<JoinedVerdict> {
  const settings = new Map(inventory.all('AWS::EC2::SnapshotBlockPublicAccess').map((item) => [item.resource.region, item]));
  for (const snapshot of inventory.all('AWS::EC2::Snapshot')) {
    yield verdictOn(snapshot, evaluateSnapshot(snapshot, settings.get(snapshot.resource.region)));
  }
}

function evaluateSnapshot(
  { facts: { restorableByAll }, missing }: InventoryItem<'AWS::EC2::Snapshot'>,
  setting: InventoryItem<'AWS::EC2::SnapshotBlockPublicAccess'> | undefined,
): Verdict {
  if (restorableByAll === undefined) return lacks({ missing }, 'restorableByAll');
  if (!restorableByAll) return compliant('snapshot is not shared with everyone');
  const state = setting?.facts.state;
  if (state === 'block-all-sharing') return compliant('snapshot is shared with everyone, but its Region blocks all public sharing');
  if (state === 'unblocked' || state === 'block-new-sharing') return nonCompliant('snapshot-public', 'snapshot is shared with everyone');
  return insufficientData(
    'region-block-unknown',
    `snapshot is shared with everyone, and the public access block of its Region ${state === undefined ? 'is unknown' : `has the unknown state ${state}`}`,
  );
}

const BLOCKING: ReadonlySet<string> = new Set(['block-all-sharing', 'block-new-sharing']);

function evaluateSettings(inventory: Inventory): Iterable<JoinedVerdict> {
  const settings = inventory.all('AWS::EC2::SnapshotBlockPublicAccess');
  const ownsNone = settings.every(({ facts }) => facts.ownsSnapshots === false) && ownsNoDbSnapshots(inventory);
  return evaluateApprovedRegions(inventory, 'AWS::EC2::SnapshotBlockPublicAccess', (setting) => {
    const { state } = setting.facts;
    if (state === undefined) return lacks(setting, 'state');
    if (state === 'unblocked')
      return nonCompliant(
        'region-unblocked',
        `block public access for EBS snapshots is ${state} (required: block-new-sharing or block-all-sharing)`,
      );
    if (!BLOCKING.has(state))
      return insufficientData('region-state-unknown', `block public access for EBS snapshots has the unknown state ${state}`);
    if (ownsNone) return notApplicable(`account owns no snapshots, and block public access for EBS snapshots is ${state}`);
    return compliant(`block public access for EBS snapshots is ${state}`);
  });
}

/** Returns whether complete lists show that the account has no snapshots of databases. */
const ownsNoDbSnapshots = (inventory: Inventory): boolean =>
  (['AWS::RDS::DBClusterSnapshot', 'AWS::RDS::DBSnapshot'] as const).every((type) => {
    const listings = inventory.listings(type);
    return inventory.all(type).length === 0 && listings.length > 0 && listings.every(({ gap }) => gap === undefined);
  });

/** Types of snapshots that cannot be shared with everyone: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html */
const UNSHARABLE: ReadonlySet<string> = new Set(['automated', 'awsbackup']);

function evaluateDbSnapshot({ restorableByAll, snapshotType }: DbSnapshotFacts, evidence: Evidence): Verdict {
  if (restorableByAll) return nonCompliant('snapshot-public', 'snapshot is shared with everyone');
  if (restorableByAll === false) return compliant('snapshot is not shared with everyone');
  if (snapshotType !== undefined && UNSHARABLE.has(snapshotType)) {
    return compliant(`snapshot has the type ${snapshotType}, which cannot be shared with everyone`);
  }
  return lacks(evidence, 'restorableByAll');
}
