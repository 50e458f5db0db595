import { factParser } from './parser.ts';
import { isKey } from './sns-topic.ts';

export interface QueueFacts {
  encrypted?: boolean;
}

export const queueParser = factParser<QueueFacts>({
  // An unencrypted queue says SqsManagedSseEnabled = false. Items from before that attribute have neither; the queue may
  // have been given SSE-SQS since, without a change that AWS Config recorded: absent is unknown.
  encrypted: ({ configuration }) => {
    return isKey(configuration.at('KmsMasterKeyId').text()) || configuration.at('SqsManagedSseEnabled').flag();
  },
});
