/** Resources that AWS Config does not record, as the APIs return them on Monday morning, and their builders. */
import { Unread } from '../../core/facts/view.ts';
import { type Finding, finding } from './aws-apis.ts';
import type { Resource } from './aws-config.ts';
import { blockAll } from './data.ts';
import { compositeAlarm, keyDeletionRule, LOG_GROUP, metricAlarm, metricFilter, subscriptions } from './detectors.ts';
import type { shopProduction } from './estate.ts';
import { type SecurityState, securityIn } from './security-services.ts';

const PRODUCTION = '111111111111';
const STAGING = '222222222222';
const LAB = '333333333333';
const EU = 'eu-west-1';
const US = 'us-east-1';

/** Returns the current time, ISO-8601: reports and deliveries are as recent as the read. */
type Now = () => string;

const before = (now: string, minutes: number): string => new Date(Date.parse(now) - minutes * 60_000).toISOString();
const HISTORY_MINUTES = 90 * 24 * 60;

/** Returns IAM's summary of the root user, as counts. */
const accountSummary = (accountId: string, root: { readonly mfa: number; readonly password: number; readonly keys: number }) =>
  finding({ accountId, region: 'global' }, 'AWS::IAM::AccountSummary', accountId, {
    partition: 'aws',
    summaryMap: {
      AccountMFAEnabled: root.mfa,
      AccountPasswordPresent: root.password,
      AccountAccessKeysPresent: root.keys,
      AccountSigningCertificatesPresent: 0,
    },
  });

/** Returns how the organization manages the root user of an account. */
const rootManagement = (accountId: string) =>
  finding({ accountId, region: 'global' }, 'AWS::IAM::OrganizationsFeatures', accountId, { enabledFeatures: [] as string[] });

/** A row of the credential report, which is text in every column. */
export type ReportRow = Record<string, string>;

interface Credentials {
  /** A password, with its last use and whether it requires MFA. */
  readonly password?: { readonly used: string; readonly mfa: boolean };
  /** An access key, with its creation and last use. */
  readonly key?: { readonly made: string; readonly used: string };
}

const NO_KEY = { active: 'false', last_rotated: 'N/A', last_used_date: 'N/A' };

function reportRow(user: string, arn: string, { password, key }: Credentials): ReportRow {
  const keys = { 1: key ? { active: 'true', last_rotated: key.made, last_used_date: key.used } : NO_KEY, 2: NO_KEY };
  return {
    user,
    arn,
    user_creation_time: '2023-02-14T10:00:00+00:00',
    password_enabled: String(password !== undefined),
    password_last_used: password?.used ?? 'N/A',
    password_last_changed: password ? '2025-05-06T08:30:00+00:00' : 'N/A',
    mfa_active: String(password?.mfa ?? false),
    ...Object.fromEntries(
      Object.entries(keys).flatMap(([number, columns]) =>
        Object.entries(columns).map(([name, value]) => [`access_key_${number}_${name}`, value]),
      ),
    ),
  };
}

/** Deletes the last access key of a user. */
export function deleteKey(row: ReportRow): void {
  for (const [name, value] of Object.entries(NO_KEY)) row[`access_key_1_${name}`] = value;
}

export function deletePassword(row: ReportRow): void {
  Object.assign(row, { password_enabled: 'false', password_last_used: 'N/A', password_last_changed: 'N/A', mfa_active: 'false' });
}

const report = (now: Now, row: ReportRow) => ({
  get generatedTime() {
    return before(now(), 2);
  },
  row,
});

export const userCredentials = (accountId: string, now: Now, name: string, credentials: Credentials) =>
  finding(
    { accountId, region: 'global' },
    'AWS::IAM::UserCredentials',
    name,
    report(now, reportRow(name, `arn:aws:iam::${accountId}:user/${name}`, credentials)),
  );

const rootCredentials = (accountId: string, now: Now, credentials: Credentials) =>
  finding(
    { accountId, region: 'global' },
    'AWS::IAM::RootCredentials',
    accountId,
    report(now, reportRow('<root_account>', `arn:aws:iam::${accountId}:root`, credentials)),
  );

