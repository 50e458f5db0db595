import { factParser } from './parser.ts';
import { count, type Shapes, text } from './shape.ts';
import { isKey } from './sns-topic.ts';

/** Type of the subscriptions of a topic. The resource ID is the ARN of the topic. `AWS::SNS::Topic` of AWS Config does not contain them. */
export const TOPIC_SUBSCRIPTIONS = 'AWS::SNS::TopicSubscriptions';

export interface TopicSubscriptionsFacts {
  /** Number of confirmed subscriptions. Only these receive messages. */
  confirmed?: number;
  /** ID, ARN or alias of the KMS key that encrypts the messages, or `none`. */
  kmsMasterKeyId?: string;
}

const SHAPES: Shapes<TopicSubscriptionsFacts> = { confirmed: count, kmsMasterKeyId: text };

/** Parses the attributes that `GetTopicAttributes` returns. */
export const topicSubscriptionsParser = factParser<TopicSubscriptionsFacts>(SHAPES, {
  confirmed: ({ configuration }) => configuration.at('subscriptionsConfirmed').number(),
  // GetTopicAttributes returns no KmsMasterKeyId for a topic without encryption.
  kmsMasterKeyId: ({ configuration }) => {
    const key = configuration.at('kmsMasterKeyId').text();
    if (isKey(key)) return key;
    return configuration.at('subscriptionsConfirmed').exists ? 'none' : undefined;
  },
});
