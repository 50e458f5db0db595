import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Inventory,
  type InventoryItem,
  insufficientData,
  type JoinedVerdict,
  type JoinOptions,
  type JoinRule,
  lacks,
  NOT_READ,
  nonCompliant,
  notApplicable,
  type ResourceType,
  type Verdict,
  verdictOn,
} from '../../core/control.ts';
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import { CONTINUOUS_BACKUPS } from '../../core/facts/dynamodb-continuous-backups.ts';
import { databaseName } from '../../core/facts/replica-source.ts';
import { millisecondsOf } from '../../core/instant.ts';
import { cannotRun, change, type RemedyContext, type RemedyPlan, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

const PROTECTED = 'AWS::Backup::ProtectedResource';

/** Maximum age of the list of protected resources, in hours. csmm reads it daily. An older list proves neither a recent backup nor its absence. */
const MAX_LIST_AGE_HOURS = 48;

/** Retention of the default backup plan of EFS, in days: https://docs.aws.amazon.com/efs/latest/ug/awsbackup.html */
const EFS_RETENTION_DAYS = 35;

/** The facts of a resource about its backups. */
interface Own {
  /** Kind of the resource, as the subject of a reason. */
  readonly noun: string;
  /** Retention of the automated backups of its service, in days; 0 without any. `undefined` if it is unknown. */
  readonly retentionDays: number | undefined;
  /** Last parts of the ARNs that AWS Backup can use for it, such as `volume/vol-1`. */
  readonly names: readonly string[];
  /** The facts that this is derived from. If one is absent, a failure is unknown. */
  readonly needs: readonly string[];
  /** Set if a related resource that describes the backups is unknown. A failure is then unknown too. */
  readonly unread?: Verdict | undefined;
}

type OwnOf<T extends ResourceType> = (item: InventoryItem<T>) => Own | Verdict;

/** Returns a rule that evaluates the backups of each resource of a type. If `ownOf` returns a verdict, that verdict is final. */
const backedUp = <T extends ResourceType>(type: T, service: string, ownOf: OwnOf<T>): JoinRule =>
  backedUpWith(type, service, [], () => ownOf);

/** Returns a rule like `backedUp`, which also reads resources of `further` types. `options` are those of a join. */
function backedUpWith<T extends ResourceType>(
  type: T,
  service: string,
  further: readonly ResourceType[],
  ownIn: (inventory: Inventory) => OwnOf<T>,
  options: JoinOptions = {},
): JoinRule {
  const evaluate = function* (inventory: Inventory): Generator<JoinedVerdict> {
    const ownOf = ownIn(inventory);
    const backups = newestBackups(inventory);
    for (const item of inventory.all(type)) yield verdictOn(item, evaluateOwn(item, service, ownOf(item), backups, inventory));
  };
  return across([type, ...further, PROTECTED, SETTINGS], evaluate, { ...options, growsOld: true });
}

type Backups = ReadonlyMap<string, Backup>;

function evaluateOwn(
  item: InventoryItem<ResourceType>,
  service: string,
  own: Own | Verdict,
  backups: Backups,
  inventory: Inventory,
): Verdict {
  const { region, accountId } = item.resource;
  const backupOf = (name: string): Backup | undefined => backups.get(`${service}:${region}:${accountId}:${name}`);
  return 'compliance' in own ? own : evaluateBackups(item, own, backupOf, inventory);
}

type DbInstance = InventoryItem<'AWS::RDS::DBInstance'>;
type DbCluster = InventoryItem<'AWS::RDS::DBCluster'>;
type Database = DbInstance | DbCluster;

const isInstance = (database: Database): database is DbInstance => database.resource.resourceType === 'AWS::RDS::DBInstance';

/**
 * Returns a rule that evaluates the databases of a type. The backups of the source of a read replica also protect the replica, because
 * both have the same data.
 */
function databasesBackedUp(type: DatabaseType, other: DatabaseType): JoinRule {
  const evaluate = function* (inventory: Inventory): Generator<JoinedVerdict> {
    const backups = newestBackups(inventory);
    const databases = new Map<string, Database>();
    for (const database of [...inventory.all('AWS::RDS::DBInstance'), ...inventory.all('AWS::RDS::DBCluster')]) {
      const { resource, facts } = database;
      if (facts.identifier !== undefined)
        databases.set(databaseName(resource, isInstance(database) ? 'db' : 'cluster', facts.identifier), database);
    }
    for (const database of inventory.all(type) as readonly Database[])
      yield verdictOn(database, evaluateDatabase(database, databases, backups, inventory));
  };
  return across([type, other, PROTECTED, SETTINGS], evaluate, { handlesGaps: [other], growsOld: true });
}

type DatabaseType = 'AWS::RDS::DBInstance' | 'AWS::RDS::DBCluster';

/** Number of sources behind each other that csmm follows. RDS allows up to three replicas in a row. */
const MAX_SOURCES = 4;

function evaluateDatabase(
  database: Database,
  databases: ReadonlyMap<string, Database>,
  backups: Backups,
  inventory: Inventory,
  sources = MAX_SOURCES,
): Verdict {
  const own = evaluateOwn(database, 'rds', ownOfDatabase(database), backups, inventory);
  const { replicaOf } = database.facts;
  if (own.compliance === 'COMPLIANT' || own.compliance === 'NOT_APPLICABLE' || !replicaOf) return own;
  const source = databases.get(replicaOf);
  const noun = nounOf(database);
  if (!source || sources === 0) {
    return insufficientData('replica-source-not-read', `${noun} is a read replica of ${replicaOf}, whose backups were not read`);
  }
  const { compliance, reason } = evaluateDatabase(source, databases, backups, inventory, sources - 1);
  if (compliance === 'COMPLIANT') return compliant(`${noun} is a read replica of ${replicaOf}: ${reason}`);
  if (compliance === 'INSUFFICIENT_DATA') {
    return insufficientData('replica-source-unknown', `${noun} is a read replica of ${replicaOf}: ${reason}`);
  }
  return own;
}

const nounOf = (database: Database): string => (isInstance(database) ? 'DB instance' : 'DB cluster');

function ownOfDatabase(database: Database): Own | Verdict {
  const { status, identifier, backupRetentionDays } = database.facts;
  const noun = nounOf(database);
  if (status === 'deleting') return notApplicable(`${noun} is being deleted`);
  if (isInstance(database)) {
    const { inCluster } = database.facts;
    if (inCluster === undefined) return lacks(database, 'inCluster');
    if (inCluster) return notApplicable('DB instance is in a DB cluster, which keeps the backups');
  }
  return {
    noun,
    retentionDays: backupRetentionDays,
    names: namesOf(isInstance(database) ? 'db:' : 'cluster:', identifier),
    needs: ['backupRetentionDays', 'identifier', 'replicaOf'],
  };
}

type Volume = InventoryItem<'AWS::EC2::Volume'>;
type Instance = InventoryItem<'AWS::EC2::Instance'>;

/**
 * Returns a verdict on a volume that EC2 deletes together with an instance which an Auto Scaling group or a Kubernetes cluster replaces:
 * it holds no data that lasts. A volume for a persistent volume claim does. Otherwise returns why this is unknown, if it is.
 */
function transienceOf(
  volume: Volume,
  instances: ReadonlyMap<string, Instance>,
): { readonly transient?: Verdict; readonly unread?: Verdict } {
  const { deletedWithInstance, forClaim, fleet, instanceIds = [] } = volume.facts;
  if (deletedWithInstance === false || forClaim) return {};
  const attached = instanceIds.map((id) => instances.get(id));
  const fleets = fleet ? [fleet] : attached.map((instance) => instance?.facts.fleet);
  if (fleets.length === 0 || fleets.includes(null)) return {};
  if (fleets.includes(undefined)) {
    // Without knowing that EC2 deletes the volume, its instance does not matter.
    if (!deletedWithInstance) return {};
    const known = attached.find((instance) => instance && instance.facts.fleet === undefined);
    return {
      unread: known
        ? lacks(known, 'fleet')
        : insufficientData(
            'instance-not-read',
            'volume is deleted with its instance, which was not read: an Auto Scaling group may replace it',
          ),
    };
  }
  if (deletedWithInstance === undefined) return { unread: lacks(volume, 'deletedWithInstance') };
  if (forClaim === undefined) return { unread: lacks(volume, 'forClaim') };
  return { transient: notApplicable(`volume is deleted with its instance, which ${fleets[0]} replaces`) };
}

type Backup = InventoryItem<typeof PROTECTED>;

/** Returns the newest backup of each resource in AWS Backup, by ARN without the partition. Several Regions can list one resource. */
function newestBackups(inventory: Inventory): Backups {
  const newest = new Map<string, Backup>();
  for (const backup of inventory.all(PROTECTED)) {
    const arn = backup.resource.resourceId.split(':').slice(2).join(':');
    const known = newest.get(arn);
    if (!known || isNewer(backup, known)) newest.set(arn, backup);
  }
  return newest;
}

/** Returns whether `a` is newer. A backup with an unknown time is older than any other. */
const isNewer = (a: Backup, b: Backup): boolean => timeOf(a) > timeOf(b);
const timeOf = ({ facts: { lastBackupAt } }: Backup): number => (lastBackupAt === undefined ? 0 : millisecondsOf(lastBackupAt));

function evaluateBackups(
  item: InventoryItem<ResourceType>,
  { noun, retentionDays, names, needs, unread: relatedUnread }: Own,
  backupOf: (name: string) => Backup | undefined,
  inventory: Inventory,
): Verdict {
  const { minRetentionDays, recoveryPointHours } = inventory.settings.backup;
  if (retentionDays !== undefined && retentionDays >= minRetentionDays) {
    return compliant(`${noun} keeps automated backups for ${retentionDays} days (required: ${minRetentionDays})`);
  }
  const list = inventory.listings(PROTECTED).find(({ region }) => region === item.resource.region);
  if (!list) return insufficientData('backup-list-not-read', `${noun} backup is unknown: protected resources of AWS Backup were not read`);
  if (hoursFrom(list.capturedAt, inventory.capturedAt) > MAX_LIST_AGE_HOURS) {
    return insufficientData(
      'backup-list-outdated',
      `${noun} backup is unknown: protected resources of AWS Backup were last read at ${list.capturedAt} (limit: ${MAX_LIST_AGE_HOURS} hours)`,
    );
  }
  const [backup] = names.flatMap((name) => backupOf(name) ?? []).sort((a, b) => timeOf(b) - timeOf(a));
  // After a failed read, the list has a later time than the backups in it. Their age then grows until they are too old.
  const hours = backup?.facts.lastBackupAt === undefined ? undefined : hoursFrom(backup.facts.lastBackupAt, list.capturedAt);
  if (backup?.facts.lastBackupAt !== undefined && hoursFrom(backup.capturedAt, backup.facts.lastBackupAt) > MAX_CLOCK_DIFFERENCE_HOURS) {
    return insufficientData(
      'backup-in-the-future',
      `${noun} backup is unknown: the time of its AWS Backup recovery point is in the future`,
    );
  }
  const age = hours === undefined ? '' : `${Math.max(0, hours).toFixed(1)} hours old (limit: ${recoveryPointHours} hours)`;
  if (hours !== undefined && hours <= recoveryPointHours) return compliant(`${noun} has an AWS Backup recovery point ${age}`);
  if (list.gap !== undefined) return insufficientData(NOT_READ, `${PROTECTED} was not read: ${list.gap}`);
  const unread = needs.find((name) => !Object.hasOwn(item.facts, name));
  if (unread !== undefined) return lacks(item, unread);
  if (relatedUnread) return relatedUnread;
  if (backup && hours === undefined) return lacks(backup, 'lastBackupAt');
  const automated = retentionDays
    ? `, and keeps automated backups for ${retentionDays} days (required: ${minRetentionDays})`
    : ' and no automated backups';
  return hours === undefined
    ? nonCompliant('no-recovery-point', `${noun} has no AWS Backup recovery point${automated}`)
    : nonCompliant('recovery-point-too-old', `${noun} has an AWS Backup recovery point ${age}${automated}`);
}

/** Hours by which a backup may seem to be newer than the call that shows it. */
const MAX_CLOCK_DIFFERENCE_HOURS = 1;

const HOUR_MS = 60 * 60 * 1000;
const hoursFrom = (earlier: string, later: string): number => (millisecondsOf(later) - millisecondsOf(earlier)) / HOUR_MS;

const namesOf = (prefix: string, identifier: string | undefined): string[] => (identifier === undefined ? [] : [`${prefix}${identifier}`]);

const placeOf = ({ resource: { region, resourceId } }: InventoryItem<ResourceType>): string => `${region} ${resourceId}`;

/** Returns the recovery period of a table. AWS Config can show a change of the recovery before csmm reads DynamoDB again. */
function recoveryOf(
  { facts: { pointInTimeRecovery } }: InventoryItem<'AWS::DynamoDB::Table'>,
  described: InventoryItem<typeof CONTINUOUS_BACKUPS> | undefined,
): Pick<Own, 'retentionDays' | 'unread'> {
  const unknown = (unread: Verdict): Pick<Own, 'retentionDays' | 'unread'> => ({ retentionDays: undefined, unread });
  if (pointInTimeRecovery === false) return { retentionDays: 0 };
  if (!described) return unknown(insufficientData('recovery-period-not-read', 'table recovery period is unknown: not read'));
  const { pointInTimeRecovery: wasOn, recoveryPeriodDays } = described.facts;
  if (pointInTimeRecovery && wasOn === false) {
    return unknown(
      insufficientData('recovery-period-outdated', 'table recovery period is unknown: not read since point-in-time recovery was turned on'),
    );
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
    databasesBackedUp('AWS::RDS::DBInstance', 'AWS::RDS::DBCluster'),
    databasesBackedUp('AWS::RDS::DBCluster', 'AWS::RDS::DBInstance'),
    backedUpWith(
      'AWS::EC2::Volume',
      'ec2',
      ['AWS::EC2::Instance'],
      (inventory) => {
        const instances = new Map(inventory.all('AWS::EC2::Instance').map((instance) => [instance.resource.resourceId, instance]));
        return (volume) => {
          const { attached, instanceIds = [] } = volume.facts;
          if (attached === undefined) return lacks(volume, 'attached');
          if (!attached) return notApplicable('volume is not attached to an instance');
          const { transient, unread } = transienceOf(volume, instances);
          if (transient) return transient;
          const names = [`volume/${volume.resource.resourceId}`, ...instanceIds.map((id) => `instance/${id}`)];
          return { noun: 'volume', retentionDays: 0, names, needs: ['instanceIds'], unread };
        };
      },
      { handlesGaps: ['AWS::EC2::Instance'] },
    ),
    backedUp('AWS::EFS::FileSystem', 'elasticfilesystem', ({ resource, facts: { automaticBackups } }) => ({
      noun: 'file system',
      retentionDays: automaticBackups === undefined ? undefined : automaticBackups ? EFS_RETENTION_DAYS : 0,
      names: [`file-system/${resource.resourceId}`],
      needs: ['automaticBackups'],
    })),
    backedUpWith('AWS::DynamoDB::Table', 'dynamodb', [CONTINUOUS_BACKUPS], (inventory) => {
      const described = new Map(inventory.all(CONTINUOUS_BACKUPS).map((each) => [placeOf(each), each]));
      return (table) => ({
        noun: 'table',
        ...recoveryOf(table, described.get(placeOf(table))),
        names: [`table/${table.resource.resourceId}`],
        needs: [],
      });
    }),
  ],
});