/** Returns CloudTrail's events of the root user in a Region; `usedAt` has the newest first. */
const rootActivity = (accountId: string, region: string, now: Now, usedAt: string[] = []) =>
  finding({ accountId, region }, 'AWS::CloudTrail::RootActivity', region, {
    usedAt,
    get completeSince() {
      return before(now(), HISTORY_MINUTES);
    },
  });

/** Returns the trail of the organization, as its owner and its members see it. Members may not read its selectors. */
export function organizationTrail(now: Now) {
  const arn = `arn:aws:cloudtrail:${EU}:${PRODUCTION}:trail/organization`;
  const trail = {
    Name: 'organization',
    TrailARN: arn,
    HomeRegion: EU,
    S3BucketName: `cloudtrail-${PRODUCTION}`,
    IsMultiRegionTrail: true,
    IsOrganizationTrail: true,
    LogFileValidationEnabled: false,
    KmsKeyId: `arn:aws:kms:${EU}:${PRODUCTION}:key/3f0a6c1e-95d2-4b7e-8c41-6d20f7b9a583`,
    CloudWatchLogsLogGroupArn: `arn:aws:logs:${EU}:${PRODUCTION}:log-group:${LOG_GROUP}:*`,
  };
  const status = {
    IsLogging: true,
    get LatestDeliveryTime() {
      return before(now(), 4);
    },
    get LatestCloudWatchLogsDeliveryTime() {
      return before(now(), 1);
    },
  };
  const selectors = { EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true, ExcludeManagementEventSources: [] }] };
  const denied = new Unread('cloudtrail:GetEventSelectors was denied (AccessDeniedException)');
  const seenFrom = (accountId: string) =>
    finding({ accountId, region: EU }, 'AWS::CloudTrail::TrailStatus', arn, {
      trail,
      status,
      selectors: accountId === PRODUCTION ? selectors : denied,
    });
  return { trail, status, sightings: [PRODUCTION, STAGING, LAB].map(seenFrom) };
}

const FULL_ACCESS = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/** Returns a policy that allows requests only to these Regions, apart from global services. */
export const restrictRegions = (...regions: readonly string[]) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'ApprovedRegions',
      Effect: 'Deny',
      NotAction: ['iam:*', 'organizations:*', 'route53:*', 'cloudfront:*', 'sts:*', 'support:*', 'kms:*', 'budgets:*'],
      Resource: '*',
      Condition: { StringNotEquals: { 'aws:RequestedRegion': regions } },
    },
  ],
});

/** Returns a policy that lets only the security team change the services that watch the account. */
export const protectSecurityServices = () => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'HandsOff',
      Effect: 'Deny',
      Action: [
        'cloudtrail:StopLogging',
        'cloudtrail:DeleteTrail',
        'cloudtrail:UpdateTrail',
        'config:StopConfigurationRecorder',
        'config:DeleteConfigurationRecorder',
        'guardduty:DeleteDetector',
        'guardduty:DisassociateFromAdministratorAccount',
        'securityhub:DisableSecurityHub',
        'access-analyzer:DeleteAnalyzer',
        'organizations:LeaveOrganization',
      ],
      Resource: '*',
      Condition: { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/security-team' } },
    },
  ],
});

/**
 * Returns an account's place in the organization. `unit` contains the policies of its organizational unit. The management account
 * has none.
 */
function organizationAccount(accountId: string, unit?: object[]) {
  const isManagementAccount = unit === undefined;
  return finding({ accountId, region: 'global' }, 'AWS::Organizations::Account', accountId, {
    inOrganization: true,
    isManagementAccount,
    partition: 'aws',
    scpsEnabled: true,
    rcpsEnabled: false,
    policies: unit ? [[FULL_ACCESS], unit, [FULL_ACCESS]] : ([] as object[][]),
  });
}

/** Attaches a service control policy to the organizational unit of a member account. */
export function attachPolicy({ configuration }: ReturnType<typeof organizationAccount>, policy: object): void {
  configuration.policies[1]?.push(policy);
}

/** Returns the instance of the organization, as an account sees it. It belongs to the management account. */
const identityCenter = (accountId: string) =>
  finding({ accountId, region: EU }, 'AWS::SSO::Instance', 'arn:aws:sso:::instance/ssoins-6804a1b2c3d4e5f6', {
    Status: 'ACTIVE',
    OwnerAccountId: PRODUCTION,
  });

