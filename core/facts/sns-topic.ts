import { factParser } from './parser.ts';

export interface TopicFacts {
  encrypted?: boolean;
}

export const topicParser = factParser<TopicFacts>({
  // GetTopicAttributes, and AWS Config with it, leaves KmsMasterKeyId out for a topic without encryption.
  encrypted: ({ configuration }) => {
    const key = configuration.at('KmsMasterKeyId');
    if (key.exists) return key.text() !== '';
    return configuration.at('TopicArn', 'TopicName').exists ? false : undefined;
  },
});
