import { createHash } from 'node:crypto';
import { type RemediationDeployment, remediationsAt } from '../adapters/aws/deployment.ts';
import { readOrError, UnreadableItemError } from '../core/ports.ts';
import { type Door, VERBS, type Verb } from '../core/remediation/commands/doors.ts';
import { stop } from '../core/remediation/commands/requests.ts';
import { listRollbacks, type WindowResult } from '../core/remediation/commands/window.ts';
import type { Remediation, RemediationStatus } from '../core/remediation/model/record.ts';
import type { Scope, StopKind } from '../core/remediation/model/stop.ts';
import { documentIn, fits, MAX_DOCUMENT_BYTES, type PolicyRef, policyNamed } from '../core/remediation/policy-drift/policy-document.ts';
import type { RemediationFilter } from '../core/remediation/ports.ts';
import { instantOf } from '../core/settings/instant.ts';
import { type Line, paint } from '../reporting/lines.ts';
import { plainText } from '../reporting/plain-text.ts';
import { remediationLines, remediationListLines, rollbackListLines, stopLine, switchLine } from '../reporting/remediation-lines.ts';
import { requiredControlId } from './control-ids.ts';
import { isConfirmed, type RegionOptions, regionOf, required, usingAws } from './deployment.ts';
import { EXIT, UsageError } from './exit.ts';
import { readText } from './files.ts';
import { type CliIo, canvasOf, write, writeJson } from './io.ts';
import { wrappedLines } from './text.ts';

export interface RemediationOptions extends RegionOptions {
  /** Name of the table of remediations. */
  readonly table?: string;
  /** URLs of the command function: the output Commands of the stack. */
  readonly commands?: string;
  readonly json?: boolean;
}

export interface ListOptions extends RemediationOptions {
  /** Id or slug, in any case. */
  readonly control?: string;
  readonly account?: string;
  readonly status?: readonly RemediationStatus[];
}

export interface AskOptions extends RemediationOptions {
  /** Runs without a confirmation. */
  readonly yes?: boolean;
}

interface Reasoned {
  readonly reason: string;
}

export interface ScopeOptions extends RemediationOptions {
  readonly account?: string;
  /** Id or slug, in any case. */
  readonly control?: string;
  /** Concerns rollbacks in place of fixes. */
  readonly rollbacks?: boolean;
}

export interface RollbackOptions extends Omit<ScopeOptions, 'rollbacks'> {
  /** Start and end of a time window. */
  readonly between?: readonly string[];
  /** Runs without a confirmation. With `between`, the hash of the list that the user saw. */
  readonly yes?: boolean | string;
}

export interface StopOptions extends ScopeOptions {
  /** Also cancels running executions. */
  readonly runs?: boolean;
  /** Earlier name of `runs`. */
  readonly all?: boolean;
  readonly reason?: string;
}

export interface ResumeOptions extends ScopeOptions, AskOptions {
  readonly reason?: string;
}

/** Lists remediations, newest first, after the state of the kill switch. */
export async function listRemediations({ control, account, status, ...options }: ListOptions, io: CliIo): Promise<number> {
  const { store } = open(options, io);
  const filter: RemediationFilter = {
    ...(control !== undefined && { controlId: requiredControlId(control) }),
    ...(account !== undefined && { accountId: account }),
    ...(status && { statuses: status }),
  };
  const notRead: string[] = [];
  const [read, stops, found] = await usingAws(() =>
    Promise.all([
      readOrError(() => store.readSwitch()),
      store.listStops(),
      store.listRemediations(filter, (reason) => notRead.push(reason)),
    ]),
  );
  const isReadable = !(read instanceof UnreadableItemError);
  if (!isReadable) notRead.push(`${read.message}; csmm starts nothing. Fix: run csmm remediation resume`);
  const killSwitch = isReadable ? read : undefined;
  for (const reason of notRead) await write(io.stderr, `csmm: not read: ${plainText(reason)}\n`);
  const code = notRead.length > 0 ? EXIT.unread : EXIT.ok;
  const remediations = [...found].sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
  if (options.json) return printJson({ switch: killSwitch ?? null, stops, remediations }, io, code);
  const lines = remediationListLines(remediations, canvasOf(io.stdout, io.env));
  return print([...(isReadable ? [switchLine(killSwitch)] : []), ...stops.map(stopLine), ...lines], io, code);
}

