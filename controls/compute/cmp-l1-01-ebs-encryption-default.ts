import { across, type ControlPage, compliant, defineControl, lacks, nonCompliant } from '../../core/control.ts';
import { evaluateApprovedRegions } from '../../core/evaluation/approved-regions.ts';
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import { change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'CMP-L1-01',
  title: 'EBS encryption by default is on',
  pillar: 'compute',
  level: 1,
  severity: 'high',
  rules: [
    across(
      ['AWS::EC2::EBSEncryptionByDefault', SETTINGS],
      (inventory) =>
        evaluateApprovedRegions(inventory, 'AWS::EC2::EBSEncryptionByDefault', (item) => {
          if (item.facts.enabled === undefined) return lacks(item, 'enabled');
          return item.facts.enabled
            ? compliant('EBS encryption by default is on')
            : nonCompliant('default-encryption-off', 'EBS encryption by default is off');
        }),
      { handlesGaps: true },
    ),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::EC2::EBSEncryptionByDefault',
    {
      runbook: 'CSMM-EnableEbsEncryptionByDefault',
      risk: 'disruptive',
      reversible: true,
      // https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html
      impact:
        'Instance types without support for EBS encryption no longer start. You cannot share snapshots and images of new volumes under the AWS managed key with other accounts. If a customer managed key is the default, Auto Scaling and other services need a grant on it. Existing volumes do not change.',
      concerns: 'region',
      notRestored: 'Volumes that were created in between stay encrypted.',
    },
    ({ facts: { enabled } }) => runWith({}, [change('encryption of new volumes by default', enabled, true)]),
  ),
];

export const page: ControlPage = {
  slug: 'ebs-encryption-default',
  topic: 'EBS encrypt',
  scope: 'region',
  evidence: 'api',
  rule: 'Passes if ec2:GetEbsEncryptionByDefault returns true in every approved Region. Fails otherwise. Always applies.',
  why: 'Without the default, each new volume depends on someone who remembers to encrypt it. Its snapshots and copies are then unencrypted too.',
  triggers: {
    cloudTrail: [{ source: 'ec2.amazonaws.com', names: ['EnableEbsEncryptionByDefault', 'DisableEbsEncryptionByDefault'] }],
    schedule: 'rate(12 hours)',
  },
  remediation: { kind: 'managed', document: 'AWSConfigRemediation-EnableEbsEncryptionByDefault' },
  crosswalk: {
    cisAwsV3: ['2.2.1'],
    cisAwsV5: ['5.1.1'],
    securityHub: ['EC2.7'],
    prowler: ['ec2_ebs_default_encryption'],
    nistCsf2: ['PR.DS-01'],
    awsSmmV2: [{ phase: 2, category: 'Data protection', recommendation: 'Data Encryption at rest' }],
    iansCsmm2: ['Workload Security', 'Data Security'],
  },
  notes: 'If no approved Regions are declared, csmm evaluates every Region that it read.',
};
