import { hasPublicAddresses } from '../policy/internet.ts';
import { adminPortsIn, cidrBlock, isWholeInternet, PORTS, type PortRange, readPorts, readProtocol } from './network.ts';
import { factParser } from './parser.ts';
import { count, flag, listOf, objectOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

/** An inbound entry for SSH or RDP with public addresses as its source. */
export interface WorldEntry extends PortRange {
  number: number;
  ipv6: boolean;
  allow: boolean;
  /** Source CIDR block. Absent if it is the whole internet. */
  block?: string;
}

export interface NetworkAclFacts {
  vpcId?: string;
  /** Number of subnets that the network ACL is associated with. */
  subnetCount?: number;
  /** Inbound entries that allow or deny SSH or RDP from public addresses, in number order. Other entries are not included. */
  worldEntries?: readonly WorldEntry[];
}

const SHAPES: Shapes<NetworkAclFacts> = {
  vpcId: text,
  subnetCount: count,
  worldEntries: listOf(objectOf({ number: count, ipv6: flag, allow: flag }, { ...PORTS, block: cidrBlock })),
};

export const networkAclParser = factParser<NetworkAclFacts>(SHAPES, {
  vpcId: ({ configuration, related }) => configuration.at('vpcId').text() ?? related('AWS::EC2::VPC')[0],
  subnetCount: ({ configuration }) => configuration.at('associations').list()?.length,
  worldEntries: ({ configuration }) => readWorldEntries(configuration.at('entries')),
});

function readWorldEntries(entries: View): WorldEntry[] | undefined {
  const inbound: WorldEntry[] = [];
  const list = entries.list();
  for (const view of list ?? []) {
    const entry = readEntry(view);
    if (!entry) return undefined;
    if (entry !== 'irrelevant') inbound.push(entry);
  }
  return list && inbound.sort((one, other) => one.number - other.number);
}

function readEntry(entry: View): WorldEntry | 'irrelevant' | undefined {
  const egress = entry.at('egress').flag();
  const ipv4 = entry.at('cidrBlock').text();
  const block = ipv4 ?? entry.at('ipv6CidrBlock').text();
  const protocol = readProtocol(entry.at('protocol'));
  if (egress === undefined || block === undefined || protocol === undefined) return undefined;
  const whole = isWholeInternet(block);
  if (whole === undefined) return undefined;
  if (egress || !hasPublicAddresses(block) || (protocol !== 'tcp' && protocol !== '-1')) return 'irrelevant';
  const number = entry.at('ruleNumber').number();
  const action = entry.at('ruleAction').text()?.toLowerCase();
  // AWS ignores the ports of an entry for all protocols.
  const ports = protocol === 'tcp' ? readPorts(entry.at('portRange').at('from'), entry.at('portRange').at('to')) : {};
  if (number === undefined || !ports || (action !== 'allow' && action !== 'deny')) return undefined;
  if (adminPortsIn({ protocol, ...ports }).length === 0) return 'irrelevant';
  return { number, ipv6: ipv4 === undefined, allow: action === 'allow', ...ports, ...(!whole && { block }) };
}
