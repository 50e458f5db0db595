import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L1-03',
  title: 'Root user is not used for day-to-day work',
  pillar: 'iam',
  level: 1,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'root-user-unused',
  topic: 'root lockdown',
  scope: 'account',
  evidence: 'api',
  rule: 'PASS iff the credential report shows no root password or root key use in the last 90 days and no CloudTrail event in that window has userIdentity.type = Root without invokedBy and outside a recorded root-task window; FAIL otherwise; never NOT_APPLICABLE.',
  apiFacts: ['iam:GenerateCredentialReport', 'iam:GetCredentialReport', 'cloudtrail:LookupEvents'],
  parameters: { windowDays: 90 },
  triggers: {
    configTypes: [],
    cloudTrail: [],
    native: [
      { source: 'aws.signin', detailType: 'AWS Console Sign In via CloudTrail' },
      { source: '*', detailType: 'AWS API Call via CloudTrail (userIdentity.type = Root)' },
    ],
    schedule: 'rate(12 hours)',
  },
  remediation: { kind: 'manual', note: 'Move the task to a role; record unavoidable root tasks as a dated window.' },
  crosswalk: {
    cisAwsV3: ['1.7'],
    cisAwsV5: ['1.6'],
    securityHub: ['IAM.20', 'CloudWatch.1'],
    prowler: ['iam_avoid_root_usage'],
    nistCsf2: ['PR.AA-05', 'DE.CM-03'],
    awsSmmV2: [{ phase: 1, category: 'Identity and access management', recommendation: 'Root Account Protection' }],
    iansCsmm2: ['IAM'],
  },
};
