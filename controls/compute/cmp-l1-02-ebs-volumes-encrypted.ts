import { type ControlPage, compliant, defineControl, nonCompliant, notApplicable, on } from '../../core/control.ts';

export default defineControl({
  id: 'CMP-L1-02',
  title: 'Attached volumes are encrypted',
  pillar: 'compute',
  level: 1,
  severity: 'high',
  rules: [
    on('AWS::EC2::Volume', ['attached', 'encrypted'], ({ attached, encrypted }) => {
      if (!attached) return notApplicable('volume is not attached to an instance');
      return encrypted ? compliant('volume is encrypted') : nonCompliant('not-encrypted', 'volume is not encrypted');
    }),
  ],
});

export const page: ControlPage = {
  slug: 'ebs-volumes-encrypted',
  topic: 'EBS encrypt',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if Encrypted = true on the attached EBS volume. Fails otherwise. Not applicable if no volume is attached.',
  why: 'Anyone who can copy a snapshot of an unencrypted volume can read all of its data. With encryption, a reader also needs the key.',
  triggers: {
    cloudTrail: [{ source: 'ec2.amazonaws.com', names: ['CreateVolume', 'AttachVolume', 'RunInstances'] }],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'manual', note: 'Copy a snapshot with encryption, then replace the volume with one from the copy.' },
  crosswalk: {
    cisAwsV3: ['2.2.1'],
    cisAwsV5: ['5.1.1'],
    securityHub: ['EC2.3'],
    prowler: ['ec2_ebs_volume_encryption'],
    nistCsf2: ['PR.DS-01'],
    awsSmmV2: [{ phase: 2, category: 'Data protection', recommendation: 'Data Encryption at rest' }],
    iansCsmm2: ['Workload Security', 'Data Security'],
  },
};
