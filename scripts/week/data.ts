/** Builders of data stores, in the shape of AWS Config's items. */
import type { Resource } from './aws-config.ts';
import type { SecurityGroup, Subnet } from './network.ts';
import { type Place, related, resourceAt } from './place.ts';

const keyArn = (place: Place): string => `arn:aws:kms:${place.region}:${place.account}:key/${place.uuid()}`;

export function dbInstance(place: Place, name: string, group: SecurityGroup, storageEncrypted: boolean, engine = 'postgres') {
  const id = `db-${place.hex(26).toUpperCase()}`;
  const configuration = {
    dBInstanceIdentifier: name,
    dBInstanceClass: 'db.t4g.medium',
    engine,
    dBInstanceStatus: 'available',
    masterUsername: 'app',
    allocatedStorage: 100,
    instanceCreateTime: place.createdAt(),
    preferredBackupWindow: '02:10-02:40',
    backupRetentionPeriod: 7,
    vpcSecurityGroups: [{ vpcSecurityGroupId: group.id, status: 'active' }],
    multiAZ: true,
    engineVersion: '16.4',
    autoMinorVersionUpgrade: true,
    publiclyAccessible: false,
    storageType: 'gp3',
    storageEncrypted,
    ...(storageEncrypted && { kmsKeyId: keyArn(place) }),
    dbiResourceId: id,
    deletionProtection: true,
  };
  const relationships = [related('Is associated with SecurityGroup', group)];
  const supplementary = { Tags: [] };
  return resourceAt(place, 'AWS::RDS::DBInstance', id, {
    service: 'rds',
    path: `db:${name}`,
    name,
    zone: `${place.region}a`,
    relationships,
    configuration,
    supplementary,
  });
}

/** Returns an Aurora cluster. Its instances decide whether it is publicly accessible. */
export function dbCluster(place: Place, name: string, group: SecurityGroup, members: readonly Resource[]) {
  const id = `cluster-${place.hex(26).toUpperCase()}`;
  const configuration = {
    allocatedStorage: 1,
    availabilityZones: ['a', 'b', 'c'].map((zone) => place.region + zone),
    backupRetentionPeriod: 7,
    status: 'available',
    multiAZ: true,
    engine: 'aurora-postgresql',
    engineVersion: '16.4',
    port: 5432,
    masterUsername: 'app',
    vpcSecurityGroups: [{ vpcSecurityGroupId: group.id, status: 'active' }],
    storageEncrypted: true,
    kmsKeyId: keyArn(place),
    dbClusterResourceId: id,
    clusterCreateTime: Date.parse(place.createdAt()),
    deletionProtection: true,
    dbclusterIdentifier: name,
    dbclusterMembers: members.map((member, index) => ({
      dbinstanceIdentifier: member.name,
      isClusterWriter: index === 0,
      promotionTier: 1,
    })),
  };
  const relationships = [
    related('Is associated with SecurityGroup', group),
    ...members.map((member) => related('Contains DBInstance', member)),
  ];
  return resourceAt(place, 'AWS::RDS::DBCluster', id, {
    service: 'rds',
    path: `cluster:${name}`,
    name,
    zone: 'Multiple Availability Zones',
    relationships,
    configuration,
    supplementary: { Tags: [] },
  });
}

export function redshiftCluster(place: Place, name: string, group: SecurityGroup, publiclyAccessible: boolean) {
  const configuration = {
    clusterIdentifier: name,
    nodeType: 'ra3.xlplus',
    clusterStatus: 'available',
    masterUsername: 'analyst',
    dBName: 'warehouse',
    clusterCreateTime: place.createdAt(),
    automatedSnapshotRetentionPeriod: 7,
    vpcSecurityGroups: [{ vpcSecurityGroupId: group.id, status: 'active' }],
    vpcId: group.configuration.vpcId,
    pendingModifiedValues: {},
    numberOfNodes: 2,
    publiclyAccessible,
    encrypted: true,
    tags: [],
    kmsKeyId: keyArn(place),
  };
  const relationships = [related('Is associated with SecurityGroup', group)];
  const supplementary = { LoggingStatus: { loggingEnabled: false, bucketName: null } };
  return resourceAt(place, 'AWS::Redshift::Cluster', name, {
    service: 'redshift',
    path: `cluster:${name}`,
    name,
    zone: `${place.region}a`,
    relationships,
    configuration,
    supplementary,
  });
}

