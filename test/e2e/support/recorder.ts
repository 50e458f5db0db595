import { createHash } from 'node:crypto';
import type { Queue, SentMessage } from '../../support/fifo.ts';
import type { WireCall } from './wire.ts';

type Json = Record<string, unknown>;

/** An entry that EventBridge has taken. */
export interface Entry {
  readonly DetailType: string;
  readonly Source: string;
  readonly EventBusName: string;
  readonly detail: Json;
}

/** What answers for the AWS services that the functions call and that have no engine here. */
export interface Recorder {
  /** Entries that EventBridge has taken, in order. */
  readonly entries: Entry[];
  /** Items that AWS Config gives, by resource id. */
  readonly history: Map<string, Json>;
  /** Requests for unknown services, if no emulator serves them. A test expects none. */
  readonly unknown: string[];
  /** How many of the next calls of EventBridge fail. */
  failEvents: number;
}

export interface Answers {
  readonly recorder: Recorder;
  readonly answer: (call: WireCall) => object | 'failure' | undefined;
}

interface BatchEntry extends Json {
  readonly Id: string;
  readonly MessageBody: string;
}

/**
 * @param queueOf the queue of a name
 * @param published is told of each entry of EventBridge
 */
export function startRecorder(queueOf: (name: string) => Queue, published: (entry: Entry) => void): Answers {
  const recorder: Recorder = { entries: [], history: new Map(), unknown: [], failEvents: 0 };
  const send = (url: unknown, message: Json) => {
    const body = String(message.MessageBody);
    const { id } = queueOf(String(url).split('/').at(-1) ?? '').send(sentOf(message, body));
    return { MessageId: id, MD5OfMessageBody: createHash('md5').update(body).digest('hex') };
  };

  const services: Record<string, (input: Readonly<Json>) => object | 'failure'> = {
    'AWSEvents.PutEvents': ({ Entries }) => {
      if (recorder.failEvents-- > 0) return 'failure';
      const entries = (Entries as Json[]).map((entry) => ({ ...(entry as unknown as Entry), detail: JSON.parse(String(entry.Detail)) }));
      if (entries.length > 10) throw new Error('PutEvents takes 10 entries at most');
      for (const entry of entries) {
        recorder.entries.push(entry);
        published(entry);
      }
      return { FailedEntryCount: 0, Entries: entries.map(() => ({ EventId: crypto.randomUUID() })) };
    },
    'AmazonSQS.SendMessage': ({ QueueUrl, ...message }) => send(QueueUrl, message),
    'AmazonSQS.SendMessageBatch': ({ QueueUrl, Entries }) => {
      const entries = Entries as BatchEntry[];
      if (entries.length > 10 || new Set(entries.map(({ Id }) => Id)).size < entries.length)
        throw new Error('SendMessageBatch takes 10 entries at most, each with an id of its own');
      return { Successful: entries.map((entry) => ({ Id: entry.Id, ...send(QueueUrl, entry) })), Failed: [] };
    },
    'AmazonSQS.GetQueueAttributes': ({ QueueUrl }) => ({
      Attributes: { ApproximateNumberOfMessages: String(queueOf(String(QueueUrl).split('/').at(-1) ?? '').size) },
    }),
    'StarlingDoveService.GetResourceConfigHistory': ({ resourceId }) => ({
      configurationItems: [recorder.history.get(String(resourceId))].filter(Boolean),
    }),
  };
  return {
    recorder,
    answer: ({ target, input }) => (Object.hasOwn(services, target) ? services[target]?.(input) : undefined),
  };
}

const sentOf = ({ MessageGroupId, MessageDeduplicationId, DelaySeconds, MessageAttributes }: Json, body: string): SentMessage => ({
  body,
  ...(MessageGroupId !== undefined && { groupId: String(MessageGroupId) }),
  ...(MessageDeduplicationId !== undefined && { deduplicationId: String(MessageDeduplicationId) }),
  ...(DelaySeconds !== undefined && { delaySeconds: Number(DelaySeconds) }),
  ...(MessageAttributes !== undefined && { attributes: MessageAttributes as NonNullable<SentMessage['attributes']> }),
});
