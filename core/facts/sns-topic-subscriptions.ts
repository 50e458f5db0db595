import { factParser } from './parser.ts';

/** The type of what is known of a topic's subscribers, by the topic's ARN. AWS Config's `AWS::SNS::Topic` has no item of them. */
export const TOPIC_SUBSCRIPTIONS = 'AWS::SNS::TopicSubscriptions';

export interface TopicSubscriptionsFacts {
  /** How many are confirmed, so that messages reach them. */
  confirmed?: number;
}

/** Reads the attributes of `GetTopicAttributes`. */
export const topicSubscriptionsParser = factParser<TopicSubscriptionsFacts>({
  confirmed: ({ configuration }) => configuration.at('subscriptionsConfirmed').number(),
});
