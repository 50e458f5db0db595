/** A stack of a stack set that is not as it should be. */
export interface StackInstance {
  readonly accountId: string;
  readonly region: string;
  /** Detailed status, such as `FAILED`. */
  readonly status: string;
  /** Why, in the words of CloudFormation. */
  readonly reason: string;
}

export interface SortedInstances {
  /** Stacks that should be there. */
  readonly failing: readonly StackInstance[];
  /** Stacks in closed Regions, where nothing can be created and nothing needs to be watched. */
  readonly closed: readonly StackInstance[];
}

/**
 * Separates failed stacks from those that a closed Region explains. A Region is closed if it is not approved and CloudFormation was
 * denied there. Without approved Regions, only an explicit denial by a policy of the organization closes it. Each account and Region
 * counts once, although organizational units can overlap.
 */
export function sortInstances(instances: Iterable<StackInstance>, approvedRegions: readonly string[] | undefined): SortedInstances {
  const distinct = new Map<string, StackInstance>();
  for (const instance of instances) distinct.set(`${instance.accountId}/${instance.region}`, instance);
  const isClosed = ({ region, reason }: StackInstance): boolean =>
    approvedRegions ? !approvedRegions.includes(region) && DENIED.test(reason) : DENIED_BY_ORGANIZATION.test(reason);
  const all = [...distinct.values()];
  return { failing: all.filter((instance) => !isClosed(instance)), closed: all.filter(isClosed) };
}

/**
 * Denials as services word them, whose text CloudFormation repeats.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
const DENIED = /is not authorized to perform|access ?denied|with an explicit deny/i;
const DENIED_BY_ORGANIZATION = /with an explicit deny in a (service|resource) control policy/i;
