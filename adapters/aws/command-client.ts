import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { RequestRefusedError } from '../../core/remediation/commands/refused.ts';
import type { Credentials } from './clients.ts';
import { oneLineOf } from './failures.ts';

/** The command function could not be asked, or did not answer as expected. The message says what to do. */
export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
}

/** Time in milliseconds that a user waits for the answer. The function ends after 60 seconds. */
const TIMEOUT_MS = 70_000;

/**
 * Sends a request to the URL of a function, signed with the credentials of the user. Lambda verifies the signature, and passes the
 * caller to the function. It is sent once: after an error the user looks at the remediation first.
 *
 * @returns the answer, as JSON.
 * @throws RequestRefusedError with the function's reason. CommandFailedError if it did not answer, or IAM denied the call.
 */
export async function sendCommand(
  url: string,
  body: unknown,
  { region, credentials }: { readonly region: string; readonly credentials: Credentials },
): Promise<unknown> {
  const { protocol, hostname, host, port, pathname } = new URL(url);
  const signer = new SignatureV4({ service: 'lambda', region, credentials, sha256: Sha256 });
  const text = JSON.stringify(body);
  const signed = await signer.sign({
    method: 'POST',
    protocol,
    hostname,
    ...(port !== '' && { port: Number(port) }),
    path: pathname,
    query: {},
    headers: { host, 'content-type': 'application/json' },
    body: text,
  });
  const { host: _, ...headers } = signed.headers;
  let response: Response;
  try {
    response = await fetch(url, { method: 'POST', headers, body: text, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const { cause } = error as Error;
    const why = cause instanceof Error ? cause.message : (error as Error).message;
    throw new CommandFailedError(
      `the command function at ${host} did not answer: ${oneLineOf(why)}. Fix: check the URL, and what was changed`,
      {
        cause: error,
      },
    );
  }
  return answerIn(response.status, await response.text(), host);
}

function answerIn(status: number, text: string, host: string): unknown {
  const answer = parsed(text);
  if (status === 200 && answer !== undefined) return answer;
  const { error, Message, message } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof error === 'string' && [400, 403, 409].includes(status)) throw new RequestRefusedError(error);
  // Lambda itself answers a request that IAM denies, with a message and no error of csmm.
  if (status === 403) {
    const why = oneLineOf(String(Message ?? message ?? 'Forbidden'));
    throw new CommandFailedError(`IAM does not allow you to use ${host} (403: ${why}). Fix: see "Who may do what" in docs/remediation.md`);
  }
  throw new CommandFailedError(`the command function at ${host} failed (${status}). Fix: look at its log, and at what was changed`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** SHA-256 in the form that the signer of the SDK takes. */
class Sha256 {
  private readonly hash: Hash | Hmac;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(bytesOf(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }
  reset(): void {}
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
}
