// moto has no GetAccountSettings of Lambda, no DescribeDeliveryChannelStatus of AWS Config, no Service Quotas of CloudFormation and no
// alarms from templates: test/adapters/doctor has those answers.
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { CloudTrailClient, CreateTrailCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail';
import {
  ConfigServiceClient,
  PutConfigurationRecorderCommand,
  PutDeliveryChannelCommand,
  StartConfigurationRecorderCommand,
} from '@aws-sdk/client-config-service';
import { DisableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { clientsOf } from '../../adapters/aws/clients.ts';
import { examine } from '../../adapters/aws/doctor/index.ts';
import { CONTROLS } from '../../controls/index.ts';
import { readSettings } from '../../core/deployment/options.ts';
import { readTypes } from '../../core/deployment/read-types.ts';
import type { Check } from '../../core/doctor/check.ts';
import { judge } from '../../core/doctor/judge.ts';
import { freshAccount, useMoto } from '../support/moto.ts';

const REGION = 'eu-west-1';

const TEMPLATE = {
  Resources: {
    Failures: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'failures' } },
    Gone: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'gone' } },
    Changes: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: 'changes',
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Failures', 'Arn'] }, maxReceiveCount: 5 },
      },
    },
    Daily: {
      Type: 'AWS::Events::Rule',
      Properties: { Name: 'daily', ScheduleExpression: 'rate(1 day)', Targets: [{ Id: 'a', Arn: { 'Fn::GetAtt': ['Changes', 'Arn'] } }] },
    },
    Ingest: {
      Type: 'AWS::Events::Rule',
      Properties: {
        Name: 'ingest',
        EventPattern: { source: ['aws.config'] },
        Targets: [{ Id: 'a', Arn: { 'Fn::GetAtt': ['Changes', 'Arn'] } }],
      },
    },
    Tables: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'scores',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      },
    },
  },
  Outputs: { Version: { Value: '0.1.0' }, StateTableName: { Value: { Ref: 'Tables' } }, ScoresTableName: { Value: { Ref: 'Tables' } } },
};

describe.skipIf(!useMoto())('the doctor on an emulated account', () => {
  async function emulated() {
    const { accountId, credentials } = await freshAccount();
    const place = {
      identity: { accountId, arn: `arn:aws:iam::${accountId}:user/ada`, partition: 'aws' },
      options: { homeRegion: REGION, ...readSettings(() => undefined, REGION) },
      clients: clientsOf({ credentials, maxAttempts: 1 }),
      now: () => new Date(),
    };
    const checks = async (): Promise<Check[]> => {
      const { facts, options } = await examine(place, 'hnb659fds', () => {});
      return judge(facts, { options, types: readTypes(CONTROLS), version: '0.1.0', now: new Date().toISOString() });
    };
    return { credentials, checks };
  }

  const of = (checks: readonly Check[], ...ids: readonly string[]): string[] =>
    checks.filter(({ id }) => ids.includes(id)).map(({ outcome, region = '', message }) => `${outcome} ${region} ${message}`);

  it('sees what was prepared', async () => {
    const { credentials, checks } = await emulated();
    const at = { region: REGION, credentials };
    const config = new ConfigServiceClient(at);
    const recorder = {
      name: 'default',
      roleARN: 'arn:aws:iam::111111111111:role/config',
      recordingGroup: { allSupported: true, includeGlobalResourceTypes: true },
    };
    await config.send(new PutConfigurationRecorderCommand({ ConfigurationRecorder: recorder }));
    const bucket = `trail-${Date.now()}`;
    await new S3Client({ ...at, forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }),
    );
    await config.send(new PutDeliveryChannelCommand({ DeliveryChannel: { name: 'default', s3BucketName: bucket } }));
    await new SSMClient(at).send(new PutParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version', Value: '5', Type: 'String' }));
    expect(of(await checks(), 'config-recorder', 'bootstrap')).toEqual([
      'fail eu-west-1 the CDK bootstrap has version 5 (required: 6)',
      'fail us-east-1 the CDK bootstrap is missing',
      'fail eu-west-1 the recorder default of AWS Config is off',
      'fail us-east-1 AWS Config has no recorder',
    ]);

    await config.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName: 'default' }));
    const cloudtrail = new CloudTrailClient(at);
    await cloudtrail.send(new CreateTrailCommand({ Name: 'all', S3BucketName: bucket, IsMultiRegionTrail: true }));
    expect(of(await checks(), 'management-events')).toEqual([
      expect.stringMatching(/^fail eu-west-1 the trail .* is not logging$/),
      expect.stringMatching(/^fail us-east-1 the trail .* is not logging$/),
    ]);
    await cloudtrail.send(new StartLoggingCommand({ Name: 'all' }));
    const after = await checks();
    expect(of(after, 'management-events')).toEqual(['ok  a trail records the management events of eu-west-1, us-east-1']);
    expect(of(after, 'config-recorder', 'config-types', 'config-delivery')).toEqual([
      expect.stringMatching(/^unread eu-west-1 the delivery channel .* config:DescribeDeliveryChannelStatus failed/),
      'fail us-east-1 AWS Config has no recorder',
    ]);
  });

  it('sees the health of a deployment', async () => {
    const { credentials, checks } = await emulated();
    const at = { region: REGION, credentials };
    const events = new EventBridgeClient(at);
    await new CloudFormationClient({ ...at, maxAttempts: 1 }).send(
      new CreateStackCommand({ StackName: 'Csmm', TemplateBody: JSON.stringify(TEMPLATE) }),
    );
    const fine = await checks();
    expect(of(fine, 'stack')).toEqual([
      'ok eu-west-1 the stack Csmm is CREATE_COMPLETE with 6 resources',
      'fail us-east-1 the stack Csmm-Forward-us-east-1-to-eu-west-1 does not exist',
    ]);
    expect(of(fine, 'event-rules', 'queues')).toEqual([
      'ok  2 rules: enabled and with targets',
      'ok  3 queues: dead-letter queues are empty and nothing waits too long',
    ]);
    expect(of(fine, 'table-protection')).toEqual(['warn eu-west-1 the table Tables has no deletion protection']);
    expect(of(fine, 'account')).toEqual(['fail  csmm never heard of the account']);

    const sqs = new SQSClient(at);
    const url = (name: string): string =>
      `${process.env.AWS_ENDPOINT_URL}/${fine.find(({ id }) => id === 'credentials')?.accountId}/${name}`;
    await sqs.send(new SendMessageCommand({ QueueUrl: url('failures'), MessageBody: '{}' }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl: url('gone') }));
    await events.send(new DisableRuleCommand({ Name: 'ingest' }));
    const ill = await checks();
    expect(of(ill, 'event-rules')).toEqual(['fail eu-west-1 the rule Ingest is disabled']);
    expect(of(ill, 'dead-letters')).toEqual(['fail eu-west-1 1 message in the dead-letter queue Failures']);
    expect(of(ill, 'queues')).toEqual([expect.stringMatching(/^fail eu-west-1 the queue Gone .* does not exist$/)]);
  });
});