const ebsDefault = (accountId: string, region: string, EbsEncryptionByDefault: boolean) =>
  finding({ accountId, region }, 'AWS::EC2::EBSEncryptionByDefault', region, { EbsEncryptionByDefault });

const imageBlock = (accountId: string, region: string, on: boolean) =>
  finding({ accountId, region }, 'AWS::EC2::ImageBlockPublicAccess', region, {
    ImageBlockPublicAccessState: on ? 'block-new-sharing' : 'unblocked',
  });

const snapshotBlock = (accountId: string, region: string, on: boolean) =>
  finding({ accountId, region }, 'AWS::EC2::SnapshotBlockPublicAccess', accountId, {
    State: on ? 'block-all-sharing' : 'unblocked',
    OwnsSnapshots: region === EU || accountId !== STAGING,
  });

const image = (accountId: string, region: string, id: string, Public: boolean) =>
  finding({ accountId, region }, 'AWS::EC2::Image', id, { Public });

/** Returns a manual snapshot of a database, and the accounts that may restore it. */
function dbSnapshot(accountId: string, kind: 'DBSnapshot' | 'DBClusterSnapshot', name: string, sharedWith: string[]) {
  const attributes = [{ AttributeName: 'restore', AttributeValues: sharedWith }];
  return finding({ accountId, region: EU }, `AWS::RDS::${kind}`, name, {}, { [`${kind}Attributes`]: attributes });
}

/** Makes the snapshot private: no other account may restore it any more. */
export function makePrivate({ supplementaryConfiguration }: ReturnType<typeof dbSnapshot>): void {
  for (const [attribute] of Object.values(supplementaryConfiguration)) attribute?.AttributeValues.splice(0);
}

/** Returns AWS Backup's entry of a resource, with its last backup at `lastBackupTime`. */
export const protectedResource = (of: Pick<Resource, 'account' | 'region' | 'arn'>, lastBackupTime: string) =>
  finding({ accountId: of.account, region: of.region }, 'AWS::Backup::ProtectedResource', of.arn ?? '', { lastBackupTime });

const lambdaFunction = (accountId: string, region: string, name: string, runtime: string) =>
  finding({ accountId, region }, 'AWS::Lambda::Function', name, { PackageType: 'Zip', Runtime: runtime });

const domainName = (accountId: string, name: string, securityPolicy: string) =>
  finding({ accountId, region: EU }, 'AWS::ApiGateway::DomainName', name, { securityPolicy });

/** Access points that are for a VPC, or closed. */
const accessPoints = (accountId: string, bucket: string) => [
  finding({ accountId, region: EU }, 'AWS::S3::AccessPoint', 'warehouse', {
    Bucket: bucket,
    NetworkOrigin: 'VPC',
    PublicAccessBlockConfiguration: blockAll(true),
    PolicyStatus: { IsPublic: false },
  }),
  finding({ accountId, region: 'us-west-2' }, 'AWS::S3::MultiRegionAccessPoint', 'assets', {
    Regions: [{ Bucket: bucket }],
    PublicAccessBlock: blockAll(true),
    PolicyStatus: { IsPublic: false },
  }),
];

/** Returns caches that pass: encrypted, or only in memory. */
const goodCaches = (place: { readonly accountId: string; readonly region: string }) => ({
  sessions: finding(place, 'AWS::ElastiCache::ReplicationGroup', 'sessions', { StorageEncryptionType: 'sse-kms' }),
  pages: finding(place, 'AWS::ElastiCache::CacheCluster', 'pages', { CacheClusterId: 'pages', Engine: 'memcached' }),
  searches: finding(place, 'AWS::ElastiCache::ServerlessCache', 'searches', { ServerlessCacheName: 'searches' }),
  carts: finding(place, 'AWS::DAX::Cluster', 'carts', { SSEDescription: { Status: 'ENABLED' } }),
});

/** Returns the settings of every Region. Some are on in some Regions of some accounts. */
function regionSettings(accountId: string, on: { readonly ebs: readonly string[]; readonly images: readonly string[] }) {
  const each = <T>(build: (region: string) => T) => ({ eu: build(EU), us: build(US) });
  return {
    ebs: each((region) => ebsDefault(accountId, region, on.ebs.includes(region))),
    images: each((region) => imageBlock(accountId, region, on.images.includes(region))),
    snapshots: each((region) => snapshotBlock(accountId, region, false)),
  };
}

