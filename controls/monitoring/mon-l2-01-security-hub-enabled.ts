import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'MON-L2-01',
  title: 'Security Hub posture checks run in every approved Region',
  pillar: 'monitoring',
  level: 2,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'security-hub-enabled',
  topic: 'Security Hub',
  scope: 'region',
  evidence: 'api',
  rule: 'PASS iff in every approved Region Security Hub is enabled with at least one of the FSBP or CIS standards in status READY and findings reach the delegated administrator; FAIL otherwise; never NOT_APPLICABLE.',
  apiFacts: ['securityhub:DescribeHub', 'securityhub:GetEnabledStandards', 'securityhub:GetAdministratorAccount'],
  triggers: {
    configTypes: [],
    cloudTrail: [
      {
        source: 'securityhub.amazonaws.com',
        names: [
          'EnableSecurityHub',
          'DisableSecurityHub',
          'BatchEnableStandards',
          'BatchDisableStandards',
          'UpdateOrganizationConfiguration',
          'DisassociateFromAdministratorAccount',
        ],
      },
    ],
    schedule: 'rate(12 hours)',
  },
  remediation: { kind: 'managed', document: 'AWSConfigRemediation-EnableSecurityHub', note: 'Prefer central configuration; cost applies.' },
  crosswalk: {
    cisAwsV3: ['4.16'],
    cisAwsV5: ['4.16'],
    securityHub: [],
    prowler: ['securityhub_enabled', 'securityhub_delegated_admin_enabled_all_regions'],
    nistCsf2: ['DE.CM-09', 'ID.RA-01'],
    awsSmmV2: [{ phase: 1, category: 'Security assurance', recommendation: 'Evaluate Cloud Security Posture (CSPM)' }],
    iansCsmm2: ['Security Monitoring', 'Compliance and Audit'],
  },
};
