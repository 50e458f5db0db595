import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { commandRequestOf } from '../../adapters/aws/command-event.ts';
import { answerCommand } from '../../core/remediation/commands/answer.ts';
import { DOORS } from '../../core/remediation/commands/doors.ts';
import type { RemediationStore } from '../../core/remediation/ports.ts';
import type { RemediationDocument } from '../../core/settings/document.ts';
import { SEALS } from './seals.ts';

/** The URLs of the command function on this machine, with the caller that Lambda would have verified. */
export interface CommandServer {
  /** As the output of the stack. */
  readonly commands: string;
  /** Headers of the requests, as they came. */
  readonly headers: Record<string, unknown>[];
  /** Answers in place of the function, if it is set. */
  instead?: { readonly status: number; readonly body: string };
  close(): Promise<void>;
}

export const CALLER = 'arn:aws:iam::111111111111:user/jo';

/** Starts the URLs. Their user closes them: of tests that run at once, vitest does not know which one this is. */
export async function commandServer(store: RemediationStore, settings?: RemediationDocument): Promise<CommandServer> {
  const headers: Record<string, unknown>[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    headers.push(request.headers);
    const iam = { accountId: '111111111111', userArn: CALLER, userId: 'AIDA' };
    const event = { body: Buffer.concat(chunks).toString(), requestContext: { requestId: 'request', authorizer: { iam } } };
    const arn = `arn:aws:lambda:eu-west-1:111111111111:function:command:${request.url?.slice(1)}`;
    const answer = await answerCommand(commandRequestOf(event, arn), (who) => ({
      ...who,
      store,
      seals: SEALS,
      readSettings: async () => settings,
      hash: (text) => createHash('sha256').update(text).digest('hex'),
      now: () => new Date().toISOString(),
    }));
    const { status, body } = made.instead ?? { status: answer.status, body: JSON.stringify(answer.body) };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const made: CommandServer = {
    commands: DOORS.map((door) => `${door}=http://127.0.0.1:${port}/${door}`).join(' '),
    headers,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return made;
}
