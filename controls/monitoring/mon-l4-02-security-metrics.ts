import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'MON-L4-02',
  title: 'Security metrics are published and within target',
  pillar: 'monitoring',
  level: 4,
  severity: 'medium',
  rules: [],
});

export const page: ControlPage = {
  slug: 'security-metrics',
  topic: 'security metrics',
  scope: 'organization',
  evidence: 'api',
  rule: 'Passes if time-to-detect, time-to-remediate, open-finding age and CSMM score metrics each have a data point in the last 24 hours, and the 95th-percentile age of open critical and high findings is within the declared targets. Fails otherwise. Always applies.',
  why: 'A team that does not measure how long findings stay open cannot see whether it gets better, and old critical findings are forgotten.',
  apiFacts: ['cloudwatch:GetMetricData', 'securityhub:GetFindings', 'own evaluation history'],
  parameters: { criticalTargetDays: 7, highTargetDays: 30 },
  triggers: {
    configTypes: ['AWS::CloudWatch::Alarm'],
    cloudTrail: [],
    native: [{ source: 'aws.securityhub', detailType: 'Security Hub Findings - Imported' }],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'csmm publishes the metrics. To reach the targets, close the findings.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: ['guardduty_no_high_severity_findings', 'inspector2_active_findings_exist'],
    nistCsf2: ['GV.OV-03', 'ID.IM-03', 'DE.AE-04'],
    awsSmmV2: [
      { phase: 3, category: 'Security assurance', recommendation: 'Create your compliance reports' },
      { phase: 4, category: 'Security assurance', recommendation: 'Automate Evidence Gathering' },
    ],
    iansCsmm2: ['Security Monitoring', 'Compliance and Audit', 'Governance'],
  },
};