/** Longest retention that RDS and DynamoDB offer, in days: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html */
const MAX_RETENTION_DAYS = 35;

/** Returns the plan for the retention that the settings require, if automated backups can be kept that long. */
function planRetention({ inventory }: RemedyContext, plan: (days: number) => RemedyPlan): RemedyPlan {
  const { minRetentionDays } = inventory.settings.backup;
  return minRetentionDays > MAX_RETENTION_DAYS
    ? cannotRun(
        `automated backups last at most ${MAX_RETENTION_DAYS} days (required: ${minRetentionDays}); assign the resource to an AWS Backup plan`,
      )
    : plan(minRetentionDays);
}

/** Engines of RDS. The API of RDS also lists clusters of DocumentDB and Neptune. */
const OF_RDS = /^(aurora|mysql|postgres)/;

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::RDS::DBInstance',
    {
      runbook: 'CSMM-KeepDatabaseBackups',
      bindsTo: ['identifier', 'backupRetentionDays', 'replicaOf', 'inCluster'],
      risk: 'disruptive',
      reversible: false,
      impact:
        'If backups were off, the database is unavailable for seconds to minutes. A rollback to a shorter retention would delete backups.',
      cost: 'AWS charges for backup storage beyond the size of the database, for each GB and month.',
    },
    ({ resource, facts: { identifier, backupRetentionDays } }, context) =>
      planRetention(context, (days) =>
        identifier === undefined
          ? cannotRun('name of the DB instance is unknown')
          : runWith({ DBInstanceIdentifier: identifier, DbiResourceId: resource.resourceId, RetentionDays: String(days) }, [
              change('backup retention in days', backupRetentionDays, days),
            ]),
      ),
  ),
  /* @__PURE__ */ remedyOn(
    'AWS::RDS::DBCluster',
    {
      runbook: 'CSMM-KeepClusterBackups',
      bindsTo: ['identifier', 'engine', 'backupRetentionDays', 'replicaOf'],
      risk: 'disruptive',
      reversible: false,
      impact: 'RDS keeps the backups of the cluster for longer. A rollback to a shorter retention would delete backups.',
      cost: 'AWS charges for backup storage beyond the size of the database, for each GB and month.',
    },
    ({ resource, facts: { identifier, engine, backupRetentionDays } }, context) =>
      planRetention(context, (days) => {
        if (identifier === undefined) return cannotRun('name of the DB cluster is unknown');
        if (engine === undefined || !OF_RDS.test(engine))
          return cannotRun(`engine ${engine ?? 'unknown'} is not one of RDS; set the retention in the service of the cluster`);
        return runWith({ DBClusterIdentifier: identifier, DbClusterResourceId: resource.resourceId, RetentionDays: String(days) }, [
          change('backup retention in days', backupRetentionDays, days),
        ]);
      }),
  ),
  /* @__PURE__ */ remedyOn(
    'AWS::EFS::FileSystem',
    {
      runbook: 'CSMM-EnableFileSystemBackups',
      bindsTo: ['automaticBackups'],
      risk: 'safe',
      reversible: true,
      impact: 'AWS Backup makes a backup of the file system each day, and keeps it for 35 days.',
      cost: 'AWS charges for backup storage, for each GB and month.',
      notRestored: 'Backups that were made in between stay until they expire.',
    },
    ({ resource, facts: { automaticBackups } }, context) =>
      planRetention(context, () => {
        if (automaticBackups === undefined) return cannotRun('automatic backups of the file system were not read');
        if (automaticBackups) return cannotRun('automatic backups are on, and AWS Backup has made none yet; see its jobs');
        return runWith({ FileSystemId: resource.resourceId }, [change('automatic backups', 'off', 'daily, kept for 35 days')]);
      }),
  ),
  /* @__PURE__ */ remedyOn(
    'AWS::DynamoDB::Table',
    {
      runbook: 'CSMM-EnableTableRecovery',
      reads: [CONTINUOUS_BACKUPS],
      risk: 'safe',
      reversible: false,
      cost: 'AWS charges for continuous backups by the size of the table, for each GB and month.',
      impact: 'A rollback would delete all points in time to which the table can be restored.',
    },
    (table, context) =>
      planRetention(context, (days) => {
        const described = context.inventory.all(CONTINUOUS_BACKUPS).find((each) => placeOf(each) === placeOf(table));
        const isOn = table.facts.pointInTimeRecovery ?? described?.facts.pointInTimeRecovery;
        if (isOn === undefined) return cannotRun('point-in-time recovery of the table is unknown');
        if (isOn) return cannotRun(`point-in-time recovery of the table is on; extend its recovery period to ${days} days`);
        return runWith({ TableName: table.resource.resourceId }, [change('point-in-time recovery', 'off', 'on')]);
      }),
  ),
];

