import { type ControlPage, compliant, defineControl, insufficientData, nonCompliant, notApplicable, on } from '../../core/control.ts';
import { cannotRun, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'NET-L1-02',
  title: 'Default security groups carry no rules',
  pillar: 'networking',
  level: 1,
  severity: 'high',
  rules: [
    on('AWS::EC2::SecurityGroup', ['defaultOfVpc'], ({ defaultOfVpc, ingressCount, egressCount }) => {
      if (!defaultOfVpc) return notApplicable('not the default security group of a VPC');
      if (ingressCount) return nonCompliant('the default security group has inbound rules');
      if (egressCount) return nonCompliant('the default security group has outbound rules');
      if (ingressCount === undefined || egressCount === undefined) return insufficientData('its rules could not be read');
      return compliant('the default security group has no rules');
    }),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::EC2::SecurityGroup',
    {
      runbook: 'CSMM-ClearDefaultSecurityGroup',
      risk: 'disruptive',
      reversible: true,
      impact: 'What is launched later without a security group of its own has no network; nothing that runs uses the group.',
      reads: ['AWS::EC2::NetworkInterface'],
    },
    ({ resource, facts: { vpcId } }, { inventory }) => {
      if (vpcId === undefined) return cannotRun('its VPC is not known');
      const user = inventory.all('AWS::EC2::NetworkInterface').find(({ facts }) => facts.groupIds?.includes(resource.resourceId));
      if (user) return cannotRun(`network interface ${user.resource.resourceId} uses the group: give it a group of its own`);
      const vpc = { ...resource, resourceType: 'AWS::EC2::VPC', resourceId: vpcId };
      return runWith({ SecurityGroupId: resource.resourceId }, { touches: [vpc] });
    },
  ),
];

export const page: ControlPage = {
  slug: 'default-security-group-closed',
  topic: 'No open SSH/RDP',
  scope: 'resource',
  evidence: 'config',
  rule: 'PASS iff the security group named default of the VPC has zero ingress and zero egress rules; FAIL otherwise; NOT_APPLICABLE when the Region has no VPC.',
  apiFacts: ['ec2:DescribeSecurityGroups'],
  triggers: {
    configTypes: ['AWS::EC2::SecurityGroup', 'AWS::EC2::VPC'],
    cloudTrail: [
      {
        source: 'ec2.amazonaws.com',
        names: [
          'AuthorizeSecurityGroupIngress',
          'AuthorizeSecurityGroupEgress',
          'ModifySecurityGroupRules',
          'RevokeSecurityGroupIngress',
          'RevokeSecurityGroupEgress',
          'CreateVpc',
        ],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-RemoveVPCDefaultSecurityGroupRules',
    note: 'Check that no network interface uses the group first.',
  },
  crosswalk: {
    cisAwsV3: ['5.4'],
    cisAwsV5: ['5.5'],
    securityHub: ['EC2.2'],
    prowler: ['ec2_securitygroup_default_restrict_traffic'],
    nistCsf2: ['PR.IR-01', 'PR.PS-01'],
    awsSmmV2: [{ phase: 2, category: 'Infrastructure protection', recommendation: 'Limit Network Access' }],
    iansCsmm2: ['Network Security'],
  },
  notes: 'The seed level diagram lists default SG restrictions in L1.',
};
