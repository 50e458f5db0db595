import { defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'NET-L2-02',
  slug: 'nacl-admin-ports',
  title: 'Subnet network ACLs block SSH and RDP from the internet',
  pillar: 'networking',
  level: 2,
  severity: 'medium',
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
  rules: [],
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
});
