// moto answers every member account as if it managed the organization, and keeps a policy's attachments when the type is disabled:
// who may ask, and what a disabled type means, is tested in test/adapters/readers/organizations-policies.test.ts.
import {
  AttachPolicyCommand,
  CreateAccountCommand,
  CreateOrganizationalUnitCommand,
  CreateOrganizationCommand,
  CreatePolicyCommand,
  DetachPolicyCommand,
  EnablePolicyTypeCommand,
  ListRootsCommand,
  MoveAccountCommand,
  OrganizationsClient,
  type PolicyType,
  UpdatePolicyCommand,
} from '@aws-sdk/client-organizations';
import { describe, expect, it } from 'vitest';
import { organizationsPolicies } from '../../adapters/aws/readers/organizations-policies.ts';
import protectsSecurityServices from '../../controls/iam/iam-l2-01-scp-protects-security-services.ts';
import regionRestriction from '../../controls/iam/iam-l2-02-scp-region-restriction.ts';
import { evaluateJoins } from '../../core/evaluation/evaluate.ts';
import type { OrganizationsAccountFacts } from '../../core/facts/organizations-account.ts';
import { PROTECTED_ACTIONS } from '../../core/policy/service-control-policies.ts';
import { EMPTY_SETTINGS } from '../../core/settings/account-settings.ts';
import { inventoryOf } from '../support/control.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { credentialsOf } from '../support/moto-server.ts';
import { readContext, readFacts } from '../support/readers.ts';

/** Accounts that are not in the organization: so many that the reader lists the organization. */
const OTHERS = Array.from({ length: 50 }, (_, index) => String(900_000_000_000 + index));

const ADMIN = 'arn:*:iam::*:role/SecurityAdmin';

const guardrail = (exempt: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: PROTECTED_ACTIONS, Resource: '*', Condition: { ArnNotLike: { 'aws:PrincipalArn': exempt } } }],
});

/** https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html#example-scp-deny-region */
const regions = (...names: string[]) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      NotAction: ['cloudfront:*', 'iam:*', 'organizations:*', 'route53:*', 'sts:*', 'support:*'],
      Resource: '*',
      Condition: { StringNotEquals: { 'aws:RequestedRegion': names }, ArnNotLike: { 'aws:PrincipalARN': [ADMIN] } },
    },
  ],
});

const allowedIn = (...names: string[]) => ({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: '*', Resource: '*', Condition: { StringEquals: { 'aws:RequestedRegion': names } } },
    { Effect: 'Allow', Action: ['iam:*', 'sts:*', 'bcm-data-exports:*'], Resource: '*' },
  ],
});

const HTTPS_ONLY = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      Principal: '*',
      Action: ['s3:*', 'sqs:*'],
      Resource: '*',
      Condition: { BoolIfExists: { 'aws:SecureTransport': 'false', 'aws:PrincipalIsAWSService': 'false' } },
    },
  ],
};

