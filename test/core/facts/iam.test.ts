import { describe, expect, it } from 'vitest';
import { Unread } from '../../../core/facts/view.ts';
import { factsOf } from '../../support/facts.ts';

const ROW = {
  user: 'alice',
  arn: 'arn:aws:iam::111111111111:user/alice',
  user_creation_time: '2025-01-01T00:00:00+00:00',
  password_enabled: 'TRUE',
  password_last_used: 'no_information',
  password_last_changed: '2025-06-01T02:00:00+02:00',
  mfa_active: 'false',
  access_key_1_active: 'true',
  access_key_1_last_rotated: '2025-06-01T00:00:00+00:00',
  access_key_1_last_used_date: 'N/A',
  access_key_2_active: 'FALSE',
  access_key_2_last_rotated: 'N/A',
  access_key_2_last_used_date: 'not_supported',
};
const user = (change: object, generatedTime: unknown = '2026-01-01T00:00:00.000Z') =>
  factsOf('AWS::IAM::UserCredentials', { generatedTime, row: { ...ROW, ...change } });

describe('a row of the credential report', () => {
  it('is read in upper and lower case, with times in UTC', () => {
    expect(user({})).toEqual({
      facts: {
        reportGeneratedAt: '2026-01-01T00:00:00.000Z',
        arn: ROW.arn,
        createdAt: '2025-01-01T00:00:00.000Z',
        passwordEnabled: true,
        passwordLastUsedAt: 'never',
        passwordLastChangedAt: '2025-06-01T00:00:00.000Z',
        mfaActive: false,
        accessKeys: [{ active: true, lastRotatedAt: '2025-06-01T00:00:00.000Z' }, { active: false }],
      },
      missing: {},
    });
  });

  it.each([
    ['password_enabled', 'not_supported', 'passwordEnabled'],
    ['mfa_active', '', 'mfaActive'],
    ['password_last_used', 'yesterday', 'passwordLastUsedAt'],
    ['password_last_changed', '', 'passwordLastChangedAt'],
    ['user_creation_time', 'N/A', 'createdAt'],
    ['password_last_used', '2025-02-31T00:00:00+00:00', 'passwordLastUsedAt'],
    ['password_last_used', '2025-02-03T25:00:00+00:00', 'passwordLastUsedAt'],
    ['password_last_used', '1970-01-01T00:00:00+00:00', 'passwordLastUsedAt'],
    ['password_last_changed', 'Feb 3, 2025', 'passwordLastChangedAt'],
    ['arn', 7, 'arn'],
  ])('with the column %s = %j lacks only %s', (column, value, fact) => {
    expect(Object.keys(user({ [column]: value }).missing)).toEqual([fact]);
  });

  it.each([
    ['access_key_1_active', 'perhaps', 0, 'active'],
    ['access_key_2_active', undefined, 1, 'active'],
    ['access_key_1_last_rotated', '', 0, 'lastRotatedAt'],
    ['access_key_1_last_rotated', '2025-02-29T00:00:00+00:00', 0, 'lastRotatedAt'],
    ['access_key_2_last_used_date', '2025-99-99', 1, 'lastUsedAt'],
    ['access_key_2_last_used_date', '1970-01-01T00:00:00+00:00', 1, 'lastUsedAt'],
  ])('with the column %s = %j keeps the other parts of the key', (column, value, index, part) => {
    const { facts, missing } = user({ [column]: value });
    const keys = facts.accessKeys as Record<string, unknown>[];
    expect(missing).toEqual({});
    expect(keys[index]).toMatchObject({ unread: [part] });
    expect(keys[index]).not.toHaveProperty(part);
    expect(keys[1 - index]).toEqual([{ active: true, lastRotatedAt: '2025-06-01T00:00:00.000Z' }, { active: false }][1 - index]);
  });

  it('that other calls of IAM gave has no report', () => {
    expect(user({}, null).facts).toMatchObject({ reportGeneratedAt: null, passwordEnabled: true });
  });

  it('has the reason of a column that was not read', () => {
    const { facts, missing } = user({ access_key_1_last_used_date: new Unread('denied'), password_last_used: new Unread('late') });
    expect(missing).toEqual({ accessKeys: 'denied', passwordLastUsedAt: 'late' });
    expect(facts).toMatchObject({ passwordEnabled: true, mfaActive: false });
  });

  it('without the time of its report lacks only that', () => {
    expect(Object.keys(user({}, 'x').missing)).toEqual(['reportGeneratedAt']);
  });

  it.each([[null], ['text'], [{ row: [] }], [{ row: new Unread('denied') }]])('that is %j has no facts', (configuration) => {
    for (const type of ['AWS::IAM::UserCredentials', 'AWS::IAM::RootCredentials']) expect(factsOf(type, configuration).facts).toEqual({});
  });
});

