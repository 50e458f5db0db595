import type { IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { RequestHandler } from '../../adapters/aws/clients.ts';
import { type AwsError, errorAnswer } from './aws-proxy.ts';

/** The fault of a call: an AWS error, or an error of the connection. */
export type BrokenCall = AwsError | Error;

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

interface Request {
  readonly method: string;
  readonly hostname: string;
  readonly path: string;
  readonly query?: object;
  readonly headers: IncomingHttpHeaders;
  readonly body?: unknown;
}

export interface RecordedCall {
  /** Such as `GET /bucket?policyStatus`. */
  readonly path: string;
  /** `undefined` for the call that broke. */
  status?: number;
}

export interface RecordedAnswers {
  /** Carries the requests of clients. It answers from memory what it has answered before. */
  readonly requestHandler: RequestHandler;
  /** The calls since the last `begin`. */
  readonly calls: readonly RecordedCall[];
  /** Starts to count calls from 0. The call with this number, and no other, breaks. */
  begin(broken?: { readonly number: number; readonly with: BrokenCall }): void;
}

/** Returns a carrier of requests that asks an emulator once for each answer. Breaking a call then takes no time. */
export function recordedAnswers(emulator: RequestHandler): RecordedAnswers {
  const answers = new Map<string, Answer[]>();
  let seen = new Map<string, number>();
  const calls: RecordedCall[] = [];
  let broken: { readonly number: number; readonly with: BrokenCall } | undefined;

  const answerTo = async (request: Request): Promise<object> => {
    const call: RecordedCall = { path: `${request.method} ${request.path}?${Object.keys(request.query ?? {})}` };
    const number = calls.push(call) - 1;
    if (number === broken?.number) {
      if (broken.with instanceof Error) throw broken.with;
      const [, service = ''] = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(String(request.headers.authorization)) ?? [];
      const { body, ...error } = errorAnswer(service, request.headers, broken.with);
      return { ...error, body: Buffer.from(body) };
    }
    const key = JSON.stringify([
      request.method,
      request.hostname,
      request.path,
      request.query,
      request.headers['x-amz-target'],
      String(request.body),
    ]);
    // The broken call is answered first, so that a rejection without a handler shows itself.
    await new Promise((resolve) => setImmediate(resolve));
    const known = answers.get(key) ?? [];
    const index = seen.get(key) ?? 0;
    seen.set(key, index + 1);
    const answer = known[index] ?? (await ask(request));
    known[index] = answer;
    answers.set(key, known);
    call.status = answer.statusCode;
    return answer;
  };
  const ask = async (request: Request): Promise<Answer> => {
    const { response } = await emulator.handle(request as never);
    return { statusCode: response.statusCode, headers: response.headers, body: await buffer(response.body) };
  };
  return {
    requestHandler: { handle: async (request: Request) => ({ response: await answerTo(request) }) } as never,
    calls,
    begin: (next) => {
      [seen, broken] = [new Map(), next];
      calls.length = 0;
    },
  };
}
