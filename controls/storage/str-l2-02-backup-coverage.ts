import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Inventory,
  type InventoryItem,
  insufficientData,
  type JoinRule,
  lacks,
  nonCompliant,
  notApplicable,
  type ResourceType,
  type Verdict,
  verdictOn,
} from '../../core/control.ts';
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import { CONTINUOUS_BACKUPS } from '../../core/facts/dynamodb-continuous-backups.ts';
import { cannotRun, type RemedyContext, type RemedyPlan, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

const PROTECTED = 'AWS::Backup::ProtectedResource';

/** What AWS Backup protects is read each day; an older list shows neither that a backup is recent nor that there is none. */
const MAX_LIST_AGE_HOURS = 48;

/** Of the default backup plan of EFS: https://docs.aws.amazon.com/efs/latest/ug/awsbackup.html */
const EFS_RETENTION_DAYS = 35;

/** What a resource says of its own backups. */
interface Own {
  /** How long its service keeps automated backups; 0 where it makes none. */
  readonly retentionDays: number | undefined;
  /** How the ARNs end under which AWS Backup may know it, such as `volume/vol-1`. */
  readonly names: readonly string[];
  /** The facts that told this: one that is absent leaves a failure unknown. */
  readonly needs: readonly string[];
  /** Why it is not known what a further resource tells of it: leaves a failure unknown, too. */
  readonly unread?: Verdict | undefined;
}

type OwnOf<T extends ResourceType> = (item: InventoryItem<T>) => Own | Verdict;

/** Judges the resources of a type, each by what it says of its own backups; a verdict instead is the last word. */
const backedUp = <T extends ResourceType>(type: T, service: string, ownOf: OwnOf<T>): JoinRule =>
  backedUpWith(type, service, [], () => ownOf);

/** As `backedUp`, where resources of `further` types tell of its backups. */
function backedUpWith<T extends ResourceType>(
  type: T,
  service: string,
  further: readonly ResourceType[],
  ownIn: (inventory: Inventory) => OwnOf<T>,
): JoinRule {
  return across([type, ...further, PROTECTED, SETTINGS], function* (inventory) {
    const ownOf = ownIn(inventory);
    const backups = newestBackups(inventory);
    for (const typed of inventory.all(type)) {
      const item: InventoryItem<ResourceType> = typed;
      const { region, accountId } = item.resource;
      const own = ownOf(typed);
      const backupOf = (name: string): Backup | undefined => backups.get(`${service}:${region}:${accountId}:${name}`);
      yield verdictOn(item, 'compliance' in own ? own : evaluateBackups(item, own, backupOf, inventory));
    }
  });
}

type Backup = InventoryItem<typeof PROTECTED>;

/** What AWS Backup has backed up, by ARN without the partition. A resource that several Regions list counts with its newest backup. */
function newestBackups(inventory: Inventory): ReadonlyMap<string, Backup> {
  const newest = new Map<string, Backup>();
  for (const backup of inventory.all(PROTECTED)) {
    const arn = backup.resource.resourceId.split(':').slice(2).join(':');
    const known = newest.get(arn);
    if (!known || isNewer(backup, known)) newest.set(arn, backup);
  }
  return newest;
}

/** A backup whose time is not known is older than any. */
const isNewer = (a: Backup, b: Backup): boolean => timeOf(a) > timeOf(b);
const timeOf = ({ facts: { lastBackupAt } }: Backup): number => (lastBackupAt === undefined ? 0 : Date.parse(lastBackupAt));

function evaluateBackups(
  item: InventoryItem<ResourceType>,
  { retentionDays, names, needs, unread: untold }: Own,
  backupOf: (name: string) => Backup | undefined,
  inventory: Inventory,
): Verdict {
  const { minRetentionDays, recoveryPointHours } = inventory.settings.backup;
  if (retentionDays !== undefined && retentionDays >= minRetentionDays) return compliant(keeps(retentionDays));
  const list = inventory.listings(PROTECTED).find(({ region }) => region === item.resource.region);
  if (!list) return insufficientData('what AWS Backup protects was not read');
  if (hoursFrom(list.capturedAt, inventory.capturedAt) > MAX_LIST_AGE_HOURS) {
    return insufficientData(`what AWS Backup protects was read at ${list.capturedAt} and not since`);
  }
  const [backup] = names.flatMap((name) => backupOf(name) ?? []).sort((a, b) => timeOf(b) - timeOf(a));
  // A list that could not be read anew has a later time than what it last held, which so comes of age.
  const hours = backup?.facts.lastBackupAt === undefined ? undefined : hoursFrom(backup.facts.lastBackupAt, list.capturedAt);
  if (hours !== undefined && hours <= recoveryPointHours) return compliant(`AWS Backup has a recovery point ${hours.toFixed(1)} hours old`);
  const unread = needs.find((name) => !Object.hasOwn(item.facts, name));
  if (unread !== undefined) return lacks(item, unread);
  if (untold) return untold;
  if (backup && hours === undefined) return lacks(backup, 'lastBackupAt');
  const newest =
    hours === undefined ? 'AWS Backup has no recovery point of it' : `its newest recovery point is ${hours.toFixed(1)} hours old`;
  return nonCompliant(`${newest}, and ${keeps(retentionDays ?? 0)}`);
}

const keeps = (days: number): string =>
  days > 0 ? `its service keeps automated backups for ${days} days` : 'its service makes no automated backups';

const HOUR_MS = 60 * 60 * 1000;
const hoursFrom = (earlier: string, later: string): number => (Date.parse(later) - Date.parse(earlier)) / HOUR_MS;

const namesOf = (prefix: string, identifier: string | undefined): string[] => (identifier === undefined ? [] : [`${prefix}${identifier}`]);

const placeOf = ({ resource: { region, resourceId } }: InventoryItem<ResourceType>): string => `${region} ${resourceId}`;

/** How far back a table can be restored. AWS Config may tell sooner than DynamoDB was asked that recovery went on or off. */
function recoveryOf(
  { facts: { pointInTimeRecovery } }: InventoryItem<'AWS::DynamoDB::Table'>,
  described: InventoryItem<typeof CONTINUOUS_BACKUPS> | undefined,
): Pick<Own, 'retentionDays' | 'unread'> {
  const unknown = (unread: Verdict) => ({ retentionDays: undefined, unread });
  if (pointInTimeRecovery === false) return { retentionDays: 0 };
  if (!described) return unknown(insufficientData('how far back the table can be restored was not read'));
  const { pointInTimeRecovery: wasOn, recoveryPeriodDays } = described.facts;
  if (pointInTimeRecovery && wasOn === false) {
    return unknown(insufficientData('how far back the table can be restored was not read since point-in-time recovery is on'));
  }
  return recoveryPeriodDays === undefined ? unknown(lacks(described, 'recoveryPeriodDays')) : { retentionDays: recoveryPeriodDays };
}

export default defineControl({
  id: 'STR-L2-02',
  title: 'Every stateful resource is backed up',
  pillar: 'storage',
  level: 2,
  severity: 'high',
  rules: [
    backedUp('AWS::RDS::DBInstance', 'rds', (item) => {
      const { inCluster, identifier, backupRetentionDays } = item.facts;
      if (inCluster === undefined) return lacks(item, 'inCluster');
      if (inCluster) return notApplicable('its DB cluster keeps the backups');
      return { retentionDays: backupRetentionDays, names: namesOf('db:', identifier), needs: ['backupRetentionDays', 'identifier'] };
    }),
    backedUp('AWS::RDS::DBCluster', 'rds', ({ facts: { identifier, backupRetentionDays } }) => ({
      retentionDays: backupRetentionDays,
      names: namesOf('cluster:', identifier),
      needs: ['backupRetentionDays', 'identifier'],
    })),
    backedUp('AWS::EC2::Volume', 'ec2', (item) => {
      const { attached, instanceIds = [] } = item.facts;
      if (attached === undefined) return lacks(item, 'attached');
      if (!attached) return notApplicable('the volume is not attached to an instance');
      const names = [`volume/${item.resource.resourceId}`, ...instanceIds.map((id) => `instance/${id}`)];
      return { retentionDays: 0, names, needs: ['instanceIds'] };
    }),
    backedUp('AWS::EFS::FileSystem', 'elasticfilesystem', ({ resource, facts: { automaticBackups } }) => ({
      retentionDays: automaticBackups === undefined ? undefined : automaticBackups ? EFS_RETENTION_DAYS : 0,
      names: [`file-system/${resource.resourceId}`],
      needs: ['automaticBackups'],
    })),
    backedUpWith('AWS::DynamoDB::Table', 'dynamodb', [CONTINUOUS_BACKUPS], (inventory) => {
      const described = new Map(inventory.all(CONTINUOUS_BACKUPS).map((each) => [placeOf(each), each]));
      return (table) => ({
        ...recoveryOf(table, described.get(placeOf(table))),
        names: [`table/${table.resource.resourceId}`],
        needs: [],
      });
    }),
  ],
});

/** The longest retention that RDS and DynamoDB offer: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html */
const MAX_RETENTION_DAYS = 35;

/** A plan for the retention that the settings ask for, where a service's own backups can have it. */
function planRetention({ inventory }: RemedyContext, plan: (days: number) => RemedyPlan): RemedyPlan {
  const { minRetentionDays } = inventory.settings.backup;
  return minRetentionDays > MAX_RETENTION_DAYS
    ? cannotRun(`automated backups are kept for at most ${MAX_RETENTION_DAYS} days: assign the resource to an AWS Backup plan`)
    : plan(minRetentionDays);
}

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::RDS::DBInstance',
    {
      runbook: 'CSMM-KeepDatabaseBackups',
      risk: 'disruptive',
      reversible: false,
      impact:
        'Where backups are turned on the database is away for seconds to minutes; backups are paid for; a shorter retention would delete them again.',
    },
    ({ resource, facts: { identifier } }, context) =>
      planRetention(context, (days) =>
        identifier === undefined
          ? cannotRun('the name of the DB instance is not known')
          : runWith({ DBInstanceIdentifier: identifier, DbiResourceId: resource.resourceId, RetentionDays: String(days) }),
      ),
  ),
  /* @__PURE__ */ remedyOn(
    'AWS::DynamoDB::Table',
    {
      runbook: 'CSMM-EnableTableRecovery',
      reads: [CONTINUOUS_BACKUPS],
      risk: 'safe',
      reversible: false,
      impact:
        'Continuous backups are paid for; turning them off again would give up every point in time to which the table could be restored.',
    },
    (table, context) =>
      planRetention(context, (days) => {
        const described = context.inventory.all(CONTINUOUS_BACKUPS).find((each) => placeOf(each) === placeOf(table));
        const isOn = table.facts.pointInTimeRecovery ?? described?.facts.pointInTimeRecovery;
        if (isOn === undefined) return cannotRun('whether point-in-time recovery is on is not known');
        if (isOn) return cannotRun(`point-in-time recovery is on: lengthen its recovery period to ${days} days`);
        return runWith({ TableName: table.resource.resourceId });
      }),
  ),
];

