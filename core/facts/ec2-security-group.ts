import { hasPublicAddresses } from '../policy/internet.ts';
import { adminPortsIn, cidrBlock, ipProtocol, isWholeInternet, PORTS, type PortRange, readPorts, readProtocol } from './network.ts';
import { factParser, type ItemView } from './parser.ts';
import { count, flag, listOf, objectOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

/** Traffic that one ingress permission allows from public addresses or from a prefix list. */
export interface IngressRule extends PortRange {
  /** Protocol, such as `tcp`, or `-1` for all protocols. */
  protocol: string;
  /** Source CIDR blocks that are the whole internet, as written in the permission. */
  openTo?: readonly string[];
  /**
   * Other source CIDR blocks with public addresses, as written in the permission. Only a permission that includes SSH or RDP has
   * them, because several of them together can be the internet.
   */
  ranges?: readonly string[];
  /** IDs of prefix lists. `AWS::EC2::PrefixList` has their entries. */
  prefixLists?: readonly string[];
}

export interface SecurityGroupFacts {
  /** Whether this is the default security group of a VPC. */
  defaultOfVpc?: boolean;
  vpcId?: string;
  /** Number of ingress permissions of the group, from any source. */
  ingressCount?: number;
  /** Number of egress permissions of the group, to any destination. */
  egressCount?: number;
  /** Ingress permissions with public addresses or a prefix list as a source. Other permissions are only in `ingressCount`. */
  ingress?: readonly IngressRule[];
}

const SHAPES: Shapes<SecurityGroupFacts> = {
  defaultOfVpc: flag,
  vpcId: text,
  ingressCount: count,
  egressCount: count,
  ingress: listOf(
    objectOf({ protocol: ipProtocol }, { ...PORTS, openTo: listOf(cidrBlock), ranges: listOf(cidrBlock), prefixLists: listOf(text) }),
  ),
};

export const securityGroupParser = factParser<SecurityGroupFacts>(SHAPES, {
  defaultOfVpc: (item) => {
    const name = item.configuration.at('groupName').text();
    if (name !== 'default') return name === undefined ? undefined : false;
    return vpcOf(item) === undefined ? undefined : true;
  },
  vpcId: vpcOf,
  ingressCount: ({ configuration }) => configuration.at('ipPermissions').list()?.length,
  egressCount: ({ configuration }) => configuration.at('ipPermissionsEgress').list()?.length,
  ingress: ({ configuration }) => readIngress(configuration.at('ipPermissions')),
});

/** Returns the VPC of a group, or `undefined` if the item does not contain it. Every group has one since EC2-Classic ended. */
function vpcOf({ configuration, related }: ItemView): string | undefined {
  return configuration.at('vpcId').text() ?? related('AWS::EC2::VPC')[0];
}

/** Maximum number of public source blocks of a group. AWS allows at most 1,000 rules for one network interface. */
const MAX_RANGES = 1000;

/**
 * Returns the permissions with public addresses or a prefix list. If one of them cannot be read, returns the permission that opens SSH
 * or RDP to the whole internet, which decides, or else `undefined`.
 */
function readIngress(permissions: View): IngressRule[] | undefined {
  return readRules(permissions.quietly()) ?? readOpenRule(permissions.quietly()) ?? readRules(permissions);
}

function readOpenRule(permissions: View): IngressRule[] | undefined {
  for (const permission of permissions.list() ?? []) {
    const rule = readRule(permission);
    if (rule?.openTo && adminPortsIn(rule).length > 0) return [rule];
  }
  return undefined;
}

function readRules(permissions: View): IngressRule[] | undefined {
  const rules: IngressRule[] = [];
  let count = 0;
  const list = permissions.list();
  for (const permission of list ?? []) {
    const rule = readRule(permission);
    if (!rule) return undefined;
    count += rule.ranges?.length ?? 0;
    if (count > MAX_RANGES) return undefined;
    if (rule.openTo || rule.ranges || rule.prefixLists) rules.push(rule);
  }
  return list && rules;
}

function readRule(permission: View): IngressRule | undefined {
  const protocol = readProtocol(permission.at('ipProtocol'));
  const ports = readPorts(permission.at('fromPort'), permission.at('toPort'));
  const blocks = readBlocks(permission);
  const prefixLists = readPrefixLists(permission.at('prefixListIds'));
  if (protocol === undefined || !ports || !blocks || !prefixLists) return undefined;
  const rule: IngressRule = { protocol, ...ports };
  const openTo = blocks.filter(isWholeInternet);
  const ranges = adminPortsIn(rule).length > 0 ? blocks.filter((block) => !isWholeInternet(block) && hasPublicAddresses(block)) : [];
  if (openTo.length > 0) rule.openTo = openTo;
  if (ranges.length > 0) rule.ranges = ranges;
  if (prefixLists.length > 0) rule.prefixLists = prefixLists;
  return rule;
}

/**
 * Keys of source CIDR blocks. Old items contain only `ipRanges`, as strings. Newer items contain it in addition to `ipv4Ranges`, as
 * objects.
 */
const RANGES = ['ipv4Ranges', 'ipRanges', 'ipv6Ranges'];
const OTHER_SOURCES = ['prefixListIds', 'userIdGroupPairs'];

/** Returns the distinct source blocks of a permission, or `undefined` if one of them cannot be read. */
function readBlocks(permission: View): string[] | undefined {
  // Every permission has a source. If none of the keys exists, not even with an empty list, the item is incomplete.
  if (![...RANGES, ...OTHER_SOURCES].some((source) => permission.at(source).exists)) return undefined;
  const blocks = new Set<string>();
  for (const source of RANGES) {
    const ranges = permission.at(source);
    const list = ranges.exists ? ranges.list() : [];
    if (!list) return undefined;
    for (const range of list) {
      const block = (range.isObject ? range.at('cidrIp', 'cidrIpv6') : range).text();
      if (block === undefined || isWholeInternet(block) === undefined) return undefined;
      blocks.add(block);
    }
  }
  return [...blocks];
}

function readPrefixLists(prefixLists: View): string[] | undefined {
  if (!prefixLists.exists) return [];
  const ids = prefixLists.list()?.map((entry) => (entry.isObject ? entry.at('prefixListId') : entry).text());
  return ids?.every((id) => id !== undefined) ? ids : undefined;
}
