import { type ControlPage, compliant, defineControl, nonCompliant, notApplicable, on } from '../../core/control.ts';
import { entriesFor, shareFrom, WHOLE, type WorldEntry } from '../../core/facts/ec2-network-acl.ts';
import { ADMIN_PORTS } from '../../core/facts/network.ts';
import { describePart, FAMILIES, INTERNET_SHARE } from '../../core/policy/internet.ts';
import { cannotRun, change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

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
      for (const port of ADMIN_PORTS) {
        for (const family of FAMILIES) {
          if (shareFrom(worldEntries, port, family) < INTERNET_SHARE) continue;
          // The runbook denies a port below the first entry for the whole internet, if that entry allows it.
          const whole = entriesFor(worldEntries, port, family).find(({ block }) => block === undefined);
          const before = worldEntries.filter(({ number }) => whole?.allow && number < whole.number);
          if (!whole?.allow || shareFrom(before, port, family) >= INTERNET_SHARE)
            return cannotRun(`several rules allow TCP ${port} from parts of the internet; a person must replace them`);
          if (whole.number <= 1) return cannotRun('rule 1 allows the traffic, and no rule number is lower; renumber it');
        }
      }
      const vpc = { ...resource, resourceType: 'AWS::EC2::VPC', resourceId: vpcId };
      const opened = ADMIN_PORTS.filter((port) => FAMILIES.some((family) => shareFrom(worldEntries, port, family) >= INTERNET_SHARE));
      return runWith(
        { NetworkAclId: resource.resourceId },
        opened.map((port) =>
          change(`inbound TCP ${port} from the internet`, 'allowed', 'denied by a new entry above the one that allows it'),
        ),
        { touches: [vpc], uses: ['The subnets of the network ACL and their flows were not read.'] },
      );
    },
  ),
];

export const page: ControlPage = {
  slug: 'nacl-admin-ports',
  topic: 'NACLs',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if each network ACL associated with a subnet allows TCP 22 and TCP 3389 from less than 40 % of the public addresses of IPv4, and of IPv6. For each address, the first rule in number order that matches decides. Fails otherwise. Not applicable if no network ACL is associated with a subnet.',
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
  notes: 'ADR 0019 explains the threshold.',
};

/** Returns the traffic that the entries allow on a port from the internet. If no entry matches an address, the network ACL denies it. */
function admissions(entries: readonly WorldEntry[], port: number): string[] {
  return FAMILIES.flatMap((family) => {
    const share = shareFrom(entries, port, family);
    if (share < INTERNET_SHARE) return [];
    const [first] = entriesFor(entries, port, family).filter(({ allow }) => allow);
    const source = first?.block === undefined ? WHOLE[family] : describePart({ family, share });
    return [`TCP ${port} from ${source} (rule ${first?.number})`];
  });
}
