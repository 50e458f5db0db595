import { defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'CMP-L2-03',
  slug: 'launch-template-hardened',
  title: 'Launch templates in use are hardened',
  pillar: 'compute',
  level: 2,
  severity: 'high',
  topic: 'launch templates',
  scope: 'resource',
  evidence: 'config',
  rule: 'PASS iff every launch-template version that is default, latest or referenced by a group requires IMDSv2 with hop limit at most 2, assigns no public IP, and encrypts every EBS mapping (or the Region default does); FAIL otherwise; NOT_APPLICABLE when there are no launch templates.',
  apiFacts: ['ec2:DescribeLaunchTemplates', 'ec2:DescribeLaunchTemplateVersions', 'ec2:GetEbsEncryptionByDefault'],
  triggers: {
    configTypes: ['AWS::EC2::LaunchTemplate', 'AWS::AutoScaling::LaunchConfiguration'],
    cloudTrail: [
      { source: 'ec2.amazonaws.com', names: ['CreateLaunchTemplate', 'CreateLaunchTemplateVersion', 'ModifyLaunchTemplate'] },
      { source: 'autoscaling.amazonaws.com', names: ['CreateLaunchConfiguration', 'CreateAutoScalingGroup', 'UpdateAutoScalingGroup'] },
    ],
    schedule: 'rate(24 hours)',
  },
  rules: [],
  remediation: { kind: 'custom', note: 'Create a corrected version and propose it as default.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['EC2.170', 'EC2.25', 'EC2.181', 'AutoScaling.3'],
    prowler: ['ec2_launch_template_imdsv2_required', 'ec2_launch_template_no_public_ip'],
    nistCsf2: ['PR.PS-01', 'PR.DS-01'],
    awsSmmV2: [
      { phase: 2, category: 'Identity and access management', recommendation: 'Instance Metadata Service (IMDS) v2' },
      { phase: 2, category: 'Infrastructure protection', recommendation: 'Secure EC2 Instances Management' },
    ],
    iansCsmm2: ['Workload Security'],
  },
});
