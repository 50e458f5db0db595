/**
 * A process that answers in place of AWS: it asks an emulator once for each call, keeps the answer, and gives it after a delay. So a
 * measurement waits as long as for a far Region, and neither the emulator's time nor this process's is part of it.
 *
 * `tsx test/bench/slow-aws.ts <endpoint of the emulator>` prints its port. `PUT /delay` with a number sets the delay in milliseconds.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const target = new URL(process.argv[2] ?? '');
const answers = new Map<string, Promise<Answer>>();
let delay = 0;

/** What is asked: not when, nor with which signature. */
function keyOf({ method, url, headers }: IncomingMessage, body: Buffer): string {
  const scope = /Credential=[^/]+\/\d+\/([^/]+\/[^/]+)\//.exec(headers.authorization ?? '')?.[1];
  return [method, headers.host, url, headers['x-amz-target'], scope, body.toString('latin1')].join(' ');
}

const bodyOf = async (message: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const ask = (incoming: IncomingMessage, body: Buffer): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const host = String(incoming.headers.host ?? '').replace(/:\d+$/, `:${target.port}`);
    const onward = request(
      { host: '127.0.0.1', port: target.port, method: incoming.method, path: incoming.url, headers: { ...incoming.headers, host } },
      async (answer) => resolve({ status: answer.statusCode ?? 500, headers: answer.headers, body: await bodyOf(answer) }),
    );
    onward.on('error', reject);
    onward.end(body);
  });

async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body = await bodyOf(incoming);
  if (incoming.method === 'PUT' && incoming.url === '/delay') {
    delay = Number(body.toString());
    outgoing.end();
    return;
  }
  const key = keyOf(incoming, body);
  const known = answers.get(key) ?? ask(incoming, body);
  // Its answer changes: IAM begins a report, and then has it.
  if (!body.includes('Action=GenerateCredentialReport')) answers.set(key, known);
  const [answer] = await Promise.all([known, new Promise((resolve) => setTimeout(resolve, delay))]);
  const { connection: _, 'transfer-encoding': __, ...headers } = answer.headers;
  outgoing.writeHead(answer.status, { ...headers, 'content-length': answer.body.length });
  outgoing.end(answer.body);
}

const server = createServer((incoming, outgoing) => void serve(incoming, outgoing).catch(() => outgoing.destroy()));
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
