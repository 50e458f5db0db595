import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'MON-L3-03',
  title: 'Security alerts reach a named owner',
  pillar: 'monitoring',
  level: 3,
  severity: 'medium',
  rules: [],
});

export const page: ControlPage = {
  slug: 'alert-routing-and-ownership',
  topic: 'Observability architecture',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if every alarm and rule counted by MON-L2 has a terminal target with a confirmed subscription or a ticketing integration, the account security alternate contact is set, and the account carries an owner tag. Fails otherwise. Always applies.',
  why: 'An alert without an owner waits until someone notices it by chance. AWS also uses the security contact to report abuse and leaked credentials.',
  apiFacts: [
    'cloudwatch:DescribeAlarms',
    'sns:ListSubscriptionsByTopic',
    'account:GetAlternateContact',
    'organizations:ListTagsForResource',
  ],
  triggers: {
    configTypes: ['AWS::CloudWatch::Alarm', 'AWS::SNS::Topic'],
    cloudTrail: [
      { source: 'monitoring.amazonaws.com', names: ['PutMetricAlarm', 'DisableAlarmActions'] },
      { source: 'sns.amazonaws.com', names: ['Subscribe', 'Unsubscribe', 'ConfirmSubscription', 'DeleteTopic'] },
      { source: 'account.amazonaws.com', names: ['PutAlternateContact', 'DeleteAlternateContact'] },
      { source: 'organizations.amazonaws.com', names: ['TagResource', 'UntagResource'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Set the security contact and confirm the subscriptions.' },
  crosswalk: {
    cisAwsV3: ['1.2'],
    cisAwsV5: ['1.2'],
    securityHub: ['CloudWatch.15', 'CloudWatch.17', 'Account.1'],
    prowler: [
      'cloudwatch_alarm_actions_enabled',
      'cloudwatch_alarm_actions_alarm_state_configured',
      'account_security_contact_information_is_registered',
    ],
    nistCsf2: ['RS.CO-02', 'DE.AE-06'],
    awsSmmV2: [
      { phase: 1, category: 'Security governance', recommendation: 'Assign Security contacts' },
      { phase: 1, category: 'Incident response', recommendation: 'Act on Critical Security Findings' },
    ],
    iansCsmm2: ['Security Monitoring', 'Incident Response'],
  },
};
