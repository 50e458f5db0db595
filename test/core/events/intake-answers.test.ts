import { describe, expect, it } from 'vitest';
import { type Intake, readDocument } from '../../../core/events/intake.ts';

const ACCOUNT = '111111111111';
const SEEN = '2026-01-02T03:04:05.678Z';

/** An item as the API spells it: `configuration` is JSON text, and there are no tags. */
const base = (resourceId: string, more: object = {}) => ({
  version: '1.3',
  accountId: ACCOUNT,
  configurationItemCaptureTime: '2026-01-02T03:04:05.678000+00:00',
  configurationItemStatus: 'OK',
  configurationStateId: '1767323045678',
  resourceType: 'AWS::EC2::Volume',
  resourceId,
  awsRegion: 'eu-west-1',
  configuration: '{"encrypted":true}',
  supplementaryConfiguration: {},
  ...more,
});

/** A row of a query, as JSON text. */
const row = (resourceId: string, more: object = {}) =>
  JSON.stringify({ ...base(resourceId), configurationItemCaptureTime: SEEN, configuration: { encrypted: true }, ...more });

const notification = (item: object) => ({ messageType: 'ConfigurationItemChangeNotification', configurationItem: item });
const event = (item: object, account = ACCOUNT) => ({
  source: 'aws.config',
  'detail-type': 'Config Configuration Item Change',
  account,
  detail: notification(item),
});
const sns = (message: object) => ({
  Type: 'Notification',
  TopicArn: 'arn:aws:sns:eu-west-1:111111111111:t',
  Message: JSON.stringify(message),
});
const fromSqs = (body: object) => ({ messageId: 'm', receiptHandle: 'r', eventSource: 'aws:sqs', body: JSON.stringify(body) });
const fromSns = (message: object) => ({ EventSource: 'aws:sns', Sns: { Type: 'Notification', Message: JSON.stringify(message) } });

/** `id` of each item, and the reason of each other intake. */
const shown = (intakes: readonly Intake[]): string[] =>
  intakes.map((intake) => (intake.kind === 'item' ? intake.item.resource.resourceId : `${intake.kind}: ${intake.reason}`));

