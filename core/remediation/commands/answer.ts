import { UnreadableItemError } from '../../ports.ts';
import { type CommandContext, carryOut, InvalidCommandError, MAX_BODY } from './command.ts';
import { isDoor, VERBS, verbAt } from './doors.ts';
import { RequestRefusedError } from './refused.ts';

/** The caller, as Lambda verified it. */
export interface Caller {
  readonly userArn: string;
  readonly userId: string;
  readonly accountId: string;
}

/** A signed HTTP request. Lambda wrote all of it but the body. */
export interface CommandRequest {
  /** Alias that was invoked. */
  readonly door: string | undefined;
  /** Absent if Lambda has not verified a signature. */
  readonly caller: Caller | undefined;
  /** Account of the function. */
  readonly accountId: string;
  readonly requestId: string;
  readonly body: string;
}

export interface CommandAnswer {
  readonly status: 200 | 400 | 403 | 409;
  readonly body: unknown;
}

/**
 * Answers a request of a person. Refusals are answers; anything else is thrown, and then nothing or all of the request was committed.
 *
 * @param contextOf returns what a request needs, once it is known who asks.
 */
export async function answerCommand(
  { door, caller, accountId, requestId, body }: CommandRequest,
  contextOf: (who: Pick<CommandContext, 'by' | 'userId' | 'requestId'>) => CommandContext,
): Promise<CommandAnswer> {
  const refuse = (status: 400 | 403 | 409, error: string): CommandAnswer => ({ status, body: { error } });
  if (!caller) return refuse(403, 'the request has no verified caller. Fix: sign it, and send it to the URL of the function');
  if (caller.accountId !== accountId) return refuse(403, `the caller is in account ${caller.accountId}, not in that of the deployment`);
  if (!isDoor(door)) return refuse(403, 'the function was not invoked by an alias');
  const request = parsed(body);
  if (!request) return refuse(400, `the body is not a JSON object of at most ${MAX_BODY} characters`);
  const verb = verbAt(door, request.verb);
  if (!verb) {
    const allowed = Object.entries(VERBS).flatMap(([name, at]) => (at === door ? [name] : []));
    return refuse(403, `not allowed here: ${JSON.stringify(request.verb)}; allowed: ${allowed.join(', ')}`);
  }
  try {
    return { status: 200, body: await carryOut(verb, request, contextOf({ by: caller.userArn, userId: caller.userId, requestId })) };
  } catch (error) {
    if (error instanceof InvalidCommandError) return refuse(400, error.message);
    if (error instanceof RequestRefusedError || error instanceof UnreadableItemError) return refuse(409, error.message);
    throw error;
  }
}

function parsed(body: string): Readonly<Record<string, unknown>> | undefined {
  if (body.length > MAX_BODY) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
