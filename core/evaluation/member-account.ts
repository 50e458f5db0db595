import {
  type Inventory,
  type InventoryItem,
  type JoinedVerdict,
  lacks,
  nonCompliant,
  notApplicable,
  type Verdict,
  verdictOn,
} from '../control.ts';

/** The resource that describes the place of an account in its organization. */
type Account = InventoryItem<'AWS::Organizations::Account'>;

/**
 * Evaluates an account by the SCPs in force on it. An account outside an organization, or in one without SCPs, fails. SCPs do not
 * bind the management account:
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html#not-restricted-by-scp
 */
export function* evaluateMemberAccount(inventory: Inventory, evaluateMember: (account: Account) => Verdict): Generator<JoinedVerdict> {
  for (const account of inventory.all('AWS::Organizations::Account'))
    yield verdictOn(account, withoutScps(account) ?? evaluateMember(account));
}

function withoutScps({ facts: { inOrganization, isManagementAccount, scpsEnabled }, missing }: Account): Verdict | undefined {
  if (inOrganization === undefined) return lacks({ missing }, 'inOrganization');
  if (!inOrganization) return nonCompliant('no-organization', 'account is in no organization, so no service control policy applies to it');
  if (isManagementAccount === undefined) return lacks({ missing }, 'isManagementAccount');
  if (isManagementAccount) return notApplicable('service control policies do not bind the management account');
  if (scpsEnabled === undefined) return lacks({ missing }, 'scpsEnabled');
  return scpsEnabled ? undefined : nonCompliant('scps-not-enabled', 'organization has not enabled service control policies');
}
