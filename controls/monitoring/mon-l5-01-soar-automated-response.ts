import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'MON-L5-01',
  title: 'High-severity findings start an automated response',
  pillar: 'monitoring',
  level: 5,
  severity: 'critical',
  rules: [],
});

export const page: ControlPage = {
  slug: 'soar-automated-response',
  topic: 'Automated incident response (SOAR)',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if ENABLED rules route every GuardDuty finding of severity 7 or more and every CRITICAL Security Hub threat finding to a response workflow with a containment step, and at least 90 percent of such findings in the last 30 days (or a recorded drill, if no such finding occurred) had an execution that started within 5 minutes and SUCCEEDED. Fails otherwise. Always applies.',
  why: 'Attackers act within minutes, also at night. Only an automated response can contain a stolen credential or an infected instance that fast.',
  apiFacts: [
    'events:ListRules',
    'events:ListTargetsByRule',
    'states:ListExecutions',
    'ssm:DescribeAutomationExecutions',
    'guardduty:ListFindings',
  ],
  parameters: { windowDays: 30, startWithinMinutes: 5, minRatio: 0.9 },
  triggers: {
    configTypes: ['AWS::Events::Rule', 'AWS::StepFunctions::StateMachine', 'AWS::SSM::Document'],
    cloudTrail: [
      { source: 'events.amazonaws.com', names: ['PutRule', 'DisableRule', 'DeleteRule', 'PutTargets', 'RemoveTargets'] },
      { source: 'states.amazonaws.com', names: ['UpdateStateMachine', 'DeleteStateMachine'] },
      { source: 'ssm.amazonaws.com', names: ['UpdateDocument', 'DeleteDocument'] },
    ],
    native: [
      { source: 'aws.guardduty', detailType: 'GuardDuty Finding' },
      { source: 'aws.securityhub', detailType: 'Security Hub Findings - Imported' },
      { source: 'aws.states', detailType: 'Step Functions Execution Status Change' },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSSupport-ContainIAMPrincipal',
    alternatives: ['AWSSupport-ContainEC2Instance'],
    note: 'Call these documents from the workflow as containment steps. Both support a dry run or a release mode.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: [],
    nistCsf2: ['RS.MA-01', 'RS.MI-01', 'DE.AE-06'],
    awsSmmV2: [
      { phase: 3, category: 'Incident response', recommendation: 'Automate Critical Playbooks' },
      { phase: 4, category: 'Incident response', recommendation: 'Advanced security automations' },
      { phase: 4, category: 'Incident response', recommendation: 'Security Orchestration & Ticketing' },
    ],
    iansCsmm2: ['Incident Response', 'Security Monitoring'],
  },
};
