import { GetTopicAttributesCommand, ListTopicsCommand, SNSClient, SNSServiceException } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { snsTopics } from '../../../adapters/aws/readers/sns-topics.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const sns = mockClient(SNSClient);
const denied = new SNSServiceException({ name: 'AuthorizationError', $fault: 'client', $metadata: {}, message: 'no' });
const TopicArn = 'arn:aws:sns:eu-west-1:111111111111:orders';

beforeEach(() => {
  sns.reset();
  sns.on(ListTopicsCommand).resolves({ Topics: [{ TopicArn }] });
});

const subscriptions = async () => (await readFacts(snsTopics))[`AWS::SNS::TopicSubscriptions eu-west-1 ${TopicArn}`];
const topic = async () => (await readFacts(snsTopics))[`AWS::SNS::Topic eu-west-1 ${TopicArn}`];

it.each([
  ['with a key', { TopicArn, KmsMasterKeyId: 'alias/aws/sns' }, true],
  ['without a key', { TopicArn }, false],
])('gives a topic %s the facts that AWS Config has of it', async (_, attributes, encrypted) => {
  sns.on(GetTopicAttributesCommand).resolves({ Attributes: attributes });
  expect(await topic()).toEqual(factsOf('AWS::SNS::Topic', attributes));
  expect((await topic())?.facts).toEqual({ encrypted });
});

it.each([
  ['2', 2],
  ['0', 0],
])('counts %s confirmed subscriptions', async (SubscriptionsConfirmed, confirmed) => {
  sns.on(GetTopicAttributesCommand).resolves({ Attributes: { TopicArn, SubscriptionsConfirmed, SubscriptionsPending: '7' } });
  expect(await subscriptions()).toEqual({ facts: { confirmed, kmsMasterKeyId: 'none' }, missing: {} });
});

it.each([
  ['alias/aws/sns', 'alias/aws/sns'],
  ['', 'none'],
])('tells the key %j', async (KmsMasterKeyId, kmsMasterKeyId) => {
  sns.on(GetTopicAttributesCommand).resolves({ Attributes: { TopicArn, SubscriptionsConfirmed: '1', KmsMasterKeyId } });
  expect((await subscriptions())?.facts).toEqual({ confirmed: 1, kmsMasterKeyId });
});

it.each([{}, { Attributes: {} }, { Attributes: { SubscriptionsConfirmed: 'many' } }])('knows of no subscriptions by %j', async (answer) => {
  sns.on(GetTopicAttributesCommand).resolves(answer);
  expect(await subscriptions()).toMatchObject({ missing: { confirmed: expect.stringMatching(/\S/) } });
  expect((await subscriptions())?.facts).not.toHaveProperty('confirmed');
});

it('asks once for each topic, and loses the facts where that was denied, with the reason', async () => {
  sns.on(GetTopicAttributesCommand).rejects(denied);
  expect(await topic()).toEqual({ facts: {}, missing: { encrypted: expect.stringContaining('AuthorizationError') } });
  expect(sns.commandCalls(GetTopicAttributesCommand)).toHaveLength(1);
  const why = expect.stringContaining('was denied');
  expect(await subscriptions()).toEqual({ facts: {}, missing: { confirmed: why, kmsMasterKeyId: why } });
});

it('knows nothing of a topic whose attributes are not in the answer', async () => {
  sns.on(GetTopicAttributesCommand).resolves({});
  expect((await topic())?.facts).toEqual({});
});

it('lists every page', async () => {
  sns.on(GetTopicAttributesCommand).resolves({});
  sns
    .on(ListTopicsCommand)
    .resolvesOnce({ Topics: [{ TopicArn }], NextToken: 'more' })
    .resolvesOnce({ Topics: [{ TopicArn: `${TopicArn}-2` }] });
  expect(await readInventory(snsTopics)).toEqual({ 'AWS::SNS::Topic': 2, 'AWS::SNS::TopicSubscriptions': 2 });
});

it('says that the list is not complete where a page was denied', async () => {
  sns.on(GetTopicAttributesCommand).resolves({});
  sns
    .on(ListTopicsCommand)
    .resolvesOnce({ Topics: [{ TopicArn }], NextToken: 'more' })
    .rejectsOnce(denied);
  expect(await readInventory(snsTopics)).toEqual({
    'AWS::SNS::Topic': expect.stringContaining('AuthorizationError'),
    'AWS::SNS::TopicSubscriptions': expect.stringContaining('AuthorizationError'),
  });
});
