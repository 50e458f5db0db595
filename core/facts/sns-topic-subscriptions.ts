import { factParser } from './parser.ts';
import { isKey } from './sns-topic.ts';

/** The type of what is known of a topic's subscribers, by the topic's ARN. AWS Config's `AWS::SNS::Topic` has no item of them. */
export const TOPIC_SUBSCRIPTIONS = 'AWS::SNS::TopicSubscriptions';

export interface TopicSubscriptionsFacts {
  /** How many are confirmed, so that messages reach them. */
  confirmed?: number;
  /** Id, ARN or alias of the key that messages are encrypted with, or `none`. */
  kmsMasterKeyId?: string;
}

/** Reads the attributes of `GetTopicAttributes`. */
export const topicSubscriptionsParser = factParser<TopicSubscriptionsFacts>({
  confirmed: ({ configuration }) => configuration.at('subscriptionsConfirmed').number(),
  // GetTopicAttributes leaves KmsMasterKeyId out for a topic without encryption.
  kmsMasterKeyId: ({ configuration }) => {
    const key = configuration.at('kmsMasterKeyId').text();
    if (isKey(key)) return key;
    return configuration.at('subscriptionsConfirmed').exists ? 'none' : undefined;
  },
});
