import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'CMP-L5-01',
  title: 'Compute misconfigurations heal themselves',
  pillar: 'compute',
  level: 5,
  severity: 'critical',
  rules: [],
});

export const page: ControlPage = {
  slug: 'self-healing-configuration',
  topic: 'Self-healing infra',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if automatic remediation is armed for every auto-remediable CMP control of L1 to L3, and at least 95 percent of the failures of those controls in the last 30 days (or, if no failure occurred, a canary drill) returned to passing within 60 minutes through a remediation principal. Fails otherwise. Not applicable if no CMP control of L1 to L3 is applicable.',
  why: 'An attacker can use a misconfiguration until someone fixes it. Automatic remediation shortens this from days to minutes.',
  apiFacts: ['ssm:DescribeAutomationExecutions', 'config:DescribeRemediationExecutionStatus', 'own evaluation history'],
  parameters: { windowDays: 30, healWithinMinutes: 60, minRatio: 0.95 },
  triggers: {
    configTypes: ['AWS::Config::ResourceCompliance'],
    cloudTrail: [],
    native: [
      { source: 'aws.config', detailType: 'Config Rules Compliance Change' },
      { source: 'aws.ssm', detailType: 'EC2 Automation Execution Status-change Notification' },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Arm each control in each account, with a change budget.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: [],
    nistCsf2: ['RS.MI-02', 'PR.PS-01', 'PR.IR-03'],
    awsSmmV2: [
      { phase: 4, category: 'Incident response', recommendation: 'Automate deviation correction in configurations' },
      { phase: 4, category: 'Incident response', recommendation: 'Advanced security automations' },
    ],
    iansCsmm2: ['Workload Security', 'Compliance and Audit', 'Incident Response'],
  },
};