/** Shows one remediation: its decisions with reasons, its executions, and the result of the new read. */
export async function showRemediation(id: string, options: RemediationOptions, io: CliIo): Promise<number> {
  const { store } = open(options, io);
  const remediation = await usingAws(() => store.readRemediation(id));
  if (options.json) return printJson(remediation ?? null, io, remediation ? EXIT.ok : EXIT.usage);
  if (remediation) return print(remediationLines(remediation, canvasOf(io.stdout, io.env)), io);
  await write(io.stderr, `csmm: remediation ${plainText(id)} does not exist. Fix: list the IDs with csmm remediation list\n`);
  return EXIT.usage;
}

/** Approves the plan of a remediation. */
export const approveRemediation = (id: string, options: AskOptions, io: CliIo): Promise<number> =>
  ask(
    'Approve',
    id,
    (shown) => ({ verb: 'approve', id, stateHash: shown?.plan?.stateHash ?? 'none' }),
    'Every guard must pass again before it starts.',
    options,
    io,
  );

/** Rejects a remediation, so that csmm starts nothing for this failure. */
export const rejectRemediation = (id: string, options: AskOptions & Reasoned, io: CliIo): Promise<number> =>
  ask(
    'Reject',
    id,
    () => ({ verb: 'reject', id, reason: options.reason }),
    'A new failure of the resource is a new decision.',
    options,
    io,
  );

/** Exempts a resource from the remediation of a control until a time. */
export const exemptRemediation = (
  id: string,
  options: AskOptions & Partial<Reasoned> & { readonly until: string },
  io: CliIo,
): Promise<number> => {
  const until = untilOf(options.until, new Date());
  return ask(
    'Exempt',
    id,
    () => ({ verb: 'exempt', id, until, reason: options.reason ?? 'csmm remediation exempt' }),
    'To end it earlier, run csmm remediation release.',
    options,
    io,
  );
};

/** Rolls one remediation back, or everything that csmm did in a time window. */
export function rollBackRemediation(given: string | undefined, options: RollbackOptions, io: CliIo): Promise<number> {
  // The option takes a value only with --between: before an ID, the ID is not its value.
  const id = given ?? (options.between ? undefined : typeof options.yes === 'string' ? options.yes : undefined);
  if (options.between) {
    if (id !== undefined) throw new UsageError('an ID and --between do not go together. Fix: pass one of them');
    return rollBackBetween(options.between, options, io);
  }
  if (id === undefined) throw new UsageError('the remediation is missing. Fix: pass its ID, or --between with two times');
  const note = 'csmm does not remediate it again until you run csmm remediation release with its ID.';
  return ask(
    'Roll back',
    id,
    () => ({ verb: 'rollback', id }),
    note,
    { ...options, yes: options.yes !== undefined && options.yes !== false },
    io,
  );
}

