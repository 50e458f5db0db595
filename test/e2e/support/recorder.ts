import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;

/** A loopback endpoint for the AWS services that the functions call and that have no engine here: it records, and answers as AWS does. */
export interface Recorder {
  readonly url: string;
  /** Entries that EventBridge has taken, in order. */
  readonly entries: { DetailType: string; Source: string; EventBusName: string; detail: Json }[];
  /** Messages that were sent to queues. */
  readonly sent: { queueUrl: string; body: string; attributes: Record<string, { StringValue: string }> }[];
  /** Items that AWS Config gives, by resource id. */
  readonly history: Map<string, Json>;
  /** Requests that no service here knows. A test expects none. */
  readonly unknown: string[];
  /** How many of the next calls of EventBridge fail. */
  failEvents: number;
  close(): Promise<void>;
}

export async function startRecorder(): Promise<Recorder> {
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
    'StarlingDoveService.GetResourceConfigHistory': ({ resourceId }) => ({
      configurationItems: [history.get(String(resourceId))].filter(Boolean),
    }),
  };

  const server = createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target']);
    const service = services[target];
    if (!service) unknown.push(`${request.method} ${request.url} ${target}`);
    const answer = service?.(JSON.parse(await bodyOf(request)));
    response.writeHead(answer ? 200 : 500, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer ?? { __type: 'InternalFailure' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const recorder: Recorder = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
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
