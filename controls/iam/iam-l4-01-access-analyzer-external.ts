import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L4-01',
  title: 'External access is analysed continuously and findings are closed',
  pillar: 'iam',
  level: 4,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'access-analyzer-external',
  topic: 'Access Analyzer',
  scope: 'region',
  evidence: 'api',
  rule: 'PASS iff in every approved Region an ACTIVE external-access analyzer of type ACCOUNT or ORGANIZATION covers the account and no ACTIVE finding is older than 7 days when public or 30 days otherwise; FAIL otherwise; never NOT_APPLICABLE.',
  apiFacts: ['access-analyzer:ListAnalyzers', 'access-analyzer:ListFindingsV2'],
  parameters: { publicMaxAgeDays: 7, otherMaxAgeDays: 30 },
  triggers: {
    configTypes: ['AWS::AccessAnalyzer::Analyzer'],
    cloudTrail: [
      {
        source: 'access-analyzer.amazonaws.com',
        names: ['CreateAnalyzer', 'DeleteAnalyzer', 'UpdateAnalyzer', 'CreateArchiveRule', 'UpdateArchiveRule', 'UpdateFindings'],
      },
    ],
    native: [{ source: 'aws.access-analyzer', detailType: 'Access Analyzer Finding' }],
    schedule: 'rate(12 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-EnableAccountAccessAnalyzer',
    note: 'Creates an account analyzer; an organization analyzer is made once from the delegated administrator.',
  },
  crosswalk: {
    cisAwsV3: ['1.20'],
    cisAwsV5: ['1.19'],
    securityHub: ['IAM.28'],
    prowler: ['accessanalyzer_enabled', 'accessanalyzer_enabled_without_findings'],
    nistCsf2: ['PR.AA-05', 'ID.RA-01', 'DE.CM-09'],
    awsSmmV2: [{ phase: 1, category: 'Identity and access management', recommendation: 'Cleanup unintended accesses' }],
    iansCsmm2: ['IAM', 'Security Monitoring'],
  },
};