async function rollBackBetween(between: readonly string[], options: RollbackOptions, io: CliIo): Promise<number> {
  const { store, now, send } = open(options, io);
  const [from, to, ...more] = between;
  if (from === undefined || to === undefined || more.length > 0) throw new UsageError('--between needs two times, such as 14:00 15:00');
  const request = { from: timeOf(from, '--between', now()), to: timeOf(to, '--between', now()), scope: scopeOf(options) };
  const list = await usingAws(() => listRollbacks(request, store, sha256));
  if (!options.json) await print(rollbackListLines(list, request, canvasOf(io.stdout, io.env)), io);
  const code = list.others.length > 0 ? EXIT.unread : EXIT.ok;
  if (list.rollbacks.length === 0) return options.json ? printJson({ ...list, requested: [] }, io, code) : code;
  const short = list.hash.slice(0, 12);
  if (typeof options.yes === 'string') {
    if (options.yes !== list.hash && options.yes !== short)
      throw new UsageError(`the list is not the one of ${plainText(options.yes)}. Fix: review it, then pass --yes ${short}`);
  } else if (options.json) {
    return printJson({ ...list, requested: [] }, io, code);
  } else if (!(await isConfirmed(`Roll back all ${list.rollbacks.length}`, io, { expected: short, option: `--yes ${short}` }))) {
    await write(io.stderr, 'csmm: canceled: nothing was changed\n');
    return EXIT.usage;
  }
  const body = { verb: 'rollback-between', from: request.from, to: request.to, ...request.scope, hash: list.hash };
  const result = (await usingAws(() => send(urlOf('operate', options, io), body))) as WindowResult;
  for (const { id, reason } of result.refused) await write(io.stderr, `csmm: not rolled back: ${plainText(id)}: ${plainText(reason)}\n`);
  const ended = result.refused.length > 0 ? EXIT.unread : code;
  if (options.json) return printJson({ ...list, ...result }, io, ended);
  const requested = `csmm rolls back ${result.requested.length} remediations, the newest first.`;
  return print(
    [...wrappedLines(requested, columnsOf(io), 1, 'bold'), ...noteLines('To hold the rest, run csmm remediation stop --rollbacks.', io)],
    io,
    ended,
  );
}

/**
 * Stops what has not started yet in a scope: fixes, or rollbacks. Writes the stop itself, so that it also works while the command function
 * is down. With `runs`, then asks the function to cancel running executions.
 */
export async function stopRemediation(options: StopOptions, io: CliIo): Promise<number> {
  const { store, callerArn, now, send } = open(options, io);
  const [kind, scope] = [kindOf(options), scopeOf(options)];
  // A caller without an identity can stop remediation too.
  const by = await callerArn().catch(() => 'an unknown caller (STS did not answer)');
  const asking = { store, by, now: () => now().toISOString() };
  const written = await usingAws(() => stop({ kind, scope }, options.reason ?? 'csmm remediation stop', asking));
  const isCancelling = options.runs || options.all;
  const answer = isCancelling
    ? ((await usingAws(() => send(urlOf('operate', options, io), { verb: 'stop-runs', kind, ...scope })).catch(failed)) as Cancelled)
    : { cancelling: [], notCancelled: [] };
  for (const reason of answer.notCancelled) await write(io.stderr, `csmm: not cancelled: ${plainText(reason)}\n`);
  const code = answer.notCancelled.length > 0 ? EXIT.unread : EXIT.ok;
  if (options.json) return printJson({ stop: written, cancelling: answer.cancelling }, io, code);
  const runs = isCancelling
    ? `csmm cancels ${answer.cancelling.length} running executions.`
    : 'Running executions continue. To cancel them too, pass --runs.';
  return print([stopLine(written), ...noteLines(runs, io)], io, code);
}

interface Cancelled {
  readonly cancelling: readonly string[];
  readonly notCancelled: readonly string[];
}

/** The stop is written already: a failure to cancel must not hide that. */
function failed(error: unknown): Cancelled {
  if (error instanceof UsageError) return { cancelling: [], notCancelled: [error.message] };
  throw error;
}

/** Releases a remediation, so that csmm decides on it again. */
export const releaseRemediation = (id: string, options: AskOptions, io: CliIo): Promise<number> =>
  ask('Release', id, () => ({ verb: 'release', id }), 'csmm decides on it again. Its earlier attempts no longer count.', options, io);

