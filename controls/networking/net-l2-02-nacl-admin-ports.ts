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
      if (subnetCount === 0) return notApplicable('network ACL is not associated with a subnet');
      const open = ADMIN_PORTS.flatMap((port) => admissions(worldEntries, port));
      return open.length > 0
        ? nonCompliant('admin-port-allowed', `network ACL allows ${open.join(', ')}`)
        : compliant('network ACL denies TCP 22 and 3389 from the internet');
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
        'SSH and RDP into the subnets stop, also from inside the VPC unless a lower rule allows them. Responses to port 3389 stop too.',
    },
    ({ resource, facts: { vpcId, worldEntries } }) => {
      if (!worldEntries) return cannotRun('entries of the network ACL were not read');
      if (vpcId === undefined) return cannotRun('VPC of the network ACL is unknown');
      const decisive = ADMIN_PORTS.flatMap((port) => [false, true].map((ipv6) => decisiveEntry(worldEntries, port, ipv6)));
      if (decisive.some((entry) => entry?.allow && entry.number <= 1))
        return cannotRun('rule 1 allows the traffic, and no rule number is lower; renumber it');
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
  rule: 'Passes if, in each network ACL associated with a subnet, the first rule in number order that matches source 0.0.0.0/0 (and the first that matches ::/0) is a deny for TCP 22 and for TCP 3389. Fails otherwise. Not applicable if no network ACL is associated with a subnet.',
  why: 'A network ACL is the second line of defense: it still blocks SSH and RDP if someone opens a security group by mistake.',
  triggers: {
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
    note: 'Insert the deny entries below the existing allow entries. A person must approve, because stateless rules can break return traffic.',
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

/** Returns the traffic that the first matching entries allow on a port. If no entry matches, the network ACL denies. */
function admissions(entries: readonly WorldEntry[], port: number): string[] {
  return [false, true].flatMap((ipv6) => {
    const decisive = decisiveEntry(entries, port, ipv6);
    return decisive?.allow ? [`TCP ${port} from ${ipv6 ? '::/0' : '0.0.0.0/0'} (rule ${decisive.number})`] : [];
  });
}

const decisiveEntry = (entries: readonly WorldEntry[], port: number, ipv6: boolean): WorldEntry | undefined =>
  entries.find((entry) => entry.ipv6 === ipv6 && coversPort(entry, port));
