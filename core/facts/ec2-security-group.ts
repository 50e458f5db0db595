import { isWholeInternet, type PortRange, readPorts, readProtocol } from './network.ts';
import { factParser, type ItemView } from './parser.ts';
import type { View } from './view.ts';

/** What one ingress permission lets in from the whole Internet or from a prefix list. */
export interface IngressRule extends PortRange {
  /** Such as `tcp`, or `-1` for all protocols. */
  protocol: string;
  /** The source blocks that are the whole Internet, as they are written. */
  openTo?: readonly string[];
  /** Ids of prefix lists, whose entries no configuration item holds. */
  prefixLists?: readonly string[];
}

export interface SecurityGroupFacts {
  /** Whether this is the group that a VPC made for itself. */
  defaultOfVpc?: boolean;
  vpcId?: string;
  /** How many permissions the group holds, whatever their source. */
  ingressCount?: number;
  egressCount?: number;
  /** The permissions with a source that is the whole Internet or a prefix list. The others are only counted. */
  ingress?: readonly IngressRule[];
}

export const securityGroupParser = factParser<SecurityGroupFacts>({
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

/** EC2-Classic is gone, and with it the groups without a VPC: an item that shows none does not tell. */
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

/** Old items hold `ipRanges` alone, as texts; newer ones repeat it beside `ipv4Ranges`, as objects. */
const RANGES = ['ipv4Ranges', 'ipRanges', 'ipv6Ranges'];
const OTHER_SOURCES = ['prefixListIds', 'userIdGroupPairs'];

function readOpenTo(permission: View): string[] | undefined {
  // A permission has a source. An item that shows none, not even an empty list, does not hold it.
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
