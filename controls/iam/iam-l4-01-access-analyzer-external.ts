import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L4-01',
  title: 'External access is analyzed continuously and findings are closed',
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
  rule: 'Passes if, in every approved Region, an ACTIVE external-access analyzer of type ACCOUNT or ORGANIZATION covers the account and no ACTIVE finding is older than 7 days (public access) or 30 days (other access). Fails otherwise. Always applies.',
  why: 'Resource policies change daily, and a mistake can open data to strangers. An analyzer finds it within minutes, but only a closed finding removes the risk.',
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
    note: 'Creates an account analyzer. The delegated administrator creates an organization analyzer once.',
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
