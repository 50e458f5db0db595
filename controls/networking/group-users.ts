import type { Inventory } from '../../core/control.ts';
import { gapIn } from '../../core/evaluation/evidence.ts';
import type { ResourceRef } from '../../core/model.ts';

/** Type of the resources that use a security group. */
export const GROUP_USERS = 'AWS::EC2::NetworkInterface';

/** Maximum number of named network interfaces. The sentence counts the others. */
const NAMED = 5;

/** Returns what uses a security group, as sentences for a plan. csmm reads no flows. */
export function usersOf({ resourceId, region }: ResourceRef, inventory: Inventory): string[] {
  const flows = 'The flows that the rules let in were not read.';
  const gap = gapIn(inventory, [GROUP_USERS]);
  if (gap !== undefined) return [`The network interfaces that use the group were not read: ${gap}.`, flows];
  const users = inventory
    .all(GROUP_USERS)
    .filter(({ resource, facts }) => resource.region === region && facts.groupIds?.includes(resourceId));
  if (users.length === 0) return ['No network interface uses the group.'];
  const names = users.slice(0, NAMED).map(({ resource, facts }) => {
    const addresses = facts.publicIps ?? [];
    return addresses.length === 0 ? resource.resourceId : `${resource.resourceId} with public address ${addresses.join(' and ')}`;
  });
  const more = users.length > NAMED ? `, and ${users.length - NAMED} more` : '';
  return [`${users.length} network interface${users.length === 1 ? ' uses' : 's use'} the group: ${names.join(', ')}${more}.`, flows];
}
