import { type ControlPage, compliant, defineControl, insufficientData, nonCompliant, on } from '../../core/control.ts';

export default defineControl({
  id: 'CMP-L2-02',
  title: 'Auto Scaling groups use launch templates',
  pillar: 'compute',
  level: 2,
  severity: 'medium',
  rules: [
    on('AWS::AutoScaling::AutoScalingGroup', ['launchConfiguration'], ({ launchConfiguration, launchTemplates }) => {
      if (launchConfiguration !== '') {
        return nonCompliant(
          'launch-configuration',
          `Auto Scaling group uses launch configuration ${launchConfiguration} (required: a launch template)`,
        );
      }
      return launchTemplates
        ? compliant('Auto Scaling group uses a launch template')
        : insufficientData('launch-template-unknown', 'Auto Scaling group has no known launch template or launch configuration');
    }),
  ],
});

export const page: ControlPage = {
  slug: 'asg-launch-templates',
  topic: 'launch templates',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if the group references a launch template (directly or in a mixed-instances policy) and not a launch configuration. Fails otherwise. Not applicable if there are no groups.',
  why: 'Launch configurations have no versions, and AWS no longer adds features to them. Launch templates make changes visible and reversible.',
  triggers: {
    cloudTrail: [{ source: 'autoscaling.amazonaws.com', names: ['CreateAutoScalingGroup', 'UpdateAutoScalingGroup'] }],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['AutoScaling.9'],
    prowler: ['autoscaling_group_using_ec2_launch_template'],
    nistCsf2: ['PR.PS-01'],
    awsSmmV2: [
      { phase: 3, category: 'Security governance', recommendation: 'Use infrastructure as code' },
      { phase: 2, category: 'Infrastructure protection', recommendation: 'Secure EC2 Instances Management' },
    ],
    iansCsmm2: ['Workload Security'],
  },
};
