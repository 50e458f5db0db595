import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorAnswer } from '../../support/aws-proxy.ts';
import type { Authority, RoleOfTemplate } from './authority.ts';
import type { Answers } from './recorder.ts';
import { requestsOf } from './requests.ts';
import { type WireCall, wireCallOf } from './wire.ts';

/** The way of one function to AWS: a loopback endpoint that lets through what the function's role may do. */
export interface Gate {
  readonly url: string;
  close(): Promise<void>;
}

export interface GateOptions {
  readonly role: RoleOfTemplate;
  readonly authority: Authority;
  /** ARN of the customer managed key of a table, by the table's name. */
  readonly keys: ReadonlyMap<string, string>;
  /** Credentials that were given for a role, by their access key id. All gates share them. */
  readonly assumed: Map<string, RoleOfTemplate>;
  /** Answers a call in place of an emulator; undefined if an emulator answers. */
  readonly answer: Answers['answer'];
  /** The emulator that answers a call; undefined if no emulator does. */
  readonly behind: (call: WireCall, role: RoleOfTemplate) => string | undefined;
  /** Receives an error of the gate, which is never the function's fault. */
  readonly failed: (error: unknown) => void;
}

export async function openGate(options: GateOptions): Promise<Gate> {
  // Only DynamoDB Local gets so many calls that connections are kept: a server that closes an idle one could meet a call.
  const agent = new Agent({ keepAlive: true });
  const server = createServer((request, response) => {
    handle(request, response, options, agent).catch((error: unknown) => {
      options.failed(error);
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ __type: 'InternalFailure', message: String(error) }));
    });
  });
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function handle(request: IncomingMessage, response: ServerResponse, options: GateOptions, agent: Agent): Promise<void> {
  const { authority, keys, assumed, answer, behind } = options;
  const call = wireCallOf(request, await bodyOf(request));
  const role = assumed.get(call.accessKeyId) ?? options.role;
  const asked = requestsOf(call, { accountId: role.principal.accountId, keys });
  const isAllowed = asked.map((each) => authority.mayRole(role, each)).every(Boolean);
  if (!isAllowed) {
    const denial = errorAnswer(call.service, request.headers, denialOf(call));
    response.writeHead(denial.statusCode, denial.headers);
    response.end(denial.body);
    return;
  }
  const own = answer(call);
  if (own !== undefined) {
    const isXml = typeof own === 'string' && own !== 'failure';
    const isRefused = typeof own === 'object' && '__type' in own;
    response.writeHead(own === 'failure' ? 500 : isRefused ? 400 : 200, {
      'content-type': isXml ? 'text/xml' : 'application/x-amz-json-1.1',
    });
    response.end(isXml ? own : JSON.stringify(own === 'failure' ? { __type: 'InternalFailure' } : own));
    return;
  }
  const endpoint = behind(call, role);
  if (endpoint === undefined) {
    response.writeHead(500, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ __type: 'InternalFailure' }));
    return;
  }
  if (call.operation === 'AssumeRole') await assume(call, request, response, { endpoint, agent, options });
  else
    passOn(
      request,
      call.body,
      { endpoint, agent },
      (upstream) => void pipe(upstream, response),
      () => response.destroy(),
    );
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and the errors common to the other services */
const denialOf = ({ service }: WireCall) =>
  service === 'ec2'
    ? { status: 403, code: 'UnauthorizedOperation' }
    : ['s3', 'sts', 'iam', 'sns', 'rds', 'elasticloadbalancing', 'autoscaling'].includes(service)
      ? { status: 403, code: 'AccessDenied' }
      : { status: 400, code: 'AccessDeniedException' };

/** The emulator gives credentials for any role; those count here for the role of the template. */
async function assume(
  call: WireCall,
  request: IncomingMessage,
  response: ServerResponse,
  { endpoint, agent, options }: { readonly endpoint: string; readonly agent: Agent; readonly options: GateOptions },
): Promise<void> {
  const upstream = await new Promise<IncomingMessage>((resolve, reject) =>
    passOn(request, call.body, { endpoint, agent }, resolve, reject),
  );
  const body = await bodyOf(upstream);
  const [, accessKeyId] = /<AccessKeyId>([^<]+)</.exec(body.toString()) ?? [];
  if (accessKeyId) options.assumed.set(accessKeyId, options.authority.roleOf(String(call.input.RoleArn)));
  response.writeHead(upstream.statusCode ?? 500, { 'content-type': upstream.headers['content-type'] ?? 'text/xml' });
  response.end(body);
}

function pipe(upstream: IncomingMessage, response: ServerResponse): void {
  response.writeHead(upstream.statusCode ?? 500, upstream.headers);
  upstream.pipe(response);
}

/** Hands a request on as it came, under the host name that the emulator listens to. */
function passOn(
  { method, url = '/', headers }: IncomingMessage,
  body: Buffer,
  { endpoint, agent }: { readonly endpoint: string; readonly agent: Agent },
  answered: (upstream: IncomingMessage) => void,
  failed: (error: Error) => void,
): void {
  const { hostname, port } = new URL(endpoint);
  const isKept = url === '/' && headers['x-amz-target']?.includes('DynamoDB');
  const host = `${String(headers.host).replace(/localhost:\d+$/, '')}${hostname}:${port}`;
  const onward = send(
    { host: '127.0.0.1', port, method, path: url, agent: isKept ? agent : false, headers: { ...headers, host } },
    answered,
  );
  onward.once('error', failed);
  onward.end(body);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
