import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'STR-L3-02',
  title: 'Sensitive data is discovered continuously',
  pillar: 'storage',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'sensitive-data-discovery',
  topic: 'Data classification',
  scope: 'region',
  evidence: 'api',
  rule: 'Passes if, in every approved Region that has buckets, the Macie session is ENABLED with automated sensitive-data discovery ENABLED and no High-severity sensitive-data finding on a bucket classified below confidential is older than 30 days. Fails otherwise. Not applicable if the Region has no buckets.',
  why: 'Personal data and credentials end up in buckets that were not built for them. Continuous discovery finds them before an attacker does.',
  apiFacts: ['macie2:GetMacieSession', 'macie2:GetAutomatedDiscoveryConfiguration', 'macie2:ListFindings'],
  triggers: {
    configTypes: ['AWS::S3::Bucket'],
    cloudTrail: [
      {
        source: 'macie2.amazonaws.com',
        names: [
          'EnableMacie',
          'DisableMacie',
          'UpdateMacieSession',
          'UpdateAutomatedDiscoveryConfiguration',
          'UpdateOrganizationConfiguration',
        ],
      },
    ],
    native: [{ source: 'aws.macie', detailType: 'Macie Finding' }],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'custom',
    note: 'Enable Macie through the delegated administrator. It costs money, so it needs approval (ASR EnableMacie is an example).',
  },
  crosswalk: {
    cisAwsV3: ['2.1.3'],
    cisAwsV5: ['2.1.3'],
    securityHub: ['Macie.1', 'Macie.2'],
    prowler: ['macie_is_enabled', 'macie_automated_sensitive_data_discovery_enabled'],
    nistCsf2: ['ID.AM-07', 'DE.CM-09'],
    awsSmmV2: [
      { phase: 2, category: 'Data protection', recommendation: 'Discover sensitive data' },
      { phase: 1, category: 'Data protection', recommendation: 'Analyze data security posture' },
    ],
    iansCsmm2: ['Data Security'],
  },
};