/** Removes the stop of a scope, so that runbooks can start again. With an id, releases that remediation. */
export async function resumeRemediation(id: string | undefined, options: ResumeOptions, io: CliIo): Promise<number> {
  if (id !== undefined) return releaseRemediation(id, options, io);
  const { store, send } = open(options, io);
  const [kind, scope] = [kindOf(options), scopeOf(options)];
  const body = { verb: 'resume', kind, ...scope, reason: options.reason ?? 'csmm remediation resume' };
  await usingAws(() => send(urlOf('administer', options, io), body));
  const [killSwitch, stops] = await usingAws(() => Promise.all([store.readSwitch(), store.listStops()]));
  if (options.json) return printJson({ switch: killSwitch ?? null, stops }, io);
  const note = 'csmm does not remediate earlier failures. To remediate one of them, run csmm remediation approve.';
  return print(
    [switchLine(killSwitch), ...stops.map(stopLine), ...noteLines(kind === 'starts' ? note : 'Requested rollbacks continue.', io)],
    io,
  );
}

export interface RecordPolicyOptions extends AskOptions {
  /** Id of the account that the policy is in. */
  readonly account: string;
  /** Path of the policy document. */
  readonly document: string;
}

/** Records the approved document of a policy. csmm restores it after a change outside the declared pipelines. */
export async function recordPolicy(name: string, options: RecordPolicyOptions, io: CliIo): Promise<number> {
  const resource = /^\d{12}$/.test(options.account) ? policyNamed(options.account, name) : undefined;
  if (!resource) {
    throw new UsageError(`${plainText(name)} is not a policy of account ${plainText(options.account)}. Fix: ${POLICY_NAMES}`);
  }
  const document = await documentAt(options.document);
  const { store, send } = open(options, io);
  const previous = await usingAws(() => store.readBaseline(resource));
  const summary = `Record ${options.document} as the approved document of ${describe(resource)}`;
  const before =
    previous?.document === undefined
      ? 'It has no approved document yet.'
      : `It replaces the document that ${previous.approvedBy} approved at ${previous.approvedAt}.`;
  if (!options.json) await print([...wrappedLines(summary, columnsOf(io), 1, 'bold'), ...noteLines(before, io)], io);
  if (!options.yes && !(await isConfirmed('Record', io))) {
    await write(io.stderr, 'csmm: canceled: nothing was changed\n');
    return EXIT.usage;
  }
  const body = { verb: 'record-policy', accountId: options.account, name, document };
  const recorded = await usingAws(() => send(urlOf('administer', options, io), body));
  if (options.json) return printJson(recorded, io);
  const outcome = recorded ? 'Recorded.' : 'Not recorded: another user recorded a newer document.';
  const note = 'To retry a remediation that csmm refused because of this policy, run csmm remediation resume with its ID.';
  return print([...wrappedLines(outcome, columnsOf(io), 1, 'bold'), ...noteLines(note, io)], io);
}

const POLICY_NAMES = 'pass the ARN of a customer managed policy, <role>/<policy> for an inline policy, or <role> for its trust policy';

const describe = ({ accountId, resourceType, resourceId }: PolicyRef): string => `${resourceType} ${resourceId} in ${accountId}`;

/** Returns the policy document in a file. @throws UsageError if the file cannot be read, is not a policy document, or is too long. */
async function documentAt(path: string): Promise<string> {
  const text = await readText(path);
  const document = documentIn(text);
  if (document === undefined || !('Statement' in JSON.parse(document))) {
    throw new UsageError(`${path} is not a policy document. Fix: pass a JSON object with a Statement`);
  }
  if (fits(document)) return document;
  throw new UsageError(`${path} is too long: IAM allows ${MAX_DOCUMENT_BYTES} bytes without spaces`);
}

