import { isoOf, millisecondsOf } from '../../instant.ts';
import { type Scope, STOP_KINDS, type StopKind } from '../model/stop.ts';
import { approvePolicy } from '../policy-drift/drift.ts';
import { documentIn, fits, policyNamed } from '../policy-drift/policy-document.ts';
import type { Verb } from './doors.ts';
import { RequestRefusedError } from './refused.ts';
import { approve, exempt, type OperatorContext, reject, release, resume, rollBack, stopRuns } from './requests.ts';
import { rollBackWindow } from './window.ts';

/** The request is not one that csmm knows. The message says what is wrong. */
export class InvalidCommandError extends Error {
  override readonly name = 'InvalidCommandError';
}

export interface CommandContext extends OperatorContext {
  /** Returns the SHA-256 of a string in hexadecimal digits. */
  readonly hash: (text: string) => string;
}

type Body = Readonly<Record<string, unknown>>;

/**
 * Carries out a request of a person.
 *
 * @returns what was changed, as JSON.
 * @throws InvalidCommandError if a property is missing or has another form. RequestRefusedError if the state does not allow it.
 */
export function carryOut(verb: Verb, body: Body, context: CommandContext): Promise<unknown> {
  return VERB[verb](body, context);
}

const VERB: Readonly<Record<Verb, (body: Body, context: CommandContext) => Promise<unknown>>> = {
  approve: (body, context) => approve(idIn(body), textIn(body, 'stateHash', 128), context),
  reject: (body, context) => reject(idIn(body), reasonIn(body), context),
  exempt: (body, context) => exempt(idIn(body), timeIn(body, 'until'), reasonIn(body), context),
  rollback: (body, context) => rollBack(idIn(body), context),
  'rollback-between': (body, context) => {
    const request = { from: timeIn(body, 'from'), to: timeIn(body, 'to'), scope: scopeIn(body) };
    return rollBackWindow(request, textIn(body, 'hash', 128), context, context.hash);
  },
  'stop-runs': async (body, context) => {
    const notCancelled: string[] = [];
    const stopped = await stopRuns(context, (reason) => notCancelled.push(reason), { kind: kindIn(body), scope: scopeIn(body) });
    return { cancelling: stopped.map(({ id }) => id), notCancelled };
  },
  release: (body, context) => release(idIn(body), context),
  resume: async (body, context) => ({
    switch: (await resume({ kind: kindIn(body), scope: scopeIn(body) }, reasonIn(body), context)) ?? null,
  }),
  'record-policy': recordPolicy,
};

async function recordPolicy(body: Body, { store, by, now }: CommandContext): Promise<unknown> {
  const accountId = textIn(body, 'accountId', 12);
  const name = textIn(body, 'name', 2048);
  const resource = ACCOUNT.test(accountId) ? policyNamed(accountId, name) : undefined;
  if (!resource) throw new InvalidCommandError(`${name} is not a policy of account ${accountId}`);
  const document = documentIn(textIn(body, 'document', MAX_BODY));
  if (document === undefined || !fits(document)) throw new InvalidCommandError('document is not a policy document that IAM allows');
  const approvedAt = laterThan((await store.readBaseline(resource))?.approvedAt, now());
  return (await approvePolicy({ resource, document, approvedAt, approvedBy: by }, store)) ?? null;
}

/** Returns the current time, or one millisecond after an earlier record: the clock of its user can be ahead. */
const laterThan = (earlier: string | undefined, now: string): string =>
  earlier !== undefined && earlier >= now ? isoOf(millisecondsOf(earlier) + 1) : now;

/** Maximum length of a request, in characters. A policy document has at most 10,240. */
export const MAX_BODY = 32_768;
const MAX_REASON = 256;
const ACCOUNT = /^\d{12}$/;
const CONTROL = /^[A-Z0-9]+(-[A-Z0-9]+)+$/;
const ID = /^[0-9a-f]{24}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

function textIn(body: Body, name: string, max: number): string {
  const value = body[name];
  if (typeof value === 'string' && value !== '' && value.length <= max) return value;
  throw new InvalidCommandError(`${name} is missing or too long: allowed are 1 to ${max} characters`);
}

function matching(body: Body, name: string, pattern: RegExp, meaning: string): string {
  const value = body[name];
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw new InvalidCommandError(`${name} is not ${meaning}`);
}

function idIn(body: Body): string {
  const id = textIn(body, 'id', 64);
  if (ID.test(id)) return id;
  throw new RequestRefusedError(`remediation ${id} does not exist. Fix: list the IDs with csmm remediation list`);
}

const reasonIn = (body: Body): string => textIn(body, 'reason', MAX_REASON);

function timeIn(body: Body, name: string): string {
  const time = matching(body, name, TIME, 'a time in UTC with milliseconds, such as 2026-11-18T14:00:00.000Z');
  if (!Number.isNaN(millisecondsOf(time))) return time;
  throw new InvalidCommandError(`${name} is not a time`);
}

function kindIn({ kind }: Body): StopKind {
  const known = STOP_KINDS.find((each) => each === kind);
  if (known) return known;
  throw new InvalidCommandError(`kind is not one of ${STOP_KINDS.join(', ')}`);
}

const scopeIn = (body: Body): Scope => ({
  ...(body.accountId !== undefined && { accountId: matching(body, 'accountId', ACCOUNT, 'the ID of an account') }),
  ...(body.controlId !== undefined && { controlId: matching(body, 'controlId', CONTROL, 'the ID of a control') }),
});
