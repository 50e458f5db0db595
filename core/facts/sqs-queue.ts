import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';
import { isKey } from './sns-topic.ts';

export interface QueueFacts {
  encrypted?: boolean;
}

const SHAPES: Shapes<QueueFacts> = { encrypted: flag };

export const queueParser = factParser<QueueFacts>(SHAPES, {
  // An unencrypted queue has SqsManagedSseEnabled = false. Items that are older than this attribute have neither value. The result
  // is then unknown, because SSE-SQS can be on by now without a change that AWS Config recorded.
  encrypted: ({ configuration }) => {
    return isKey(configuration.at('KmsMasterKeyId').text()) || configuration.at('SqsManagedSseEnabled').flag();
  },
});
