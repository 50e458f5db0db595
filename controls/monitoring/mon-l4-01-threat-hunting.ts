import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'MON-L4-01',
  title: 'Hunts run on a cadence over queryable logs',
  pillar: 'monitoring',
  level: 4,
  severity: 'medium',
  rules: [],
});

export const page: ControlPage = {
  slug: 'threat-hunting',
  topic: 'Threat hunting',
  scope: 'organization',
  evidence: 'api',
  rule: 'Passes if the archived management, network and DNS logs are queryable in a declared store (Security Lake, CloudTrail Lake, Athena, OpenSearch or external SIEM), and in each of the last four weeks a declared hunt principal ran at least one query of the versioned hunt set with its result recorded. Fails otherwise. Always applies.',
  why: 'Detections find only known patterns. Regular hunts find the attackers that no rule describes yet.',
  apiFacts: [
    'athena:ListQueryExecutions',
    'athena:BatchGetQueryExecution',
    'cloudtrail:ListQueries',
    'securitylake:ListDataLakes',
    'cloudtrail:LookupEvents',
  ],
  parameters: { weeks: 4 },
  triggers: {
    configTypes: ['AWS::Athena::WorkGroup'],
    cloudTrail: [
      { source: 'cloudtrail.amazonaws.com', names: ['StartQuery', 'CreateEventDataStore', 'DeleteEventDataStore'] },
      { source: 'athena.amazonaws.com', names: ['StartQueryExecution'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'manual', note: 'Schedule the queries of the hunt set. Publish new queries with tests.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: ['cloudtrail_threat_detection_enumeration', 'cloudtrail_threat_detection_privilege_escalation'],
    nistCsf2: ['DE.AE-02', 'DE.AE-07', 'ID.RA-03'],
    awsSmmV2: [
      { phase: 3, category: 'Threat detection', recommendation: 'Custom Threat Detection capabilities (SecLake / SIEM)' },
      { phase: 4, category: 'Threat detection', recommendation: 'Threat Intelligence' },
      { phase: 3, category: 'Incident response', recommendation: 'Security Investigations - Root cause analysis' },
    ],
    iansCsmm2: ['Security Monitoring', 'Incident Response'],
  },
  corroboratingSignals: ['For an external SIEM: a signed export of its log of saved-search runs'],
};
