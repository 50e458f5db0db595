import { describe, expect, it } from 'vitest';
import control from '../../../controls/iam/iam-l1-03-root-user-unused.ts';
import type { RootActivityFacts } from '../../../core/facts/cloudtrail-root-activity.ts';
import type { RootCredentialsFacts } from '../../../core/facts/iam-credentials.ts';
import { type Estate, joinCodes } from '../../support/control.ts';
import { daysAgo, listed, settings, task } from './support.ts';

const UNUSED: RootCredentialsFacts = { passwordLastUsedAt: 'never', accessKeys: [{ active: false }, { active: false }] };
const QUIET: RootActivityFacts = { usedAt: [], completeSince: daysAgo(90) };
const TEN_DAYS_AGO = daysAgo(10);
const TASK = settings({ rootTasks: [task(daysAgo(11), daysAgo(9))] });

const estateOf = (root: RootCredentialsFacts | undefined, ...activity: RootActivityFacts[]): Estate => ({
  ...(root && { 'AWS::IAM::RootCredentials': { root } }),
  'AWS::CloudTrail::RootActivity': Object.fromEntries(activity.map((facts, index) => [`region-${index}`, facts])),
});
const verdict = (estate: Estate, parts = {}, region = 'us-east-1') =>
  joinCodes(control, estate, { 'region-0': region }, { ...listed(), ...parts });

