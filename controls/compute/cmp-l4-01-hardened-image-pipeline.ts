import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'CMP-L4-01',
  title: 'Instances run only fresh images from a tested pipeline',
  pillar: 'compute',
  level: 4,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'hardened-image-pipeline',
  topic: 'Hardened image pipeline',
  scope: 'resource',
  evidence: 'api',
  rule: 'Passes if the image of every running instance was produced by a declared Image Builder pipeline or approved source whose build and test phases succeeded, is at most 60 days old, and allowed-images settings are enabled in the Region. Fails otherwise. Not applicable if there are no running instances.',
  why: 'An image from an unknown source can contain malware, and an old image contains known vulnerabilities. A tested pipeline gives every instance a known and current state.',
  apiFacts: ['ec2:DescribeImages', 'ec2:GetAllowedImagesSettings', 'imagebuilder:ListImagePipelineImages', 'imagebuilder:GetImage'],
  parameters: { maxImageAgeDays: 60 },
  triggers: {
    configTypes: ['AWS::EC2::Instance', 'AWS::ImageBuilder::ImagePipeline'],
    cloudTrail: [
      {
        source: 'ec2.amazonaws.com',
        names: ['RunInstances', 'CreateImage', 'EnableAllowedImagesSettings', 'DisableAllowedImagesSettings'],
      },
      { source: 'imagebuilder.amazonaws.com', names: ['CreateImagePipeline', 'UpdateImagePipeline', 'DeleteImagePipeline'] },
    ],
    native: [{ source: 'aws.imagebuilder', detailType: 'EC2 Image Builder Image State Change' }],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Replace the instances of the group with ones from the latest approved image.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: ['ec2_instance_with_outdated_ami', 'ec2_instance_older_than_specific_days'],
    nistCsf2: ['PR.PS-01', 'PR.PS-06', 'ID.RA-09'],
    awsSmmV2: [{ phase: 3, category: 'Infrastructure protection', recommendation: 'Image Generation Pipeline' }],
    iansCsmm2: ['Workload Security', 'Application Security'],
  },
};
