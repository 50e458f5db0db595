import {
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreateSAMLProviderCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeleteUserCommand,
  EnableMFADeviceCommand,
  IAMClient,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { iamAccountSummary } from '../../adapters/aws/readers/iam-account-summary.ts';
import { credentialReportReader } from '../../adapters/aws/readers/iam-credential-report.ts';
import { iamOidcProviders } from '../../adapters/aws/readers/iam-oidc-providers.ts';
import { iamSamlProviders } from '../../adapters/aws/readers/iam-saml-providers.ts';
import { ssoInstances } from '../../adapters/aws/readers/sso-instances.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { readContext, readFacts, readInventory } from '../support/readers.ts';

// The emulator's report has no root row, and it does not know the features of an organization.

const iamCredentialReport = credentialReportReader(async () => undefined);

describe.skipIf(!useMoto())('readers of IAM on an emulated account', () => {
  it('read the summary, the credentials of users, and what federates', async () => {
    const { accountId, credentials } = await freshAccount();
    const iam = new IAMClient({ region: 'us-east-1', credentials });
    for (const UserName of ['alice', 'robot,1', 'nobody']) await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new CreateLoginProfileCommand({ UserName: 'alice', Password: 'made-up-Pa55word!' }));
    const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }));
    await iam.send(
      new EnableMFADeviceCommand({
        UserName: 'alice',
        SerialNumber: VirtualMFADevice?.SerialNumber,
        AuthenticationCode1: '123456',
        AuthenticationCode2: '654321',
      }),
    );
    await iam.send(new CreateAccessKeyCommand({ UserName: 'robot,1' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'robot,1' }));
    await iam.send(new UpdateAccessKeyCommand({ UserName: 'robot,1', AccessKeyId: AccessKey?.AccessKeyId, Status: 'Inactive' }));
    await iam.send(new CreateSAMLProviderCommand({ Name: 'corp', SAMLMetadataDocument: 'x'.repeat(1000) }));

    const provider = async (Url: string, ClientIDList: string[]) =>
      (await iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList, ThumbprintList: ['0'.repeat(40)] })))
        .OpenIDConnectProviderArn;
    const people = await provider('https://login.example.com', ['0oa1example']);
    const jobs = await provider('https://token.actions.githubusercontent.com', ['sts.amazonaws.com']);

    const context = readContext({ accountId }, { credentials });
    expect(await readFacts(iamOidcProviders, context)).toMatchObject({
      [`AWS::IAM::OIDCProviderAudience global ${people}`]: { facts: { audience: 'applications' } },
      [`AWS::IAM::OIDCProviderAudience global ${jobs}`]: { facts: { audience: 'workloads' } },
    });
    expect(await readFacts(iamAccountSummary, context)).toMatchObject({
      [`AWS::IAM::AccountSummary global ${accountId}`]: {
        facts: { partition: 'aws', rootMfaEnabled: false, rootAccessKeysPresent: false },
      },
    });
    const report = await readFacts(iamCredentialReport, context);
    const user = (name: string) => report[`AWS::IAM::UserCredentials global ${name}`]?.facts;
    expect(user('alice')).toMatchObject({
      arn: `arn:aws:iam::${accountId}:user/alice`,
      passwordEnabled: true,
      mfaActive: true,
      reportGeneratedAt: expect.any(String),
      accessKeys: [{ active: false }, { active: false }],
    });
    expect(user('robot,1')).toMatchObject({
      passwordEnabled: false,
      accessKeys: [{ active: true }, { active: false, lastRotatedAt: expect.any(String) }],
    });
    expect(await readInventory(iamCredentialReport, context)).toEqual({ 'AWS::IAM::RootCredentials': 0, 'AWS::IAM::UserCredentials': 3 });
    // The emulator says that its report is of 2015, so the users are read by calls of their own.
    await iam.send(new DeleteUserCommand({ UserName: 'nobody' }));
    await iam.send(new CreateUserCommand({ UserName: 'eve' }));
    await iam.send(new CreateLoginProfileCommand({ UserName: 'eve', Password: 'made-up-Pa55word!' }));
    const later = await readFacts(iamCredentialReport, context);
    const now = (name: string) => later[`AWS::IAM::UserCredentials global ${name}`];
    expect(now('alice')?.facts).toMatchObject({
      reportGeneratedAt: null,
      passwordEnabled: true,
      mfaActive: true,
      passwordLastUsedAt: 'never',
    });
    expect(now('eve')?.facts).toMatchObject({ passwordEnabled: true, mfaActive: false, passwordLastChangedAt: expect.any(String) });
    expect(now('robot,1')).toMatchObject({
      facts: {
        arn: `arn:aws:iam::${accountId}:user/robot,1`,
        passwordEnabled: false,
        accessKeys: [
          { active: true, lastRotatedAt: expect.any(String) },
          { active: false, lastRotatedAt: expect.any(String) },
        ],
      },
      missing: {},
    });
    expect(await readInventory(iamCredentialReport, context)).toEqual({ 'AWS::IAM::RootCredentials': 0, 'AWS::IAM::UserCredentials': 3 });
    expect(await readFacts(iamSamlProviders, context)).toMatchObject({
      [`AWS::IAM::SAMLProviderStatus global arn:aws:iam::${accountId}:saml-provider/corp`]: { facts: { validUntil: expect.any(String) } },
    });
    // The emulator gives every account an instance of its own.
    const [instance] = Object.values(await readFacts(ssoInstances, context));
    expect(instance?.facts).toEqual({ status: 'ACTIVE', ownerAccountId: accountId });
    expect(await readInventory(ssoInstances, context)).toEqual({ 'AWS::SSO::Instance': 1 });
  });
});
