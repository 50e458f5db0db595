import { GetTopicAttributesCommand, paginateListTopics, SNSClient } from '@aws-sdk/client-sns';
import { TOPIC_SUBSCRIPTIONS } from '../../../core/facts/sns-topic-subscriptions.ts';
import { attempt, factIn } from '../failures.ts';
import { describeEach, type Observation, type Reader } from './reader.ts';

/** SNS topics. One call for each returns its encryption and the number of its subscribers, in any account. */
export const snsTopics: Reader = {
  id: 'sns-topics',
  scope: 'region',
  lists: ['AWS::SNS::Topic', TOPIC_SUBSCRIPTIONS],
  permissions: ['sns:ListTopics', 'sns:GetTopicAttributes'],
  refreshedBy: [{ source: 'sns.amazonaws.com', names: ['CreateTopic', 'DeleteTopic', 'Subscribe', 'ConfirmSubscription', 'Unsubscribe'] }],
  read: async function* ({ clients, region }) {
    const client = clients(SNSClient, region);
    for await (const { Topics = [] } of paginateListTopics({ client }, {})) {
      yield* describeEach(Topics, ({ TopicArn = '' }) => describeTopic(TopicArn, client));
    }
  },
};

async function describeTopic(TopicArn: string, client: SNSClient): Promise<Observation[]> {
  const topic = await attempt(() => client.send(new GetTopicAttributesCommand({ TopicArn })));
  const subscriptions = factIn(topic, ({ Attributes }) => ({
    subscriptionsConfirmed: Attributes?.SubscriptionsConfirmed,
    kmsMasterKeyId: Attributes?.KmsMasterKeyId,
  }));
  return [
    { resourceType: 'AWS::SNS::Topic', resourceId: TopicArn, configuration: factIn(topic, ({ Attributes }) => Attributes) },
    { resourceType: TOPIC_SUBSCRIPTIONS, resourceId: TopicArn, configuration: subscriptions },
  ];
}
