import { AutoScalingClient, type AutoScalingGroup, paginateDescribeAutoScalingGroups } from '@aws-sdk/client-auto-scaling';
import type { Clients } from '../clients.ts';
import type { ReadContext } from './reader.ts';

/** The groups of a Region that could be listed. */
export interface GroupList {
  readonly groups: readonly AutoScalingGroup[];
  /** Why the list may be incomplete. */
  readonly failure?: unknown;
}

const LISTS = new WeakMap<Clients, Map<string, Promise<GroupList>>>();

/** Lists the Auto Scaling groups of a Region once for all readers that share the clients. An account has some hundreds of them. */
export function describeAutoScalingGroups({ clients, region }: ReadContext): Promise<GroupList> {
  const lists = LISTS.get(clients) ?? new Map<string, Promise<GroupList>>();
  LISTS.set(clients, lists);
  const list = lists.get(region) ?? listGroups(clients(AutoScalingClient, region));
  lists.set(region, list);
  return list;
}

async function listGroups(client: AutoScalingClient): Promise<GroupList> {
  const groups: AutoScalingGroup[] = [];
  try {
    for await (const page of paginateDescribeAutoScalingGroups({ client }, { MaxRecords: 100 }))
      groups.push(...(page.AutoScalingGroups ?? []));
    return { groups };
  } catch (failure) {
    return { groups, failure };
  }
}
