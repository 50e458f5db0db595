import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Inventory,
  insufficientData,
  type JoinedVerdict,
  nonCompliant,
  notApplicable,
  on,
  type Verdict,
  verdictOn,
} from '../../core/control.ts';
import { currentOf, gapIn } from '../../core/evaluation/evidence.ts';
import { PREFIX_LIST } from '../../core/facts/ec2-prefix-list.ts';
import { type IngressRule, rangesTo } from '../../core/facts/ec2-security-group.ts';
import { ADMIN_PORTS, adminPortsIn } from '../../core/facts/network.ts';
import { describePart, internetIn, type RangeSet, rangeSet } from '../../core/policy/internet.ts';
import { cannotRun, change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';
import { GROUP_USERS, usersOf } from './group-users.ts';

export default defineControl({
  id: 'NET-L1-01',
  title: 'No security group opens SSH or RDP to the internet',
  pillar: 'networking',
  level: 1,
  severity: 'critical',
  rules: [
    on('AWS::EC2::SecurityGroup', ['ingress'], ({ ingress }) => {
      const open = opening(ingress);
      if (open) return open;
      return listsOf(ingress).length > 0 ? notApplicable('prefix lists decide whether the security group is open') : CLOSED;
    }),
    // Only the groups that the rule above leaves to it. So the findings of an account with many groups do not depend on a join.
    across(['AWS::EC2::SecurityGroup', PREFIX_LIST], evaluateListed, { handlesGaps: true }),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::EC2::SecurityGroup',
    {
      runbook: 'CSMM-RevokePublicAdminIngress',
      risk: 'disruptive',
      reversible: true,
      impact: 'Clients on the internet lose every port of the rules that open SSH or RDP.',
      notRestored: 'The rules have no tags, and only the first 390 characters of their descriptions.',
      reads: [PREFIX_LIST, GROUP_USERS],
    },
    (group, { inventory }) => {
      const { ingress } = group.facts;
      if (!ingress) return cannotRun('rules of the security group were not read');
      // The runbook revokes only the sources 0.0.0.0/0 and ::/0.
      const after = ingress.map(({ openTo, ...rule }) => rule);
      const left = opening(after) ?? evaluateLists(after, group.resource.region, listsIn(inventory));
      if (left.compliance !== 'COMPLIANT') return cannotRun(`a person must revoke the other rules: ${left.reason}`);
      const rules = rulesToRevoke(ingress);
      return runWith(
        { SecurityGroupId: group.resource.resourceId, Rules: rules },
        rules.flatMap((each) => each.split(', ')).map((rule) => change(`inbound rule ${rule}`, 'allowed', 'revoked')),
        { uses: usersOf(group.resource, inventory) },
      );
    },
  ),
];

export const page: ControlPage = {
  slug: 'no-open-admin-ports',
  topic: 'No open SSH/RDP',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if the ingress rules of the security group do not open TCP port 22 or 3389 to the internet. Source ranges and prefix-list entries are the internet if they together contain at least 40 % of the public IPv4 or IPv6 addresses, as 0.0.0.0/0 and ::/0 do. Fails otherwise. Not applicable if the Region has no security groups.',
  why: 'Bots scan the internet for SSH and RDP all the time. An open port leaves only a password, a key or an unpatched service between them and the machine.',
  triggers: {
    cloudTrail: [
      {
        source: 'ec2.amazonaws.com',
        names: [
          'CreateSecurityGroup',
          'AuthorizeSecurityGroupIngress',
          'RevokeSecurityGroupIngress',
          'ModifySecurityGroupRules',
          'DeleteSecurityGroup',
          'CreateManagedPrefixList',
          'ModifyManagedPrefixList',
          'RestoreManagedPrefixListVersion',
          'DeleteManagedPrefixList',
        ],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWS-DisablePublicAccessForSecurityGroup',
    alternatives: ['AWS-DisableIncomingSSHOnPort22', 'AWSConfigRemediation-RemoveUnrestrictedSourceIngressRules'],
    note: 'AWS documents an InvalidPermission.NotFound failure for some groups outside the default VPC. In that case, use the alternatives.',
  },
  crosswalk: {
    cisAwsV3: ['5.2', '5.3'],
    cisAwsV5: ['5.3', '5.4'],
    securityHub: ['EC2.13', 'EC2.14', 'EC2.53', 'EC2.54'],
    prowler: [
      'ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22',
      'ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_3389',
      'ec2_securitygroup_allow_ingress_from_internet_to_all_ports',
    ],
    nistCsf2: ['PR.IR-01', 'PR.AA-05'],
    awsSmmV2: [{ phase: 1, category: 'Infrastructure protection', recommendation: 'Cleanup risky open ports' }],
    iansCsmm2: ['Network Security'],
  },
  notes:
    'A rule for all protocols, or for a range that contains the port, opens it. Rules for the same port count together, also with the entries of their prefix lists. Private, shared, link-local, documentation, multicast and reserved addresses are not public. A prefix list that AWS manages holds the addresses of one AWS service and counts as no part of the internet. If csmm did not read another prefix list, only the groups that open SSH or RDP to it are unknown. ADR 0019 explains the threshold.',
};

const CLOSED = compliant('security group opens neither TCP 22 nor 3389 to the internet');

/** Returns the prefix lists to which rules open SSH or RDP. */
const listsOf = (ingress: readonly IngressRule[], ports: readonly number[] = ADMIN_PORTS): string[] => [
  ...new Set(ingress.flatMap((rule) => (opens(rule, ports) ? (rule.prefixLists ?? []) : []))),
];

/** Returns the rules that the runbook revokes, in the notation of its parameter `Rules`, several in each value. */
function rulesToRevoke(ingress: readonly IngressRule[]): string[] {
  const open = ingress.filter((rule) => opens(rule, ADMIN_PORTS));
  const lines = open.flatMap(({ protocol, from, to, openTo = [] }) =>
    openTo.map((source) => `${protocol} ${from ?? '-'} ${to ?? '-'} ${source}`),
  );
  const values: string[] = [];
  for (const line of [...new Set(lines)].sort()) {
    const last = values.at(-1);
    if (last !== undefined && last.length + line.length < MAX_VALUE) values[values.length - 1] = `${last}, ${line}`;
    else values.push(line);
  }
  return values;
}

/** Length of a value of a parameter that always fits, in characters. SSM accepts 512. */
const MAX_VALUE = 500;

const opens = (rule: IngressRule, ports: readonly number[]): boolean => adminPortsIn(rule).some((port) => ports.includes(port));

/** Returns the verdict on rules that open SSH or RDP to the internet by their own sources, or `undefined` if none do. */
function opening(ingress: readonly IngressRule[]): Verdict | undefined {
  const open = ingress.find((rule) => rule.openTo && opens(rule, ADMIN_PORTS));
  if (open) return nonCompliant('admin-port-open', `security group opens ${traffic(open)} to ${open.openTo?.slice(0, 2).join(' and ')}`);
  for (const port of ADMIN_PORTS) {
    const part = internetIn([rangesTo(ingress, port)]);
    if (part) return nonCompliant('admin-port-open', `security group opens TCP ${port} to ${describePart(part)}`);
  }
  return undefined;
}

/** Returns the public ranges of a prefix list in a Region, or the reason why they are unknown. */
type Lists = (id: string, region: string) => RangeSet | string;

function listsIn(inventory: Inventory): Lists {
  const lists = new Map<string, RangeSet | string>();
  for (const { resource, facts, missing } of currentOf(inventory, PREFIX_LIST)) {
    const ranges = facts.ofAws ? [] : facts.ranges;
    lists.set(`${resource.region} ${resource.resourceId}`, ranges ? rangeSet(ranges) : (missing.ranges ?? 'not read'));
  }
  const otherwise = gapIn(inventory, [PREFIX_LIST]) ?? 'the Region does not list it';
  return (id, region) => lists.get(`${region} ${id}`) ?? otherwise;
}

/** Evaluates the groups that are not open by their own sources, and that open SSH or RDP to a prefix list. */
function* evaluateListed(inventory: Inventory): Iterable<JoinedVerdict> {
  const listed = inventory.all('AWS::EC2::SecurityGroup').filter(({ facts }) => facts.ingress && listsOf(facts.ingress).length > 0);
  if (listed.length === 0) return;
  const lists = listsIn(inventory);
  for (const group of listed) {
    const { ingress = [] } = group.facts;
    if (!opening(ingress)) yield verdictOn(group, evaluateLists(ingress, group.resource.region, lists));
  }
}

/** Evaluates rules together with the entries of their prefix lists. A known part of the internet outweighs a list that was not read. */
function evaluateLists(ingress: readonly IngressRule[], region: string, lists: Lists): Verdict {
  let unknown: Verdict | undefined;
  for (const port of ADMIN_PORTS) {
    const ids = listsOf(ingress, [port]);
    const sets = [rangesTo(ingress, port)];
    for (const id of ids) {
      const list = lists(id, region);
      if (typeof list !== 'string') sets.push(list);
      else unknown ??= unknownList(port, id, list);
    }
    const part = internetIn(sets);
    if (part) {
      const by = `by prefix list ${ids.slice(0, 3).join(' and ')}`;
      return nonCompliant('admin-port-open', `security group opens TCP ${port} to ${describePart(part)} ${by}`);
    }
  }
  return unknown ?? CLOSED;
}

const unknownList = (port: number, id: string, why: string): Verdict =>
  insufficientData('prefix-list-unknown', `security group opens TCP ${port} to prefix list ${id}, whose entries are unknown: ${why}`);

/** Returns the admin traffic that a rule allows, as the object of a sentence. */
function traffic(rule: IngressRule): string {
  if (rule.protocol === '-1') return 'all traffic';
  return `TCP ${adminPortsIn(rule).join(' and ')}`;
}