/** The four settings of S3 Block Public Access. */
export interface PublicAccessBlock {
  blockPublicAcls: boolean;
  ignorePublicAcls: boolean;
  blockPublicPolicy: boolean;
  restrictPublicBuckets: boolean;
}

export const blockAll = (on: boolean): PublicAccessBlock => ({
  blockPublicAcls: on,
  ignorePublicAcls: on,
  blockPublicPolicy: on,
  restrictPublicBuckets: on,
});

/** Returns the Block Public Access settings of the account, with only the first one on. */
export const accountBlock = (place: Place): Resource<PublicAccessBlock> =>
  resourceAt(place, 'AWS::S3::AccountPublicAccessBlock', place.account, { configuration: { ...blockAll(false), blockPublicAcls: true } });

/** The settings that AWS Config records for a bucket. Some are JSON as text. */
export interface BucketSettings {
  AccessControlList: string;
  BucketPolicy: { policyText: string | null };
  BucketVersioningConfiguration: { status: 'Enabled' | 'Suspended' | 'Off'; isMfaDeleteEnabled: null };
  PublicAccessBlockConfiguration: PublicAccessBlock;
  readonly [other: string]: unknown;
}
export type Bucket = Resource<object, BucketSettings>;

export function bucket(place: Place, name: string, versioning: 'Enabled' | 'Off'): Bucket {
  const owner = { displayName: null, id: place.hex(64) };
  const grantList = [{ grantee: { id: owner.id, displayName: null }, permission: 'FullControl' }];
  const supplementary: BucketSettings = {
    AccessControlList: JSON.stringify({ grantSet: null, grantList, owner, isRequesterCharged: false }),
    BucketAccelerateConfiguration: { status: null },
    BucketLoggingConfiguration: { destinationBucketName: null, logFilePrefix: null },
    BucketNotificationConfiguration: { configurations: {} },
    BucketPolicy: { policyText: null },
    BucketVersioningConfiguration: { status: versioning, isMfaDeleteEnabled: null },
    IsRequesterPaysEnabled: false,
    PublicAccessBlockConfiguration: blockAll(true),
    ServerSideEncryptionConfiguration: {
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256', kmsMasterKeyID: null }, bucketKeyEnabled: false }],
    },
  };
  const configuration = { name, owner, creationDate: place.createdAt() };
  return resourceAt(place, 'AWS::S3::Bucket', name, { arn: `arn:aws:s3:::${name}`, name, zone: 'Regional', configuration, supplementary });
}

/** Turns off the bucket's own Block Public Access and lets everyone read through its ACL. */
export function publishByAcl({ supplementary }: Bucket): void {
  const acl = JSON.parse(supplementary.AccessControlList);
  acl.grantList.push({ grantee: 'AllUsers', permission: 'Read' });
  supplementary.AccessControlList = JSON.stringify(acl);
  supplementary.PublicAccessBlockConfiguration = blockAll(false);
}