describe('IAM-L1-03', () => {
  it.each<[string, Estate, object?]>([
    ['neither report nor events show use', estateOf(UNUSED, QUIET)],
    ['the report has no root row, as in a member account', estateOf(undefined, QUIET)],
    ['the last use is 91 days ago', estateOf({ ...UNUSED, passwordLastUsedAt: daysAgo(91) }, QUIET)],
    ['all use was in a root task', estateOf({ ...UNUSED, passwordLastUsedAt: TEN_DAYS_AGO }, { ...QUIET, usedAt: [TEN_DAYS_AGO] }), TASK],
  ])('is COMPLIANT when %s', (_, estate, parts) => {
    expect(verdict(estate, parts)).toEqual({ '111111111111': 'COMPLIANT' });
  });

  it.each<[string, Estate, object?]>([
    ['the password was used', estateOf({ ...UNUSED, passwordLastUsedAt: TEN_DAYS_AGO }, QUIET)],
    ['a key was used that is no longer active', estateOf({ ...UNUSED, accessKeys: [{ active: false, lastUsedAt: TEN_DAYS_AGO }] }, QUIET)],
    ['an event of any Region shows use', estateOf(UNUSED, QUIET, { ...QUIET, usedAt: [TEN_DAYS_AGO] })],
    ['use before a root task hides behind planned use', estateOf(UNUSED, { ...QUIET, usedAt: [TEN_DAYS_AGO, daysAgo(20)] }), TASK],
    ['use is at the end of a root task', estateOf(UNUSED, { ...QUIET, usedAt: [daysAgo(9)] }), TASK],
    [
      'there is use, and a Region was denied',
      estateOf(UNUSED, { usedAt: [TEN_DAYS_AGO] }),
      listed({ 'AWS::CloudTrail::RootActivity': 'denied' }),
    ],
  ])('is NON_COMPLIANT when %s', (_, estate, parts) => {
    expect(verdict(estate, parts)).toEqual({ '111111111111': 'NON_COMPLIANT root-user-used' });
  });

  it.each<[string, string, Estate, object?]>([
    ['not-read', 'the report lacks the password', estateOf({ accessKeys: [] }, QUIET)],
    ['not-read', 'the report lacks the keys', estateOf({ passwordLastUsedAt: 'never' }, QUIET)],
    ['not-read', 'the report was denied', estateOf(undefined, QUIET), listed({ 'AWS::IAM::RootCredentials': 'denied' })],
    ['not-read', 'the events of a Region were denied', estateOf(UNUSED, QUIET), listed({ 'AWS::CloudTrail::RootActivity': 'denied' })],
    ['not-read', 'events were never read', estateOf(UNUSED), listed({}, ['AWS::CloudTrail::RootActivity'])],
    ['not-read', 'events could not be read', estateOf(UNUSED, {})],
    ['history-too-short', 'not all events were read', estateOf(UNUSED, { ...QUIET, completeSince: daysAgo(3) })],
    [
      'not-read',
      'the last use of a key is unknown',
      estateOf({ ...UNUSED, accessKeys: [{ active: false, unread: ['lastUsedAt'] }] }, QUIET),
    ],
    ['use-time-invalid', 'the report shows use in the future', estateOf({ ...UNUSED, passwordLastUsedAt: daysAgo(-400) }, QUIET)],
    ['use-time-invalid', 'events show use in the future', estateOf(UNUSED, { ...QUIET, usedAt: [daysAgo(-2)] })],
    ['history-too-short', 'the events are complete since a time in the future', estateOf(UNUSED, { ...QUIET, completeSince: daysAgo(-2) })],
    ['not-read', 'it is unknown how many events were read', estateOf(UNUSED, { usedAt: [] })],
  ])('is INSUFFICIENT_DATA (%s) when %s', (code, _, estate, parts) => {
    expect(verdict(estate, parts)).toEqual({ '111111111111': `INSUFFICIENT_DATA ${code}` });
  });

  it.each(['us-east-1', 'us-gov-west-1', 'eusc-de-east-1', 'us-iso-east-1', 'us-isob-east-1', 'eu-isoe-west-1', 'us-isof-south-1'])(
    'passes by the events of %s, where the global services of a partition answer',
    (region) => {
      expect(verdict(estateOf(UNUSED, QUIET), {}, region)).toEqual({ '111111111111': 'COMPLIANT' });
    },
  );

  it('is NOT_APPLICABLE in China, whatever else was read', () => {
    const china: Estate = { 'AWS::IAM::AccountSummary': { summary: { partition: 'aws-cn' } } };
    for (const estate of [china, { ...china, ...estateOf({}, { usedAt: [] }) }]) {
      expect(verdict(estate, {}, 'cn-north-1')).toEqual({ '111111111111': 'NOT_APPLICABLE' });
    }
  });

  it('counts use by a clock that is a little ahead', () => {
    expect(verdict(estateOf(UNUSED, { ...QUIET, usedAt: [daysAgo(-0.01)] }))).toEqual({ '111111111111': 'NON_COMPLIANT root-user-used' });
  });

  it('does not pass if only other Regions were read, and fails if they show use', () => {
    expect(verdict(estateOf(UNUSED, QUIET), {}, 'eu-central-1')).toEqual({ '111111111111': 'INSUFFICIENT_DATA global-region-not-read' });
    const used = { ...QUIET, usedAt: [TEN_DAYS_AGO] };
    expect(verdict(estateOf(UNUSED, used), {}, 'eu-central-1')).toEqual({ '111111111111': 'NON_COMPLIANT root-user-used' });
  });

  describe('if the organization has closed us-east-1', () => {
    const closed = { closedRegions: new Set(['us-east-1']) };
    const elsewhere = (root: RootCredentialsFacts | undefined, home?: RootActivityFacts, parts = {}) =>
      joinCodes(
        control,
        estateOf(root, ...[QUIET, home ?? []].flat()),
        { 'region-0': 'eu-west-1', 'region-1': 'us-east-1' },
        { ...listed(), ...closed, ...parts },
      )['111111111111'];

    it('is decided by the report, if it shows no use in the period', () => {
      expect(elsewhere(UNUSED)).toBe('COMPLIANT');
      expect(elsewhere({ ...UNUSED, passwordLastUsedAt: daysAgo(91) })).toBe('COMPLIANT');
      expect(elsewhere({ ...UNUSED, passwordLastUsedAt: TEN_DAYS_AGO })).toBe('NON_COMPLIANT root-user-used');
    });

    it('is unknown if the report can hide earlier use, or has no root row', () => {
      expect(elsewhere({ ...UNUSED, passwordLastUsedAt: TEN_DAYS_AGO }, undefined, TASK)).toBe('INSUFFICIENT_DATA global-region-closed');
      expect(elsewhere(undefined)).toBe('INSUFFICIENT_DATA global-region-not-read');
    });

    it('counts use that was read before, until the period is over, and not its absence', () => {
      expect(elsewhere(UNUSED, { ...QUIET, usedAt: [TEN_DAYS_AGO] })).toBe('NON_COMPLIANT root-user-used');
      expect(elsewhere(UNUSED, { ...QUIET, usedAt: [TEN_DAYS_AGO] }, { capturedAt: daysAgo(-81) })).not.toContain('NON_COMPLIANT');
      expect(elsewhere(undefined, QUIET)).toBe('INSUFFICIENT_DATA global-region-not-read');
    });
  });

  it('has no verdict if nothing was read', () => {
    expect(joinCodes(control, {})).toEqual({});
  });
});
