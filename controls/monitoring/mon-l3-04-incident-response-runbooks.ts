import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'MON-L3-04',
  title: 'Each key incident scenario has a current, rehearsed runbook',
  pillar: 'monitoring',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'incident-response-runbooks',
  topic: 'incident response runbooks',
  scope: 'organization',
  evidence: 'attestation',
  rule: 'Passes if, for every declared scenario, a runbook (SSM Automation document, Incident Manager response plan or signed document reference) tagged with it changed or was re-approved in the last 365 days, and a signed exercise record for it is at most 180 days old. Fails otherwise. Always applies.',
  why: 'During an incident there is no time to find out who does what. Teams that have a current runbook and have practiced it contain damage faster.',
  apiFacts: ['ssm:ListDocuments', 'ssm:DescribeDocument', 'ssm-incidents:ListResponsePlans', 'attestation store'],
  parameters: {
    runbookMaxAgeDays: 365,
    exerciseMaxAgeDays: 180,
    scenarios: ['credential-compromise', 'public-data-exposure', 'instance-compromise', 'ransomware', 'root-misuse'],
  },
  triggers: {
    configTypes: ['AWS::SSM::Document'],
    cloudTrail: [
      { source: 'ssm.amazonaws.com', names: ['CreateDocument', 'UpdateDocument', 'UpdateDocumentDefaultVersion', 'DeleteDocument'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'manual', note: 'Write the runbooks and practice them.' },
  crosswalk: {
    cisAwsV3: ['1.17'],
    cisAwsV5: ['1.16'],
    securityHub: ['IAM.18'],
    prowler: ['ssmincidents_enabled_with_plans', 'iam_support_role_created'],
    nistCsf2: ['ID.IM-04', 'RS.MA-01', 'ID.IM-02'],
    awsSmmV2: [
      { phase: 2, category: 'Incident response', recommendation: 'Define incident response playbooks' },
      { phase: 3, category: 'Incident response', recommendation: 'Run TableTop Exercises - Simulations' },
    ],
    iansCsmm2: ['Incident Response', 'Governance'],
  },
  notes:
    'Incident Manager is not required: any form of runbook counts. csmm can start exercises, but it cannot measure whether people learned from them.',
  corroboratingSignals: [
    'SSM document modification dates and automation executions tagged with the scenario',
    'GuardDuty sample findings created (CreateSampleFindings) or an AWS FIS experiment inside the exercise window',
    'Break-glass or responder role sessions during the exercise window',
  ],
};
