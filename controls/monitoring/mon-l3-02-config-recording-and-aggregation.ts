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
  rule: 'Passes if, in every approved Region, the configuration recorder is recording with last status SUCCESS, covers every resource type that csmm uses (global types in at least one Region), and the account appears in an organization aggregator. Fails otherwise. Always applies.',
  why: 'A resource that is not recorded has no history and no evidence. Without an aggregator, no one sees the inventory of all accounts in one place.',
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
  remediation: { kind: 'managed', document: 'AWSSupport-SetupConfig', note: 'Prefer a deployment through the landing zone.' },
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
  notes: 'csmm itself depends on this control: if it fails, results from AWS Config become unknown. They do not pass.',
};
