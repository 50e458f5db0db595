import { type ControlPage, compliant, defineControl, nonCompliant, on } from '../../core/control.ts';
import { remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'STR-L2-03',
  title: 'DynamoDB tables have point-in-time recovery',
  pillar: 'storage',
  level: 2,
  severity: 'medium',
  rules: [
    on('AWS::DynamoDB::Table', ['pointInTimeRecovery'], ({ pointInTimeRecovery }) =>
      pointInTimeRecovery ? compliant('point-in-time recovery is on') : nonCompliant('point-in-time recovery is off'),
    ),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::DynamoDB::Table',
    {
      runbook: 'CSMM-EnableTableRecovery',
      risk: 'safe',
      reversible: false,
      impact:
        'Continuous backups are paid for; turning them off again would give up every point in time to which the table could be restored.',
    },
    ({ resource }) => runWith({ TableName: resource.resourceId }),
  ),
];

export const page: ControlPage = {
  slug: 'dynamodb-pitr',
  topic: 'backups',
  scope: 'resource',
  evidence: 'config',
  rule: 'PASS iff PointInTimeRecoveryStatus = ENABLED on the table; FAIL otherwise; NOT_APPLICABLE when there are no tables.',
  apiFacts: ['dynamodb:DescribeContinuousBackups'],
  triggers: {
    configTypes: ['AWS::DynamoDB::Table'],
    cloudTrail: [
      {
        source: 'dynamodb.amazonaws.com',
        names: ['CreateTable', 'UpdateContinuousBackups', 'RestoreTableToPointInTime', 'RestoreTableFromBackup'],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'managed', document: 'AWSConfigRemediation-EnablePITRForDynamoDbTable' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['DynamoDB.2'],
    prowler: ['dynamodb_tables_pitr_enabled'],
    nistCsf2: ['PR.DS-11'],
    awsSmmV2: [{ phase: 2, category: 'Data protection', recommendation: 'Backups' }],
    iansCsmm2: ['Data Security', 'Resilience'],
  },
};
