import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import control from '../../../controls/storage/str-l2-02-backup-coverage.ts';
import type { Inventory, Listing } from '../../../core/control.ts';
import { EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';
import { CAPTURED_AT, type Estate, inventoryOf, joinVerdicts } from '../../support/control.ts';

const PROTECTED = 'AWS::Backup::ProtectedResource';
const hoursAgo = (hours: number): string => new Date(Date.parse(CAPTURED_AT) - hours * 3_600_000).toISOString();

/** An inventory whose lists are complete, unless said otherwise of those of AWS Backup. */
const listed = (lists: readonly Listing[] = [{ region: 'eu-west-1', capturedAt: CAPTURED_AT }], parts: Partial<Inventory> = {}) => ({
  listings: (type: string) => (type === PROTECTED ? lists : [{ region: 'eu-west-1', capturedAt: CAPTURED_AT }]),
  ...parts,
});

const verdictsOn = (estate: Estate, parts: Partial<Inventory> = listed(), regions = {}) => joinVerdicts(control, estate, regions, parts);
const backedUp = (arn: string, hours: number): Estate => ({ [PROTECTED]: { [arn]: { lastBackupAt: hoursAgo(hours) } } });

const INSTANCE = { identifier: 'orders', inCluster: false, backupRetentionDays: 0 };
const ATTACHED = { attached: true, instanceIds: ['i-1'] };

const CONTINUOUS_BACKUPS = 'AWS::DynamoDB::ContinuousBackups';
const TABLE = { 'AWS::DynamoDB::Table': { x: { pointInTimeRecovery: true } } };
const BARE_TABLE = { 'AWS::DynamoDB::Table': { x: { pointInTimeRecovery: false } } };
const tableOver = (recoveryPeriodDays: number): Estate => ({
  ...TABLE,
  [CONTINUOUS_BACKUPS]: { x: { pointInTimeRecovery: true, recoveryPeriodDays } },
});

/** Of each type one resource that makes no backups, and the ARN by which AWS Backup knows it. */
const BARE = [
  ['a DB instance', { 'AWS::RDS::DBInstance': { x: INSTANCE } }, 'rds:eu-west-1:111111111111:db:orders'],
  [
    'a DB cluster',
    { 'AWS::RDS::DBCluster': { x: { identifier: 'orders', backupRetentionDays: 1 } } },
    'rds:eu-west-1:111111111111:cluster:orders',
  ],
  ['an attached volume', { 'AWS::EC2::Volume': { x: ATTACHED } }, 'ec2:eu-west-1:111111111111:volume/x'],
  ['a volume by its instance', { 'AWS::EC2::Volume': { x: ATTACHED } }, 'ec2:eu-west-1:111111111111:instance/i-1'],
  [
    'a file system',
    { 'AWS::EFS::FileSystem': { x: { automaticBackups: false } } },
    'elasticfilesystem:eu-west-1:111111111111:file-system/x',
  ],
  ['a table', BARE_TABLE, 'dynamodb:eu-west-1:111111111111:table/x'],
] as const satisfies readonly (readonly [string, Estate, string])[];

describe.each<readonly [string, Estate, string]>(BARE)('STR-L2-02 on %s that makes no backups of its own', (_, estate, arn) => {
  it.each(['aws', 'aws-cn', 'aws-us-gov'])(
    'is COMPLIANT when AWS Backup in partition %s has a recovery point of the last 24 hours',
    (partition) => {
      expect(verdictsOn({ ...estate, ...backedUp(`arn:${partition}:${arn}`, 24) })).toEqual({ x: 'COMPLIANT' });
    },
  );

  it.each<[string, Estate]>([
    ['AWS Backup has no recovery point of it', {}],
    ['its newest recovery point is older', backedUp(`arn:aws:${arn}`, 24.1)],
    ['another resource has a recovery point', backedUp(`arn:aws:${arn}2`, 1)],
    ['its namesake in another Region has one', backedUp(`arn:aws:${arn.replace('eu-west-1', 'eu-west-2')}`, 1)],
    ['its namesake in another account has one', backedUp(`arn:aws:${arn.replace('111111111111', '222222222222')}`, 1)],
  ])('is NON_COMPLIANT when %s', (_, backups) => {
    expect(verdictsOn({ ...estate, ...backups })).toEqual({ x: 'NON_COMPLIANT' });
  });

  it.each<[string, Estate, Partial<Inventory>]>([
    ['nobody read what AWS Backup protects', {}, listed([])],
    ['nobody read it in this Region', {}, listed([{ region: 'eu-west-2', capturedAt: CAPTURED_AT }])],
    ['the read of it was denied', {}, listed([{ region: 'eu-west-1', capturedAt: CAPTURED_AT, gap: 'denied' }])],
    ['the time of the recovery point was not told', { [PROTECTED]: { [`arn:aws:${arn}`]: {} } }, listed()],
    [
      'the list that tells of a recovery point is old',
      backedUp(`arn:aws:${arn}`, 100),
      listed([{ region: 'eu-west-1', capturedAt: hoursAgo(99) }]),
    ],
    ['the list without one is old', {}, listed([{ region: 'eu-west-1', capturedAt: hoursAgo(49) }])],
    [
      'the recovery point came of age while the list could not be read',
      backedUp(`arn:aws:${arn}`, 25),
      listed([{ region: 'eu-west-1', capturedAt: CAPTURED_AT, gap: 'denied' }]),
    ],
  ])('is INSUFFICIENT_DATA when %s', (_, backups, parts) => {
    expect(verdictsOn({ ...estate, ...backups }, parts)).toEqual({ x: 'INSUFFICIENT_DATA' });
  });

  it('measures the age at the time of the list, which is read once a day', () => {
    const parts = listed([{ region: 'eu-west-1', capturedAt: hoursAgo(20) }]);
    expect(verdictsOn({ ...estate, ...backedUp(`arn:aws:${arn}`, 43) }, parts)).toEqual({ x: 'COMPLIANT' });
    expect(verdictsOn({ ...estate, ...backedUp(`arn:aws:${arn}`, 45) }, parts)).toEqual({ x: 'NON_COMPLIANT' });
  });

  it('takes the objective from the settings', () => {
    const parts = listed(undefined, { settings: { ...EMPTY_SETTINGS, backup: { recoveryPointHours: 4, minRetentionDays: 7 } } });
    expect(verdictsOn({ ...estate, ...backedUp(`arn:aws:${arn}`, 3) }, parts)).toEqual({ x: 'COMPLIANT' });
    expect(verdictsOn({ ...estate, ...backedUp(`arn:aws:${arn}`, 5) }, parts)).toEqual({ x: 'NON_COMPLIANT' });
  });

  it('is COMPLIANT exactly when the age is at most the objective', () => {
    fc.assert(
      fc.property(fc.integer({ min: -60, max: 10_000 }), fc.integer({ min: 1, max: 168 }), (minutes, recoveryPointHours) => {
        const parts = listed(undefined, { settings: { ...EMPTY_SETTINGS, backup: { recoveryPointHours, minRetentionDays: 7 } } });
        const expected = minutes <= recoveryPointHours * 60 ? 'COMPLIANT' : 'NON_COMPLIANT';
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
    ['they are kept as long as the settings ask', tableOver(14), listed(undefined, { settings })],
    ['DynamoDB alone tells of the backups of a table', { ...tableOver(7), 'AWS::DynamoDB::Table': { x: {} } }, listed()],
    ['they are kept and AWS Backup was not read', tableOver(35), listed([])],
  ])('is COMPLIANT when %s', (_, estate, parts) => {
    expect(verdictsOn(estate, parts)).toEqual({ x: 'COMPLIANT' });
  });

  it.each<[string, Estate, Partial<Inventory>]>([
    ['an instance keeps them for six days', { 'AWS::RDS::DBInstance': { x: { ...INSTANCE, backupRetentionDays: 6 } } }, listed()],
    ['a table can be restored from six days back', tableOver(6), listed()],
    ['AWS Config tells that recovery went off after DynamoDB was asked', { ...tableOver(35), ...BARE_TABLE }, listed()],
    ['the settings ask for more', tableOver(13), listed(undefined, { settings })],
    [
      'the settings ask for more than automatic backups of EFS',
      { 'AWS::EFS::FileSystem': { x: { automaticBackups: true } } },
      listed(undefined, { settings: { ...settings, backup: { recoveryPointHours: 24, minRetentionDays: 36 } } }),
    ],
  ])('is NON_COMPLIANT when %s', (_, estate, parts) => {
    expect(verdictsOn(estate, parts)).toEqual({ x: 'NON_COMPLIANT' });
  });

  it.each<[string, Estate]>([
    ['the retention of an instance is not known', { 'AWS::RDS::DBInstance': { x: { identifier: 'orders', inCluster: false } } }],
    ['the name of an instance is not known', { 'AWS::RDS::DBInstance': { x: { inCluster: false, backupRetentionDays: 0 } } }],
    ['it is not known whether a cluster keeps them', { 'AWS::RDS::DBInstance': { x: { identifier: 'orders', backupRetentionDays: 35 } } }],
    ['the retention of a cluster is not known', { 'AWS::RDS::DBCluster': { x: { identifier: 'orders' } } }],
    ['the name of a cluster is not known', { 'AWS::RDS::DBCluster': { x: { backupRetentionDays: 1 } } }],
    ['it is not known whether a volume is attached', { 'AWS::EC2::Volume': { x: {} } }],
    ['it is not known to what a volume is attached', { 'AWS::EC2::Volume': { x: { attached: true } } }],
    ['it is not known whether a file system has automatic backups', { 'AWS::EFS::FileSystem': { x: {} } }],
    ['AWS Config alone tells of a table, with recovery', TABLE],
    ['neither AWS Config nor DynamoDB tells whether a table has recovery', { 'AWS::DynamoDB::Table': { x: {} } }],
    ['DynamoDB did not tell how far back a table can be restored', { ...TABLE, [CONTINUOUS_BACKUPS]: { x: {} } }],
    [
      'recovery went on after DynamoDB was asked',
      { ...TABLE, [CONTINUOUS_BACKUPS]: { x: { pointInTimeRecovery: false, recoveryPeriodDays: 0 } } },
    ],
    ['it is known how far back another table can be restored', { ...TABLE, [CONTINUOUS_BACKUPS]: { y: { recoveryPeriodDays: 35 } } }],
  ])('is INSUFFICIENT_DATA when %s', (_, estate) => {
    expect(verdictsOn(estate)).toEqual({ x: 'INSUFFICIENT_DATA' });
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
    ['the instance belongs to a cluster, which is judged', { 'AWS::RDS::DBInstance': { x: { ...INSTANCE, inCluster: true } } }],
    ['the volume is not attached', { 'AWS::EC2::Volume': { x: { attached: false, instanceIds: [] } } }],
  ])('is NOT_APPLICABLE when %s', (_, estate) => {
    expect(verdictsOn(estate)).toEqual({ x: 'NOT_APPLICABLE' });
  });
});

describe('STR-L2-02', () => {
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
    expect(verdictsOn(BARE_TABLE, parts)).toEqual({ x: 'NON_COMPLIANT' });
  });

  it('does not take the recovery of a table for that of its namesake in another Region', () => {
    const all: Inventory['all'] = (type) =>
      inventoryOf(tableOver(35))
        .all(type)
        .map((item) => (type === CONTINUOUS_BACKUPS ? { ...item, resource: { ...item.resource, region: 'eu-west-2' } } : item));
    expect(verdictsOn({}, { ...listed(), all })).toEqual({ x: 'INSUFFICIENT_DATA' });
  });

  it.each(['', ':', 'arn', 'arn:aws', '::::::::', '__proto__'])('is not misled by a protected resource named %j', (id) => {
    expect(verdictsOn({ ...BARE_TABLE, ...backedUp(id, 1) })).toEqual({ x: 'NON_COMPLIANT' });
  });
});
