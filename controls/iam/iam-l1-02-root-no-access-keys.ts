import { type ControlPage, compliant, defineControl, lacks, nonCompliant, notApplicable, on } from '../../core/control.ts';
import { WITHOUT_ROOT_USER } from '../../core/partitions.ts';

export default defineControl({
  id: 'IAM-L1-02',
  title: 'Root user has no access keys or signing certificates',
  pillar: 'iam',
  level: 1,
  severity: 'critical',
  rules: [
    on('AWS::IAM::AccountSummary', [], (facts, evidence) => {
      const { partition, rootAccessKeysPresent, rootSigningCertificatesPresent } = facts;
      if (partition === WITHOUT_ROOT_USER) return notApplicable('accounts in China have no root user');
      if (rootAccessKeysPresent) return nonCompliant('access-keys-present', 'root user has access keys');
      if (rootSigningCertificatesPresent) return nonCompliant('signing-certificates-present', 'root user has signing certificates');
      if (rootAccessKeysPresent === undefined) return lacks(evidence, 'rootAccessKeysPresent');
      if (rootSigningCertificatesPresent === undefined) return lacks(evidence, 'rootSigningCertificatesPresent');
      return compliant('root user has neither access keys nor signing certificates');
    }),
  ],
});

export const page: ControlPage = {
  slug: 'root-no-access-keys',
  topic: 'root lockdown',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if iam:GetAccountSummary reports AccountAccessKeysPresent = 0 and AccountSigningCertificatesPresent = 0. Fails otherwise. Not applicable in the aws-cn partition, which has no root users.',
  why: 'Root access keys give programs unlimited access to the account, without MFA. A leaked key exposes every resource.',
  triggers: {
    cloudTrail: [
      {
        source: 'iam.amazonaws.com',
        names: ['CreateAccessKey', 'DeleteAccessKey', 'UpdateAccessKey', 'UploadSigningCertificate', 'DeleteSigningCertificate'],
      },
    ],
    schedule: 'rate(12 hours)',
  },
  remediation: {
    kind: 'manual',
    note: 'Only the root user, or a privileged root session from the management account, can delete root keys.',
  },
  crosswalk: {
    cisAwsV3: ['1.4'],
    cisAwsV5: ['1.3'],
    securityHub: ['IAM.4'],
    prowler: ['iam_no_root_access_key'],
    nistCsf2: ['PR.AA-01', 'PR.AA-05'],
    awsSmmV2: [{ phase: 1, category: 'Identity and access management', recommendation: 'Root Account Protection' }],
    iansCsmm2: ['IAM'],
  },
};
