import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import pLimit from 'p-limit';
import { iamAction } from './actions.ts';
import { isEmulated } from './emulator.ts';
import { CredentialsExpiredError, failureKind } from './failures.ts';
import { notOffered } from './not-offered.ts';
import { type RetryOptions, retrying } from './retries.ts';

/** Credentials of an account, or a function that fetches them. */
export type Credentials = NonNullable<STSClientConfig['credentials']>;

/** Carries requests for many clients. */
export type RequestHandler = NodeHttpHandler;

/** Options shared by the clients of one account. */
export interface ClientOptions extends Omit<RetryOptions, 'throttled'> {
  /** @default - the SDK's default chain */
  readonly credentials?: Credentials;
  /** Handler that carries the requests of all clients. @default - a new one */
  readonly requestHandler?: RequestHandler;
  /** Observer of every call. */
  readonly observer?: CallObserver;
}

export interface CallObserver {
  /** @param action the IAM action, such as `ec2:DescribeVolumes` */
  called(action: string, region: string): void;
  /** Hears of an attempt that AWS throttled. csmm makes the call again, later. */
  throttled?(action: string, region: string): void;
  failed(action: string, region: string, error: unknown): void;
}

/** Limits how many calls run at the same time, over all clients that share the limit. */
export const callLimit = (calls: number): NonNullable<ClientOptions['limit']> => pLimit(calls);

/** A client class of the SDK, such as `EC2Client`. */
export type ClientClass<C> = new (config: ClientConfig) => C;

interface ClientConfig {
  region: string;
  credentials?: Credentials;
  requestHandler: RequestHandler;
  maxAttempts: number;
  logger?: typeof SILENT;
}

/** The SDK warns of some answers on the console, with a stack, where the progress and the report are. */
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} } as const;

/**
 * Returns the client of a service in a Region, from a small cache. Made for one read of an account: a client never requests a page
 * twice.
 */
export type Clients = <C extends object>(client: ClientClass<C>, region: string) => C;

/**
 * Returns clients that retry: see {@link retrying}. Each client records the IAM action on its errors. It refuses to request the same
 * page of a list twice, which would loop forever.
 */
export function clientsOf(options: ClientOptions): Clients {
  let made: { readonly client: unknown; readonly region: string; readonly instance: object }[] = [];
  const requestHandler = options.requestHandler ?? newRequestHandler();
  return <C extends object>(client: ClientClass<C>, region: string): C => {
    const known = made.find((each) => each.client === client && each.region === region);
    if (known) return known.instance as C;
    const instance = makeClient(client, region, options, requestHandler);
    made = [...made.slice(-MAX_CLIENTS + 1), { client, region, instance }];
    return instance;
  };
}

/**
 * Maximum number of cached clients of an account, about 23 kB each. Clients for all services, Regions and accounts would fill the
 * memory.
 */
const MAX_CLIENTS = 64;

function makeClient<C extends object>(client: ClientClass<C>, region: string, options: ClientOptions, requestHandler: RequestHandler): C {
  const made = new client({
    region,
    // The SDK makes one attempt: `watch` makes the others.
    maxAttempts: 1,
    ...(options.credentials && { credentials: options.credentials }),
    requestHandler,
    logger: SILENT,
    // An emulator on one host has no host for each bucket or queue. Other services ignore these options.
    ...(isEmulated() && { forcePathStyle: true, useQueueUrlAsEndpoint: false }),
  });
  if ('middlewareStack' in made) watch(made as Watched, region, options);
  return made;
}

/** Time limits in milliseconds. */
export interface TimeLimits {
  /** Until the service begins its answer, and between two parts of it. @default 30 seconds */
  readonly requestTimeout?: number;
}

/** Limits for the clients of a function: a call that gets no answer ends within the minute that a run needs to complete. */
export const FUNCTION_LIMITS = { requestTimeout: 20_000, patienceMs: 10_000 } as const;

const CONNECTION_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Returns a handler for HTTP/1.1 with as many connections as there are calls. No request waits for ever. If `AWS_ENDPOINT_URL` names
 * an emulator on this machine, the handler also resolves the per-account host names that S3 Control uses and that no DNS server knows.
 */
export function newRequestHandler({ requestTimeout = REQUEST_TIMEOUT_MS }: TimeLimits = {}): RequestHandler {
  const agent = { keepAlive: true, maxSockets: 256 };
  return new NodeHttpHandler({
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout,
    socketTimeout: requestTimeout,
    throwOnRequestTimeout: true,
    httpsAgent: new HttpsAgent(agent),
    ...(isEmulated() && { httpAgent: new HttpAgent({ ...agent, lookup: lookupLocally }) }),
  });
}

