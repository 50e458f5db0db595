import { describe, expect, it } from 'vitest';
import control from '../../../controls/storage/str-l1-04-snapshots-not-public.ts';
import type { ResourceType } from '../../../core/control.ts';
import { EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';
import { CAPTURED_AT, type Estate, joinVerdicts, testControl } from '../../support/control.ts';

for (const type of ['AWS::RDS::DBSnapshot', 'AWS::RDS::DBClusterSnapshot'] as const) {
  testControl(control, type, {
    COMPLIANT: { 'not everyone may restore it': { restorableByAll: false } },
    NON_COMPLIANT: { 'every account may restore it': { restorableByAll: true } },
    INSUFFICIENT_DATA: { 'its attributes were not read': {} },
  });
}

const SETTING = 'AWS::EC2::SnapshotBlockPublicAccess';
const state = (value?: string, ownsSnapshots?: boolean): Estate => ({
  [SETTING]: { setting: { ...(value !== undefined && { state: value }), ...(ownsSnapshots !== undefined && { ownsSnapshots }) } },
});
/** Every list complete, but for those of one type. */
const listed = (gapOf?: string) => ({
  listings: (type: ResourceType) => [{ region: 'eu-west-1', capturedAt: CAPTURED_AT, ...(type === gapOf && { gap: 'denied' }) }],
});

describe('STR-L1-04 on a public EBS snapshot', () => {
  const PUBLIC: Estate = { 'AWS::EC2::Snapshot': { public: { restorableByAll: true } } };
  const verdictOn = (estate: Estate, regions = {}, parts = {}) => joinVerdicts(control, { ...PUBLIC, ...estate }, regions, parts).public;

  it.each([
    ['NON_COMPLIANT', 'its Region blocks nothing', state('unblocked')],
    ['NON_COMPLIANT', 'its Region blocks new sharing alone', state('block-new-sharing')],
    ['COMPLIANT', 'its Region blocks all sharing', state('block-all-sharing')],
    ['INSUFFICIENT_DATA', 'the state of its Region was not read', state()],
    ['INSUFFICIENT_DATA', 'nothing is known of its Region', {}],
  ])('is %s when %s', (compliance, _, estate) => {
    expect(verdictOn(estate)).toBe(compliance);
  });

  it('is not judged by the setting of another Region', () => {
    expect(verdictOn(state('block-all-sharing'), { setting: 'us-east-1' })).toBe('INSUFFICIENT_DATA');
  });

  it('is NON_COMPLIANT though snapshots of databases could not be listed', () => {
    expect(verdictOn(state('unblocked'), {}, listed('AWS::RDS::DBSnapshot'))).toBe('NON_COMPLIANT');
  });

  it('is NON_COMPLIANT in a Region that is not approved', () => {
    const settings = { ...EMPTY_SETTINGS, approvedRegions: ['eu-central-1'] };
    expect(verdictOn(state('unblocked'), {}, { settings })).toBe('NON_COMPLIANT');
  });

  it('is INSUFFICIENT_DATA when nobody knows whether it is public', () => {
    expect(joinVerdicts(control, { 'AWS::EC2::Snapshot': { private: {} } }).private).toBe('INSUFFICIENT_DATA');
  });
});

describe("STR-L1-04 on a Region's setting", () => {
  const verdictOn = (estate: Estate, parts = {}) => joinVerdicts(control, estate, {}, parts).setting;

  it.each([
    ['COMPLIANT', 'all sharing is blocked', 'block-all-sharing'],
    ['COMPLIANT', 'new sharing is blocked', 'block-new-sharing'],
    ['NON_COMPLIANT', 'it is unblocked', 'unblocked'],
    ['INSUFFICIENT_DATA', 'its state is one that nobody knows', 'block-some-sharing'],
    ['INSUFFICIENT_DATA', 'its state was not read', undefined],
  ])('is %s when %s', (compliance, _, value) => {
    expect(verdictOn(state(value, true), listed())).toBe(compliance);
  });

  it('does not apply when it blocks and the account is known to own no snapshots', () => {
    expect(verdictOn(state('block-new-sharing', false), listed())).toBe('NOT_APPLICABLE');
  });

  it('is NON_COMPLIANT when it is unblocked, though the account owns no snapshots', () => {
    expect(verdictOn(state('unblocked', false), listed())).toBe('NON_COMPLIANT');
  });

  it.each<[string, Estate, object]>([
    ['the account owns a snapshot of a database', { 'AWS::RDS::DBClusterSnapshot': { orders: {} } }, listed()],
    ['nobody could list snapshots of databases', {}, listed('AWS::RDS::DBClusterSnapshot')],
    ['nobody tried to list snapshots of databases', {}, {}],
    ['another Region has snapshots', { [SETTING]: { setting: { state: 'block-new-sharing', ownsSnapshots: false }, b: {} } }, listed()],
  ])('is COMPLIANT when it blocks and %s', (_, estate, parts) => {
    expect(verdictOn({ ...state('block-new-sharing', false), ...estate }, parts)).toBe('COMPLIANT');
  });

  it('is INSUFFICIENT_DATA where the call was denied', () => {
    expect(joinVerdicts(control, {}, {}, listed(SETTING))).toEqual({ 'eu-west-1': 'INSUFFICIENT_DATA' });
  });
});
