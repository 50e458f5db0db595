import { describe, expect, it } from 'vitest';
import control from '../../../controls/iam/iam-l1-05-workforce-sso.ts';
import { type Estate, joinCodes } from '../../support/control.ts';
import { brokenSince, daysAgo, listed, settings } from './support.ts';

const SSO: Estate = { 'AWS::SSO::Instance': { i: { status: 'ACTIVE' } } };
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
    ['no-federation', 'the instance is being created', { 'AWS::SSO::Instance': { i: { status: 'CREATE_IN_PROGRESS' } } }],
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
    ['the status of the only instance is unknown', { 'AWS::SSO::Instance': { i: {} } }],
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

  it('has no verdict if nothing was read', () => {
    expect(joinCodes(control, {})).toEqual({});
  });
});