export function unrecordedInProduction(now: Now, { databases }: ReturnType<typeof shopProduction>) {
  const accountId = PRODUCTION;
  const here = { accountId, region: EU };
  const user = (name: string, credentials: Credentials) => userCredentials(accountId, now, name, credentials);
  const topicArn = `arn:aws:sns:${EU}:${accountId}:security-alarms`;
  const watched = [
    'root-usage',
    'iam-policy-changes',
    'cloudtrail-changes',
    'console-auth-failures',
    's3-policy-changes',
    'config-changes',
    'security-group-changes',
    'nacl-changes',
    'gateway-changes',
    'route-table-changes',
  ] as const;
  const alarms = watched.map((activity) => metricAlarm(here, activity, topicArn));
  const security: SecurityState = { guardDuty: [EU], plans: ['S3_DATA_EVENTS', 'RDS_LOGIN_EVENTS', 'LAMBDA_NETWORK_LOGS'], hub: [EU, US] };
  return {
    summary: accountSummary(accountId, { mfa: 0, password: 1, keys: 0 }),
    rootManagement: rootManagement(accountId),
    root: rootCredentials(accountId, now, { password: { used: '2026-02-03T09:14:00+00:00', mfa: false } }),
    rootActivity: { eu: rootActivity(accountId, EU, now), us: rootActivity(accountId, US, now) },
    users: {
      mara: user('mara', { password: { used: '2026-10-30T16:21:00+00:00', mfa: false } }),
      jonas: user('jonas', { password: { used: '2026-11-01T19:02:00+00:00', mfa: true } }),
      breakGlass: user('break-glass', { password: { used: '2026-08-28T07:45:00+00:00', mfa: true } }),
      deploy: user('deploy', { key: { made: '2024-03-11T12:00:00+00:00', used: '2026-11-02T05:12:00+00:00' } }),
      mailRelay: user('mail-relay', { key: { made: '2026-09-21T09:30:00+00:00', used: '2026-11-02T05:58:00+00:00' } }),
    },
    account: organizationAccount(accountId),
    buildJobs: finding(
      { accountId, region: 'global' },
      'AWS::IAM::OIDCProviderAudience',
      `arn:aws:iam::${accountId}:oidc-provider/token.actions.githubusercontent.com`,
      { Url: 'token.actions.githubusercontent.com', ClientIDList: ['sts.amazonaws.com'] },
    ),
    identityCenter: identityCenter(accountId),
    settings: regionSettings(accountId, { ebs: [EU], images: [EU, US] }),
    images: [image(accountId, EU, 'ami-0c7a1e5b92d4f6380', false), image(accountId, US, 'ami-04be93d7106f2ac58', false)],
    migration: dbSnapshot(accountId, 'DBSnapshot', 'orders-before-migration', ['all']),
    launch: dbSnapshot(accountId, 'DBClusterSnapshot', 'catalog-before-launch', []),
    backups: [databases.customers, databases.catalog].map((database) => protectedResource(database, '2026-11-02T02:16:00Z')),
    functions: [
      lambdaFunction(accountId, EU, 'resize-images', 'nodejs22.x'),
      lambdaFunction(accountId, EU, 'tell-the-chat', 'python3.13'),
      lambdaFunction(accountId, US, 'rewrite-urls', 'nodejs22.x'),
    ],
    domain: domainName(accountId, 'api.shop.example.com', 'TLS_1_2'),
    accessPoints: accessPoints(accountId, 'shop-assets'),
    caches: goodCaches(here),
    invoices: finding(here, 'AWS::FSx::FileSystem', 'fs-0d27c81f4ab6e3950', { FileSystemType: 'ONTAP' }),
    security: securityIn(accountId, security),
    filters: watched.filter((activity) => activity !== 'nacl-changes').map((activity) => metricFilter(here, activity)),
    /** Created by hand, without the last of its events. */
    nacls: metricFilter(here, 'nacl-changes', 1),
    alarms,
    /** For a dashboard. */
    networkChanges: compositeAlarm(here, 'network-changes', ['nacl-changes', 'route-table-changes']),
    subscriptions: ['order-placed', 'order-shipped', 'stock-low'].map((name) => subscriptions(here, name, 2)),
    securityAlarms: subscriptions(here, 'security-alarms', 0),
    keyDeletion: keyDeletionRule(here),
  };
}

