import {
  type Account,
  OrganizationsClient,
  paginateListAccountsForParent,
  paginateListOrganizationalUnitsForParent,
} from '@aws-sdk/client-organizations';
import type { Clients } from './clients.ts';

/**
 * Returns the active accounts in these organizational units (or the root) and all units below, sorted, as the management account
 * or a delegated administrator sees them. The management account is not included: a stack set does not reach it, so csmm cannot
 * read it.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
 */
export async function accountsBelow(clients: Clients, region: string, units: readonly string[]): Promise<string[]> {
  const client = clients(OrganizationsClient, region);
  const accountIds = new Set<string>();
  const known = new Set(units);
  // A set iterator also returns entries that are added during the iteration.
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

/**
 * Whether an account is active. `State` replaces `Status`:
 * https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
 */
export const isActive = ({ State, Status }: Account): boolean => (State ?? Status) === 'ACTIVE';

/** Whether an account is the management account, which the ARN names first: `arn:aws:organizations::<management>:account/o-…/<account>`. */
const isManagement = ({ Id, Arn = '' }: Account): boolean => Arn.split(':')[4] === Id;
