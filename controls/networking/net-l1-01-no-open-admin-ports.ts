import { type ControlPage, compliant, defineControl, insufficientData, nonCompliant, on } from '../../core/control.ts';
import type { IngressRule } from '../../core/facts/ec2-security-group.ts';
import { ADMIN_PORTS, coversPort, type PortRange } from '../../core/facts/network.ts';
import { cannotRun, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'NET-L1-01',
  title: 'No security group opens SSH or RDP to the internet',
  pillar: 'networking',
  level: 1,
  severity: 'critical',
  rules: [
    on('AWS::EC2::SecurityGroup', ['ingress'], ({ ingress }) => {
      const exposing = ingress.filter(isAdmin);
      const open = exposing.find(({ openTo }) => openTo);
      if (open)
        return nonCompliant('admin-port-open', `security group opens ${traffic(open)} to ${open.openTo?.slice(0, 2).join(' and ')}`);
      const undecided = exposing.find(({ prefixLists }) => prefixLists);
      if (undecided)
        return insufficientData(
          'prefix-list-unknown',
          `security group opens ${traffic(undecided)} to prefix list ${undecided.prefixLists?.[0]}, whose entries are unknown`,
        );
      return compliant('security group opens neither TCP 22 nor 3389 to the internet');
    }),
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
    },
    ({ resource, facts: { ingress } }) => {
      if (!ingress) return cannotRun('rules of the security group were not read');
      const list = ingress.find((rule) => isAdmin(rule) && rule.prefixLists)?.prefixLists?.[0];
      if (list !== undefined) return cannotRun(`prefix list ${list} can include the internet; check its entries and revoke its rule`);
      return runWith({ SecurityGroupId: resource.resourceId });
    },
  ),
];

export const page: ControlPage = {
  slug: 'no-open-admin-ports',
  topic: 'No open SSH/RDP',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if no ingress rule of the security group allows protocol -1 or a TCP range containing 22 or 3389 from 0.0.0.0/0, ::/0 or a prefix list that includes them. Fails otherwise. Not applicable if the Region has no security groups.',
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
          'ModifyManagedPrefixList',
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
};

const adminPortsIn = (rule: PortRange): number[] => ADMIN_PORTS.filter((port) => coversPort(rule, port));

const isAdmin = (rule: IngressRule): boolean => rule.protocol === '-1' || (rule.protocol === 'tcp' && adminPortsIn(rule).length > 0);

/** Returns the admin traffic that a rule allows, as the object of a sentence. */
function traffic(rule: IngressRule): string {
  if (rule.protocol === '-1') return 'all traffic';
  return `TCP ${adminPortsIn(rule).join(' and ')}`;
}