describe('an output of aws configservice', () => {
  it.each<[string, object, unknown[]]>([
    [
      'batch-get-resource-config',
      { baseConfigurationItems: [base('vol-1'), base('vol-2')], unprocessedResourceKeys: [] },
      ['vol-1', 'vol-2'],
    ],
    ['batch-get-aggregate-resource-config', { BaseConfigurationItems: [base('vol-1')], UnprocessedResourceIdentifiers: [] }, ['vol-1']],
    ['get-aggregate-resource-config', { ConfigurationItem: base('vol-1') }, ['vol-1']],
    ['get-resource-config-history', { configurationItems: [base('vol-1')] }, ['vol-1']],
    [
      'select-resource-config',
      { Results: [row('vol-1'), row('vol-2')], QueryInfo: { SelectFields: [{ Name: 'configuration' }] } },
      ['vol-1', 'vol-2'],
    ],
    ['select-aggregate-resource-config, with rows as objects', { Results: [JSON.parse(row('vol-1'))] }, ['vol-1']],
    [
      'batch-get-resource-config with resources that were not processed',
      { baseConfigurationItems: [base('vol-1')], unprocessedResourceKeys: [{ resourceType: 'AWS::EC2::Volume', resourceId: 'vol-9' }] },
      ['vol-1', expect.stringMatching(/^rejected: AWS Config did not process "AWS::EC2::Volume" "vol-9"/)],
    ],
    [
      'batch-get-aggregate-resource-config with resources that were not processed',
      { BaseConfigurationItems: [], UnprocessedResourceIdentifiers: [{ ResourceType: 'AWS::S3::Bucket', ResourceId: 'logs' }, 7] },
      [
        expect.stringMatching(/^rejected: AWS Config did not process "AWS::S3::Bucket" "logs"/),
        expect.stringMatching(/^rejected: AWS Config did not process \(none\)/),
      ],
    ],
    [
      'one with a next page',
      { Results: [row('vol-1')], NextToken: 'n' },
      ['vol-1', expect.stringMatching(/^rejected: not complete: it has a NextToken/)],
    ],
    ['a history with a next page', { configurationItems: [], nextToken: 'n' }, [expect.stringMatching(/^rejected: not complete/)]],
    [
      'a query of a few fields',
      { Results: ['{"resourceId":"vol-1","resourceType":"AWS::EC2::Volume"}'] },
      [
        expect.stringMatching(
          /^rejected: the query did not select accountId, awsRegion, configurationItemCaptureTime, configuration\. Fix: SELECT accountId/,
        ),
      ],
    ],
    [
      'a query of parts of the configuration, which say nothing of the other parts',
      { Results: [row('vol-1')], QueryInfo: { SelectFields: [{ Name: 'accountId' }, { Name: 'configuration.encrypted' }] } },
      [expect.stringMatching(/^rejected: the query selected only parts of the configuration/)],
    ],
    ['a query with a row that is no JSON', { Results: ['{'] }, ['rejected: a row of the query is not valid JSON']],
    ['a query with a row that is no object', { Results: ['7'] }, [expect.stringMatching(/^rejected: a record must be a JSON object/)]],
    ['a list that is none', { Results: 'x' }, ['rejected: Results is not a list']],
    ['get-discovered-resource-counts', { totalDiscoveredResources: 7, resourceCounts: [] }, [expect.stringMatching(/^ignored: get-disc/)]],
    ['list-discovered-resources', { resourceIdentifiers: [{ resourceId: 'vol-1' }] }, [expect.stringMatching(/^ignored: list-disc/)]],
  ])('is read: %s', (_, document, expected) => {
    expect(shown(readDocument(document))).toEqual(expected);
  });

  it('gives the configuration as AWS Config has it', () => {
    expect(readDocument({ baseConfigurationItems: [base('vol-1')] })).toMatchObject([
      { kind: 'item', item: { capturedAt: SEEN, state: 'recorded', configuration: '{"encrypted":true}' } },
    ]);
  });
});

describe('the input of a Lambda function', () => {
  it.each<[string, object, unknown[]]>([
    ['from SQS', { Records: [fromSqs(event(base('vol-1'))), fromSqs(notification(base('vol-2')))] }, ['vol-1', 'vol-2']],
    ['from SNS', { Records: [fromSns(notification(base('vol-1')))] }, ['vol-1']],
    ['from SNS through SQS', { Records: [fromSqs(sns(notification(base('vol-1'))))] }, ['vol-1']],
    ['of an event through SNS and SQS, in a list', [{ Records: [fromSqs(sns(event(base('vol-1'))))] }], ['vol-1']],
    ['from receive-message', { Messages: [{ MessageId: 'm', ReceiptHandle: 'r', Body: JSON.stringify(event(base('vol-1'))) }] }, ['vol-1']],
    [
      'from SQS with a body that is no JSON, and one that is',
      { Records: [{ ...fromSqs({}), body: '{' }, fromSqs(event(base('vol-1')))] },
      ['rejected: body is not valid JSON', 'vol-1'],
    ],
    [
      'from SQS with an item of another account than its event',
      { Records: [fromSqs(event(base('vol-1'), '222222222222'))] },
      [expect.stringMatching(/^rejected: the item claims account 111111111111/)],
    ],
    [
      'from a stream of DynamoDB',
      { Records: [{ eventName: 'MODIFY', dynamodb: { NewImage: {} } }] },
      ['ignored: a change in a DynamoDB table carries no configuration item'],
    ],
    [
      'of CloudTrail',
      { Records: [{ eventVersion: '1.08', eventSource: 'ec2.amazonaws.com', eventName: 'RunInstances' }] },
      ['ignored: a record of CloudTrail carries no configuration item'],
    ],
  ])('is read %s', (_, document, expected) => {
    expect(shown(readDocument(document))).toEqual(expected);
  });
});