const lookupLocally: LookupFunction = (_, { all }, found) =>
  all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4);

/** Thrown before a call that is not a read. */
export class NotReadOnlyError extends Error {
  override readonly name = 'NotReadOnlyError';
}

/** All commands that the clients may send: reads, and the one action that makes IAM write its credential report. */
const READS = /^(Describe|Get|List|Lookup|Query)|^GenerateCredentialReportCommand$/;

/** Thrown if a service returns a page token that it returned before. */
export class RepeatedPageError extends Error {
  override readonly name = 'RepeatedPageError';
}

interface Watched {
  readonly middlewareStack: {
    add(middleware: Middleware, options: { step: 'initialize'; name: string; priority: 'high' }): void;
    addRelativeTo(middleware: Middleware, options: { relation: 'before'; toMiddleware: string; name: string }): void;
  };
}

type Next = (args: { input: object }) => Promise<unknown>;
type Middleware = (next: Next, context: { readonly clientName?: string; readonly commandName?: string }) => Next;

function watch(client: Watched, region: string, { observer, ...options }: ClientOptions): void {
  const pages = new Set<string>();
  const watchCalls: Middleware = (next, { clientName = '', commandName = '' }) => {
    const action = iamAction(clientName, commandName);
    return async (args) => {
      if (!READS.test(commandName)) throw new NotReadOnlyError(`${action} is not a read`);
      assertNewPage(pageKey(commandName, args.input), pages, action);
      observer?.called(action, region);
      try {
        return await next(args);
      } catch (error) {
        observer?.failed(action, region, error);
        throw explained(error, action);
      }
    };
  };
  client.middlewareStack.add(watchCalls, { step: 'initialize', name: 'csmmWatch', priority: 'high' });
  retryCalls(client, region, { ...options, throttled: (action) => observer?.throttled?.(action, region) });
}

/** Makes a client retry its calls. Each attempt is signed when its turn has come, so that no signature grows old in a queue. */
function retryCalls({ middlewareStack }: Watched, region: string, options: RetryOptions): void {
  const retry = retrying(options);
  const middleware: Middleware = (next, { clientName = '', commandName = '' }) => {
    const action = iamAction(clientName, commandName);
    const attempt = async (args: { input: object }): Promise<unknown> => {
      try {
        const answer = await next(args);
        assertAnswered(answer);
        return answer;
      } catch (error) {
        throw await notOffered(error, region);
      }
    };
    return (args) => retry(action, () => attempt(args));
  };
  middlewareStack.addRelativeTo(middleware, { relation: 'before', toMiddleware: 'retryMiddleware', name: 'csmmRetry' });
}

/** Thrown if an answer has no body, as a proxy can send it. The SDK reads it as a list without resources. */
export class EmptyAnswerError extends Error {
  override readonly name = 'EmptyAnswerError';
}

function assertAnswered(answer: unknown): void {
  const { response } = answer as { readonly response?: { readonly headers?: Readonly<Record<string, string>> } };
  if (response?.headers?.['content-length'] === '0') throw new EmptyAnswerError('the answer is empty');
}

/** Returns a client that assumes roles. The accounts of a scan share it, because AWS throttles its caller. */
export function assumingClient(region: string, credentials: Credentials, limits?: TimeLimits): STSClient {
  const client = new STSClient({ region, credentials, maxAttempts: 1, requestHandler: newRequestHandler(limits) });
  retryCalls(client as unknown as Watched, region, {});
  return client;
}

function assertNewPage(page: string | undefined, pages: Set<string>, action: string): void {
  if (page === undefined) return;
  if (pages.has(page)) throw new RepeatedPageError(`${action} returned a page token that it had returned before`);
  pages.add(page);
}

/** Returns the error with the action that failed. */
function explained(error: unknown, action: string): unknown {
  if (failureKind(error) === 'expired') return new CredentialsExpiredError('the credentials have expired', { cause: error });
  return error instanceof Error ? Object.assign(error, { iamAction: action }) : error;
}

const TOKEN = /^(next_?token|(next|continuation|starting|exclusivestart)[a-z]*|marker|position)$/i;

/** Returns a key that distinguishes the pages of a list; `undefined` for a call without a page token. */
function pageKey(commandName: string, input: object): string | undefined {
  const hasToken = Object.entries(input).some(([name, value]) => TOKEN.test(name) && value !== undefined && typeof value !== 'object');
  return hasToken ? `${commandName} ${JSON.stringify(input)}` : undefined;
}
