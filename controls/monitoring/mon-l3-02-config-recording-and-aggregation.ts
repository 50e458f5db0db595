import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'MON-L3-02',
  title: 'Configuration is recorded everywhere and aggregated',
  pillar: 'monitoring',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'config-recording-and-aggregation',
  topic: 'Observability architecture',
  scope: 'region',
  evidence: 'api',
  rule: 'PASS iff in every approved Region the configuration recorder is recording with last status SUCCESS, covers every resource type this catalogue uses (global types in at least one Region), and the account appears in an organization aggregator; FAIL otherwise; never NOT_APPLICABLE.',
  apiFacts: [
    'config:DescribeConfigurationRecorders',
    'config:DescribeConfigurationRecorderStatus',
    'config:DescribeConfigurationAggregators',
  ],
  triggers: {
    configTypes: ['AWS::Config::ConfigurationRecorder'],
    cloudTrail: [
      {
        source: 'config.amazonaws.com',
        names: [
          'PutConfigurationRecorder',
          'StopConfigurationRecorder',
          'StartConfigurationRecorder',
          'DeleteConfigurationRecorder',
          'PutConfigurationAggregator',
          'DeleteConfigurationAggregator',
        ],
      },
    ],
    schedule: 'rate(6 hours)',
  },
  remediation: { kind: 'managed', document: 'AWSSupport-SetupConfig', note: 'Prefer landing-zone deployment.' },
  crosswalk: {
    cisAwsV3: ['3.3'],
    cisAwsV5: ['3.3'],
    securityHub: ['Config.1'],
    prowler: [
      'config_recorder_all_regions_enabled',
      'config_recorder_using_aws_service_role',
      'config_delegated_admin_and_org_aggregator_all_regions',
    ],
    nistCsf2: ['ID.AM-01', 'ID.AM-02', 'DE.CM-09'],
    awsSmmV2: [{ phase: 2, category: 'Security assurance', recommendation: 'Inventory & Configuration monitoring' }],
    iansCsmm2: ['Security Monitoring', 'Compliance and Audit', 'Organization Management'],
  },
  notes: 'The evaluator itself depends on this control: when it fails, config-sourced results turn UNKNOWN, not PASS.',
};
