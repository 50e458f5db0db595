import { isWholeInternet, PORTS, type PortRange, readPorts, readProtocol } from './network.ts';
import { factParser, type ItemView } from './parser.ts';
import { count, flag, listOf, objectOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

/** Traffic that one ingress permission allows from the whole internet or from a prefix list. */
export interface IngressRule extends PortRange {
  /** Protocol, such as `tcp`, or `-1` for all protocols. */
  protocol: string;
  /** Source CIDR blocks that are the whole internet, as written in the permission. */
  openTo?: readonly string[];
  /** IDs of prefix lists. Configuration items do not contain their entries. */
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
  /** Ingress permissions with the whole internet or a prefix list as a source. Other permissions are only in `ingressCount`. */
  ingress?: readonly IngressRule[];
}

const SHAPES: Shapes<SecurityGroupFacts> = {
  defaultOfVpc: flag,
  vpcId: text,
  ingressCount: count,
  egressCount: count,
  ingress: listOf(objectOf({ protocol: text }, { ...PORTS, openTo: listOf(text), prefixLists: listOf(text) })),
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

function readIngress(permissions: View): IngressRule[] | undefined {
  const rules: IngressRule[] = [];
  const list = permissions.list();
  for (const permission of list ?? []) {
    const rule = readRule(permission);
    if (!rule) return undefined;
    if (rule.openTo || rule.prefixLists) rules.push(rule);
  }
  return list && rules;
}

function readRule(permission: View): IngressRule | undefined {
  const protocol = readProtocol(permission.at('ipProtocol'));
  const ports = readPorts(permission.at('fromPort'), permission.at('toPort'));
  const openTo = readOpenTo(permission);
  const prefixLists = readPrefixLists(permission.at('prefixListIds'));
  if (protocol === undefined || !ports || !openTo || !prefixLists) return undefined;
  const rule: IngressRule = { protocol, ...ports };
  if (openTo.length > 0) rule.openTo = openTo;
  if (prefixLists.length > 0) rule.prefixLists = prefixLists;
  return rule;
}

/**
 * Keys of source CIDR blocks. Old items contain only `ipRanges`, as strings. Newer items contain it in addition to `ipv4Ranges`, as
 * objects.
 */
const RANGES = ['ipv4Ranges', 'ipRanges', 'ipv6Ranges'];
const OTHER_SOURCES = ['prefixListIds', 'userIdGroupPairs'];

function readOpenTo(permission: View): string[] | undefined {
  // Every permission has a source. If none of the keys exists, not even with an empty list, the item is incomplete.
  if (![...RANGES, ...OTHER_SOURCES].some((source) => permission.at(source).exists)) return undefined;
  const open = new Set<string>();
  for (const source of RANGES) {
    const ranges = permission.at(source);
    const list = ranges.exists ? ranges.list() : [];
    if (!list) return undefined;
    for (const range of list) {
      const block = (range.isObject ? range.at('cidrIp', 'cidrIpv6') : range).text();
      if (block === undefined) return undefined;
      const whole = isWholeInternet(block);
      if (whole === undefined) return undefined;
      if (whole) open.add(block);
    }
  }
  return [...open];
}

function readPrefixLists(prefixLists: View): string[] | undefined {
  if (!prefixLists.exists) return [];
  const ids = prefixLists.list()?.map((entry) => (entry.isObject ? entry.at('prefixListId') : entry).text());
  return ids?.every((id) => id !== undefined) ? ids : undefined;
}
