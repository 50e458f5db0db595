import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';

/** A client's request to AWS, from the wire. */
export interface Call {
  /** As the signature names it, such as `ec2`. */
  readonly service: string;
  readonly region: string;
  /** The operation where the protocol names it, such as `DescribeVolumes`; else method and path. */
  readonly operation: string;
  readonly method: string;
  /** Path and body: what is asked of the operation. */
  readonly input: string;
  /** What was answered; `undefined` until then, and where the connection broke. */
  status?: number;
}

export interface AwsError {
  readonly status: number;
  readonly code: string;
}

/** A fault of a call: an AWS error, a broken connection, or a truncated answer. */
export type Fault = AwsError | 'reset' | 'truncated';

export interface AwsProxy {
  readonly endpoint: string;
  /** Every call, in the order of arrival. */
  readonly calls: Call[];
  /** Decides which calls fail. */
  fault: (call: Call) => Fault | undefined;
  /** Answers a call in place of the emulator, as XML; `undefined` if the emulator answers. */
  answer: (call: Call) => string | undefined;
  close(): void;
}

/** A proxy between clients and the emulator. It records every request and makes some fail. */
export async function awsProxy(target: string): Promise<AwsProxy> {
  const server = createServer((incoming, outgoing) => {
    const body: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => body.push(chunk));
    incoming.on('end', () => serve(incoming, Buffer.concat(body), outgoing));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const proxy: AwsProxy = {
    endpoint: `http://localhost:${typeof address === 'object' ? address?.port : ''}`,
    calls: [],
    fault: () => undefined,
    answer: () => undefined,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };

  function serve(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): void {
    const call = callOf(incoming, body);
    proxy.calls.push(call);
    const answer = proxy.answer(call);
    if (answer !== undefined) {
      outgoing.writeHead(200, { 'content-type': 'text/xml' });
      outgoing.end(answer);
      return;
    }
    const fault = proxy.fault(call);
    if (fault === 'reset') incoming.socket.destroy();
    else if (fault === undefined || fault === 'truncated') forward(target, { incoming, body, outgoing, call }, fault === 'truncated');
    else fail(call, incoming, fault, outgoing);
  }
  return proxy;
}

/** A proxy that ends with the test. */
export async function awsProxyForTest(target: string): Promise<AwsProxy> {
  const proxy = await awsProxy(target);
  onTestFinished(() => proxy.close());
  return proxy;
}

function callOf({ headers, method = '', url = '' }: IncomingMessage, body: Buffer): Call {
  const scope = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\/aws4_request/.exec(headers.authorization ?? '');
  const target = String(headers['x-amz-target'] ?? '');
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const action = target || (isForm ? new URLSearchParams(body.toString()).get('Action') : null);
  const [, cbor] = /\/operation\/(\w+)$/.exec(url) ?? [];
  return {
    service: scope?.[2] ?? '',
    region: scope?.[1] ?? '',
    operation: action?.split('.').at(-1) ?? cbor ?? `${method} ${url.replace(/\?.*/, '')}${querySubresource(url)}`,
    method,
    input: `${url} ${body.toString('latin1')}`,
  };
}

/** S3 names its operations by a parameter without a value. */
function querySubresource(url: string): string {
  const [name] = [...new URL(url, 'http://x').searchParams].find(([, value]) => value === '') ?? [];
  return name === undefined ? '' : `?${name}`;
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  readonly outgoing: ServerResponse;
  readonly call: Call;
}

function forward(target: string, { incoming, body, outgoing, call }: Exchange, truncate: boolean): void {
  const { hostname, port } = new URL(target);
  // The host name carries the account id of S3 Control.
  const host = String(incoming.headers.host ?? '').replace(/:\d+$/, `:${port}`);
  const upstream = request(
    { host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers: { ...incoming.headers, host: host || hostname } },
    (answer) => {
      if (answer.statusCode !== undefined) call.status = answer.statusCode;
      if (!truncate) {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
        return;
      }
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const whole = Buffer.concat(chunks);
        outgoing.writeHead(answer.statusCode ?? 500, { ...answer.headers, 'content-length': Math.max(1, whole.length) });
        outgoing.write(whole.subarray(0, Math.floor(whole.length / 2)), () => outgoing.destroy());
      });
    },
  );
  upstream.on('error', () => outgoing.destroy());
  upstream.end(body);
}

function fail({ service }: Call, { headers }: IncomingMessage, error: AwsError, outgoing: ServerResponse): void {
  const answer = errorAnswer(service, headers, error);
  outgoing.writeHead(answer.statusCode, answer.headers);
  outgoing.end(answer.body);
}

/** Returns an error in the words of the service's protocol. @param headers those of the request */
export function errorAnswer(service: string, headers: IncomingMessage['headers'], { status, code }: AwsError) {
  const message = `${code} made up by the test`;
  const isJson =
    'x-amz-target' in headers || !(String(headers['content-type'] ?? '').includes('form') || ['s3', 'cloudfront'].includes(service));
  if (isJson) {
    return {
      statusCode: status,
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
      body: JSON.stringify({ __type: code, message }),
    };
  }
  const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const body = service === 's3' ? error : `<ErrorResponse>${error}<Errors>${error}</Errors></ErrorResponse>`;
  return { statusCode: status, headers: { 'content-type': 'text/xml' }, body };
}
