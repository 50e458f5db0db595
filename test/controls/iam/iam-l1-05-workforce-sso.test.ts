import { describe, expect, it } from 'vitest';
import control from '../../../controls/iam/iam-l1-05-workforce-sso.ts';
import type { OrganizationsAccountFacts } from '../../../core/facts/organizations-account.ts';
import { type Estate, joinCodes } from '../../support/control.ts';
import { brokenSince, daysAgo, listed, settings } from './support.ts';

const OWN = '111111111111';
const MANAGEMENT = '999999999999';
const instance = (ownerAccountId: string | undefined, status = 'ACTIVE'): Estate => ({
  'AWS::SSO::Instance': { i: { status, ...(ownerAccountId !== undefined && { ownerAccountId }) } },
});
const SSO = instance(MANAGEMENT);
const organization = (facts: OrganizationsAccountFacts): Estate => ({ 'AWS::Organizations::Account': { [OWN]: facts } });
const MEMBER = organization({ inOrganization: true, isManagementAccount: false });
const oidc = (audience?: 'applications' | 'workloads'): Estate => ({
  'AWS::IAM::OIDCProviderAudience': { o: audience ? { audience } : {} },
});
const SAML: Estate = { 'AWS::IAM::SAMLProviderStatus': { p: { validUntil: daysAgo(-1) } } };
const user = (name: string, passwordEnabled = true) => ({
  [name]: { arn: `arn:aws:iam::111111111111:user/${name}`, passwordEnabled },
});
const users = (...each: ReturnType<typeof user>[]): Estate => ({ 'AWS::IAM::UserCredentials': Object.assign({}, ...each) });
const BREAK_GLASS = settings({ breakGlassPrincipals: ['arn:aws:iam::*:user/glass-*'] });

const verdict = (estate: Estate, parts = {}) => joinCodes(control, estate, {}, { ...listed(), ...parts })['111111111111'];