export const page: ControlPage = {
  slug: 'backup-coverage',
  topic: 'backups',
  scope: 'resource',
  evidence: 'api',
  rule: 'Passes if the database, attached EBS volume, EFS file system or DynamoDB table has a recent recovery point in AWS Backup, or its service keeps automated backups for at least 7 days. A read replica also passes if its source does. Fails otherwise. Not applicable if the database is being deleted, if an Auto Scaling group or a Kubernetes cluster replaces the volume with its instance, or if the account has no such resource.',
  why: 'Without a recent backup, a mistake, a defect or ransomware destroys the data for good.',
  parameters: { rpoHours: 24, startWindowHours: 8, completionHours: 4, minRetentionDays: 7 },
  triggers: {
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
    note: 'The AWS document covers only RDS. Add the other resources to a backup plan that selects them by tag (custom).',
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
    'By default, a recovery point is recent for 36 hours. That is a daily backup (24 hours) that starts up to 8 hours late, which is the default start window of AWS Backup, and takes up to 4 hours. The settings can change this limit and the retention. Service automated backups are the retention period of a DB instance or cluster, point-in-time recovery of a table (by its recovery period, 1 to 35 days) and automatic backups of a file system (daily, 35 days). EBS has no automated backups, and csmm does not read snapshots of Data Lifecycle Manager. A recovery point of an instance counts for its attached volumes, because AWS Backup includes them. For a DB instance in a cluster, csmm evaluates the cluster. The backups of its source also protect a read replica, in any Region. If the source is in another account, or csmm did not read it, a replica without backups of its own has no data. Backups with a longer completion window need a setting. The list of AWS Backup shows the newest backup of a resource, but not its status or retention. A volume is replaced with its instance if its attachment says DeleteOnTermination, and its instance has the tag aws:autoscaling:groupName or the tag of an EKS or Kubernetes node (eks:cluster-name, eks:nodegroup-name, kubernetes.io/cluster/… = owned). The volume itself can have the tag of a node too. A volume with a tag of a persistent volume claim needs a backup (such as kubernetes.io/created-for/pvc/name or ebs.csi.aws.com/cluster). To exempt a resource, declare an exception in the settings: csmm reads no exemption from tags.',
};
