import {
  type Account,
  OrganizationsClient,
  paginateListAccountsForParent,
  paginateListOrganizationalUnitsForParent,
} from '@aws-sdk/client-organizations';
import type { Clients } from './clients.ts';

/**
 * The active accounts in these units (or the root) and all units below, as the management account or a delegated administrator
 * sees them, sorted. The management account is not among them: a stack set does not reach it, and nobody can read it.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
 */
export async function accountsBelow(clients: Clients, region: string, units: readonly string[]): Promise<string[]> {
  const client = clients(OrganizationsClient, region);
  const accountIds = new Set<string>();
  const known = new Set(units);
  // A set tells what is added to it while it is gone through.
  for (const ParentId of known) {
    for await (const { Accounts = [] } of paginateListAccountsForParent({ client }, { ParentId })) {
      for (const account of Accounts) if (account.Id && isActive(account) && !isManagement(account)) accountIds.add(account.Id);
    }
    for await (const { OrganizationalUnits = [] } of paginateListOrganizationalUnitsForParent({ client }, { ParentId })) {
      for (const { Id } of OrganizationalUnits) if (Id) known.add(Id);
    }
  }
  return [...accountIds].sort();
}

/** `Status` is what `State` replaces: https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html */
export const isActive = ({ State, Status }: Account): boolean => (State ?? Status) === 'ACTIVE';

/** The ARN of an account names the management account first: `arn:aws:organizations::<management>:account/o-…/<account>`. */
const isManagement = ({ Id, Arn = '' }: Account): boolean => Arn.split(':')[4] === Id;
