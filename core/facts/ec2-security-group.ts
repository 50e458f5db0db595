import { familyOf, hasPublicAddresses, internetIn, type RangeSet, rangeSet } from '../policy/internet.ts';
import {
  ADMIN_PORTS,
  adminPortsIn,
  cidrBlock,
  ipProtocol,
  isWholeInternet,
  PORTS,
  type PortRange,
  readPorts,
  readProtocol,
} from './network.ts';
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
 * Returns the permissions with public addresses or a prefix list. If one of them cannot be read, returns the others if they open SSH or
 * RDP to the internet, which decides, or else `undefined`.
 */
function readIngress(permissions: View): IngressRule[] | undefined {
  return readRules(permissions.quietly()) ?? readOpenRules(permissions.quietly()) ?? readRules(permissions);
}

function readOpenRules(permissions: View): IngressRule[] | undefined {
  const rules: IngressRule[] = [];
  for (const permission of permissions.list() ?? []) {
    const blocks = readBlocks(permission).filter((block) => block !== undefined);
    const rule = ruleFor(permission, blocks.slice(0, MAX_RANGES), []);
    if (!rule || adminPortsIn(rule).length === 0) continue;
    if (rule.openTo) return [rule];
    if (rule.ranges) rules.push(rule);
    if (countRanges(rules) > MAX_RANGES) break;
  }
  return ADMIN_PORTS.some((port) => internetIn([rangesTo(rules, port)])) ? rules : undefined;
}

/** Returns the source blocks from which rules open a port, apart from the whole internet. */
export const rangesTo = (ingress: readonly IngressRule[], port: number): RangeSet =>
  rangeSet(ingress.flatMap((rule) => (adminPortsIn(rule).includes(port) ? (rule.ranges ?? []) : [])));

const countRanges = (rules: readonly IngressRule[]): number => rules.reduce((sum, { ranges = [] }) => sum + ranges.length, 0);

function readRules(permissions: View): IngressRule[] | undefined {
  const rules: IngressRule[] = [];
  const list = permissions.list();
  for (const permission of list ?? []) {
    const rule = readRule(permission);
    if (!rule) return undefined;
    if (rule.openTo || rule.ranges || rule.prefixLists) rules.push(rule);
  }
  if (countRanges(rules) > MAX_RANGES) return permissions.complain(`a list with at most ${MAX_RANGES} public ranges`);
  return list && rules;
}

function readRule(permission: View): IngressRule | undefined {
  const blocks = readBlocks(permission);
  const prefixLists = readPrefixLists(permission.at('prefixListIds'));
  return prefixLists && blocks.every((block) => block !== undefined) ? ruleFor(permission, blocks, prefixLists) : undefined;
}

function ruleFor(permission: View, blocks: readonly string[], prefixLists: readonly string[]): IngressRule | undefined {
  const protocol = readProtocol(permission.at('ipProtocol'));
  const ports = readPorts(permission.at('fromPort'), permission.at('toPort'));
  if (protocol === undefined || !ports) return undefined;
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

/** Returns the distinct source blocks of a permission. `undefined` is among them if one cannot be read. */
function readBlocks(permission: View): (string | undefined)[] {
  // Every permission has a source. If none of the keys exists, not even with an empty list, the item is incomplete.
  if (![...RANGES, ...OTHER_SOURCES].some((source) => permission.at(source).exists)) return [undefined];
  const blocks = new Set<string | undefined>();
  for (const source of RANGES) {
    const ranges = permission.at(source);
    if (!ranges.exists) continue;
    for (const range of ranges.list() ?? [undefined]) {
      const block = range && (range.isObject ? range.at('cidrIp', 'cidrIpv6') : range);
      const text = block?.text();
      blocks.add(text !== undefined && familyOf(text) ? text : block?.complain('a CIDR block'));
    }
  }
  return [...blocks];
}

function readPrefixLists(prefixLists: View): string[] | undefined {
  if (!prefixLists.exists) return [];
  const ids = prefixLists.list()?.map((entry) => (entry.isObject ? entry.at('prefixListId') : entry).text());
  return ids?.every((id) => id !== undefined) ? ids : undefined;
}
