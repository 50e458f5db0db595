import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L2-04',
  title: 'A multi-Region trail records all management events',
  pillar: 'iam',
  level: 2,
  severity: 'critical',
  rules: [],
});

export const page: ControlPage = {
  slug: 'cloudtrail-multi-region',
  topic: 'CloudTrail',
  scope: 'account',
  evidence: 'api',
  rule: 'PASS iff at least one trail visible in the account (own or organization trail) has IsMultiRegionTrail = true, IsLogging = true, selects read and write management events, and delivered a log file in the last 24 hours; FAIL otherwise; never NOT_APPLICABLE.',
  apiFacts: ['cloudtrail:DescribeTrails', 'cloudtrail:GetTrailStatus', 'cloudtrail:GetEventSelectors'],
  triggers: {
    configTypes: ['AWS::CloudTrail::Trail'],
    cloudTrail: [
      {
        source: 'cloudtrail.amazonaws.com',
        names: ['CreateTrail', 'UpdateTrail', 'DeleteTrail', 'StartLogging', 'StopLogging', 'PutEventSelectors'],
      },
    ],
    schedule: 'rate(6 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-CreateCloudTrailMultiRegionTrail',
    alternatives: ['AWS-EnableCloudTrail'],
    note: 'Prefer an organization trail made once by IaC; the runbook creates an account trail and its bucket.',
  },
  crosswalk: {
    cisAwsV3: ['3.1'],
    cisAwsV5: ['3.1'],
    securityHub: ['CloudTrail.1', 'CloudTrail.3'],
    prowler: ['cloudtrail_multi_region_enabled', 'cloudtrail_multi_region_enabled_logging_management_events'],
    nistCsf2: ['PR.PS-04', 'DE.CM-03', 'DE.CM-09'],
    awsSmmV2: [{ phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' }],
    iansCsmm2: ['Security Monitoring', 'Compliance and Audit'],
  },
};