describe.skipIf(!useMoto())('an emulated organization', () => {
  it('has verdicts that follow what is attached where, and where an account is', async () => {
    const { accountId: management, credentials } = await freshAccount();
    const client = new OrganizationsClient({ region: 'us-east-1', credentials });
    await client.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
    const { Roots } = await client.send(new ListRootsCommand({}));
    const RootId = Roots?.[0]?.Id ?? '';

    const unit = async (ParentId: string, Name: string) =>
      (await client.send(new CreateOrganizationalUnitCommand({ ParentId, Name }))).OrganizationalUnit?.Id ?? '';
    const [sandbox, workloads] = [await unit(RootId, 'sandbox'), await unit(RootId, 'workloads')];
    const production = await unit(workloads, 'production');
    const account = async (name: string) => {
      const { CreateAccountStatus } = await client.send(new CreateAccountCommand({ AccountName: name, Email: `${name}@example.com` }));
      return CreateAccountStatus?.AccountId ?? '';
    };
    const [shop, lab] = [await account('shop'), await account('lab')];
    const move = (AccountId: string, SourceParentId: string, DestinationParentId: string) =>
      client.send(new MoveAccountCommand({ AccountId, SourceParentId, DestinationParentId }));
    await move(shop, RootId, production);
    await move(lab, RootId, sandbox);

    const policy = async (Name: string, document: object, Type: PolicyType = 'SERVICE_CONTROL_POLICY') => {
      const Content = JSON.stringify(document);
      const { Policy } = await client.send(new CreatePolicyCommand({ Name, Content, Description: Name, Type }));
      return Policy?.PolicySummary?.Id ?? '';
    };

    const context = readContext({ accountId: management, accountIds: [management, shop, lab] }, { credentials });
    const settings = { ...EMPTY_SETTINGS, approvedRegions: ['eu-west-1'], exemptPrincipals: [ADMIN] };
    /** Returns the current verdicts on IAM-L2-01 and IAM-L2-02. A scan has clients of its own. */
    const verdicts = async () => {
      const now = readContext({ accountId: management, accountIds: context.accountIds }, { credentials });
      const found = await readFacts(organizationsPolicies, now);
      const among = readContext({ accountId: management, accountIds: [...context.accountIds, ...OTHERS] }, { credentials });
      const amongMany = await readFacts(organizationsPolicies, among);
      for (const id of [management, shop, lab]) {
        const key = `AWS::Organizations::Account global ${id}`;
        expect(amongMany[key], 'as one of many accounts').toEqual(found[key]);
      }
      return Object.fromEntries(
        Object.entries({ management, shop, lab }).map(([name, id]) => {
          const facts = found[`AWS::Organizations::Account global ${id}`]?.facts as OrganizationsAccountFacts;
          const inventory = inventoryOf({ 'AWS::Organizations::Account': { [id]: facts } }, {}, { settings });
          const judged = [protectsSecurityServices, regionRestriction].map((control) => evaluateJoins(control, inventory)[0]?.compliance);
          return [name, judged];
        }),
      );
    };
    const [PASS, FAIL, NONE] = ['COMPLIANT', 'NON_COMPLIANT', ['NOT_APPLICABLE', 'NOT_APPLICABLE']];

    const guard = await policy('guard', guardrail(ADMIN));
    const europe = await policy('europe', regions('eu-west-1'));
    await client.send(new AttachPolicyCommand({ PolicyId: guard, TargetId: workloads }));
    expect(await verdicts(), 'policies are not enabled').toEqual({ management: NONE, shop: [FAIL, FAIL], lab: [FAIL, FAIL] });

    await client.send(new EnablePolicyTypeCommand({ RootId, PolicyType: 'SERVICE_CONTROL_POLICY' }));
    expect(await verdicts(), 'enabled').toEqual({ management: NONE, shop: [PASS, FAIL], lab: [FAIL, FAIL] });

    await client.send(new AttachPolicyCommand({ PolicyId: europe, TargetId: RootId }));
    expect(await verdicts(), 'attached to the root').toEqual({ management: NONE, shop: [PASS, PASS], lab: [FAIL, PASS] });

    await move(lab, sandbox, workloads);
    expect(await verdicts(), 'moved').toEqual({ management: NONE, shop: [PASS, PASS], lab: [PASS, PASS] });

    await client.send(new UpdatePolicyCommand({ PolicyId: europe, Content: JSON.stringify(regions('eu-west-1', 'us-east-1')) }));
    expect(await verdicts(), 'another Region').toEqual({ management: NONE, shop: [PASS, FAIL], lab: [PASS, FAIL] });

    await client.send(new DetachPolicyCommand({ PolicyId: guard, TargetId: workloads }));
    await client.send(new AttachPolicyCommand({ PolicyId: guard, TargetId: shop }));
    expect(await verdicts(), 'attached to one account').toEqual({ management: NONE, shop: [PASS, FAIL], lab: [FAIL, FAIL] });

    await client.send(new UpdatePolicyCommand({ PolicyId: guard, Content: JSON.stringify(guardrail('arn:aws:iam::*:role/Other')) }));
    expect(await verdicts(), 'a role that nobody declared').toEqual({ management: NONE, shop: [FAIL, FAIL], lab: [FAIL, FAIL] });

    // A list of what is allowed, in place of full access: everything in approved Regions, and global services.
    await client.send(new DetachPolicyCommand({ PolicyId: europe, TargetId: RootId }));
    expect((await verdicts()).lab, 'no restriction').toEqual([FAIL, FAIL]);
    const allowed = await policy('allowed', allowedIn('eu-west-1'));
    await client.send(new AttachPolicyCommand({ PolicyId: allowed, TargetId: workloads }));
    expect((await verdicts()).lab, 'beside full access').toEqual([FAIL, FAIL]);
    await client.send(new DetachPolicyCommand({ PolicyId: 'p-FullAWSAccess', TargetId: workloads }));
    expect(await verdicts(), 'an Allow in Regions').toEqual({ management: NONE, shop: [FAIL, PASS], lab: [FAIL, PASS] });
    await client.send(new UpdatePolicyCommand({ PolicyId: allowed, Content: JSON.stringify(allowedIn('us-west-2')) }));
    expect((await verdicts()).lab, 'an Allow in another Region').toEqual([FAIL, FAIL]);

    const plainHttp = async () => {
      const now = readContext({ accountId: management, accountIds: context.accountIds }, { credentials });
      const found = await readFacts(organizationsPolicies, now);
      return [management, shop, lab].map(
        (id) => (found[`AWS::Organizations::Account global ${id}`]?.facts as OrganizationsAccountFacts | undefined)?.plainHttpToS3,
      );
    };
    const [DENIED, OPEN] = [{ kind: 'denied' }, { kind: 'open', reason: expect.any(String) }];
    expect(await plainHttp(), 'RCPs are not enabled').toEqual([OPEN, OPEN, OPEN]);
    await client.send(new EnablePolicyTypeCommand({ RootId, PolicyType: 'RESOURCE_CONTROL_POLICY' }));
    expect(await plainHttp(), 'RCPs are enabled').toEqual([OPEN, OPEN, OPEN]);
    const https = await policy('https', HTTPS_ONLY, 'RESOURCE_CONTROL_POLICY');
    await client.send(new AttachPolicyCommand({ PolicyId: https, TargetId: production }));
    expect(await plainHttp(), 'an RCP of a unit').toEqual([OPEN, DENIED, OPEN]);
    await client.send(new AttachPolicyCommand({ PolicyId: https, TargetId: RootId }));
    expect(await plainHttp(), 'an RCP of the root').toEqual([OPEN, DENIED, DENIED]);

    const alone = readContext({ accountId: shop, accountIds: [shop] }, { credentials: await credentialsOf(shop) });
    expect(await readFacts(organizationsPolicies, alone)).toMatchObject({
      [`AWS::Organizations::Account global ${shop}`]: { facts: { inOrganization: true, isManagementAccount: false } },
    });
  });

  it('is told from an account that is in none', async () => {
    const { accountId, credentials } = await freshAccount();
    const context = readContext({ accountId, accountIds: [accountId] }, { credentials });
    expect(await readFacts(organizationsPolicies, context)).toMatchObject({
      [`AWS::Organizations::Account global ${accountId}`]: { facts: { inOrganization: false, isManagementAccount: false }, missing: {} },
    });
  });
});
