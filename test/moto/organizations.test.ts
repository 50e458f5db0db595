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

    const policy = async (Name: string, document: object) => {
      const Content = JSON.stringify(document);
      const { Policy } = await client.send(new CreatePolicyCommand({ Name, Content, Description: Name, Type: 'SERVICE_CONTROL_POLICY' }));
      return Policy?.PolicySummary?.Id ?? '';
    };

    const context = readContext({ accountId: management, accountIds: [management, shop, lab] }, { credentials });
    const settings = { ...EMPTY_SETTINGS, approvedRegions: ['eu-west-1'], exemptPrincipals: [ADMIN] };
    /** Returns the current verdicts on IAM-L2-01 and IAM-L2-02. A scan has clients of its own. */
    const verdicts = async () => {
      const now = readContext({ accountId: management, accountIds: context.accountIds }, { credentials });
      const found = await readFacts(organizationsPolicies, now);
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
