import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import type { STSClientConfig } from '@aws-sdk/client-sts';
import pLimit from 'p-limit';
import { iamAction } from './actions.ts';
import { CredentialsExpiredError, failureKind } from './failures.ts';

/** Credentials of an account, or what fetches them. */
export type Credentials = NonNullable<STSClientConfig['credentials']>;

/** What the clients of one account are made with. */
export interface ClientOptions {
  /** @default - the SDK's own chain */
  readonly credentials?: Credentials;
  /** Carries the requests; shared by all clients. @default - the SDK's own */
  readonly requestHandler?: object;
  /** Sees every call. */
  readonly observer?: CallObserver;
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
  requestHandler?: object & { handle: never };
  retryMode: string;
  maxAttempts: number;
}

/** Gives the client of a service in a Region, the same each time. Made for one reading of an account: a page is never asked for twice. */
export type Clients = <C extends object>(client: ClientClass<C>, region: string) => C;

/**
 * Clients that retry adaptively: throttled once, they slow down, as the account has other users. Each notes on an error which
 * IAM action it was, and refuses to ask for the same page of a list twice, which would go on forever.
 */
export function clientsOf(options: ClientOptions): Clients {
  const made = new Map<unknown, Map<string, object>>();
  return <C extends object>(client: ClientClass<C>, region: string): C => {
    const byRegion = made.get(client) ?? new Map<string, object>();
    made.set(client, byRegion);
    const known = byRegion.get(region);
    if (known) return known as C;
    const fresh = makeClient(client, region, options);
    byRegion.set(region, fresh);
    return fresh;
  };
}

const MAX_ATTEMPTS = 6;

function makeClient<C extends object>(client: ClientClass<C>, region: string, options: ClientOptions): C {
  const made = new client({
    region,
    retryMode: 'adaptive',
    maxAttempts: MAX_ATTEMPTS,
    ...(options.credentials && { credentials: options.credentials }),
    ...(options.requestHandler && { requestHandler: options.requestHandler as NonNullable<ClientConfig['requestHandler']> }),
    ...emulatorOptions(client.name),
  });
  if ('middlewareStack' in made) watch(made as Watched, client.name, region, options);
  return made;
}

/**
 * An emulator on `localhost`, as `AWS_ENDPOINT_URL` may name one, has no host for each bucket, and no resolver knows the
 * host for each account that S3 Control asks for.
 */
function emulatorOptions(clientName: string): object {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  if (!endpoint || new URL(endpoint).hostname !== 'localhost') return {};
  return {
    ...(clientName === 'S3Client' && { forcePathStyle: true }),
    ...(clientName === 'S3ControlClient' && { requestHandler: { httpAgent: new Agent({ lookup: lookupLocally, keepAlive: true }) } }),
  };
}

const lookupLocally: LookupFunction = (_, { all }, found) =>
  all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4);

/** Asked for a page that it has had: the service gives the same token again and again. */
export class RepeatedPageError extends Error {
  override readonly name = 'RepeatedPageError';
}

interface Watched {
  readonly middlewareStack: { add(middleware: Middleware, options: { step: 'initialize'; name: string; priority: 'high' }): void };
}

type Next = (args: { input: object }) => Promise<unknown>;
type Middleware = (next: Next, context: { readonly commandName?: string }) => Next;

function watch(client: Watched, clientName: string, region: string, { observer, limit = (call) => call() }: ClientOptions): void {
  const pages = new Set<string>();
  const middleware: Middleware = (next, { commandName = '' }) => {
    const action = iamAction(clientName, commandName);
    return async (args) => {
      const page = pageKey(commandName, args.input);
      if (page !== undefined && pages.has(page)) throw new RepeatedPageError(`${action} gave a page token that it had given before`);
      if (page !== undefined) pages.add(page);
      observer?.called(action, region);
      try {
        return await limit(() => next(args));
      } catch (error) {
        observer?.failed(action, region, error);
        if (error instanceof Error) Object.assign(error, { iamAction: action });
        if (failureKind(error) === 'expired') throw new CredentialsExpiredError('the credentials have expired', { cause: error });
        throw error;
      }
    };
  };
  client.middlewareStack.add(middleware, { step: 'initialize', name: 'csmmWatch', priority: 'high' });
}

const TOKEN = /^(next_?token|(next|continuation|starting|exclusivestart)[a-z]*|marker|position)$/i;

/** What tells one page of a list from another; `undefined` for a call without a page token. */
function pageKey(commandName: string, input: object): string | undefined {
  const hasToken = Object.entries(input).some(([name, value]) => TOKEN.test(name) && value !== undefined && typeof value !== 'object');
  return hasToken ? `${commandName} ${JSON.stringify(input)}` : undefined;
}
