import { factParser } from './parser.ts';

export interface TopicFacts {
  encrypted?: boolean;
}

/** Whether a key is named; older items write an empty text, or the word null, for none. */
export const isKey = (text: string | undefined): boolean => text !== undefined && text.trim() !== '' && text !== 'null';

export const topicParser = factParser<TopicFacts>({
  // GetTopicAttributes, and AWS Config with it, leaves KmsMasterKeyId out for a topic without encryption.
  encrypted: ({ configuration }) => {
    const key = configuration.at('KmsMasterKeyId');
    if (key.exists) return isKey(key.text());
    return configuration.at('TopicArn', 'TopicName').exists ? false : undefined;
  },
});
