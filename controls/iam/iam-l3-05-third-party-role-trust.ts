import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L3-05',
  title: 'Third-party roles require an external ID and a known account',
  pillar: 'iam',
  level: 3,
  severity: 'critical',
  rules: [],
});

export const page: ControlPage = {
  slug: 'third-party-role-trust',
  topic: 'cross-account trust',
  scope: 'resource',
  evidence: 'policy-analysis',
  rule: 'Passes if every role whose trust policy admits a principal outside the organization names only declared trusted accounts, carries a non-wildcard sts:ExternalId condition for account principals, and binds audience and subject for OIDC providers. Fails otherwise. Not applicable if no role trusts a principal outside the organization.',
  why: 'Without an external ID, another customer of the vendor can trick the vendor into using your role (the confused-deputy problem). An unknown account in a trust policy is a back door.',
  apiFacts: ['iam:ListRoles', 'iam:GetRole', 'organizations:ListAccounts'],
  triggers: {
    configTypes: ['AWS::IAM::Role', 'AWS::IAM::OIDCProvider'],
    cloudTrail: [
      {
        source: 'iam.amazonaws.com',
        names: [
          'CreateRole',
          'UpdateAssumeRolePolicy',
          'CreateOpenIDConnectProvider',
          'UpdateOpenIDConnectProviderThumbprint',
          'AddClientIDToOpenIDConnectProvider',
        ],
      },
    ],
    native: [{ source: 'aws.access-analyzer', detailType: 'Access Analyzer Finding' }],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Propose the change of the trust policy. Never break a vendor role without approval.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: ['iam_role_cross_account_readonlyaccess_policy', 'iam_no_custom_policy_permissive_role_assumption'],
    nistCsf2: ['PR.AA-05', 'GV.SC-07'],
    awsSmmV2: [
      { phase: 1, category: 'Identity and access management', recommendation: 'Cleanup unintended accesses' },
      { phase: 4, category: 'Identity and access management', recommendation: 'IAM Data Perimeters' },
    ],
    iansCsmm2: ['IAM', 'Risk Assessment and Provider Management'],
  },
};