/** Shows a remediation, asks for confirmation, and sends a request about it to the command function. */
async function ask(
  what: string,
  id: string,
  request: (shown: Remediation | undefined) => { readonly verb: Verb } & Readonly<Record<string, unknown>>,
  note: string,
  options: AskOptions,
  io: CliIo,
): Promise<number> {
  const { store, send } = open(options, io);
  const shown = await usingAws(() => store.readRemediation(id));
  if (shown && !options.json) await print(remediationLines(shown, canvasOf(io.stdout, io.env)), io);
  if (shown && !options.yes && !(await isConfirmed(what, io))) {
    await write(io.stderr, 'csmm: canceled: nothing was changed\n');
    return EXIT.usage;
  }
  const body = request(shown);
  const changed = (await usingAws(() => send(urlOf(VERBS[body.verb], options, io), body))) as Remediation;
  if (options.json) return printJson(changed, io);
  const outcome = `${plainText(String(changed.status))}  ${plainText(String(changed.reason))}`;
  return print([...wrappedLines(outcome, columnsOf(io), 1, 'bold'), ...noteLines(note, io)], io);
}

/** Returns the URL of a door of the command function. @throws UsageError if the option and the variable do not name it. */
function urlOf(door: Door, { commands }: RemediationOptions, { env }: CliIo): string {
  const given = commands ?? env.CSMM_COMMANDS;
  const found = (given ?? '').split(/\s+/).find((each) => each.startsWith(`${door}=`));
  const url = found?.slice(door.length + 1);
  if (url !== undefined && URL.canParse(url)) return url;
  throw new UsageError(
    `the URL of the command function for ${door} is missing. Fix: pass the output Commands of the stack with --commands or CSMM_COMMANDS`,
  );
}

const kindOf = ({ rollbacks }: ScopeOptions): StopKind => (rollbacks ? 'rollbacks' : 'starts');

function scopeOf({ account, control }: ScopeOptions): Scope {
  if (account !== undefined && !/^\d{12}$/.test(account)) throw new UsageError(`${plainText(account)} is not the ID of an account`);
  return { ...(account !== undefined && { accountId: account }), ...(control !== undefined && { controlId: requiredControlId(control) }) };
}

/** Returns the time after a number of days, such as `30d`, or a time. @throws UsageError for any other text. */
function untilOf(text: string, now: Date): string {
  const [, days] = /^(\d{1,3})d$/.exec(text) ?? [];
  return days === undefined ? timeOf(text, '--until', now) : new Date(now.getTime() + Number(days) * 86_400_000).toISOString();
}

/** Returns a time in UTC: RFC 3339, or a time of today. @throws UsageError for any other text. */
function timeOf(text: string, option: string, now: Date): string {
  const today = /^([01]\d|2[0-3]):[0-5]\d$/.test(text) ? `${now.toISOString().slice(0, 10)}T${text}:00Z` : text;
  try {
    return instantOf(today);
  } catch {
    throw new UsageError(
      `${plainText(text)} is not a time. Fix: pass ${option} a time such as 2026-11-18T14:00:00Z, or 14:00 for today in UTC`,
    );
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function open({ table, profile, region }: RemediationOptions, { env }: CliIo): RemediationDeployment {
  const where = regionOf(region, env);
  return remediationsAt({
    remediationsTable: required(table ?? env.CSMM_REMEDIATIONS_TABLE, '--table', 'RemediationsTableName', 'CSMM_REMEDIATIONS_TABLE'),
    ...(profile !== undefined && { profile }),
    region: where,
  });
}

const columnsOf = ({ stdout, env }: CliIo): number => canvasOf(stdout, env).columns;

const noteLines = (note: string, io: CliIo): Line[] => wrappedLines(note, columnsOf(io), 1, 'dim');

async function print(lines: readonly Line[], io: CliIo, code: number = EXIT.ok): Promise<number> {
  await write(io.stdout, paint(lines, canvasOf(io.stdout, io.env)));
  return code;
}

async function printJson(value: unknown, io: CliIo, code: number = EXIT.ok): Promise<number> {
  await writeJson(io.stdout, value);
  return code;
}
