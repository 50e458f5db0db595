import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L1-05',
  title: 'Workforce access is federated through a central identity source',
  pillar: 'iam',
  level: 1,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'workforce-sso',
  topic: 'SSO',
  scope: 'account',
  evidence: 'api',
  rule: 'PASS iff an ACTIVE IAM Identity Center instance serves the account or at least one IAM SAML provider with unexpired metadata exists, and no IAM user outside the declared break-glass principals has a console password; FAIL otherwise; never NOT_APPLICABLE.',
  apiFacts: ['sso-admin:ListInstances', 'iam:ListSAMLProviders', 'iam:GetSAMLProvider', 'iam:GetCredentialReport'],
  triggers: {
    configTypes: ['AWS::IAM::SAMLProvider'],
    cloudTrail: [
      {
        source: 'iam.amazonaws.com',
        names: ['CreateSAMLProvider', 'UpdateSAMLProvider', 'DeleteSAMLProvider', 'CreateLoginProfile', 'DeleteLoginProfile'],
      },
      { source: 'sso.amazonaws.com', names: ['CreateInstance', 'DeleteInstance'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'manual', note: 'Connect an identity source, then remove console passwords.' },
  crosswalk: {
    cisAwsV3: ['1.21'],
    cisAwsV5: ['1.20'],
    securityHub: [],
    prowler: ['iam_check_saml_providers_sts'],
    nistCsf2: ['PR.AA-01', 'PR.AA-03'],
    awsSmmV2: [{ phase: 1, category: 'Identity and access management', recommendation: 'Identity Federation' }],
    iansCsmm2: ['IAM'],
  },
};
