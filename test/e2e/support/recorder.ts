import { createHash, createHmac } from 'node:crypto';
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

/** A substitute for the AWS services that the functions call and that have no engine here. */
export interface Recorder {
  /** Entries that EventBridge has taken, in order. */
  readonly entries: Entry[];
  /** Items that AWS Config gives, by resource id. */
  readonly history: Map<string, Json>;
  /** Requests for unknown services, if no emulator serves them. A test expects none. */
  readonly unknown: string[];
  /** How many of the next calls of EventBridge fail. */
  failEvents: number;
  /** Stacks of a stack set that have failed. */
  readonly failedStacks: { readonly Account: string; readonly Region: string; readonly StatusReason: string }[];
}

export interface Answers {
  readonly recorder: Recorder;
  readonly answer: (call: WireCall) => Answer | undefined;
}

/** JSON, XML, or a failure of the service. */
export type Answer = object | string | 'failure';

interface BatchEntry extends Json {
  readonly Id: string;
  readonly MessageBody: string;
}

/** Answers of a queue about itself. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
function attributesOf(queue: Queue, now: number): { readonly Attributes: Readonly<Record<string, string>> } {
  const messages = queue.messages();
  const hidden = messages.filter(({ visibleAt }) => visibleAt > now);
  const inFlight = hidden.filter(({ receiveCount }) => receiveCount > 0).length;
  return {
    Attributes: {
      ApproximateNumberOfMessages: String(messages.length - hidden.length),
      ApproximateNumberOfMessagesNotVisible: String(inFlight),
      ApproximateNumberOfMessagesDelayed: String(hidden.length - inFlight),
    },
  };
}

const nameIn = (url: unknown): string => String(url).split('/').at(-1) ?? '';

export interface RecorderOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether it is a queue of the deployment, not of the estate that it reads. */
  readonly isOwnQueue: (name: string) => boolean;
  /** The queue of a name. */
  readonly queueOf: (name: string) => Queue;
  /** Receives each entry of EventBridge. */
  readonly published: (entry: Entry) => void;
  /** The accounts of the organizational units. */
  readonly members: readonly string[];
}

export function startRecorder({ queueOf, isOwnQueue, now, published, members }: RecorderOptions): Answers {
  const recorder: Recorder = { entries: [], history: new Map(), unknown: [], failEvents: 0, failedStacks: [] };
  const send = (url: unknown, message: Json) => {
    const body = String(message.MessageBody);
    const { id } = queueOf(nameIn(url)).send(sentOf(message, body));
    return { MessageId: id, MD5OfMessageBody: createHash('md5').update(body).digest('hex') };
  };

  const services: Record<string, (input: Readonly<Json>) => Answer> = {
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
    'AmazonSQS.GetQueueAttributes': ({ QueueUrl }) => attributesOf(queueOf(nameIn(QueueUrl)), now()),
    'TrentService.GenerateMac': ({ KeyId, Message }) => ({ KeyId, Mac: macOf(KeyId, Message), MacAlgorithm: 'HMAC_SHA_256' }),
    'TrentService.VerifyMac': ({ KeyId, Message, Mac }) =>
      Mac === macOf(KeyId, Message) ? { KeyId, MacValid: true } : { __type: 'KMSInvalidMacException', message: 'the code is not valid' },
    'StarlingDoveService.GetResourceConfigHistory': ({ resourceId }) => ({
      configurationItems: [recorder.history.get(String(resourceId))].filter(Boolean),
    }),
  };
  if (members.length > 0) {
    services['AWSOrganizationsV20161128.ListAccountsForParent'] = () => ({ Accounts: members.map((Id) => ({ Id, State: 'ACTIVE' })) });
    services['AWSOrganizationsV20161128.ListOrganizationalUnitsForParent'] = () => ({ OrganizationalUnits: [] });
  }
  return {
    recorder,
    answer: ({ target, operation, input }) => {
      if (operation === 'ListStackInstances') return stackInstances(input, recorder);
      if (operation === 'GetQueueAttributes' && !isOwnQueue(nameIn(input.QueueUrl))) return undefined;
      return Object.hasOwn(services, target) ? services[target]?.(input) : undefined;
    },
  };
}

/** The code that KMS makes with a key, whose material is its name here. */
const macOf = (key: unknown, message: unknown): string =>
  createHmac('sha256', String(key))
    .update(Buffer.from(String(message), 'base64'))
    .digest('base64');

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackInstances.html */
function stackInstances(input: Readonly<Json>, { failedStacks }: Recorder): string {
  const asked = input['Filters.member.1.Values'] === 'FAILED' ? failedStacks : [];
  const members = asked.map(
    (stack) =>
      `<member>${Object.entries(stack)
        .map(([name, value]) => `<${name}>${value}</${name}>`)
        .join('')}</member>`,
  );
  const result = `<ListStackInstancesResult><Summaries>${members.join('')}</Summaries></ListStackInstancesResult>`;
  return `<ListStackInstancesResponse>${result}</ListStackInstancesResponse>`;
}

const sentOf = ({ MessageGroupId, MessageDeduplicationId, DelaySeconds, MessageAttributes }: Json, body: string): SentMessage => ({
  body,
  ...(MessageGroupId !== undefined && { groupId: String(MessageGroupId) }),
  ...(MessageDeduplicationId !== undefined && { deduplicationId: String(MessageDeduplicationId) }),
  ...(DelaySeconds !== undefined && { delaySeconds: Number(DelaySeconds) }),
  ...(MessageAttributes !== undefined && { attributes: MessageAttributes as NonNullable<SentMessage['attributes']> }),
});
