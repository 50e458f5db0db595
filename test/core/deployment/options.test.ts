import { describe, expect, it } from 'vitest';
import { readSettings, SettingsError, takesOwnChanges } from '../../../core/deployment/options.ts';

const ORGANIZATION = { organizationId: 'o-a1b2c3d4e5', organizationalUnits: 'ou-ab12-a1b2c3d4' };

const read = (context: Readonly<Record<string, unknown>>, defaultRegion?: string) => readSettings((key) => context[key], defaultRegion);

describe('settings', () => {
  it('keep the data, and know no organization, where nothing is set', () => {
    expect(read({})).toEqual({
      otherRegions: [],
      remediation: false,
      policyRestore: false,
      removeData: false,
      customerManagedKey: false,
      logRetention: 30,
      collectConcurrency: 20,
      readConcurrency: 4,
    });
  });

  it('take the home Region from the environment unless it is set', () => {
    expect(read({}, 'eu-west-1').homeRegion).toBe('eu-west-1');
    expect(read({ homeRegion: 'eu-north-1' }, 'eu-west-1').homeRegion).toBe('eu-north-1');
  });

  it('list the Regions beside the home Region, each once', () => {
    expect(read({ regions: 'eu-west-1, us-east-1,us-east-1' }, 'eu-west-1').otherRegions).toEqual(['us-east-1']);
    expect(read({ regions: ['eu-north-1'] }, 'us-east-1').otherRegions).toEqual(['eu-north-1']);
  });

  it.each([
    ['eu-west-1', 'us-east-1'],
    ['us-gov-east-1', 'us-gov-west-1'],
    ['cn-northwest-1', 'cn-north-1'],
  ])('with the home Region %s always take changes from %s, where global services tell theirs', (homeRegion, expected) => {
    expect(read({}, homeRegion).otherRegions).toEqual([expected]);
    expect(read({ regions: expected }, homeRegion).otherRegions).toEqual([expected]);
    expect(read({}, expected).otherRegions).toEqual([]);
  });

  it('read more at once in an organization', () => {
    expect(read(ORGANIZATION).readConcurrency).toBe(20);
    expect(read({ ...ORGANIZATION, readConcurrency: '6' }).readConcurrency).toBe(6);
  });

  it('manage an organization as its delegated administrator unless told otherwise', () => {
    expect(read(ORGANIZATION).organization).toEqual({
      organizationId: 'o-a1b2c3d4e5',
      organizationalUnits: ['ou-ab12-a1b2c3d4'],
      callAs: 'DELEGATED_ADMIN',
    });
    expect(read({ ...ORGANIZATION, stackSetCallAs: 'SELF' }).organization?.callAs).toBe('SELF');
  });

  it('take flags as text or as JSON', () => {
    expect(read({ removeData: 'true' }).removeData).toBe(true);
    expect(read({ remediation: 'true' }).remediation).toBe(true);
    expect(read({ removeData: true, customerManagedKey: false })).toMatchObject({ removeData: true, customerManagedKey: false });
  });

  it.each([
    ['a Region is misspelled', { homeRegion: 'ireland' }, /homeRegion is "ireland", but must be a Region/],
    ['other Regions are named and no home Region is known', { regions: 'us-east-1' }, /homeRegion=/],
    ['an organization id has another form', { ...ORGANIZATION, organizationId: '111111111111' }, /organizationId is "111111111111"/],
    ['an organization has no units', { organizationId: 'o-a1b2c3d4e5' }, /organizationalUnits=ou-/],
    ['a unit id has another form', { ...ORGANIZATION, organizationalUnits: 'Workloads' }, /organizationalUnits is "Workloads"/],
    ['units are given without an organization', { organizationalUnits: 'ou-ab12-a1b2c3d4' }, /organizationId=/],
    ['the caller of the stack set is unknown', { ...ORGANIZATION, stackSetCallAs: 'ADMIN' }, /DELEGATED_ADMIN, SELF/],
    ['policies are to be restored without remediation', { policyRestore: 'true' }, /needs remediation/],
    ['a flag is neither true nor false', { removeData: 'yes' }, /removeData is "yes"/],
    ['a topic is not an ARN', { alarmTopicArn: 'alarms' }, /alarmTopicArn/],
    ['logs are kept for a number of days that CloudWatch does not offer', { logRetentionDays: '31' }, /logRetentionDays is "31"/],
    ['the concurrency is below what Lambda takes', { collectConcurrency: '1' }, /from 2 to 1000/],
    ['the concurrency of readings is no number', { readConcurrency: 'many' }, /readConcurrency is "many"/],
    ['a text is an object', { homeRegion: {} }, /must be text/],
  ])('are refused when %s', (_, context, message) => {
    expect(() => read(context)).toThrow(SettingsError);
    expect(() => read(context)).toThrow(message);
  });
});

describe('the account that deploys', () => {
  it('takes its own changes unless a stack set reaches it', () => {
    expect(takesOwnChanges(read({}))).toBe(true);
    expect(takesOwnChanges(read(ORGANIZATION))).toBe(false);
  });

  it('takes its own changes as the management account, which no stack set reaches', () => {
    expect(takesOwnChanges(read({ ...ORGANIZATION, stackSetCallAs: 'SELF' }))).toBe(true);
  });
});
