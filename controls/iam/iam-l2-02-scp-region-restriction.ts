import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L2-02',
  title: 'Unapproved Regions are denied by policy',
  pillar: 'iam',
  level: 2,
  severity: 'medium',
  rules: [],
});

export const page: ControlPage = {
  slug: 'scp-region-restriction',
  topic: 'SCPs',
  scope: 'organization',
  evidence: 'policy-analysis',
  rule: 'PASS iff the SCPs effective on the account deny requests whose aws:RequestedRegion lies outside the declared approved Regions, with only global services exempted through NotAction or a principal exemption; FAIL otherwise; NOT_APPLICABLE for the management account.',
  apiFacts: ['organizations:ListPoliciesForTarget', 'organizations:DescribePolicy', 'account:ListRegions'],
  triggers: {
    configTypes: [],
    cloudTrail: [
      { source: 'organizations.amazonaws.com', names: ['AttachPolicy', 'DetachPolicy', 'UpdatePolicy', 'DeletePolicy', 'MoveAccount'] },
      { source: 'account.amazonaws.com', names: ['EnableRegion', 'DisableRegion'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Generate the statement from approved_regions; human approval.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: ['organizations_scp_check_deny_regions'],
    nistCsf2: ['PR.AA-05', 'PR.PS-01'],
    awsSmmV2: [
      { phase: 1, category: 'Security governance', recommendation: 'Select the region(s) to use and block the rest' },
      { phase: 2, category: 'Identity and access management', recommendation: 'GuardRails: Organizational Policies with SCPs/RCPs' },
    ],
    iansCsmm2: ['Organization Management', 'Governance'],
  },
};