describe('IAM-L1-05', () => {
  it.each<[string, Estate, object?]>([
    ['an Identity Center instance is active and there are no users', SSO],
    [
      'the instance of the organization is active in its management account',
      { ...instance(OWN), ...organization({ isManagementAccount: true }) },
    ],
    [
      'the account has an instance beside that of the organization',
      {
        ...MEMBER,
        'AWS::SSO::Instance': { own: { status: 'ACTIVE', ownerAccountId: OWN }, org: { status: 'ACTIVE', ownerAccountId: MANAGEMENT } },
      },
    ],
    [
      'the owner of one of two instances is unknown',
      { 'AWS::SSO::Instance': { a: { status: 'ACTIVE' }, b: { status: 'ACTIVE', ownerAccountId: MANAGEMENT } } },
    ],
    ['a member has its own instance and a valid SAML provider', { ...instance(OWN), ...MEMBER, ...SAML }],
    ['an OpenID Connect provider serves an application', oidc('applications')],
    ['a SAML provider is valid and an OpenID Connect provider could not be read', { ...SAML, ...oidc() }],
    ['a SAML provider is valid and users have no passwords', { ...SAML, ...users(user('robot', false)) }],
    ['only break-glass users have passwords', { ...SSO, ...users(user('glass-1'), user('robot', false)) }, BREAK_GLASS],
    ['an instance is active though some Regions were denied', SSO, listed({ 'AWS::SSO::Instance': 'denied' })],
    [
      'a provider is valid and the expiry of another is unknown',
      { 'AWS::IAM::SAMLProviderStatus': { a: {}, b: { validUntil: daysAgo(-1) } } },
    ],
  ])('is COMPLIANT when %s', (_, estate, parts) => {
    expect(verdict(estate, parts)).toBe('COMPLIANT');
  });

  it.each<[string, string, Estate, object?]>([
    ['console-passwords', 'a user has a password in addition to an active instance', { ...SSO, ...users(user('alice')) }],
    [
      'console-passwords',
      'a user has a password and the lists are incomplete',
      users(user('alice')),
      listed({ 'AWS::SSO::Instance': 'denied', 'AWS::IAM::UserCredentials': 'denied' }),
    ],
    [
      'console-passwords',
      'a user is not a break-glass principal',
      { ...SSO, ...users(user('glass-1'), user('alice-glass-1')) },
      BREAK_GLASS,
    ],
    ['no-federation', 'nothing federates', users(user('robot', false))],
    ['no-federation', 'the instance is being created', instance(MANAGEMENT, 'CREATE_IN_PROGRESS')],
    ['account-instance', 'a member has only its own instance', { ...instance(OWN), ...MEMBER }],
    [
      'account-instance',
      'an account in no organization has its own instance',
      { ...instance(OWN), ...organization({ inOrganization: false, isManagementAccount: false }) },
    ],
    [
      'account-instance',
      'a member has its own instance and the provider has expired',
      { ...instance(OWN), ...MEMBER, 'AWS::IAM::SAMLProviderStatus': { p: { validUntil: daysAgo(1) } } },
    ],
    ['no-federation', 'an OpenID Connect provider serves workloads', oidc('workloads')],
    ['no-federation', 'the provider has expired', { 'AWS::IAM::SAMLProviderStatus': { p: { validUntil: daysAgo(1) } } }],
  ])('is NON_COMPLIANT (%s) when %s', (code, _, estate, parts) => {
    expect(verdict(estate, parts)).toBe(`NON_COMPLIANT ${code}`);
  });

  it.each<[string, Estate, object?]>([
    ['the report was denied', SSO, listed({ 'AWS::IAM::UserCredentials': 'denied' })],
    [
      'it is unknown whether a user has a password',
      { ...SSO, 'AWS::IAM::UserCredentials': { alice: { arn: 'arn:aws:iam::111111111111:user/alice' } } },
    ],
    ['it is unknown who has a password', { ...SSO, 'AWS::IAM::UserCredentials': { alice: { passwordEnabled: true } } }],
    ['nothing federates in the Regions that were not denied', {}, listed({ 'AWS::SSO::Instance': 'denied' })],
    ['nothing federates and providers were denied', {}, listed({ 'AWS::IAM::SAMLProviderStatus': 'denied' })],
    ['the status of the only instance is unknown', { 'AWS::SSO::Instance': { i: { ownerAccountId: MANAGEMENT } } }],
    ['the owner of the only instance is unknown', instance(undefined)],
    ['it is unknown whether the owner manages an organization', { ...instance(OWN), ...organization({ inOrganization: true }) }],
    ['the organization of the owner was never read', instance(OWN)],
    ['the organization of the owner was denied', instance(OWN), listed({ 'AWS::Organizations::Account': 'denied' })],
    ['the organization of the owner was not read again', { ...instance(OWN), ...MEMBER }, brokenSince('AWS::Organizations::Account')],
    ['the audience of the only OpenID Connect provider is unknown', oidc()],
    ['nothing federates and OpenID Connect providers were denied', {}, listed({ 'AWS::IAM::OIDCProviderAudience': 'denied' })],
    ['the expiry of the only provider is unknown', { 'AWS::IAM::SAMLProviderStatus': { p: {} } }],
    ['the active instance was not read again', SSO, brokenSince('AWS::SSO::Instance')],
    [
      'the users without password were not read again',
      { ...SSO, ...users(user('robot', false)) },
      brokenSince('AWS::IAM::UserCredentials'),
    ],
  ])('is INSUFFICIENT_DATA when %s', (_, estate, parts) => {
    expect(verdict(estate, parts)).toBe('INSUFFICIENT_DATA not-read');
  });

  it('is INSUFFICIENT_DATA when the status of the only instance is a new one', () => {
    expect(verdict(instance(MANAGEMENT, 'PAUSED'))).toBe('INSUFFICIENT_DATA status-unknown');
  });

  it('has no verdict if nothing was read', () => {
    expect(joinCodes(control, {})).toEqual({});
  });
});
