import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L4-04',
  title: 'IAM changes ship only through a validating pipeline',
  pillar: 'iam',
  level: 4,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'iac-policy-gates',
  topic: 'IaC gates',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if at least 95 percent of IAM and Identity Center write events in production accounts over the last 30 days were made by declared pipeline principals or CloudFormation on their behalf, and those principals called access-analyzer:ValidatePolicy, CheckNoNewAccess, CheckAccessNotGranted or CheckNoPublicAccess in the same window. Fails otherwise. Not applicable if the window has no such write event.',
  why: 'A manual IAM change has no review and no test. A pipeline catches dangerous permissions before they exist.',
  apiFacts: ['cloudtrail:LookupEvents or an event-store query'],
  parameters: { windowDays: 30, minPipelineRatio: 0.95 },
  triggers: {
    configTypes: [],
    cloudTrail: [
      {
        source: 'iam.amazonaws.com',
        names: [
          'CreateRole',
          'DeleteRole',
          'PutRolePolicy',
          'AttachRolePolicy',
          'DetachRolePolicy',
          'CreatePolicy',
          'CreatePolicyVersion',
          'UpdateAssumeRolePolicy',
          'PutUserPolicy',
          'AttachUserPolicy',
        ],
      },
      {
        source: 'sso.amazonaws.com',
        names: ['CreatePermissionSet', 'PutInlinePolicyToPermissionSet', 'AttachManagedPolicyToPermissionSet'],
      },
      {
        source: 'access-analyzer.amazonaws.com',
        names: ['ValidatePolicy', 'CheckNoNewAccess', 'CheckAccessNotGranted', 'CheckNoPublicAccess'],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'manual',
    note: 'Adopt a pipeline gate. The evaluator supplies the list of principals that wrote outside the pipeline.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: [],
    nistCsf2: ['PR.PS-06', 'PR.AA-05', 'ID.RA-07'],
    awsSmmV2: [
      { phase: 4, category: 'Identity and access management', recommendation: 'IAM Policy Generation Pipeline' },
      { phase: 3, category: 'Vulnerability management', recommendation: 'DevSecOps: Security in the Pipeline' },
      { phase: 3, category: 'Security governance', recommendation: 'Use infrastructure as code' },
    ],
    iansCsmm2: ['IAM', 'Application Security', 'Governance'],
  },
  notes: 'Check* and ValidatePolicy are read-only events. Read them from the trail, because EventBridge does not receive them by default.',
};
