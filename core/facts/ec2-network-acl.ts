import { allowedShare, FAMILIES, type Family, familyOf, hasPublicAddresses, INTERNET_SHARE } from '../policy/internet.ts';
import {
  ADMIN_PORTS,
  adminPortsIn,
  cidrBlock,
  coversPort,
  isWholeInternet,
  PORTS,
  type PortRange,
  readPorts,
  readProtocol,
} from './network.ts';
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

/**
 * Returns the entries. If one of them cannot be read, returns those before it if they already open SSH or RDP to the internet, which
 * decides, or else `undefined`.
 */
function readWorldEntries(entries: View): WorldEntry[] | undefined {
  const list = entries.list();
  if (!list) return undefined;
  const read = list.map((entry) => readEntry(entry.quietly()));
  const inbound = read.filter((entry) => typeof entry === 'object').sort((one, other) => one.number - other.number);
  const unread = list.filter((_, index) => read[index] === undefined);
  if (unread.length === 0) return inbound;
  const first = Math.min(...unread.map((entry) => entry.quietly().at('ruleNumber').number() ?? 0));
  const before = inbound.filter(({ number }) => number < first);
  if (ADMIN_PORTS.some((port) => FAMILIES.some((family) => shareFrom(before, port, family) >= INTERNET_SHARE))) return before;
  for (const entry of unread) readEntry(entry);
  return undefined;
}

/** The whole internet of each family. */
export const WHOLE: Readonly<Record<Family, string>> = { IPv4: '0.0.0.0/0', IPv6: '::/0' };

/** Returns the share of the public addresses of a family from which the entries allow a port. */
export const shareFrom = (entries: readonly WorldEntry[], port: number, family: Family): number =>
  allowedShare(
    entriesFor(entries, port, family).map(({ block = WHOLE[family], allow }) => ({ block, allow })),
    family,
  );

/** Returns the entries for a port and a family, in number order. */
export const entriesFor = (entries: readonly WorldEntry[], port: number, family: Family): WorldEntry[] =>
  entries.filter((entry) => entry.ipv6 === (family === 'IPv6') && coversPort(entry, port));

function readEntry(entry: View): WorldEntry | 'irrelevant' | undefined {
  const egress = entry.at('egress').flag();
  if (egress) return 'irrelevant';
  const protocol = readProtocol(entry.at('protocol'));
  if (egress === undefined || protocol === undefined) return undefined;
  // AWS ignores the ports of an entry for all protocols.
  const ports = protocol === 'tcp' ? readPorts(entry.at('portRange').at('from'), entry.at('portRange').at('to')) : {};
  if (!ports) return undefined;
  if (adminPortsIn({ protocol, ...ports }).length === 0) return 'irrelevant';
  const ipv4 = entry.at('cidrBlock').text();
  const block = ipv4 ?? entry.at('ipv6CidrBlock').text();
  if (block === undefined) return undefined;
  if (familyOf(block) === undefined) return entry.complain('an entry with a CIDR block');
  if (!hasPublicAddresses(block)) return 'irrelevant';
  const number = entry.at('ruleNumber').number();
  const action = entry.at('ruleAction').text()?.toLowerCase();
  if (number === undefined || (action !== 'allow' && action !== 'deny')) return undefined;
  return { number, ipv6: ipv4 === undefined, allow: action === 'allow', ...ports, ...(!isWholeInternet(block) && { block }) };
}
