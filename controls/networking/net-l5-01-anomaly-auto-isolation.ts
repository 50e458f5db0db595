import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'NET-L5-01',
  title: 'Network anomalies isolate the workload automatically',
  pillar: 'networking',
  level: 5,
  severity: 'critical',
  rules: [],
});

export const page: ControlPage = {
  slug: 'anomaly-auto-isolation',
  topic: 'Anomaly auto-isolate',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if an ENABLED rule routes GuardDuty network-behavior findings of severity 7 or more to an isolation workflow, and every such finding of the last 90 days (or a recorded drill, if no finding occurred) ended with the affected interface moved to a quarantine security group by a remediation principal within 15 minutes. Fails otherwise. Not applicable if the account runs no network-attached compute.',
  why: 'An attack spreads within minutes, faster than a person can respond. Automatic isolation limits it to one workload.',
  apiFacts: [
    'events:ListRules',
    'events:ListTargetsByRule',
    'guardduty:ListFindings',
    'guardduty:GetFindings',
    'ssm:DescribeAutomationExecutions',
  ],
  parameters: { windowDays: 90, isolateWithinMinutes: 15, minSeverity: 7 },
  triggers: {
    configTypes: ['AWS::Events::Rule', 'AWS::EC2::SecurityGroup', 'AWS::EC2::NetworkInterface'],
    cloudTrail: [
      { source: 'events.amazonaws.com', names: ['PutRule', 'DisableRule', 'DeleteRule', 'PutTargets', 'RemoveTargets'] },
      { source: 'ec2.amazonaws.com', names: ['ModifyNetworkInterfaceAttribute', 'ModifyInstanceAttribute'] },
    ],
    native: [{ source: 'aws.guardduty', detailType: 'GuardDuty Finding' }],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSSupport-ContainEC2Instance',
    note: 'Use it as the isolation step. It supports dry run and release.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: [],
    nistCsf2: ['RS.MI-01', 'DE.AE-02', 'PR.IR-01'],
    awsSmmV2: [
      { phase: 4, category: 'Incident response', recommendation: 'Advanced security automations' },
      { phase: 4, category: 'Incident response', recommendation: 'Security Orchestration & Ticketing' },
    ],
    iansCsmm2: ['Network Security', 'Incident Response'],
  },
};