describe('the account summary', () => {
  const summary = (summaryMap: unknown) => factsOf('AWS::IAM::AccountSummary', { partition: 'aws', summaryMap });

  it('distinguishes zero from a missing count', () => {
    const found = summary({ AccountMFAEnabled: 1, AccountPasswordPresent: 0, AccountAccessKeysPresent: 0 });
    expect(found.facts).toEqual({ partition: 'aws', rootMfaEnabled: true, rootPasswordPresent: false, rootAccessKeysPresent: false });
    expect(Object.keys(found.missing)).toEqual(['rootSigningCertificatesPresent']);
  });

  it.each([[null], [[]], ['x'], [{ AccountMFAEnabled: 'yes', AccountPasswordPresent: {} }]])('of %j is unknown', (map) => {
    expect(summary(map).facts).toEqual({ partition: 'aws' });
  });
});

describe('root activity', () => {
  const activity = (configuration: unknown) => factsOf('AWS::CloudTrail::RootActivity', configuration).facts;

  it('is a list of times', () => {
    const facts = { usedAt: ['2026-01-01T00:00:00.000Z'], completeSince: '2025-10-03T00:00:00.000Z' };
    expect(activity(facts)).toEqual(facts);
  });

  it.each([[{}], [{ usedAt: ['soon'], completeSince: 'x' }], [{ usedAt: [7], completeSince: 7 }], [{ usedAt: 'x' }]])(
    'of %j is unknown',
    (given) => {
      expect(activity(given)).toEqual({});
    },
  );
});

describe('other facts of IAM and Identity Center', () => {
  it.each([
    ['AWS::IAM::OrganizationsFeatures', { EnabledFeatures: ['RootSessions'] }, { rootCredentialsManagement: false, rootSessions: true }],
    ['AWS::IAM::OrganizationsFeatures', { enabledFeatures: [] }, { rootCredentialsManagement: false, rootSessions: false }],
    ['AWS::IAM::OrganizationsFeatures', { enabledFeatures: [7] }, {}],
    ['AWS::IAM::OrganizationsFeatures', { enabledFeatures: new Unread('denied') }, {}],
    ['AWS::IAM::SAMLProviderStatus', { ValidUntil: '2027-01-01T00:00:00.000Z' }, { validUntil: '2027-01-01T00:00:00.000Z' }],
    ['AWS::IAM::SAMLProviderStatus', { ValidUntil: 'forever' }, {}],
    ['AWS::IAM::SAMLProviderStatus', { ValidUntil: '2027-02-31T00:00:00.000Z' }, {}],
    ['AWS::SSO::Instance', { Status: 'ACTIVE' }, { status: 'ACTIVE' }],
    ['AWS::SSO::Instance', { Status: 'ACTIVE', OwnerAccountId: '999999999999' }, { status: 'ACTIVE', ownerAccountId: '999999999999' }],
    ['AWS::SSO::Instance', { Status: 'ACTIVE', OwnerAccountId: 'aws' }, { status: 'ACTIVE' }],
    ['AWS::SSO::Instance', { Status: 7 }, {}],
    ...(
      [
        ['login.example.com', ['0oa1example'], 'applications'],
        ['https://LOGIN.example.com/tenant/', ['one', 'two'], 'applications'],
        ['login.example.com', ['0oa1example', 'sts.amazonaws.com'], 'workloads'],
        ['cluster.example.com', ['kubernetes.default.svc'], 'workloads'],
        ['cluster.example.com', ['kubernetes.default.svc.cluster.local'], 'workloads'],
        ['login.example.com', ['portal.svcs'], 'applications'],
        ['login.example.com', ['sts.amazonaws.com.cn'], 'workloads'],
        ['git.example.com', ['https://git.example.com'], 'workloads'],
        ['app.terraform.io', ['aws.workload.identity'], 'workloads'],
        ['login.example.com', [], 'workloads'],
        ['token.actions.githubusercontent.com', ['example'], 'workloads'],
        ['oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE', ['sts.amazonaws.com'], 'workloads'],
        ['notgitlab.com', ['example'], 'applications'],
      ] as const
    ).map(
      ([Url, ClientIDList, audience]) =>
        ['AWS::IAM::OIDCProviderAudience', { Url, ClientIDList }, { audience }] as [string, unknown, object],
    ),
    ['AWS::IAM::OIDCProviderAudience', { Url: 'login.example.com' }, {}],
    ['AWS::IAM::OIDCProviderAudience', { ClientIDList: ['example'] }, {}],
    ['AWS::IAM::OIDCProviderAudience', { Url: 'login.example.com', ClientIDList: [7] }, {}],
    ['AWS::IAM::OIDCProviderAudience', new Unread('denied'), {}],
  ])('of %s %j is read', (type, configuration, facts) => {
    expect(factsOf(type, configuration).facts).toEqual(facts);
  });
});