export const page: ControlPage = {
  slug: 'backup-coverage',
  topic: 'backups',
  scope: 'resource',
  evidence: 'api',
  rule: 'PASS iff the resource (RDS, Aurora, attached EBS volume, EFS, DynamoDB table) has an AWS Backup recovery point no older than its recovery-point objective or service automated backups with retention of at least 7 days; FAIL otherwise; NOT_APPLICABLE when the account has no such resource or the resource is tagged ephemeral under an unexpired exemption.',
  apiFacts: [
    'backup:ListProtectedResources',
    'backup:DescribeProtectedResource',
    'rds:DescribeDBInstances',
    'dynamodb:DescribeContinuousBackups',
  ],
  parameters: { rpoHours: 24, minRetentionDays: 7 },
  triggers: {
    configTypes: [
      'AWS::RDS::DBInstance',
      'AWS::RDS::DBCluster',
      'AWS::EC2::Volume',
      'AWS::EFS::FileSystem',
      'AWS::DynamoDB::Table',
      'AWS::Backup::BackupPlan',
      'AWS::Backup::BackupSelection',
      'AWS::Backup::RecoveryPoint',
    ],
    cloudTrail: [
      {
        source: 'backup.amazonaws.com',
        names: [
          'CreateBackupPlan',
          'UpdateBackupPlan',
          'DeleteBackupPlan',
          'CreateBackupSelection',
          'DeleteBackupSelection',
          'DeleteRecoveryPoint',
        ],
      },
      { source: 'rds.amazonaws.com', names: ['CreateDBInstance', 'ModifyDBInstance'] },
      { source: 'dynamodb.amazonaws.com', names: ['UpdateContinuousBackups'] },
    ],
    native: [{ source: 'aws.backup', detailType: 'Backup Job State Change' }],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-EnableRDSInstanceBackup',
    note: 'RDS only; others join a tag-selected backup plan (custom).',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['RDS.11', 'RDS.26', 'EC2.28', 'EFS.2', 'DynamoDB.4'],
    prowler: [
      'rds_instance_backup_enabled',
      'rds_instance_protected_by_backup_plan',
      'ec2_ebs_volume_protected_by_backup_plan',
      'efs_have_backup_enabled',
      'dynamodb_table_protected_by_backup_plan',
      'backup_plans_exist',
    ],
    nistCsf2: ['PR.DS-11'],
    awsSmmV2: [{ phase: 2, category: 'Data protection', recommendation: 'Backups' }],
    iansCsmm2: ['Data Security', 'Resilience'],
  },
  notes:
    'Service automated backups are the retention period of a DB instance or cluster, point-in-time recovery of a table (by its recovery period, 1 to 35 days) and automatic backups of a file system (daily, 35 days). EBS makes none by itself; snapshots of Data Lifecycle Manager are not read. A recovery point of the instance counts for the volumes attached to it, as AWS Backup takes them along. A DB instance in a cluster is judged by its cluster; a read replica is judged as any instance. The objective and the retention come from the settings. An exception in the settings is the exemption; nothing is read from a tag.',
};
