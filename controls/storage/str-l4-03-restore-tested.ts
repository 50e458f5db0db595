import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'STR-L4-03',
  title: 'Restores are tested',
  pillar: 'storage',
  level: 4,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'restore-tested',
  topic: 'Backup architecture',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if, for every protected resource type in production, a restore job COMPLETED in the last 90 days, with validation status SUCCESSFUL if a restore-testing plan ran it. Fails otherwise. Not applicable if nothing is protected (STR-L2-02 decides whether that is right).',
  why: 'An untested backup often fails when you need it: keys, permissions or data are missing. A test also shows how long a restore takes.',
  apiFacts: ['backup:ListRestoreJobs', 'backup:ListRestoreTestingPlans', 'backup:ListProtectedResources'],
  parameters: { windowDays: 90 },
  triggers: {
    configTypes: [],
    cloudTrail: [
      {
        source: 'backup.amazonaws.com',
        names: [
          'StartRestoreJob',
          'CreateRestoreTestingPlan',
          'UpdateRestoreTestingPlan',
          'DeleteRestoreTestingPlan',
          'PutRestoreValidationResult',
        ],
      },
    ],
    native: [{ source: 'aws.backup', detailType: 'Restore Job State Change' }],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Create a restore-testing plan.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: ['backup_reportplans_exist'],
    nistCsf2: ['PR.DS-11', 'RC.RP-03', 'ID.IM-02'],
    awsSmmV2: [
      { phase: 3, category: 'Resiliency', recommendation: 'Disaster Recovery Plan' },
      { phase: 2, category: 'Data protection', recommendation: 'Backups' },
    ],
    iansCsmm2: ['Resilience'],
  },
};
