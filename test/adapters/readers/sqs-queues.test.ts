import { GetQueueAttributesCommand, ListQueuesCommand, QueueDoesNotExist, SQSClient, SQSServiceException } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { sqsQueues } from '../../../adapters/aws/readers/sqs-queues.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const sqs = mockClient(SQSClient);
const denied = new SQSServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {}, message: 'no' });
const URL = 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders';

beforeEach(() => {
  sqs.reset();
  sqs.on(ListQueuesCommand).resolves({ QueueUrls: [URL] });
});

const queue = async () => (await readFacts(sqsQueues))[`AWS::SQS::Queue eu-west-1 ${URL}`];

it.each([
  ['with a KMS key', { KmsMasterKeyId: 'alias/aws/sqs', SqsManagedSseEnabled: 'false' }, true],
  ['encrypted by SQS', { SqsManagedSseEnabled: 'true' }, true],
  ['without encryption', { SqsManagedSseEnabled: 'false' }, false],
])('gives a queue %s the facts and the id that AWS Config has of it', async (_, Attributes, encrypted) => {
  sqs.on(GetQueueAttributesCommand).resolves({ Attributes });
  expect(await queue()).toEqual(factsOf('AWS::SQS::Queue', Attributes));
  expect((await queue())?.facts).toEqual({ encrypted });
});

it('loses the fact where the call for it was denied, with the reason', async () => {
  sqs.on(GetQueueAttributesCommand).rejects(denied);
  expect(await queue()).toEqual({ facts: {}, missing: { encrypted: expect.stringContaining('AccessDenied') } });
});

it('leaves out a queue that is deleted, although the list still has it', async () => {
  sqs.on(GetQueueAttributesCommand).rejects(new QueueDoesNotExist({ $metadata: {}, message: 'gone' }));
  expect(await readInventory(sqsQueues)).toEqual({ 'AWS::SQS::Queue': 0 });
  expect(await queue()).toBeUndefined();
});

it('lists every page, for which it must name a size', async () => {
  sqs.on(GetQueueAttributesCommand).resolves({});
  sqs
    .on(ListQueuesCommand)
    .resolvesOnce({ QueueUrls: [URL], NextToken: 'more' })
    .resolvesOnce({ QueueUrls: [`${URL}-2`] });
  expect(await readInventory(sqsQueues)).toEqual({ 'AWS::SQS::Queue': 2 });
  expect(sqs.commandCalls(ListQueuesCommand).map((call) => call.args[0].input.MaxResults)).toEqual([1000, 1000]);
});

it('says that the list is not complete where a page was denied', async () => {
  sqs.on(GetQueueAttributesCommand).resolves({});
  sqs
    .on(ListQueuesCommand)
    .resolvesOnce({ QueueUrls: [URL], NextToken: 'more' })
    .rejectsOnce(denied);
  expect(await readInventory(sqsQueues)).toEqual({ 'AWS::SQS::Queue': expect.stringContaining('AccessDenied') });
});
