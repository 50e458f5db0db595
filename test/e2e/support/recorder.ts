import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;

/** A loopback endpoint for the AWS services that the functions call and that have no engine here: it records, and answers as AWS does. */
export interface Recorder {
  readonly url: string;
  /** Entries that EventBridge has taken, in order. */
  readonly entries: { DetailType: string; Source: string; EventBusName: string; detail: Json }[];
  /** Messages that were sent to queues. */
  readonly sent: { queueUrl: string; body: string; attributes: Record<string, { StringValue: string }>; delaySeconds?: number }[];
  /** Items that AWS Config gives, by resource id. */
  readonly history: Map<string, Json>;
  /** Requests for unknown services, if no emulator serves them. A test expects none. */
  readonly unknown: string[];
  /** How many of the next calls of EventBridge fail. */
  failEvents: number;
  close(): Promise<void>;
}

/** @param behind an emulator that answers what is not answered here: the estate that the functions read. */
export async function startRecorder(behind?: string): Promise<Recorder> {
  const entries: Recorder['entries'] = [];
  const sent: Recorder['sent'] = [];
  const history: Recorder['history'] = new Map();
  const unknown: string[] = [];

  const services: Record<string, (body: Json) => Json | undefined> = {
    'AWSEvents.PutEvents': ({ Entries }) => {
      if (recorder.failEvents-- > 0) return undefined;
      for (const entry of Entries as Json[])
        entries.push({ ...(entry as Recorder['entries'][number]), detail: JSON.parse(String(entry.Detail)) });
      return { FailedEntryCount: 0, Entries: (Entries as Json[]).map(() => ({ EventId: crypto.randomUUID() })) };
    },
    'AmazonSQS.SendMessage': ({ QueueUrl, MessageBody, MessageAttributes }) => {
      sent.push({
        queueUrl: String(QueueUrl),
        body: String(MessageBody),
        attributes: MessageAttributes as Recorder['sent'][number]['attributes'],
      });
      return { MessageId: crypto.randomUUID(), MD5OfMessageBody: createHash('md5').update(String(MessageBody)).digest('hex') };
    },
    'AmazonSQS.SendMessageBatch': ({ QueueUrl, Entries }) => {
      const entries = Entries as { Id: string; MessageBody: string; DelaySeconds?: number }[];
      for (const { MessageBody, DelaySeconds } of entries)
        sent.push({ queueUrl: String(QueueUrl), body: MessageBody, attributes: {}, ...(DelaySeconds && { delaySeconds: DelaySeconds }) });
      const digest = (body: string) => createHash('md5').update(body).digest('hex');
      return {
        Successful: entries.map(({ Id, MessageBody }) => ({
          Id,
          MessageId: crypto.randomUUID(),
          MD5OfMessageBody: digest(MessageBody),
        })),
        Failed: [],
      };
    },
    'AmazonSQS.GetQueueAttributes': ({ QueueUrl }) => ({
      Attributes: { ApproximateNumberOfMessages: String(sent.filter(({ queueUrl }) => queueUrl === QueueUrl).length) },
    }),
    'StarlingDoveService.GetResourceConfigHistory': ({ resourceId }) => ({
      configurationItems: [history.get(String(resourceId))].filter(Boolean),
    }),
  };

  const server = createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target']);
    const service = services[target];
    if (!service && behind) return void passOn(request, response, new URL(behind));
    if (!service) unknown.push(`${request.method} ${request.url} ${target}`);
    const answer = service?.(JSON.parse(await bodyOf(request)));
    response.writeHead(answer ? 200 : 500, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer ?? { __type: 'InternalFailure' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const recorder: Recorder = {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    entries,
    sent,
    history,
    unknown,
    failEvents: 0,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return recorder;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}

/** Hands a request on as it came, under the host name that the emulator listens to. */
function passOn(request: IncomingMessage, response: ServerResponse, { hostname, port }: URL): void {
  const { method, url = '/', headers } = request;
  const host = `${String(headers.host).replace(/localhost:\d+$/, '')}${hostname}:${port}`;
  const onward = send({ host: '127.0.0.1', port, method, path: url, headers: { ...headers, host } }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  onward.once('error', (error) => response.destroy(error));
  request.pipe(onward);
}
