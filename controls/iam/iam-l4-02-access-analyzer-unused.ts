import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L4-02',
  title: 'Unused permissions are found continuously and removed',
  pillar: 'iam',
  level: 4,
  severity: 'medium',
  rules: [],
});

export const page: ControlPage = {
  slug: 'access-analyzer-unused',
  topic: 'Access Analyzer',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if an ACTIVE unused-access analyzer with an unused-access age of at most 90 days covers the account and no ACTIVE unused-access finding is older than 30 days. Fails otherwise. Always applies.',
  why: 'Permissions that no one uses still help an attacker. Continuous analysis finds them without a manual review.',
  apiFacts: ['access-analyzer:ListAnalyzers', 'access-analyzer:ListFindingsV2', 'access-analyzer:GetFindingV2'],
  parameters: { unusedAccessAgeDays: 90, findingMaxAgeDays: 30 },
  triggers: {
    configTypes: ['AWS::AccessAnalyzer::Analyzer'],
    cloudTrail: [
      { source: 'access-analyzer.amazonaws.com', names: ['CreateAnalyzer', 'DeleteAnalyzer', 'UpdateAnalyzer', 'UpdateFindings'] },
    ],
    native: [{ source: 'aws.access-analyzer', detailType: 'Unused Access Finding for IAM entities' }],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'custom',
    alternatives: ['AWSConfigRemediation-DeleteIAMRole'],
    note: 'Apply the recommendation of the analyzer through the pipeline. AWSConfigRemediation-DeleteIAMRole can delete roles after approval.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: [],
    nistCsf2: ['PR.AA-05', 'ID.RA-01'],
    awsSmmV2: [
      { phase: 3, category: 'Identity and access management', recommendation: 'Least Privilege Review' },
      { phase: 4, category: 'Identity and access management', recommendation: 'IAM Policy Generation Pipeline' },
    ],
    iansCsmm2: ['IAM'],
  },
};
