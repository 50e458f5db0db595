import { OrganizationsClient, paginateListParents } from '@aws-sdk/client-organizations';
import type { Clients } from './clients.ts';

/** The IAM action that {@link unitsAbove} calls. */
export const UNIT_PERMISSIONS = ['organizations:ListParents'] as const;

/** Maximum number of ancestors of an account: five levels of organizational units and the root. https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html */
const MAX_DEPTH = 6;

/** Thrown if the organizational units above an account do not end at a root. */
export class NoRootError extends Error {
  override readonly name = 'NoRootError';
}

/**
 * Returns the IDs of the organizational units above an account and of the root, nearest first. The credentials must be those of the
 * management account or a delegated administrator.
 *
 * @throws NoRootError if the units do not end at a root, and any error of the SDK.
 */
export async function unitsAbove(accountId: string, clients: Clients, region: string): Promise<string[]> {
  const client = clients(OrganizationsClient, region);
  const units: string[] = [];
  for (let child = accountId; units.length <= MAX_DEPTH; ) {
    let parent: { readonly Id?: string | undefined; readonly Type?: string | undefined } | undefined;
    for await (const { Parents = [] } of paginateListParents({ client }, { ChildId: child })) parent ??= Parents[0];
    if (!parent?.Id) break;
    units.push(parent.Id);
    if (parent.Type === 'ROOT') return units;
    child = parent.Id;
  }
  throw new NoRootError(`the organizational units above account ${accountId} do not end at a root: ${units.join(', ')}`);
}
