import { describe, expect, it } from 'vitest';
import control from '../../../controls/iam/iam-l1-01-root-user-mfa.ts';
import type { AccountSummaryFacts } from '../../../core/facts/iam-account-summary.ts';
import type { OrganizationsFeaturesFacts } from '../../../core/facts/iam-organizations-features.ts';
import { joinCodes } from '../../support/control.ts';
import { brokenSince, listed } from './support.ts';

const BARE: AccountSummaryFacts = { partition: 'aws', rootMfaEnabled: false, rootPasswordPresent: false, rootAccessKeysPresent: false };
const MANAGED: OrganizationsFeaturesFacts = { rootCredentialsManagement: true, rootSessions: false };

const verdict = (summary: AccountSummaryFacts, features: OrganizationsFeaturesFacts | undefined, parts = listed()) =>
  joinCodes(
    control,
    {
      'AWS::IAM::AccountSummary': { summary },
      ...(features && { 'AWS::IAM::OrganizationsFeatures': { features } }),
    },
    {},
    parts,
  ).summary;

describe('IAM-L1-01', () => {
  it.each<[string, AccountSummaryFacts, OrganizationsFeaturesFacts | undefined]>([
    ['the root user has MFA', { ...BARE, rootMfaEnabled: true, rootPasswordPresent: true }, undefined],
    ['the root user has MFA and nothing else is known', { rootMfaEnabled: true }, {}],
    ['a member whose root user is managed centrally has no root credentials', BARE, MANAGED],
  ])('is COMPLIANT when %s', (_, summary, features) => {
    expect(verdict(summary, features)).toBe('COMPLIANT');
  });

  it.each<[string, string, AccountSummaryFacts, OrganizationsFeaturesFacts | undefined]>([
    ['password-without-mfa', 'there is a password and no MFA', { ...BARE, rootPasswordPresent: true }, MANAGED],
    ['access-keys-without-mfa', 'there are access keys and no MFA', { ...BARE, rootAccessKeysPresent: true }, MANAGED],
    [
      'password-without-mfa',
      'there is a password, no MFA, and the rest is unknown',
      { rootMfaEnabled: false, rootPasswordPresent: true },
      undefined,
    ],
    ['no-mfa', 'there are no credentials and no central management', BARE, { rootCredentialsManagement: false, rootSessions: true }],
  ])('is NON_COMPLIANT (%s) when %s', (code, _, summary, features) => {
    expect(verdict(summary, features)).toBe(`NON_COMPLIANT ${code}`);
  });

  it.each<[string, AccountSummaryFacts, OrganizationsFeaturesFacts | undefined]>([
    ['the summary could not be read', {}, MANAGED],
    ['it is not known whether there is a password', { rootMfaEnabled: false, rootAccessKeysPresent: false }, MANAGED],
    ['it is not known whether there are access keys', { rootMfaEnabled: false, rootPasswordPresent: false }, MANAGED],
    ['there are no credentials and the features are denied', BARE, {}],
    ['there are no credentials and the features were not read', BARE, undefined],
  ])('is INSUFFICIENT_DATA when %s', (_, summary, features) => {
    expect(verdict(summary, features)).toBe('INSUFFICIENT_DATA not-read');
  });

  it('is NOT_APPLICABLE in GovCloud', () => {
    expect(verdict({ ...BARE, partition: 'aws-us-gov', rootPasswordPresent: true }, undefined)).toBe('NOT_APPLICABLE');
  });

  it('is NOT_APPLICABLE in China, whose accounts have no root user', () => {
    expect(verdict({ ...BARE, partition: 'aws-cn' }, { rootCredentialsManagement: false })).toBe('NOT_APPLICABLE');
    expect(verdict({ partition: 'aws-cn' }, undefined)).toBe('NOT_APPLICABLE');
  });

  it.each(['aws-eusc', 'aws-iso', 'aws-iso-f'])('applies in %s', (partition) => {
    expect(verdict({ ...BARE, partition }, { rootCredentialsManagement: false })).toBe('NON_COMPLIANT no-mfa');
  });

  it('passes by MFA though the features of the organization could not be read', () => {
    const parts = listed({ 'AWS::IAM::OrganizationsFeatures': 'denied' });
    const estate = { 'AWS::IAM::AccountSummary': { summary: { ...BARE, rootMfaEnabled: true } } };
    expect(joinCodes(control, estate, {}, parts)).toEqual({ summary: 'COMPLIANT' });
  });

  it('does not pass by features that were not read again', () => {
    expect(verdict(BARE, MANAGED, brokenSince('AWS::IAM::OrganizationsFeatures'))).toBe('INSUFFICIENT_DATA not-read');
  });

  it('is INSUFFICIENT_DATA on the account when the summary was denied, and silent if it was never read', () => {
    expect(joinCodes(control, {}, {}, listed({ 'AWS::IAM::AccountSummary': 'denied' }))).toEqual({
      '111111111111': 'INSUFFICIENT_DATA not-read',
    });
    expect(joinCodes(control, {})).toEqual({});
  });
});
