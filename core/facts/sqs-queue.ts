import { factParser } from './parser.ts';

export interface QueueFacts {
  encrypted?: boolean;
}

export const queueParser = factParser<QueueFacts>({
  // An unencrypted queue says SqsManagedSseEnabled = false. Items from before that attribute have neither; the queue may
  // have been given SSE-SQS since, without a change that AWS Config recorded: absent is unknown.
  encrypted: ({ configuration }) => {
    const key = configuration.at('KmsMasterKeyId').text();
    return key !== undefined && key !== '' ? true : configuration.at('SqsManagedSseEnabled').flag();
  },
});
