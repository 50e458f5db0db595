import { type ControlPage, compliant, defineControl, nonCompliant, notApplicable, on } from '../../core/control.ts';
import type { WorldEntry } from '../../core/facts/ec2-network-acl.ts';
import { ADMIN_PORTS, coversPort } from '../../core/facts/network.ts';
import { cannotRun, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'NET-L2-02',
  title: 'Subnet network ACLs block SSH and RDP from the internet',
  pillar: 'networking',
  level: 2,
  severity: 'medium',
  rules: [
    on('AWS::EC2::NetworkAcl', ['subnetCount', 'worldEntries'], ({ subnetCount, worldEntries }) => {
      if (subnetCount === 0) return notApplicable('the network ACL is not associated with a subnet');
      const open = ADMIN_PORTS.flatMap((port) => admissions(worldEntries, port));
      return open.length > 0 ? nonCompliant(`allowed: ${open.join(', ')}`) : compliant('TCP 22 and 3389 from the internet are denied');
    }),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::EC2::NetworkAcl',
    {
      runbook: 'CSMM-DenyAdminPortsInNetworkAcl',
      risk: 'disruptive',
      reversible: true,
      impact:
        'SSH and RDP into the subnets stop, from inside the VPC too unless a lower rule lets them in, and so do answers that come to port 3389.',
    },
    ({ resource, facts: { vpcId, worldEntries } }) => {
      if (!worldEntries) return cannotRun('the entries could not be read');
      if (vpcId === undefined) return cannotRun('its VPC is not known');
      const lets = ADMIN_PORTS.flatMap((port) => [false, true].map((ipv6) => decisiveEntry(worldEntries, port, ipv6)));
      if (lets.some((entry) => entry?.allow && entry.number <= 1))
        return cannotRun('rule 1 lets them in, and no number is lower: renumber it');
      const vpc = { ...resource, resourceType: 'AWS::EC2::VPC', resourceId: vpcId };
      return runWith({ NetworkAclId: resource.resourceId }, { touches: [vpc] });
    },
  ),
];

export const page: ControlPage = {
  slug: 'nacl-admin-ports',
  topic: 'NACLs',
  scope: 'resource',
  evidence: 'config',
  rule: 'PASS iff, in each network ACL associated with a subnet, the first rule in number order matching source 0.0.0.0/0 (and the first matching ::/0) for TCP 22 and for TCP 3389 is a deny; FAIL otherwise; NOT_APPLICABLE when no network ACL is associated with a subnet.',
  apiFacts: ['ec2:DescribeNetworkAcls'],
  triggers: {
    configTypes: ['AWS::EC2::NetworkAcl'],
    cloudTrail: [
      {
        source: 'ec2.amazonaws.com',
        names: [
          'CreateNetworkAcl',
          'CreateNetworkAclEntry',
          'ReplaceNetworkAclEntry',
          'DeleteNetworkAclEntry',
          'ReplaceNetworkAclAssociation',
        ],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'custom',
    note: 'Insert the deny entries below existing allows; approval, because stateless rules can break return traffic.',
  },
  crosswalk: {
    cisAwsV3: ['5.1'],
    cisAwsV5: ['5.2'],
    securityHub: ['EC2.21'],
    prowler: [
      'ec2_networkacl_allow_ingress_tcp_port_22',
      'ec2_networkacl_allow_ingress_tcp_port_3389',
      'ec2_networkacl_allow_ingress_any_port',
    ],
    nistCsf2: ['PR.IR-01'],
    awsSmmV2: [{ phase: 2, category: 'Infrastructure protection', recommendation: 'Limit Network Access' }],
    iansCsmm2: ['Network Security'],
  },
};

/** What the first matching entries let in on a port. Where no entry matches, the network ACL denies. */
function admissions(entries: readonly WorldEntry[], port: number): string[] {
  return [false, true].flatMap((ipv6) => {
    const decisive = decisiveEntry(entries, port, ipv6);
    return decisive?.allow ? [`TCP ${port} from ${ipv6 ? '::/0' : '0.0.0.0/0'} by rule ${decisive.number}`] : [];
  });
}

const decisiveEntry = (entries: readonly WorldEntry[], port: number, ipv6: boolean): WorldEntry | undefined =>
  entries.find((entry) => entry.ipv6 === ipv6 && coversPort(entry, port));
