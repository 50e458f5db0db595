import {
  type ControlPage,
  compliant,
  defineControl,
  insufficientData,
  NOT_READ,
  nonCompliant,
  notApplicable,
  on,
} from '../../core/control.ts';
import { cannotRun, change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';
import { GROUP_USERS, usersOf } from './group-users.ts';

export default defineControl({
  id: 'NET-L1-02',
  title: 'Default security groups carry no rules',
  pillar: 'networking',
  level: 1,
  severity: 'high',
  rules: [
    on('AWS::EC2::SecurityGroup', ['defaultOfVpc'], ({ defaultOfVpc, ingressCount, egressCount }) => {
      if (!defaultOfVpc) return notApplicable('security group is not the default group of a VPC');
      if (ingressCount) return nonCompliant('inbound-rules', 'default security group has inbound rules');
      if (egressCount) return nonCompliant('outbound-rules', 'default security group has outbound rules');
      if (ingressCount === undefined || egressCount === undefined)
        return insufficientData(NOT_READ, 'rules of the default security group were not read');
      return compliant('default security group has no rules');
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
      impact: 'Resources launched later without their own security group have no network access. No running resource uses the group.',
      notRestored:
        'The rules have no tags, and only the first 390 characters of their descriptions, or none if there are more than 50 rules.',
      reads: [GROUP_USERS],
    },
    ({ resource, facts: { vpcId, ingressCount, egressCount } }, { inventory }) => {
      if (vpcId === undefined) return cannotRun('VPC of the security group is unknown');
      const user = inventory.all(GROUP_USERS).find(({ facts }) => facts.groupIds?.includes(resource.resourceId));
      if (user) return cannotRun(`network interface ${user.resource.resourceId} uses the group; assign another security group to it`);
      const vpc = { ...resource, resourceType: 'AWS::EC2::VPC', resourceId: vpcId };
      return runWith(
        { SecurityGroupId: resource.resourceId },
        [change('inbound permissions', ingressCount, 0), change('outbound permissions', egressCount, 0)],
        { touches: [vpc], uses: usersOf(resource, inventory) },
      );
    },
  ),
];

export const page: ControlPage = {
  slug: 'default-security-group-closed',
  topic: 'No open SSH/RDP',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if the security group named default of the VPC has zero ingress and zero egress rules. Fails otherwise. Not applicable if the Region has no VPC.',
  why: 'Resources launched without a security group get the default one. If it allows traffic, they are exposed to each other by accident.',
  triggers: {
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
    note: 'First check that no network interface uses the group.',
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
  notes: 'The level diagram in the source of the model lists the restriction of default security groups in level 1.',
};