export function unrecordedInStaging(now: Now) {
  const accountId = STAGING;
  return {
    summary: accountSummary(accountId, { mfa: 0, password: 1, keys: 1 }),
    rootManagement: rootManagement(accountId),
    root: rootCredentials(accountId, now, {
      password: { used: '2024-11-19T10:03:00+00:00', mfa: false },
      key: { made: '2023-02-14T10:20:00+00:00', used: '2025-01-08T13:37:00+00:00' },
    }),
    rootActivity: { eu: rootActivity(accountId, EU, now), us: rootActivity(accountId, US, now) },
    loadTest: userCredentials(accountId, now, 'load-test', {
      key: { made: '2025-06-02T11:15:00+00:00', used: '2026-10-27T22:40:00+00:00' },
    }),
    account: organizationAccount(accountId, [FULL_ACCESS]),
    identityCenter: identityCenter(accountId),
    settings: regionSettings(accountId, { ebs: [EU, US], images: [EU, US] }),
    functions: [lambdaFunction(accountId, EU, 'resize-images', 'nodejs22.x')],
    security: securityIn(accountId, { guardDuty: [EU], plans: ['S3_DATA_EVENTS', 'RDS_LOGIN_EVENTS', 'LAMBDA_NETWORK_LOGS'], hub: [EU] }),
    subscriptions: ['order-placed', 'order-shipped', 'stock-low'].map((name) => subscriptions({ accountId, region: EU }, name, 1)),
  };
}

export function unrecordedInLab(now: Now) {
  const accountId = LAB;
  const user = (name: string, credentials: Credentials) => userCredentials(accountId, now, name, credentials);
  return {
    summary: accountSummary(accountId, { mfa: 0, password: 1, keys: 0 }),
    rootManagement: rootManagement(accountId),
    root: rootCredentials(accountId, now, { password: { used: '2026-09-14T20:31:00+00:00', mfa: false } }),
    rootActivity: { eu: rootActivity(accountId, EU, now), us: rootActivity(accountId, US, now, ['2026-09-14T20:31:00Z']) },
    users: {
      ines: user('ines', { password: { used: '2026-10-31T11:00:00+00:00', mfa: false } }),
      tomasz: user('tomasz', { password: { used: '2026-11-01T08:12:00+00:00', mfa: true } }),
      intern: user('intern-2025', { password: { used: '2025-09-26T15:48:00+00:00', mfa: false } }),
      export: user('warehouse-export', { key: { made: '2025-12-01T09:00:00+00:00', used: '2026-11-02T03:05:00+00:00' } }),
    },
    university: finding(
      { accountId, region: 'global' },
      'AWS::IAM::SAMLProviderStatus',
      `arn:aws:iam::${accountId}:saml-provider/university`,
      { ValidUntil: '2026-06-30T00:00:00Z' },
    ),
    account: organizationAccount(accountId, [FULL_ACCESS]),
    settings: regionSettings(accountId, { ebs: [EU], images: [] }),
    images: [image(accountId, US, 'ami-07d1c4a9e05b83f26', true)],
    snapshot: finding({ accountId, region: US }, 'AWS::EC2::Snapshot', 'snap-0b6e2f914ad75c308', { RestorableByAll: true }),
    cluster: finding({ accountId, region: EU }, 'AWS::EKS::Cluster', 'notebooks', { version: '1.33' }),
    domain: domainName(accountId, 'api.lab.example.com', 'TLS_1_0'),
    security: securityIn(accountId, { guardDuty: [], plans: [], hub: [] }),
    subscriptions: [subscriptions({ accountId, region: EU }, 'pipeline-alerts', 1)],
  };
}

/** Returns every finding in a part of the sample organization. */
export function findingsIn(part: object): Finding[] {
  if ('configuration' in part) return [part as Finding];
  return Object.values(part).flatMap((inner: object) => findingsIn(inner));
}