/** Turns off the bucket's own Block Public Access and lets everyone read through its policy. */
export function publishByPolicy({ id, supplementary }: Bucket): void {
  supplementary.PublicAccessBlockConfiguration = blockAll(false);
  setPolicy(supplementary, {
    Sid: 'ShareWithThePartner',
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${id}/*`,
  });
}

/** Denies every request without HTTPS, and replaces the bucket's earlier policy. */
export function requireTls({ id, supplementary }: Bucket): void {
  const condition = { Bool: { 'aws:SecureTransport': 'false' } };
  const resources = [`arn:aws:s3:::${id}`, `arn:aws:s3:::${id}/*`];
  setPolicy(supplementary, { Sid: 'HttpsOnly', Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: resources, Condition: condition });
}

function setPolicy(settings: BucketSettings, ...statements: object[]): void {
  settings.BucketPolicy = { policyText: JSON.stringify({ Version: '2012-10-17', Statement: statements }) };
}

export function table(place: Place, tableName: string, pointInTimeRecovery: boolean) {
  const configuration = {
    attributeDefinitions: [{ attributeName: 'pk', attributeType: 'S' }],
    tableName,
    keySchema: [{ attributeName: 'pk', keyType: 'HASH' }],
    tableStatus: 'ACTIVE',
    creationDateTime: Date.parse(place.createdAt()),
    tableArn: `arn:aws:dynamodb:${place.region}:${place.account}:table/${tableName}`,
    tableId: place.uuid(),
    billingModeSummary: { billingMode: 'PAY_PER_REQUEST' },
  };
  const supplementary = {
    ContinuousBackupsDescription: {
      continuousBackupsStatus: 'ENABLED',
      pointInTimeRecoveryDescription: { pointInTimeRecoveryStatus: pointInTimeRecovery ? 'ENABLED' : 'DISABLED' },
    },
    Tags: [],
  };
  return resourceAt(place, 'AWS::DynamoDB::Table', tableName, {
    service: 'dynamodb',
    path: `table/${tableName}`,
    name: tableName,
    configuration,
    supplementary,
  });
}
export type Table = ReturnType<typeof table>;

export function fileSystem(place: Place, name: string, encrypted: boolean) {
  const id = place.id('fs');
  const arn = `arn:aws:elasticfilesystem:${place.region}:${place.account}:file-system/${id}`;
  const configuration = {
    FileSystemId: id,
    Arn: arn,
    Encrypted: encrypted,
    FileSystemTags: [{ Key: 'Name', Value: name }],
    PerformanceMode: 'generalPurpose',
    ThroughputMode: 'elastic',
    LifecyclePolicies: [{ TransitionToIA: 'AFTER_30_DAYS' }],
    BackupPolicy: { Status: 'ENABLED' },
    FileSystemPolicy: {},
    ...(encrypted && { KmsKeyId: keyArn(place) }),
  };
  return resourceAt(place, 'AWS::EFS::FileSystem', id, { arn, name: id, zone: 'Regional', tags: { Name: name }, configuration });
}

interface TopicSettings {
  KmsMasterKeyId?: string;
  readonly [other: string]: unknown;
}

export function topic(place: Place, name: string, encrypted: boolean): Resource<TopicSettings> {
  const arn = `arn:aws:sns:${place.region}:${place.account}:${name}`;
  const statement = {
    Sid: 'Owner',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${place.account}:root` },
    Action: 'SNS:Publish',
    Resource: arn,
  };
  const configuration: TopicSettings = {
    Policy: JSON.stringify({ Version: '2008-10-17', Statement: [statement] }),
    Owner: place.account,
    TopicArn: arn,
    DisplayName: '',
    ...(encrypted && { KmsMasterKeyId: 'alias/aws/sns' }),
  };
  return resourceAt<TopicSettings, object>(place, 'AWS::SNS::Topic', arn, { arn, name, configuration, supplementary: { Tags: [] } });
}
export type Topic = ReturnType<typeof topic>;

export function queue(place: Place, name: string, encrypted: boolean) {
  const arn = `arn:aws:sqs:${place.region}:${place.account}:${name}`;
  const configuration = {
    ReceiveMessageWaitTimeSeconds: '20',
    SqsManagedSseEnabled: String(encrypted),
    CreatedTimestamp: String(Date.parse(place.createdAt()) / 1000),
    DelaySeconds: '0',
    MessageRetentionPeriod: '345600',
    MaximumMessageSize: '262144',
    VisibilityTimeout: '30',
    QueueArn: arn,
  };
  const url = `https://sqs.${place.region}.amazonaws.com/${place.account}/${name}`;
  return resourceAt(place, 'AWS::SQS::Queue', url, { arn, name, configuration, supplementary: { Tags: {} } });
}

interface StreamSettings {
  StreamEncryption?: { readonly EncryptionType: string; readonly KeyId: string };
  readonly [other: string]: unknown;
}

/** Returns a stream. AWS Config omits the encryption of a stream that has none. */
export function stream(place: Place, name: string, encrypted: boolean): Resource<StreamSettings> {
  const arn = `arn:aws:kinesis:${place.region}:${place.account}:stream/${name}`;
  const configuration: StreamSettings = {
    Arn: arn,
    Name: name,
    RetentionPeriodHours: 24,
    ShardCount: 2,
    ...(encrypted && { StreamEncryption: STREAM_KEY }),
  };
  return resourceAt<StreamSettings, object>(place, 'AWS::Kinesis::Stream', name, { arn, name, configuration });
}
export type Stream = ReturnType<typeof stream>;

export const STREAM_KEY = { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' };

export function searchDomain(place: Place, name: string, group: SecurityGroup, subnet: Subnet) {
  const arn = `arn:aws:es:${place.region}:${place.account}:domain/${name}`;
  const configuration = {
    Id: `${place.account}/${name}`,
    DomainName: name,
    Arn: arn,
    EngineVersion: 'OpenSearch_2.15',
    ClusterConfig: { InstanceType: 'r6g.large.search', InstanceCount: 2, DedicatedMasterEnabled: false },
    VPCOptions: { SecurityGroupIds: [group.id], SubnetIds: [subnet.id] },
    EncryptionAtRestOptions: { Enabled: true, KmsKeyId: keyArn(place) },
    NodeToNodeEncryptionOptions: { Enabled: true },
    DomainEndpointOptions: { EnforceHTTPS: true, TLSSecurityPolicy: 'Policy-Min-TLS-1-2-2019-07' },
    Tags: [],
  };
  return resourceAt(place, 'AWS::OpenSearch::Domain', name, { arn, name, zone: 'Regional', configuration });
}

/** A domain from before OpenSearch, without encryption at rest. */
export function elasticsearchDomain(place: Place, name: string, group: SecurityGroup, subnet: Subnet) {
  const arn = `arn:aws:es:${place.region}:${place.account}:domain/${name}`;
  const id = `${place.account}/${name}`;
  const configuration = {
    domainId: id,
    domainName: name,
    created: true,
    deleted: false,
    processing: false,
    elasticsearchVersion: '6.8',
    elasticsearchClusterConfig: { instanceType: 'm5.large.elasticsearch', instanceCount: 1, dedicatedMasterEnabled: false },
    encryptionAtRestOptions: { enabled: false },
    nodeToNodeEncryptionOptions: { enabled: false },
    domainEndpointOptions: { enforceHTTPS: false, tlssecurityPolicy: 'Policy-Min-TLS-1-0-2019-07' },
    arn,
    vpcoptions: { subnetIds: [subnet.id], securityGroupIds: [group.id] },
  };
  const relationships = [related('Is associated with SecurityGroup', group), related('Is associated with Subnet', subnet)];
  return resourceAt(place, 'AWS::Elasticsearch::Domain', id, {
    arn,
    name,
    zone: 'Multiple Availability Zones',
    relationships,
    configuration,
    supplementary: { Tags: [] },
  });
}

/** A backup of a resource in the account's vault. */
export function recoveryPoint(place: Place, of: Resource, resourceType: 'RDS' | 'EC2' | 'EFS' | 'DynamoDB' | 'Aurora' | 'Redshift') {
  const arn = `arn:aws:backup:${place.region}:${place.account}:recovery-point:${place.uuid()}`;
  const configuration = {
    BackupSizeInBytes: 10_737_418_240 + place.below(1_000_000_000),
    BackupVaultArn: `arn:aws:backup:${place.region}:${place.account}:backup-vault:daily`,
    BackupVaultName: 'daily',
    CompletionDate: place.createdAt(),
    CreationDate: place.createdAt(),
    EncryptionKeyArn: keyArn(place),
    IsEncrypted: true,
    Lifecycle: { DeleteAfterDays: 35 },
    RecoveryPointArn: arn,
    ResourceArn: of.arn,
    ResourceType: resourceType,
    Status: 'COMPLETED',
  };
  return resourceAt(place, 'AWS::Backup::RecoveryPoint', arn, {
    arn,
    zone: 'Regional',
    relationships: [related('Is backup of', of)],
    configuration,
  });
}
