import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'STR-L3-04',
  title: 'Customer managed keys rotate',
  pillar: 'storage',
  level: 3,
  severity: 'medium',
  rules: [],
});

export const page: ControlPage = {
  slug: 'kms-key-rotation',
  topic: 'key mgmt architecture',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if KeyRotationEnabled = true with a rotation period of at most 365 days on each enabled symmetric customer managed key with AWS_KMS origin. Fails otherwise. Not applicable if there is no eligible key.',
  why: 'Rotation limits the amount of data that one version of key material protects. Many security standards require it.',
  apiFacts: ['kms:ListKeys', 'kms:DescribeKey', 'kms:GetKeyRotationStatus'],
  triggers: {
    configTypes: ['AWS::KMS::Key'],
    cloudTrail: [{ source: 'kms.amazonaws.com', names: ['CreateKey', 'EnableKeyRotation', 'DisableKeyRotation'] }],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'managed', document: 'AWSConfigRemediation-EnableKeyRotation' },
  crosswalk: {
    cisAwsV3: ['3.6'],
    cisAwsV5: ['3.6'],
    securityHub: ['KMS.4'],
    prowler: ['kms_cmk_rotation_enabled'],
    nistCsf2: ['PR.DS-01'],
    awsSmmV2: [{ phase: 2, category: 'Data protection', recommendation: 'Data Encryption at rest' }],
    iansCsmm2: ['Data Security'],
  },
};
