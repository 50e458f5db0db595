import { GetTopicAttributesCommand, paginateListTopics, SNSClient } from '@aws-sdk/client-sns';
import { TOPIC_SUBSCRIPTIONS } from '../../../core/facts/sns-topic-subscriptions.ts';
import { attempt, told } from '../failures.ts';
import { describeEach, type Observation, type Reader } from './reader.ts';

/** How many subscribers each topic has. One call tells it of a topic, whoever they are and however many. */
export const snsSubscriptions: Reader = {
  id: 'sns-subscriptions',
  scope: 'region',
  lists: [TOPIC_SUBSCRIPTIONS],
  permissions: ['sns:ListTopics', 'sns:GetTopicAttributes'],
  refreshedBy: [{ source: 'sns.amazonaws.com', names: ['CreateTopic', 'DeleteTopic', 'Subscribe', 'ConfirmSubscription', 'Unsubscribe'] }],
  read: async function* ({ clients, region }) {
    const client = clients(SNSClient, region);
    for await (const { Topics = [] } of paginateListTopics({ client }, {})) {
      yield* describeEach(Topics, ({ TopicArn = '' }) => describeTopic(TopicArn, client));
    }
  },
};

async function describeTopic(TopicArn: string, client: SNSClient): Promise<Observation> {
  const topic = await attempt(() => client.send(new GetTopicAttributesCommand({ TopicArn })));
  return {
    resourceType: TOPIC_SUBSCRIPTIONS,
    resourceId: TopicArn,
    configuration: told(topic, ({ Attributes }) => ({ subscriptionsConfirmed: Attributes?.SubscriptionsConfirmed })),
  };
}
