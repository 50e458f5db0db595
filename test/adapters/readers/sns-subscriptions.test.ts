import { GetTopicAttributesCommand, ListTopicsCommand, SNSClient, SNSServiceException } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { snsSubscriptions } from '../../../adapters/aws/readers/sns-subscriptions.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const sns = mockClient(SNSClient);
const denied = new SNSServiceException({ name: 'AuthorizationError', $fault: 'client', $metadata: {}, message: 'no' });
const TopicArn = 'arn:aws:sns:eu-west-1:111111111111:security';

beforeEach(() => {
  sns.reset();
  sns.on(ListTopicsCommand).resolves({ Topics: [{ TopicArn }] });
});

const topic = async () => (await readFacts(snsSubscriptions))[`AWS::SNS::TopicSubscriptions eu-west-1 ${TopicArn}`];

it.each([
  ['2', 2],
  ['0', 0],
])('counts %s confirmed subscriptions', async (SubscriptionsConfirmed, confirmed) => {
  sns.on(GetTopicAttributesCommand).resolves({ Attributes: { TopicArn, SubscriptionsConfirmed, SubscriptionsPending: '7' } });
  expect(await topic()).toEqual({ facts: { confirmed }, missing: {} });
});

it.each([{}, { Attributes: {} }, { Attributes: { SubscriptionsConfirmed: 'many' } }])('knows nothing by %j', async (answer) => {
  sns.on(GetTopicAttributesCommand).resolves(answer);
  expect(await topic()).toEqual({ facts: {}, missing: { confirmed: expect.stringMatching(/\S/) } });
});

it('loses the fact where the call for it was denied, with the reason', async () => {
  sns.on(GetTopicAttributesCommand).rejects(denied);
  expect(await topic()).toEqual({ facts: {}, missing: { confirmed: expect.stringContaining('was denied') } });
});

it('lists every page, and says where it could not', async () => {
  const pages = () => sns.on(ListTopicsCommand).resolvesOnce({ Topics: [{ TopicArn }], NextToken: 'more' });
  sns.on(GetTopicAttributesCommand).resolves({});
  pages().resolvesOnce({ Topics: [{ TopicArn: `${TopicArn}-2` }] });
  expect(await readInventory(snsSubscriptions)).toEqual({ 'AWS::SNS::TopicSubscriptions': 2 });
  sns.reset();
  sns.on(GetTopicAttributesCommand).resolves({});
  pages().rejectsOnce(denied);
  expect(await readInventory(snsSubscriptions)).toEqual({
    'AWS::SNS::TopicSubscriptions': expect.stringContaining('was denied'),
  });
});
