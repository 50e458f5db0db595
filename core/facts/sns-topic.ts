import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

export interface TopicFacts {
  encrypted?: boolean;
}

/** Returns whether a text names a key. Older items contain an empty string or the text `null` if the topic has no key. */
export const isKey = (text: string | undefined): boolean => text !== undefined && text.trim() !== '' && text !== 'null';

const SHAPES: Shapes<TopicFacts> = { encrypted: flag };

export const topicParser = factParser<TopicFacts>(SHAPES, {
  // GetTopicAttributes and AWS Config omit KmsMasterKeyId for a topic without encryption.
  encrypted: ({ configuration }) => {
    const key = configuration.at('KmsMasterKeyId');
    if (key.exists) return isKey(key.text());
    return configuration.at('TopicArn', 'TopicName').exists ? false : undefined;
  },
});
