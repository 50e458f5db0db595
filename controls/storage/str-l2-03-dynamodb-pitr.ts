import { type ControlPage, compliant, defineControl, nonCompliant, on } from '../../core/control.ts';
import { change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'STR-L2-03',
  title: 'DynamoDB tables have point-in-time recovery',
  pillar: 'storage',
  level: 2,
  severity: 'medium',
  rules: [
    on('AWS::DynamoDB::Table', ['pointInTimeRecovery'], ({ pointInTimeRecovery }) =>
      pointInTimeRecovery
        ? compliant('table has point-in-time recovery on')
        : nonCompliant('recovery-off', 'table has point-in-time recovery off'),
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
      cost: 'AWS charges for continuous backups by the size of the table, for each GB and month.',
      impact: 'A rollback would delete all points in time to which the table can be restored.',
    },
    ({ resource }) => runWith({ TableName: resource.resourceId }, [change('point-in-time recovery', 'off', 'on')]),
  ),
];

export const page: ControlPage = {
  slug: 'dynamodb-pitr',
  topic: 'backups',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if PointInTimeRecoveryStatus = ENABLED on the table. Fails otherwise. Not applicable if there are no tables.',
  why: 'A faulty deployment can corrupt a table within seconds. Point-in-time recovery restores the table to the second before.',
  triggers: {
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
