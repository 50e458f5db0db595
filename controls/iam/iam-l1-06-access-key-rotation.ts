import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L1-06',
  title: 'Active access keys are rotated within 90 days',
  pillar: 'iam',
  level: 1,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'access-key-rotation',
  topic: 'key rotation',
  scope: 'account',
  evidence: 'api',
  rule: 'PASS iff every active IAM user access key was created or last rotated at most 90 days ago; FAIL otherwise; NOT_APPLICABLE when there are no active access keys.',
  apiFacts: ['iam:GenerateCredentialReport', 'iam:GetCredentialReport', 'iam:ListAccessKeys'],
  parameters: { maxAgeDays: 90 },
  triggers: {
    configTypes: ['AWS::IAM::User'],
    cloudTrail: [{ source: 'iam.amazonaws.com', names: ['CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey'] }],
    schedule: 'rate(12 hours)',
  },
  remediation: {
    kind: 'custom',
    note: 'Deactivate the over-age key after owner notice; ASR ships a RevokeUnrotatedKeys runbook as prior art.',
  },
  crosswalk: {
    cisAwsV3: ['1.14'],
    cisAwsV5: ['1.13'],
    securityHub: ['IAM.3'],
    prowler: ['iam_rotate_access_key_90_days'],
    nistCsf2: ['PR.AA-01'],
    awsSmmV2: [{ phase: 2, category: 'Identity and access management', recommendation: 'Use Temporary Credentials' }],
    iansCsmm2: ['IAM'],
  },
};
