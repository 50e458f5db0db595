import {
  AccountNotManagementOrDelegatedAdministratorException,
  GenerateCredentialReportCommand,
  GetAccountSummaryCommand,
  GetCredentialReportCommand,
  GetOpenIDConnectProviderCommand,
  IAMClient,
  IAMServiceException,
  ListOpenIDConnectProvidersCommand,
  ListOrganizationsFeaturesCommand,
  ListSAMLProvidersCommand,
} from '@aws-sdk/client-iam';
import { DescribeOrganizationCommand, ListParentsCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { ListInstancesCommand, SSOAdminClient } from '@aws-sdk/client-sso-admin';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { iamAccountSummary } from '../../../adapters/aws/readers/iam-account-summary.ts';
import { credentialReportReader } from '../../../adapters/aws/readers/iam-credential-report.ts';
import { iamOidcProviders } from '../../../adapters/aws/readers/iam-oidc-providers.ts';
import { iamOrganizationFeatures } from '../../../adapters/aws/readers/iam-organization-features.ts';
import { iamSamlProviders } from '../../../adapters/aws/readers/iam-saml-providers.ts';
import { ssoInstances } from '../../../adapters/aws/readers/sso-instances.ts';
import { READ_AT, readContext, readFacts, readInventory } from '../../support/readers.ts';

const iam = mockClient(IAMClient);
const organizations = mockClient(OrganizationsClient);
const sso = mockClient(SSOAdminClient);
const failure = (name: string) => new IAMServiceException({ name, $fault: 'client', $metadata: {}, message: name });

beforeEach(() => {
  for (const client of [iam, organizations, sso]) client.reset();
});

describe('the account summary', () => {
  it('is read with the partition, and what the map lacks is missing', async () => {
    iam
      .on(GetAccountSummaryCommand)
      .resolves({ SummaryMap: { AccountMFAEnabled: 0, AccountPasswordPresent: 1, AccountAccessKeysPresent: 1 } });
    const found = await readFacts(iamAccountSummary, readContext({ partition: 'aws-us-gov' }));
    expect(found['AWS::IAM::AccountSummary global 111111111111']).toEqual({
      facts: { partition: 'aws-us-gov', rootMfaEnabled: false, rootPasswordPresent: true, rootAccessKeysPresent: true },
      missing: { rootSigningCertificatesPresent: expect.any(String) },
    });
  });

  it('is not listed when it was denied', async () => {
    iam.on(GetAccountSummaryCommand).rejects(failure('AccessDenied'));
    expect(await readInventory(iamAccountSummary)).toEqual({ 'AWS::IAM::AccountSummary': expect.stringContaining('AccessDenied') });
  });
});

describe('the credential report', () => {
  const HEAD =
    'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,' +
    'access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,' +
    'access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,' +
    'cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated';
  const NO_KEY = 'false,N/A,N/A,N/A,N/A';
  const ROOT = `<root_account>,arn:aws:iam::111111111111:root,2020-01-01T00:00:00+00:00,not_supported,2025-12-01T00:00:00+00:00,not_supported,not_supported,true,${NO_KEY},${NO_KEY},false,N/A,false,N/A`;
  const row = (name: string) =>
    `${name},arn:aws:iam::111111111111:user/${name},2020-01-01T00:00:00+00:00,FALSE,N/A,N/A,N/A,FALSE,true,2025-12-01T00:00:00+00:00,N/A,N/A,N/A,${NO_KEY},false,N/A,false,N/A`;
  const report = (...lines: string[]) => ({
    Content: new TextEncoder().encode([HEAD, ...lines].join('\n')),
    GeneratedTime: new Date(READ_AT),
  });

  let waits: number[];
  const reader = credentialReportReader(async (attempt) => void waits.push(attempt));
  beforeEach(() => {
    waits = [];
    iam.on(GenerateCredentialReportCommand).resolves({ State: 'COMPLETE' });
    iam.on(GetCredentialReportCommand).resolves(report(ROOT, row('robot,=@+1'), row('bob')));
  });

  it('gives one item of the root user, and one of each user', async () => {
    const found = await readFacts(reader);
    expect(Object.keys(found)).toEqual([
      'AWS::IAM::RootCredentials global 111111111111',
      'AWS::IAM::UserCredentials global robot,=@+1',
      'AWS::IAM::UserCredentials global bob',
      'CSMM::Inventory global AWS::IAM::RootCredentials',
      'CSMM::Inventory global AWS::IAM::UserCredentials',
    ]);
    expect(found['AWS::IAM::RootCredentials global 111111111111']).toEqual({
      facts: {
        reportGeneratedAt: READ_AT,
        arn: 'arn:aws:iam::111111111111:root',
        mfaActive: true,
        passwordLastUsedAt: '2025-12-01T00:00:00.000Z',
        passwordLastChangedAt: 'never',
        accessKeys: [{ active: false }, { active: false }],
      },
      missing: {},
    });
    expect(found['AWS::IAM::UserCredentials global bob']?.facts).toMatchObject({
      passwordEnabled: false,
      accessKeys: [{ active: true }, { active: false }],
    });
    expect(waits).toEqual([]);
  });

  it('of a member account may lack the root user', async () => {
    iam.on(GetCredentialReportCommand).resolves(report());
    expect(await readInventory(reader)).toEqual({ 'AWS::IAM::RootCredentials': 0, 'AWS::IAM::UserCredentials': 0 });
  });

  it('is waited for while IAM writes it', async () => {
    iam
      .on(GenerateCredentialReportCommand)
      .resolvesOnce({ State: 'STARTED' })
      .resolvesOnce({ State: 'INPROGRESS' })
      .rejectsOnce(failure('LimitExceededException'))
      .resolves({ State: 'COMPLETE' });
    iam
      .on(GetCredentialReportCommand)
      .rejectsOnce(failure('CredentialReportNotReadyException'))
      .rejectsOnce(failure('CredentialReportExpiredException'))
      .resolves(report(ROOT));
    expect(await readInventory(reader)).toEqual({ 'AWS::IAM::RootCredentials': 1, 'AWS::IAM::UserCredentials': 0 });
    expect(waits).toEqual([0, 1, 2, 3, 4]);
  });

  it('is given up when IAM does not end', async () => {
    iam.on(GenerateCredentialReportCommand).resolves({ State: 'INPROGRESS' });
    expect((await readInventory(reader))['AWS::IAM::UserCredentials']).toContain('CredentialReportError');
    expect(waits).toHaveLength(10);
  });

  it.each([GenerateCredentialReportCommand, GetCredentialReportCommand])('is not listed when %o was denied', async (command) => {
    iam.on(command as typeof GetCredentialReportCommand).rejects(failure('AccessDenied'));
    expect(await readInventory(reader)).toEqual({
      'AWS::IAM::RootCredentials': expect.stringContaining('AccessDenied'),
      'AWS::IAM::UserCredentials': expect.stringContaining('AccessDenied'),
    });
    expect(waits).toEqual([]);
  });

  it('is not complete when a line cannot be read, and the others stand', async () => {
    iam.on(GetCredentialReportCommand).resolves(report('x,y', row('bob')));
    const found = await readFacts(reader);
    expect(Object.keys(found)[0]).toBe('AWS::IAM::UserCredentials global bob');
    expect(found['CSMM::Inventory global AWS::IAM::UserCredentials']?.missing.resources).toContain('1 lines');
  });

  it('is not complete when it is no report', async () => {
    for (const answer of [{}, { Content: new Uint8Array(), GeneratedTime: new Date(READ_AT) }]) {
      iam.on(GetCredentialReportCommand).resolves(answer);
      expect((await readInventory(reader))['AWS::IAM::UserCredentials']).toContain('CredentialReportError');
    }
  });

  it('of no known time proves nothing', async () => {
    iam.on(GetCredentialReportCommand).resolves({ ...report(row('bob')), GeneratedTime: new Date(Number.NaN) });
    expect((await readInventory(reader))['AWS::IAM::UserCredentials']).toContain('RangeError');
  });
});

describe('the features of the organization', () => {
  const [MANAGEMENT, MEMBER] = ['111111111111', '222222222222'];
  const features = async () => {
    const found = await readFacts(iamOrganizationFeatures, readContext({ accountIds: [MANAGEMENT, MEMBER] }));
    return [MANAGEMENT, MEMBER].map((id) => found[`AWS::IAM::OrganizationsFeatures global ${id}`]);
  };
  beforeEach(() => {
    iam.on(ListOrganizationsFeaturesCommand).resolves({ EnabledFeatures: ['RootCredentialsManagement'] });
    organizations.on(DescribeOrganizationCommand).resolves({ Organization: { MasterAccountId: MANAGEMENT } });
    organizations.on(ListParentsCommand).resolves({ Parents: [{ Id: 'r-1', Type: 'ROOT' }] });
  });

  it('hold for members, not for the management account', async () => {
    expect(await features()).toEqual([
      { facts: { rootCredentialsManagement: false, rootSessions: false }, missing: {} },
      { facts: { rootCredentialsManagement: true, rootSessions: false }, missing: {} },
    ]);
  });

  it.each(['OrganizationNotFoundException', 'OrganizationNotInAllFeaturesModeException', 'ServiceAccessNotEnabledException'])(
    'are none when IAM answers %s',
    async (name) => {
      iam.on(ListOrganizationsFeaturesCommand).rejects(failure(name));
      for (const account of await features()) expect(account?.facts).toEqual({ rootCredentialsManagement: false, rootSessions: false });
    },
  );

  it('are unknown in an account that is not in the organization of the one that asks', async () => {
    for (const answer of [{ EnabledFeatures: ['RootCredentialsManagement' as const] }, {}]) {
      iam.on(ListOrganizationsFeaturesCommand).resolves(answer);
      organizations.on(ListParentsCommand, { ChildId: MEMBER }).rejects(failure('ChildNotFoundException'));
      const [management, outsider] = await features();
      expect(management?.missing).toEqual({});
      expect(outsider).toEqual({
        facts: {},
        missing: {
          rootCredentialsManagement: expect.stringContaining('ChildNotFoundException'),
          rootSessions: expect.stringContaining('ChildNotFoundException'),
        },
      });
    }
  });

  it('are none in an account that asks and is in no organization, and unknown in the others', async () => {
    iam.on(ListOrganizationsFeaturesCommand).rejects(failure('OrganizationNotFoundException'));
    organizations.on(DescribeOrganizationCommand).rejects(failure('AWSOrganizationsNotInUseException'));
    const [own, other] = await features();
    expect(own?.facts).toEqual({ rootCredentialsManagement: false, rootSessions: false });
    expect(other?.missing).toEqual({
      rootCredentialsManagement: expect.stringContaining('no organization'),
      rootSessions: expect.stringContaining('no organization'),
    });
  });

  it('hold for a member that asks, as IAM lets a delegated administrator', async () => {
    organizations.on(DescribeOrganizationCommand).resolves({ Organization: { MasterAccountId: '333333333333' } });
    organizations.on(ListParentsCommand).rejects(failure('AccessDenied'));
    expect((await features())[0]?.facts).toEqual({ rootCredentialsManagement: true, rootSessions: false });
  });

  it.each([failure('AccessDenied'), new AccountNotManagementOrDelegatedAdministratorException({ $metadata: {}, message: 'no' })])(
    'are unknown in members when %o',
    async (error) => {
      iam.on(ListOrganizationsFeaturesCommand).rejects(error);
      expect((await features())[1]).toEqual({
        facts: {},
        missing: { rootCredentialsManagement: expect.any(String), rootSessions: expect.any(String) },
      });
    },
  );

  it('are unknown when it is not known which account is the management account', async () => {
    organizations.on(DescribeOrganizationCommand).rejects(failure('AccessDenied'));
    for (const account of await features()) {
      expect(account).toEqual({ facts: {}, missing: { rootCredentialsManagement: expect.any(String), rootSessions: expect.any(String) } });
    }
  });
});

describe('SAML providers', () => {
  const ARN = 'arn:aws:iam::111111111111:saml-provider/corp';

  it('are listed with their expiry', async () => {
    iam
      .on(ListSAMLProvidersCommand)
      .resolves({ SAMLProviderList: [{ Arn: ARN, ValidUntil: new Date('2027-01-01T00:00:00Z') }, { Arn: `${ARN}-2` }] });
    const found = await readFacts(iamSamlProviders);
    expect(found[`AWS::IAM::SAMLProviderStatus global ${ARN}`]?.facts).toEqual({ validUntil: '2027-01-01T00:00:00.000Z' });
    expect(found[`AWS::IAM::SAMLProviderStatus global ${ARN}-2`]?.facts).toEqual({});
  });

  it('are not listed when they were denied', async () => {
    iam.on(ListSAMLProvidersCommand).rejects(failure('AccessDenied'));
    expect(await readInventory(iamSamlProviders)).toEqual({ 'AWS::IAM::SAMLProviderStatus': expect.stringContaining('AccessDenied') });
  });
});

describe('OpenID Connect providers', () => {
  const ARN = 'arn:aws:iam::111111111111:oidc-provider/login.example.com';
  beforeEach(() => {
    iam.on(ListOpenIDConnectProvidersCommand).resolves({ OpenIDConnectProviderList: [{ Arn: ARN }, { Arn: `${ARN}/2` }] });
    iam.on(GetOpenIDConnectProviderCommand).resolves({ Url: 'login.example.com', ClientIDList: ['sts.amazonaws.com'] });
    iam
      .on(GetOpenIDConnectProviderCommand, { OpenIDConnectProviderArn: ARN })
      .resolves({ Url: 'login.example.com', ClientIDList: ['0oa1example'] });
  });

  it('are listed with who uses them', async () => {
    const found = await readFacts(iamOidcProviders);
    expect(found[`AWS::IAM::OIDCProviderAudience global ${ARN}`]?.facts).toEqual({ audience: 'applications' });
    expect(found[`AWS::IAM::OIDCProviderAudience global ${ARN}/2`]?.facts).toEqual({ audience: 'workloads' });
    expect(found['CSMM::Inventory global AWS::IAM::OIDCProviderAudience']?.facts).toEqual({ resources: 2 });
  });

  it('are listed, and one that was denied is unknown', async () => {
    iam.on(GetOpenIDConnectProviderCommand, { OpenIDConnectProviderArn: ARN }).rejects(failure('AccessDenied'));
    const found = await readFacts(iamOidcProviders);
    expect(found[`AWS::IAM::OIDCProviderAudience global ${ARN}`]).toEqual({
      facts: {},
      missing: { audience: expect.stringContaining('AccessDenied') },
    });
    expect(found[`AWS::IAM::OIDCProviderAudience global ${ARN}/2`]?.missing).toEqual({});
  });

  it('are not listed when they were denied', async () => {
    iam.on(ListOpenIDConnectProvidersCommand).rejects(failure('AccessDenied'));
    expect(await readInventory(iamOidcProviders)).toEqual({ 'AWS::IAM::OIDCProviderAudience': expect.stringContaining('AccessDenied') });
  });
});

describe('instances of Identity Center', () => {
  const ARN = 'arn:aws:sso:::instance/ssoins-0';

  it('are listed page by page, in the Region that is read', async () => {
    sso
      .on(ListInstancesCommand)
      .resolvesOnce({ Instances: [{ InstanceArn: ARN, Status: 'ACTIVE', OwnerAccountId: '222222222222' }], NextToken: 'more' })
      .resolvesOnce({ Instances: [{ InstanceArn: `${ARN}1`, Status: 'DELETE_IN_PROGRESS' }] });
    const found = await readFacts(ssoInstances);
    expect(found[`AWS::SSO::Instance eu-west-1 ${ARN}`]?.facts).toEqual({ status: 'ACTIVE', ownerAccountId: '222222222222' });
    expect(found[`AWS::SSO::Instance eu-west-1 ${ARN}1`]?.facts).toEqual({ status: 'DELETE_IN_PROGRESS' });
    expect(found['CSMM::Inventory eu-west-1 AWS::SSO::Instance']?.facts).toEqual({ resources: 2 });
  });

  it('are not all listed when a page was denied', async () => {
    sso
      .on(ListInstancesCommand)
      .resolvesOnce({ Instances: [{ InstanceArn: ARN, Status: 'ACTIVE' }], NextToken: 'more' })
      .rejectsOnce(failure('AccessDeniedException'));
    expect(await readInventory(ssoInstances)).toEqual({
      'AWS::SSO::Instance': expect.stringContaining('was denied (AccessDeniedException)'),
    });
  });
});
