import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { STSClientConfig } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import pLimit from 'p-limit';
import { iamAction } from './actions.ts';
import { CredentialsExpiredError, failureKind } from './failures.ts';

/** Credentials of an account, or what fetches them. */
export type Credentials = NonNullable<STSClientConfig['credentials']>;

/** Carries requests for many clients. */
export type RequestHandler = NodeHttpHandler;

/** What the clients of one account are made with. */
export interface ClientOptions {
  /** @default - the SDK's own chain */
  readonly credentials?: Credentials;
  /** Carries the requests of all clients. @default - a new one */
  readonly requestHandler?: RequestHandler;
  /** Sees every call. */
  readonly observer?: CallObserver;
  /** Attempts for a call that is throttled or fails at the service. @default 6 */
  readonly maxAttempts?: number;
  /** Runs a call when its turn has come. @default - at once */
  readonly limit?: <T>(call: () => Promise<T>) => Promise<T>;
}

export interface CallObserver {
  /** @param action the IAM action, such as `ec2:DescribeVolumes` */
  called(action: string, region: string): void;
  failed(action: string, region: string, error: unknown): void;
}

/** Bounds how many calls are under way at once, over all clients that share it. */
export const callLimit = (calls: number): NonNullable<ClientOptions['limit']> => pLimit(calls);

/** A class of the SDK such as `EC2Client`. */
export type ClientClass<C> = new (config: ClientConfig) => C;

interface ClientConfig {
  region: string;
  credentials?: Credentials;
  requestHandler: RequestHandler;
  retryMode: string;
  maxAttempts: number;
}

/** Gives the client of a service in a Region, the same each time that it is asked for soon. Made for one reading of an account: a page is never asked for twice. */
export type Clients = <C extends object>(client: ClientClass<C>, region: string) => C;

/**
 * Clients that retry adaptively: throttled once, they slow down, as the account has other users. Each notes on an error which
 * IAM action it was, and refuses to ask for the same page of a list twice, which would go on forever.
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

/** So many clients of an account are kept, of some 23 kB each: those of all services, Regions and accounts would fill the memory. */
const MAX_CLIENTS = 64;

const MAX_ATTEMPTS = 6;

function makeClient<C extends object>(client: ClientClass<C>, region: string, options: ClientOptions, requestHandler: RequestHandler): C {
  const made = new client({
    region,
    retryMode: 'adaptive',
    maxAttempts: options.maxAttempts ?? (Number(process.env.AWS_MAX_ATTEMPTS) || MAX_ATTEMPTS),
    ...(options.credentials && { credentials: options.credentials }),
    requestHandler,
    // An emulator on one host has no host for each bucket; other services ignore this.
    ...(isEmulated() && { forcePathStyle: true }),
  });
  if ('middlewareStack' in made) watch(made as Watched, region, options);
  return made;
}

/**
 * Carries requests over HTTP/1.1, as many at once as there are calls. An emulator on `localhost`, as `AWS_ENDPOINT_URL` may
 * name one, is found under the host names for each account that S3 Control asks for too, which no resolver knows.
 */
export function newRequestHandler(): RequestHandler {
  const agent = { keepAlive: true, maxSockets: 256 };
  return new NodeHttpHandler({
    connectionTimeout: 5_000,
    requestTimeout: 60_000,
    throwOnRequestTimeout: true,
    httpsAgent: new HttpsAgent(agent),
    ...(isEmulated() && { httpAgent: new HttpAgent({ ...agent, lookup: lookupLocally }) }),
  });
}

const isEmulated = (): boolean => {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  return endpoint !== undefined && endpoint !== '' && new URL(endpoint).hostname === 'localhost';
};

const lookupLocally: LookupFunction = (_, { all }, found) =>
  all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4);

/** Something else than a read was about to be called. */
export class NotReadOnlyError extends Error {
  override readonly name = 'NotReadOnlyError';
}

/** All that the clients call: reads, and the one action that has IAM write down what it knows of its users. */
const READS = /^(Describe|Get|List|Lookup)|^GenerateCredentialReportCommand$/;

/** Asked for a page that it has had: the service gives the same token again and again. */
export class RepeatedPageError extends Error {
  override readonly name = 'RepeatedPageError';
}

interface Watched {
  readonly middlewareStack: { add(middleware: Middleware, options: { step: 'initialize'; name: string; priority: 'high' }): void };
}

type Next = (args: { input: object }) => Promise<unknown>;
type Middleware = (next: Next, context: { readonly clientName?: string; readonly commandName?: string }) => Next;

function watch(client: Watched, region: string, { observer, limit = (call) => call() }: ClientOptions): void {
  const pages = new Set<string>();
  const middleware: Middleware = (next, { clientName = '', commandName = '' }) => {
    const action = iamAction(clientName, commandName);
    return async (args) => {
      if (!READS.test(commandName)) throw new NotReadOnlyError(`${action} is no read`);
      assertNewPage(pageKey(commandName, args.input), pages, action);
      observer?.called(action, region);
      try {
        return await limit(() => next(args));
      } catch (error) {
        observer?.failed(action, region, error);
        throw explained(error, action);
      }
    };
  };
  client.middlewareStack.add(middleware, { step: 'initialize', name: 'csmmWatch', priority: 'high' });
}

function assertNewPage(page: string | undefined, pages: Set<string>, action: string): void {
  if (page === undefined) return;
  if (pages.has(page)) throw new RepeatedPageError(`${action} gave a page token that it had given before`);
  pages.add(page);
}

/** The error with the action that it befell. */
function explained(error: unknown, action: string): unknown {
  if (failureKind(error) === 'expired') return new CredentialsExpiredError('the credentials have expired', { cause: error });
  return error instanceof Error ? Object.assign(error, { iamAction: action }) : error;
}

const TOKEN = /^(next_?token|(next|continuation|starting|exclusivestart)[a-z]*|marker|position)$/i;

/** What tells one page of a list from another; `undefined` for a call without a page token. */
function pageKey(commandName: string, input: object): string | undefined {
  const hasToken = Object.entries(input).some(([name, value]) => TOKEN.test(name) && value !== undefined && typeof value !== 'object');
  return hasToken ? `${commandName} ${JSON.stringify(input)}` : undefined;
}
