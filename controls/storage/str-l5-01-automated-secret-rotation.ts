import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'STR-L5-01',
  title: 'Secrets rotate by themselves and succeed',
  pillar: 'storage',
  level: 5,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'automated-secret-rotation',
  topic: 'Automated secret rotation',
  scope: 'resource',
  evidence: 'api',
  rule: 'Passes if every secret that is not exempt has RotationEnabled = true (or is managed by a service that rotates it), LastRotatedDate inside its interval of at most 90 days, and no rotation failure after the last success. Fails otherwise. Not applicable if there are no secrets.',
  why: 'A leaked secret works until it changes. Automatic rotation ends the access of an attacker after a known time, without manual work.',
  apiFacts: ['secretsmanager:ListSecrets', 'secretsmanager:DescribeSecret'],
  parameters: { maxIntervalDays: 90 },
  triggers: {
    configTypes: ['AWS::SecretsManager::Secret'],
    cloudTrail: [
      {
        source: 'secretsmanager.amazonaws.com',
        names: [
          'CreateSecret',
          'RotateSecret',
          'CancelRotateSecret',
          'UpdateSecret',
          'RotationSucceeded',
          'RotationFailed',
          'RotationAbandoned',
        ],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-RotateSecret',
    note: 'The secret needs a rotation function. Service-managed rotation is simpler.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['SecretsManager.1', 'SecretsManager.2', 'SecretsManager.4'],
    prowler: ['secretsmanager_automatic_rotation_enabled', 'secretsmanager_secret_rotated_periodically'],
    nistCsf2: ['PR.AA-01', 'PR.DS-01'],
    awsSmmV2: [
      { phase: 2, category: 'Application security', recommendation: 'No secrets in code' },
      { phase: 4, category: 'Incident response', recommendation: 'Advanced security automations' },
    ],
    iansCsmm2: ['Data Security', 'IAM'],
  },
};
