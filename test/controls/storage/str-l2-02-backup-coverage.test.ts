import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import control from '../../../controls/storage/str-l2-02-backup-coverage.ts';
import type { Inventory, Listing } from '../../../core/control.ts';
import { evaluateJoins } from '../../../core/evaluation/evaluate.ts';
import { EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';
import { CAPTURED_AT, type Estate, inventoryOf, joinCodes } from '../../support/control.ts';

const PROTECTED = 'AWS::Backup::ProtectedResource';
const hoursAgo = (hours: number): string => new Date(Date.parse(CAPTURED_AT) - hours * 3_600_000).toISOString();

/** Returns parts of an inventory with complete lists. `lists` replaces those of AWS Backup. */
const listed = (lists: readonly Listing[] = [{ region: 'eu-west-1', capturedAt: CAPTURED_AT }], parts: Partial<Inventory> = {}) => ({
  listings: (type: string) => (type === PROTECTED ? lists : [{ region: 'eu-west-1', capturedAt: CAPTURED_AT }]),
  ...parts,
});

const verdictsOn = (estate: Estate, parts: Partial<Inventory> = listed(), regions = {}) => joinCodes(control, estate, regions, parts);
const backedUp = (arn: string, hours: number): Estate => ({ [PROTECTED]: { [arn]: { lastBackupAt: hoursAgo(hours) } } });

const INSTANCE = { identifier: 'orders', inCluster: false, backupRetentionDays: 0, replicaOf: null };
const CLUSTER = { identifier: 'orders', backupRetentionDays: 1, replicaOf: null };
const ATTACHED = { attached: true, instanceIds: ['i-1'] };

const CONTINUOUS_BACKUPS = 'AWS::DynamoDB::ContinuousBackups';
const TABLE = { 'AWS::DynamoDB::Table': { x: { pointInTimeRecovery: true } } };
const BARE_TABLE = { 'AWS::DynamoDB::Table': { x: { pointInTimeRecovery: false } } };
const tableOver = (recoveryPeriodDays: number): Estate => ({
  ...TABLE,
  [CONTINUOUS_BACKUPS]: { x: { pointInTimeRecovery: true, recoveryPeriodDays } },
});

/** One resource of each type without backups, and its ARN in AWS Backup. */
const BARE = [
  ['a DB instance', { 'AWS::RDS::DBInstance': { x: INSTANCE } }, 'rds:eu-west-1:111111111111:db:orders'],
  ['a DB cluster', { 'AWS::RDS::DBCluster': { x: CLUSTER } }, 'rds:eu-west-1:111111111111:cluster:orders'],
  ['an attached volume', { 'AWS::EC2::Volume': { x: ATTACHED } }, 'ec2:eu-west-1:111111111111:volume/x'],
  ['a volume by its instance', { 'AWS::EC2::Volume': { x: ATTACHED } }, 'ec2:eu-west-1:111111111111:instance/i-1'],
  [
    'a file system',
    { 'AWS::EFS::FileSystem': { x: { automaticBackups: false } } },
    'elasticfilesystem:eu-west-1:111111111111:file-system/x',
  ],
  ['a table', BARE_TABLE, 'dynamodb:eu-west-1:111111111111:table/x'],
] as const satisfies readonly (readonly [string, Estate, string])[];

describe.each<readonly [string, Estate, string]>(BARE)('STR-L2-02 on %s without automated backups', (_, estate, arn) => {
  it.each(['aws', 'aws-cn', 'aws-us-gov'])(
    'is COMPLIANT when AWS Backup in partition %s has a recovery point of the last 36 hours',
    (partition) => {
      expect(verdictsOn({ ...estate, ...backedUp(`arn:${partition}:${arn}`, 36) })).toEqual({ x: 'COMPLIANT' });
    },
  );

  it.each<[string, string, Estate]>([
    ['no-recovery-point', 'AWS Backup has no recovery point of it', {}],
    ['recovery-point-too-old', 'its newest recovery point is older', backedUp(`arn:aws:${arn}`, 36.1)],
    ['no-recovery-point', 'another resource has a recovery point', backedUp(`arn:aws:${arn}2`, 1)],
    ['no-recovery-point', 'its namesake in another Region has one', backedUp(`arn:aws:${arn.replace('eu-west-1', 'eu-west-2')}`, 1)],
    ['no-recovery-point', 'its namesake in another account has one', backedUp(`arn:aws:${arn.replace('111111111111', '222222222222')}`, 1)],
  ])('is NON_COMPLIANT (%s) when %s', (code, _, backups) => {
    expect(verdictsOn({ ...estate, ...backups })).toEqual({ x: `NON_COMPLIANT ${code}` });
  });

  it.each<[string, string, Estate, Partial<Inventory>]>([
    ['backup-list-not-read', 'the protected resources were not read', {}, listed([])],
    ['backup-list-not-read', 'they were not read in this Region', {}, listed([{ region: 'eu-west-2', capturedAt: CAPTURED_AT }])],
    ['not-read', 'their read was denied', {}, listed([{ region: 'eu-west-1', capturedAt: CAPTURED_AT, gap: 'denied' }])],
    ['not-read', 'the time of the recovery point is unknown', { [PROTECTED]: { [`arn:aws:${arn}`]: {} } }, listed()],
    [
      'backup-list-outdated',
      'the list with a recovery point is old',
      backedUp(`arn:aws:${arn}`, 100),
      listed([{ region: 'eu-west-1', capturedAt: hoursAgo(99) }]),
    ],
    ['backup-list-outdated', 'the list without one is old', {}, listed([{ region: 'eu-west-1', capturedAt: hoursAgo(49) }])],
    [
      'not-read',
      'the recovery point became too old while the list could not be read',
      backedUp(`arn:aws:${arn}`, 37),
      listed([{ region: 'eu-west-1', capturedAt: CAPTURED_AT, gap: 'denied' }]),
    ],
  ])('is INSUFFICIENT_DATA (%s) when %s', (code, _, backups, parts) => {
    expect(verdictsOn({ ...estate, ...backups }, parts)).toEqual({ x: `INSUFFICIENT_DATA ${code}` });
  });

  it('measures the age at the time of the list, which is read once a day', () => {
    const parts = listed([{ region: 'eu-west-1', capturedAt: hoursAgo(20) }]);
    expect(verdictsOn({ ...estate, ...backedUp(`arn:aws:${arn}`, 55) }, parts)).toEqual({ x: 'COMPLIANT' });
    expect(verdictsOn({ ...estate, ...backedUp(`arn:aws:${arn}`, 57) }, parts)).toEqual({ x: 'NON_COMPLIANT recovery-point-too-old' });
  });

  it('takes the objective from the settings', () => {
    const parts = listed(undefined, { settings: { ...EMPTY_SETTINGS, backup: { recoveryPointHours: 4, minRetentionDays: 7 } } });
    expect(verdictsOn({ ...estate, ...backedUp(`arn:aws:${arn}`, 3) }, parts)).toEqual({ x: 'COMPLIANT' });
    expect(verdictsOn({ ...estate, ...backedUp(`arn:aws:${arn}`, 5) }, parts)).toEqual({ x: 'NON_COMPLIANT recovery-point-too-old' });
  });

  it('is COMPLIANT exactly when the age is at most the objective', () => {
    fc.assert(
      fc.property(fc.integer({ min: -60, max: 10_000 }), fc.integer({ min: 1, max: 168 }), (minutes, recoveryPointHours) => {
        const parts = listed(undefined, { settings: { ...EMPTY_SETTINGS, backup: { recoveryPointHours, minRetentionDays: 7 } } });
        const expected = minutes <= recoveryPointHours * 60 ? 'COMPLIANT' : 'NON_COMPLIANT recovery-point-too-old';
        expect(verdictsOn({ ...estate, ...backedUp(`arn:aws:${arn}`, minutes / 60) }, parts)).toEqual({ x: expected });
      }),
      { numRuns: 50 },
    );
  });
});

describe("STR-L2-02 on the service's own backups", () => {
  const settings = { ...EMPTY_SETTINGS, backup: { recoveryPointHours: 24, minRetentionDays: 14 } };

  it.each<[string, Estate, Partial<Inventory>]>([
    ['an instance keeps them for seven days', { 'AWS::RDS::DBInstance': { x: { ...INSTANCE, backupRetentionDays: 7 } } }, listed()],
    ['a cluster keeps them for seven days', { 'AWS::RDS::DBCluster': { x: { backupRetentionDays: 7 } } }, listed()],
    ['a file system has automatic backups', { 'AWS::EFS::FileSystem': { x: { automaticBackups: true } } }, listed()],
    ['a table can be restored from seven days back', tableOver(7), listed()],
    ['they are kept as long as the settings require', tableOver(14), listed(undefined, { settings })],
    ['only DynamoDB shows the backups of a table', { ...tableOver(7), 'AWS::DynamoDB::Table': { x: {} } }, listed()],
    ['they are kept and AWS Backup was not read', tableOver(35), listed([])],
  ])('is COMPLIANT when %s', (_, estate, parts) => {
    expect(verdictsOn(estate, parts)).toEqual({ x: 'COMPLIANT' });
  });

  it.each<[string, Estate, Partial<Inventory>]>([
    ['an instance keeps them for six days', { 'AWS::RDS::DBInstance': { x: { ...INSTANCE, backupRetentionDays: 6 } } }, listed()],
    ['a table can be restored from six days back', tableOver(6), listed()],
    ['AWS Config shows that recovery was turned off after DynamoDB was read', { ...tableOver(35), ...BARE_TABLE }, listed()],
    ['the settings require more', tableOver(13), listed(undefined, { settings })],
    [
      'the settings require more than automatic backups of EFS',
      { 'AWS::EFS::FileSystem': { x: { automaticBackups: true } } },
      listed(undefined, { settings: { ...settings, backup: { recoveryPointHours: 24, minRetentionDays: 36 } } }),
    ],
  ])('is NON_COMPLIANT when %s', (_, estate, parts) => {
    expect(verdictsOn(estate, parts)).toEqual({ x: 'NON_COMPLIANT no-recovery-point' });
  });

  it.each<[string, string, Estate]>([
    ['not-read', 'the retention of an instance is unknown', { 'AWS::RDS::DBInstance': { x: { identifier: 'orders', inCluster: false } } }],
    ['not-read', 'the name of an instance is unknown', { 'AWS::RDS::DBInstance': { x: { inCluster: false, backupRetentionDays: 0 } } }],
    [
      'not-read',
      'it is unknown whether a cluster keeps them',
      { 'AWS::RDS::DBInstance': { x: { identifier: 'orders', backupRetentionDays: 35 } } },
    ],
    ['not-read', 'the retention of a cluster is unknown', { 'AWS::RDS::DBCluster': { x: { identifier: 'orders' } } }],
    ['not-read', 'the name of a cluster is unknown', { 'AWS::RDS::DBCluster': { x: { backupRetentionDays: 1 } } }],
    ['not-read', 'it is unknown whether a volume is attached', { 'AWS::EC2::Volume': { x: {} } }],
    ['not-read', 'the instance of an attached volume is unknown', { 'AWS::EC2::Volume': { x: { attached: true } } }],
    ['not-read', 'it is unknown whether a file system has automatic backups', { 'AWS::EFS::FileSystem': { x: {} } }],
    ['recovery-period-not-read', 'only AWS Config shows a table, with recovery', TABLE],
    [
      'recovery-period-not-read',
      'neither AWS Config nor DynamoDB shows whether a table has recovery',
      { 'AWS::DynamoDB::Table': { x: {} } },
    ],
    ['not-read', 'DynamoDB did not return the recovery period of a table', { ...TABLE, [CONTINUOUS_BACKUPS]: { x: {} } }],
    [
      'recovery-period-outdated',
      'recovery was turned on after DynamoDB was read',
      { ...TABLE, [CONTINUOUS_BACKUPS]: { x: { pointInTimeRecovery: false, recoveryPeriodDays: 0 } } },
    ],
    [
      'recovery-period-not-read',
      'only the recovery period of another table is known',
      { ...TABLE, [CONTINUOUS_BACKUPS]: { y: { recoveryPeriodDays: 35 } } },
    ],
  ])('is INSUFFICIENT_DATA (%s) when %s', (code, _, estate) => {
    expect(verdictsOn(estate)).toEqual({ x: `INSUFFICIENT_DATA ${code}` });
  });

  it.each<[string, Estate, string]>(BARE.map(([name, estate, arn]) => [name, estate, arn]))(
    'is COMPLIANT when %s has a recovery point and nothing more is known',
    (_, estate, arn) => {
      const type = Object.keys(estate)[0]!;
      const known = { identifier: 'orders', inCluster: false, attached: true, ...(arn.includes('instance') && { instanceIds: ['i-1'] }) };
      expect(verdictsOn({ [type]: { x: known }, ...backedUp(`arn:aws:${arn}`, 1) })).toEqual({ x: 'COMPLIANT' });
    },
  );

  it.each<[string, Estate]>([
    ['the instance belongs to a cluster, which csmm evaluates', { 'AWS::RDS::DBInstance': { x: { ...INSTANCE, inCluster: true } } }],
    ['the volume is not attached', { 'AWS::EC2::Volume': { x: { attached: false, instanceIds: [] } } }],
  ])('is NOT_APPLICABLE when %s', (_, estate) => {
    expect(verdictsOn(estate)).toEqual({ x: 'NOT_APPLICABLE' });
  });
});

describe('STR-L2-02 on a read replica', () => {
  const HERE = 'eu-west-1:111111111111';
  const SOURCE = { ...INSTANCE, identifier: 'source', backupRetentionDays: 7 };
  const replica = (replicaOf?: string | null, facts: object = {}) =>
    ({ ...INSTANCE, identifier: 'replica', replicaOf, ...facts }) as typeof INSTANCE;
  const estateOf = (instances: Record<string, object>, clusters: Record<string, object> = {}): Estate => ({
    'AWS::RDS::DBInstance': instances,
    'AWS::RDS::DBCluster': clusters,
  });

  it.each<[string, string, Estate, Partial<Inventory>, Record<string, string>]>([
    ['COMPLIANT', 'RDS backs up its source', estateOf({ s: SOURCE, x: replica(`${HERE}:db:source`) }), {}, {}],
    [
      'COMPLIANT',
      'RDS backs up its source, and AWS Backup was not read',
      estateOf({ s: SOURCE, x: replica(`${HERE}:db:source`) }),
      listed([]),
      {},
    ],
    [
      'COMPLIANT',
      'AWS Backup backs up its source',
      {
        ...estateOf({ s: { ...SOURCE, backupRetentionDays: 0 }, x: replica(`${HERE}:db:source`) }),
        ...backedUp(`arn:aws:rds:${HERE}:db:source`, 1),
      },
      {},
      {},
    ],
    [
      'COMPLIANT',
      'RDS backs up its source in another Region',
      estateOf({ s: SOURCE, x: replica('eu-west-2:111111111111:db:source') }),
      {},
      { s: 'eu-west-2' },
    ],
    [
      'COMPLIANT',
      'its source is a cluster with backups',
      estateOf({ x: replica(`${HERE}:cluster:c`) }, { c: { identifier: 'c', backupRetentionDays: 7 } }),
      {},
      {},
    ],
    [
      'COMPLIANT',
      'it has backups of its own and nobody read its source',
      estateOf({ x: replica(`${HERE}:db:source`, { backupRetentionDays: 7 }) }),
      {},
      {},
    ],
    [
      'COMPLIANT',
      'RDS backs up the source of its source',
      estateOf({ s: SOURCE, r: replica(`${HERE}:db:source`, { identifier: 'between' }), x: replica(`${HERE}:db:between`) }),
      {},
      {},
    ],
    [
      'NON_COMPLIANT no-recovery-point',
      'its source has no backups either',
      estateOf({ s: { ...SOURCE, backupRetentionDays: 6 }, x: replica(`${HERE}:db:source`) }),
      {},
      {},
    ],
    [
      'NON_COMPLIANT no-recovery-point',
      'its source is being deleted',
      estateOf({ s: { ...SOURCE, status: 'deleting' }, x: replica(`${HERE}:db:source`) }),
      {},
      {},
    ],
    ['INSUFFICIENT_DATA replica-source-not-read', 'its source was not read', estateOf({ x: replica(`${HERE}:db:source`) }), {}, {}],
    [
      'INSUFFICIENT_DATA replica-source-not-read',
      'its source is in another account',
      estateOf({ s: SOURCE, x: replica('eu-west-1:222222222222:db:source') }),
      {},
      {},
    ],
    [
      'INSUFFICIENT_DATA replica-source-not-read',
      'its source is a cluster of the same name',
      estateOf({ s: SOURCE, x: replica(`${HERE}:cluster:source`) }),
      {},
      {},
    ],
    ['INSUFFICIENT_DATA replica-source-unknown', 'it is its own source', estateOf({ x: replica(`${HERE}:db:replica`) }), {}, {}],
    [
      'INSUFFICIENT_DATA replica-source-unknown',
      'the backups of its source are unknown',
      estateOf({ s: { identifier: 'source', inCluster: false }, x: replica(`${HERE}:db:source`) }),
      {},
      {},
    ],
    [
      'INSUFFICIENT_DATA not-read',
      'it is unknown whether it is one',
      estateOf({ x: { identifier: 'replica', inCluster: false, backupRetentionDays: 0 } }),
      {},
      {},
    ],
  ])('is %s when %s', (expected, _, estate, parts, regions) => {
    expect(verdictsOn(estate, { ...listed(), ...parts }, regions).x).toBe(expected);
  });

  it.each<[string, string, object]>([
    ['COMPLIANT', 'its source has backups', { backupRetentionDays: 7 }],
    ['NON_COMPLIANT no-recovery-point', 'its source has none', { backupRetentionDays: 1 }],
  ])('that is a cluster is %s when %s', (expected, _, facts) => {
    const clusters = {
      s: { ...CLUSTER, identifier: 'source', ...facts },
      x: { ...CLUSTER, replicaOf: 'eu-west-2:111111111111:cluster:source' },
    };
    expect(verdictsOn(estateOf({}, clusters), listed(), { s: 'eu-west-2' }).x).toBe(
      expected.startsWith('NON') ? 'INSUFFICIENT_DATA replica-source-unknown' : expected,
    );
    const lists = ['eu-west-1', 'eu-west-2'].map((region) => ({ region, capturedAt: CAPTURED_AT }));
    expect(verdictsOn(estateOf({}, clusters), listed(lists), { s: 'eu-west-2' }).x).toBe(expected);
  });

  it('does not fail while the backups in the Region of its source could not be read', () => {
    const lists = [
      { region: 'eu-west-1', capturedAt: CAPTURED_AT },
      { region: 'eu-west-2', capturedAt: CAPTURED_AT, gap: 'denied' },
    ];
    const estate = estateOf({ s: { ...SOURCE, backupRetentionDays: 0 }, x: replica('eu-west-2:111111111111:db:source') });
    expect(verdictsOn(estate, listed(lists), { s: 'eu-west-2' }).x).toBe('INSUFFICIENT_DATA replica-source-unknown');
  });

  it('ends on replicas that replicate each other', () => {
    const ring = estateOf({
      x: replica(`${HERE}:db:b`, { identifier: 'a' }),
      y: replica(`${HERE}:db:a`, { identifier: 'b' }),
    });
    expect(verdictsOn(ring)).toEqual({ x: 'INSUFFICIENT_DATA replica-source-unknown', y: 'INSUFFICIENT_DATA replica-source-unknown' });
  });

  it('fails an instance that is no replica though clusters could not be listed', () => {
    const gap = { region: 'eu-west-1', capturedAt: CAPTURED_AT, gap: 'denied' };
    const listings = (type: string) => (type === 'AWS::RDS::DBCluster' ? [gap] : [{ region: 'eu-west-1', capturedAt: CAPTURED_AT }]);
    expect(verdictsOn(estateOf({ x: INSTANCE }), { listings }).x).toBe('NON_COMPLIANT no-recovery-point');
  });
});

describe('STR-L2-02 on a volume that is deleted with its instance', () => {
  const ROOT = { ...ATTACHED, deletedWithInstance: true, fleet: null, forClaim: false };
  const on = (volume: object, instance?: object): Estate => ({
    'AWS::EC2::Volume': { x: volume },
    ...(instance && { 'AWS::EC2::Instance': { 'i-1': instance } }),
  });
  const GROUP = { fleet: 'Auto Scaling group web' };
  const NODE = { fleet: 'Kubernetes cluster shop' };

  it.each<[string, string, Estate]>([
    ['NOT_APPLICABLE', 'an Auto Scaling group replaces the instance', on(ROOT, GROUP)],
    ['NOT_APPLICABLE', 'the instance is a node of a cluster', on(ROOT, NODE)],
    ['NOT_APPLICABLE', 'its own tag names the cluster', on({ ...ROOT, ...NODE })],
    ['NON_COMPLIANT no-recovery-point', 'nothing replaces the instance', on(ROOT, { fleet: null })],
    ['NON_COMPLIANT no-recovery-point', 'it outlives the instance of a group', on({ ...ROOT, deletedWithInstance: false }, GROUP)],
    ['NON_COMPLIANT no-recovery-point', 'it outlives an instance that was not read', on({ ...ROOT, deletedWithInstance: false })],
    ['NON_COMPLIANT no-recovery-point', 'it is for a claim of a node', on({ ...ROOT, forClaim: true }, NODE)],
    ['NON_COMPLIANT no-recovery-point', 'it is for a claim and has the tag of the cluster', on({ ...ROOT, ...NODE, forClaim: true }, NODE)],
    [
      'NON_COMPLIANT no-recovery-point',
      'one of its instances is in no group',
      on({ ...ROOT, instanceIds: ['i-1', 'i-2'] }, { fleet: null }),
    ],
    ['INSUFFICIENT_DATA instance-not-read', 'its instance was not read', on(ROOT)],
    ['INSUFFICIENT_DATA instance-not-read', 'one of its instances was not read', on({ ...ROOT, instanceIds: ['i-1', 'i-2'] }, GROUP)],
    ['INSUFFICIENT_DATA not-read', 'the tags of its instance were not read', on(ROOT, {})],
    [
      'INSUFFICIENT_DATA not-read',
      'it is unknown whether it outlives the instance of a group',
      on({ ...ROOT, deletedWithInstance: undefined }, GROUP),
    ],
    ['INSUFFICIENT_DATA not-read', 'its own tags were not read', on({ ...ROOT, forClaim: undefined, fleet: undefined }, GROUP)],
    ['NOT_APPLICABLE', 'it is attached to nothing', on({ ...ROOT, attached: false, instanceIds: [] }, GROUP)],
  ])('is %s when %s', (expected, _, estate) => {
    expect(verdictsOn(estate).x).toBe(expected);
  });

  it('is COMPLIANT with a recovery point, though its instance was not read', () => {
    expect(verdictsOn({ ...on(ROOT), ...backedUp('arn:aws:ec2:eu-west-1:111111111111:volume/x', 1) }).x).toBe('COMPLIANT');
  });

  it('is NON_COMPLIANT on an instance that was read, though others could not be listed', () => {
    const gap = { region: 'eu-west-1', capturedAt: CAPTURED_AT, gap: 'denied' };
    const listings = (type: string) => (type === 'AWS::EC2::Instance' ? [gap] : [{ region: 'eu-west-1', capturedAt: CAPTURED_AT }]);
    expect(verdictsOn(on(ROOT, { fleet: null }), { listings }).x).toBe('NON_COMPLIANT no-recovery-point');
  });
});

describe('STR-L2-02', () => {
  it.each<[string, Estate]>([
    ['an instance', { 'AWS::RDS::DBInstance': { x: { ...INSTANCE, status: 'deleting' } } }],
    ['a cluster', { 'AWS::RDS::DBCluster': { x: { ...CLUSTER, status: 'deleting' } } }],
  ])('does not apply to %s that is being deleted', (_, estate) => {
    expect(verdictsOn(estate)).toEqual({ x: 'NOT_APPLICABLE' });
  });

  it('applies to an instance that is stopped', () => {
    expect(verdictsOn({ 'AWS::RDS::DBInstance': { x: { ...INSTANCE, status: 'stopped' } } })).toEqual({
      x: 'NON_COMPLIANT no-recovery-point',
    });
  });

  it('does not pass on a recovery point of the future', () => {
    expect(verdictsOn({ ...BARE_TABLE, ...backedUp('arn:aws:dynamodb:eu-west-1:111111111111:table/x', -1.1) })).toEqual({
      x: 'INSUFFICIENT_DATA backup-in-the-future',
    });
  });

  it('passes on a recovery point that is newer than the list, because csmm stores the list last', () => {
    const parts = listed([{ region: 'eu-west-1', capturedAt: hoursAgo(24) }]);
    expect(verdictsOn({ ...BARE_TABLE, ...backedUp('arn:aws:dynamodb:eu-west-1:111111111111:table/x', 1) }, parts)).toEqual({
      x: 'COMPLIANT',
    });
  });

  it.each([25, 32, 36])('accepts a daily backup that is %d hours old, because it may start and complete late', (hours) => {
    expect(verdictsOn({ ...BARE_TABLE, ...backedUp('arn:aws:dynamodb:eu-west-1:111111111111:table/x', hours) })).toEqual({
      x: 'COMPLIANT',
    });
  });

  it('counts the newest backup of a resource that several Regions list', () => {
    const arn = 'dynamodb:eu-west-1:111111111111:table/x';
    const estate: Estate = {
      ...BARE_TABLE,
      [PROTECTED]: {
        [`arn:aws:${arn}`]: { lastBackupAt: hoursAgo(1) },
        [`arn:copy:${arn}`]: { lastBackupAt: hoursAgo(50) },
        [`arn:other:${arn}`]: {},
      },
    };
    expect(verdictsOn(estate)).toEqual({ x: 'COMPLIANT' });
  });

  it('still fails a resource of one type when another type could not be read', () => {
    const parts = {
      listings: (type: string) => [
        { region: 'eu-west-1', capturedAt: CAPTURED_AT, ...(type === 'AWS::EFS::FileSystem' && { gap: 'denied' }) },
      ],
    };
    expect(verdictsOn(BARE_TABLE, parts)).toEqual({ x: 'NON_COMPLIANT no-recovery-point' });
  });

  it('does not confuse the recovery of a table with that of its namesake in another Region', () => {
    const all: Inventory['all'] = (type) =>
      inventoryOf(tableOver(35))
        .all(type)
        .map((item) => (type === CONTINUOUS_BACKUPS ? { ...item, resource: { ...item.resource, region: 'eu-west-2' } } : item));
    expect(verdictsOn({}, { ...listed(), all })).toEqual({ x: 'INSUFFICIENT_DATA recovery-period-not-read' });
  });

  it.each(['', ':', 'arn', 'arn:aws', '::::::::', '__proto__'])('is not misled by a protected resource named %j', (id) => {
    expect(verdictsOn({ ...BARE_TABLE, ...backedUp(id, 1) })).toEqual({ x: 'NON_COMPLIANT no-recovery-point' });
  });

  it.each<[string, Estate, Partial<Inventory>]>([
    ['table has no AWS Backup recovery point and no automated backups', BARE_TABLE, listed()],
    ['table has no AWS Backup recovery point, and keeps automated backups for 6 days (required: 7)', tableOver(6), listed()],
    [
      'table has an AWS Backup recovery point 40.0 hours old (limit: 36 hours) and no automated backups',
      { ...BARE_TABLE, ...backedUp('arn:aws:dynamodb:eu-west-1:111111111111:table/x', 40) },
      listed(),
    ],
    ['table keeps automated backups for 35 days (required: 7)', tableOver(35), listed()],
    [
      'table has an AWS Backup recovery point 3.0 hours old (limit: 36 hours)',
      { ...BARE_TABLE, ...backedUp('arn:aws:dynamodb:eu-west-1:111111111111:table/x', 3) },
      listed(),
    ],
    ['table backup is unknown: protected resources of AWS Backup were not read', BARE_TABLE, listed([])],
  ])('explains: %s', (reason, estate, parts) => {
    expect(evaluateJoins(control, inventoryOf(estate, {}, parts)).map((verdict) => verdict.reason)).toEqual([reason]);
  });
});
