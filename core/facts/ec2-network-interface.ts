import { factParser } from './parser.ts';
import type { View } from './view.ts';

export interface NetworkInterfaceFacts {
  /** Whether the interface is attached to an instance now. Those of load balancers, NAT gateways and the like are not. */
  attachedToInstance?: boolean;
  /** Public IPv4 and Elastic IP addresses. */
  publicIps?: readonly string[];
  /** Ids of the security groups. */
  groupIds?: readonly string[];
}

export const networkInterfaceParser = factParser<NetworkInterfaceFacts>({
  attachedToInstance: ({ configuration }) => {
    const attachment = configuration.at('attachment');
    if (attachment.exists) return Boolean(attachment.at('instanceId').text());
    const status = configuration.at('status').text();
    return status === undefined || status === 'in-use' ? undefined : false;
  },
  // EC2 leaves the association out where there is no public address; the private addresses show that the item is whole.
  publicIps: ({ configuration }) =>
    configuration.at('association').exists || configuration.at('privateIpAddresses').list() ? readPublicIps(configuration) : undefined,
  groupIds: ({ configuration }) => readGroupIds(configuration.at('groups')),
});

function readGroupIds(groups: View): string[] | undefined {
  const ids = groups.list()?.map((group) => group.at('groupId').text());
  return ids?.every((id) => id !== undefined) ? ids : undefined;
}

/** The public addresses of an interface: its own and those of its secondary private addresses, each once. */
export function readPublicIps(networkInterface: View): string[] {
  const holders = [networkInterface, ...(networkInterface.at('privateIpAddresses').list() ?? [])];
  return [...new Set(holders.flatMap((holder) => holder.at('association').at('publicIp').text() || []))];
}
