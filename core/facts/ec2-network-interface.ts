import { factParser } from './parser.ts';
import { flag, listOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

export interface NetworkInterfaceFacts {
  /** Whether the interface is attached to an instance. Interfaces of other services, such as load balancers and NAT gateways, are not. */
  attachedToInstance?: boolean;
  /** Public IPv4 and Elastic IP addresses. */
  publicIps?: readonly string[];
  /** IDs of the security groups. */
  groupIds?: readonly string[];
}

const SHAPES: Shapes<NetworkInterfaceFacts> = { attachedToInstance: flag, publicIps: listOf(text), groupIds: listOf(text) };

export const networkInterfaceParser = factParser<NetworkInterfaceFacts>(SHAPES, {
  attachedToInstance: ({ configuration }) => {
    const attachment = configuration.at('attachment');
    if (attachment.exists) return Boolean(attachment.at('instanceId').text());
    const status = configuration.at('status').text();
    return status === undefined || status === 'in-use' ? undefined : false;
  },
  // An interface without a public address has no association. If the private addresses are present, the item is complete.
  publicIps: ({ configuration }) =>
    known(readPublicIps(configuration.quietly())) ??
    (configuration.at('association').exists || configuration.at('privateIpAddresses').list() ? readPublicIps(configuration) : undefined),
  groupIds: ({ configuration }) => readGroupIds(configuration.at('groups')),
});

function readGroupIds(groups: View): string[] | undefined {
  const ids = groups.list()?.map((group) => group.at('groupId').text());
  return ids?.every((id) => id !== undefined) ? ids : undefined;
}

/** Returns the addresses, or `undefined` for an empty list. */
export const known = (addresses: string[] | undefined): string[] | undefined => (addresses?.length ? addresses : undefined);

/** Returns the distinct public addresses of an interface: its own and those of its secondary private addresses. */
export function readPublicIps(networkInterface: View): string[] {
  const holders = [networkInterface, ...(networkInterface.at('privateIpAddresses').list() ?? [])];
  return [...new Set(holders.flatMap((holder) => holder.at('association').at('publicIp').text() || []))];
}
