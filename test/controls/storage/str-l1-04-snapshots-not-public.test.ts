import { describe, expect, it } from 'vitest';
import control from '../../../controls/storage/str-l1-04-snapshots-not-public.ts';
import type { ResourceType } from '../../../core/control.ts';
import { EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';
import { CAPTURED_AT, type Estate, joinCodes, testControl } from '../../support/control.ts';

for (const type of ['AWS::RDS::DBSnapshot', 'AWS::RDS::DBClusterSnapshot'] as const) {
  testControl(control, type, {
    COMPLIANT: {
      'not shared with everyone': {
        'not everyone can restore it': { restorableByAll: false },
        'it is automated, and not everyone can restore it': { restorableByAll: false, snapshotType: 'automated' },
      },
      'cannot be shared with everyone': {
        'RDS made it, and its attributes were not read': { snapshotType: 'automated' },
        'AWS Backup made it, and its attributes were not read': { snapshotType: 'awsbackup' },
      },
    },
    NON_COMPLIANT: {
      'snapshot-public': {
        'every account can restore it': { restorableByAll: true },
        'every account can restore it, whatever its type': { restorableByAll: true, snapshotType: 'automated' },
      },
    },
    INSUFFICIENT_DATA: {
      'not-read': {
        'its attributes were not read': {},
        'the attributes of a manual snapshot were not read': { snapshotType: 'manual' },
        'its type is a new one': { snapshotType: 'shared' },
      },
    },
  });
}

const SETTING = 'AWS::EC2::SnapshotBlockPublicAccess';
const state = (value?: string, ownsSnapshots?: boolean): Estate => ({
  [SETTING]: { setting: { ...(value !== undefined && { state: value }), ...(ownsSnapshots !== undefined && { ownsSnapshots }) } },
});
/** Returns lists that are complete, except those of one type. */
const listed = (gapOf?: string) => ({
  listings: (type: ResourceType) => [{ region: 'eu-west-1', capturedAt: CAPTURED_AT, ...(type === gapOf && { gap: 'denied' }) }],
});

describe('STR-L1-04 on a public EBS snapshot', () => {
  const PUBLIC: Estate = { 'AWS::EC2::Snapshot': { public: { restorableByAll: true } } };
  const verdictOn = (estate: Estate, regions = {}, parts = {}) => joinCodes(control, { ...PUBLIC, ...estate }, regions, parts).public;

  it.each([
    ['NON_COMPLIANT snapshot-public', 'its Region blocks nothing', state('unblocked')],
    ['NON_COMPLIANT snapshot-public', 'its Region blocks only new sharing', state('block-new-sharing')],
    ['COMPLIANT', 'its Region blocks all sharing', state('block-all-sharing')],
    ['INSUFFICIENT_DATA region-block-unknown', 'the state of its Region was not read', state()],
    ['INSUFFICIENT_DATA region-block-unknown', 'the state of its Region is a new one', state('block-shared-with-all')],
    ['INSUFFICIENT_DATA region-block-unknown', 'its Region is unknown', {}],
  ])('is %s when %s', (compliance, _, estate) => {
    expect(verdictOn(estate)).toBe(compliance);
  });

  it('does not depend on the setting of another Region', () => {
    expect(verdictOn(state('block-all-sharing'), { setting: 'us-east-1' })).toBe('INSUFFICIENT_DATA region-block-unknown');
  });

  it('is NON_COMPLIANT though snapshots of databases could not be listed', () => {
    expect(verdictOn(state('unblocked'), {}, listed('AWS::RDS::DBSnapshot'))).toBe('NON_COMPLIANT snapshot-public');
  });

  it('is NON_COMPLIANT in a Region that is not approved', () => {
    const settings = { ...EMPTY_SETTINGS, approvedRegions: ['eu-central-1'] };
    expect(verdictOn(state('unblocked'), {}, { settings })).toBe('NON_COMPLIANT snapshot-public');
  });

  it('is INSUFFICIENT_DATA when its sharing was not read', () => {
    expect(joinCodes(control, { 'AWS::EC2::Snapshot': { private: {} } }).private).toBe('INSUFFICIENT_DATA not-read');
  });
});

describe("STR-L1-04 on a Region's setting", () => {
  const verdictOn = (estate: Estate, parts = {}) => joinCodes(control, estate, {}, parts).setting;

  it.each([
    ['COMPLIANT', 'all sharing is blocked', 'block-all-sharing'],
    ['COMPLIANT', 'new sharing is blocked', 'block-new-sharing'],
    ['NON_COMPLIANT region-unblocked', 'it is unblocked', 'unblocked'],
    ['INSUFFICIENT_DATA region-state-unknown', 'its state is a new one', 'block-some-sharing'],
    ['INSUFFICIENT_DATA not-read', 'its state was not read', undefined],
  ])('is %s when %s', (compliance, _, value) => {
    expect(verdictOn(state(value, true), listed())).toBe(compliance);
  });

  it('does not apply when it blocks and the account is known to own no snapshots', () => {
    expect(verdictOn(state('block-new-sharing', false), listed())).toBe('NOT_APPLICABLE');
  });

  it('is NON_COMPLIANT when it is unblocked, though the account owns no snapshots', () => {
    expect(verdictOn(state('unblocked', false), listed())).toBe('NON_COMPLIANT region-unblocked');
  });

  it.each<[string, Estate, object]>([
    ['the account owns a snapshot of a database', { 'AWS::RDS::DBClusterSnapshot': { orders: {} } }, listed()],
    ['snapshots of databases could not be listed', {}, listed('AWS::RDS::DBClusterSnapshot')],
    ['no reader listed snapshots of databases', {}, {}],
    ['another Region has snapshots', { [SETTING]: { setting: { state: 'block-new-sharing', ownsSnapshots: false }, b: {} } }, listed()],
  ])('is COMPLIANT when it blocks and %s', (_, estate, parts) => {
    expect(verdictOn({ ...state('block-new-sharing', false), ...estate }, parts)).toBe('COMPLIANT');
  });

  it('is INSUFFICIENT_DATA if the call was denied', () => {
    expect(joinCodes(control, {}, {}, listed(SETTING))).toEqual({ 'eu-west-1': 'INSUFFICIENT_DATA not-read' });
  });
});
