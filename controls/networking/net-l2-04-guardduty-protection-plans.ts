import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'NET-L2-04',
  title: 'GuardDuty is centrally managed with the protection plans in use',
  pillar: 'networking',
  level: 2,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'guardduty-protection-plans',
  topic: 'GuardDuty',
  scope: 'region',
  evidence: 'api',
  rule: 'PASS iff the account is managed by the delegated GuardDuty administrator with organization auto-enable for all accounts, and each of S3, EKS audit logs, RDS login, Lambda, runtime monitoring and EC2 malware protection is ENABLED wherever the account has resources of that kind in the Region; FAIL otherwise; NOT_APPLICABLE per plan when the account has none of its resources.',
  apiFacts: ['guardduty:GetDetector', 'guardduty:DescribeOrganizationConfiguration', 'guardduty:GetAdministratorAccount'],
  triggers: {
    configTypes: ['AWS::GuardDuty::Detector'],
    cloudTrail: [
      {
        source: 'guardduty.amazonaws.com',
        names: [
          'UpdateDetector',
          'UpdateMemberDetectors',
          'UpdateOrganizationConfiguration',
          'EnableOrganizationAdminAccount',
          'DisableOrganizationAdminAccount',
        ],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Set organization configuration from the delegated administrator; approval for cost.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['GuardDuty.5', 'GuardDuty.6', 'GuardDuty.7', 'GuardDuty.8', 'GuardDuty.9', 'GuardDuty.10', 'GuardDuty.11'],
    prowler: [
      'guardduty_centrally_managed',
      'guardduty_delegated_admin_enabled_all_regions',
      'guardduty_s3_protection_enabled',
      'guardduty_eks_audit_log_enabled',
      'guardduty_rds_protection_enabled',
      'guardduty_lambda_protection_enabled',
      'guardduty_ec2_malware_protection_enabled',
      'guardduty_eks_runtime_monitoring_enabled',
    ],
    nistCsf2: ['DE.CM-01', 'DE.CM-09'],
    awsSmmV2: [
      { phase: 2, category: 'Threat detection', recommendation: 'Advanced Threat Detection' },
      { phase: 3, category: 'Infrastructure protection', recommendation: 'Anti-Malware / EDR / Runtime Protection' },
    ],
    iansCsmm2: ['Security Monitoring'],
  },
};
