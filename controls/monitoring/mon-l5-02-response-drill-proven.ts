import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'MON-L5-02',
  title: 'The automated response is proven end to end each quarter',
  pillar: 'monitoring',
  level: 5,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'response-drill-proven',
  topic: 'Automated incident response (SOAR)',
  scope: 'organization',
  evidence: 'api',
  rule: 'Passes if, in the last 90 days, a real or injected incident of at least two declared scenarios finished the response workflow with status SUCCEEDED and an output naming the containment action, a preserved evidence artifact (snapshot or log export) and a ticket, within 30 minutes of the triggering finding. Fails otherwise. Always applies.',
  why: 'Automation that no one tests breaks without notice. A drill proves that it still contains an incident and preserves the evidence.',
  apiFacts: ['states:ListExecutions', 'states:DescribeExecution', 'ec2:DescribeSnapshots', 'guardduty:ListFindings'],
  parameters: { windowDays: 90, containWithinMinutes: 30, minScenarios: 2 },
  triggers: {
    configTypes: ['AWS::StepFunctions::StateMachine'],
    cloudTrail: [
      { source: 'guardduty.amazonaws.com', names: ['CreateSampleFindings'] },
      { source: 'ec2.amazonaws.com', names: ['CreateSnapshot', 'CreateSnapshots'] },
    ],
    native: [{ source: 'aws.states', detailType: 'Step Functions Execution Status Change' }],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Schedule a drill that injects a finding in a canary account.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: [],
    nistCsf2: ['ID.IM-02', 'RS.MA-01', 'RS.AN-07'],
    awsSmmV2: [
      { phase: 4, category: 'Incident response', recommendation: 'Advanced security automations' },
      { phase: 4, category: 'Incident response', recommendation: 'Security Orchestration & Ticketing' },
      { phase: 4, category: 'Resiliency', recommendation: 'Chaos Engineering' },
    ],
    iansCsmm2: ['Incident Response', 'Security Monitoring', 'Resilience'],
  },
  corroboratingSignals: ['Ticket-system webhook receipt for the ticket id'],
};
