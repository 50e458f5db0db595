import { AsyncLocalStorage } from 'node:async_hooks';
import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CATALOGUE } from '../../../controls/catalogue.ts';
import type { Catalogue } from '../../../core/pipeline/rescore.ts';
import { prepare } from '../../bench/scale/clock.ts';
import type { Handler } from '../../bench/scale/functions.ts';
import type { Service } from './history.ts';

/** One run of a function. */
export interface Run {
  readonly service: Service;
  /** Of the clock that the run has, in milliseconds. */
  readonly skew: number;
  readonly catalogue: Catalogue;
  /** A dead run does nothing more. */
  isDead: boolean;
  /** A wait before one of its calls, counted from 0, in milliseconds. */
  readonly slow: { readonly call: number; readonly milliseconds: number } | undefined;
  calls: number;
  readonly die: (why: string) => void;
}

/** The run to which the code that asks belongs. */
export const running = new AsyncLocalStorage<Run>();

/** The services that AWS clients reach. */
export interface Reached {
  call(client: 'dynamodb' | 'sqs', command: string, input: Record<string, unknown>): Promise<unknown>;
}

let reached: Reached | undefined;

const ENVIRONMENT = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  LOG_LEVEL: 'SILENT',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  POWERTOOLS_METRICS_DISABLED: 'true',
  POWERTOOLS_DEV: 'true',
  STATE_TABLE: 'state',
  SCORES_TABLE: 'scores',
  SCORING_QUEUE_URL: 'https://sqs.example/runs',
  FAILURES_QUEUE_URL: 'https://sqs.example/failures',
  REJECTED_QUEUE_URL: 'https://sqs.example/rejected',
};

export type Handlers = Readonly<Record<'collect' | 'relay' | 'score', Handler>>;

let handlers: Handlers | undefined;

/**
 * Loads the real handlers, once, with clients that reach only what {@link reach} gives them, and with the catalogue of the run that asks.
 * It changes this process for good.
 */
export async function loadHandlers(): Promise<Handlers> {
  if (handlers) return handlers;
  prepare();
  Object.assign(process.env, ENVIRONMENT);
  const through = (client: 'dynamodb' | 'sqs') =>
    function send(this: unknown, command: { readonly input: Record<string, unknown> }) {
      if (!reached) throw new Error('nothing is there to answer');
      return reached.call(client, command.constructor.name, command.input);
    } as never;
  DynamoDBDocumentClient.prototype.send = through('dynamodb');
  SQSClient.prototype.send = through('sqs');
  const current = { ...CATALOGUE };
  for (const name of ['version', 'controls', 'rules'] as const)
    Object.defineProperty(CATALOGUE, name, { get: () => (running.getStore()?.catalogue ?? current)[name] });
  // Powertools warns of each run without a metric.
  const warn = console.warn;
  console.warn = (...given: unknown[]) => {
    if (!running.getStore()) warn(...given);
  };
  const load = async (service: string): Promise<Handler> =>
    ((await import(`../../../lambdas/${service}.ts`)) as { handler: Handler }).handler;
  handlers = { collect: await load('collect'), relay: await load('relay'), score: await load('score') };
  return handlers;
}

export const reach = (what: Reached | undefined): void => {
  reached = what;
};

/** An error as DynamoDB and SQS answer it when they cannot serve a call. */
export const failure = (name: string): DynamoDBServiceException =>
  new DynamoDBServiceException({ name, message: 'The service cannot answer now', $fault: 'server', $metadata: {} });
