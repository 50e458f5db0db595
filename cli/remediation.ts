import { type RemediationDeployment, remediationsAt } from '../adapters/aws/deployment.ts';
import { millisecondsOf } from '../core/instant.ts';
import { readOrError, UnreadableItemError } from '../core/ports.ts';
import { approve, type OperatorContext, release, rollBack, setSwitch, stopRuns } from '../core/remediation/commands/requests.ts';
import type { Remediation, RemediationStatus } from '../core/remediation/model/record.ts';
import { approvePolicy } from '../core/remediation/policy-drift/drift.ts';
import { documentIn, fits, MAX_DOCUMENT_BYTES, type PolicyRef, policyNamed } from '../core/remediation/policy-drift/policy-document.ts';
import type { RemediationFilter } from '../core/remediation/ports.ts';
import { type Line, paint } from '../reporting/lines.ts';
import { plainText } from '../reporting/plain-text.ts';
import { remediationLines, remediationListLines, switchLine } from '../reporting/remediation-lines.ts';
import { requiredControlId } from './control-ids.ts';
import { isConfirmed, type RegionOptions, regionOf, required, usingAws } from './deployment.ts';
import { EXIT, UsageError } from './exit.ts';
import { readText } from './files.ts';
import { type CliIo, canvasOf, write, writeJson } from './io.ts';
import { wrappedLines } from './text.ts';

export interface RemediationOptions extends RegionOptions {
  /** Name of the table of remediations. */
  readonly table?: string;
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

export interface StopOptions extends RemediationOptions {
  /** Also cancels running executions. */
  readonly all?: boolean;
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
  const [read, found] = await usingAws(() =>
    Promise.all([readOrError(() => store.readSwitch()), store.listRemediations(filter, (reason) => notRead.push(reason))]),
  );
  const isReadable = !(read instanceof UnreadableItemError);
  if (!isReadable) notRead.push(`${read.message}; csmm starts nothing. Fix: run csmm remediation stop, or resume`);
  const killSwitch = isReadable ? read : undefined;
  for (const reason of notRead) await write(io.stderr, `csmm: not read: ${plainText(reason)}\n`);
  const code = notRead.length > 0 ? EXIT.unread : EXIT.ok;
  const remediations = [...found].sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
  if (options.json) return printJson({ switch: killSwitch ?? null, remediations }, io, code);
  const lines = remediationListLines(remediations, canvasOf(io.stdout, io.env));
  return print([...(isReadable ? [switchLine(killSwitch)] : []), ...lines], io, code);
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
    (_, asking, shown) => approve(id, shown?.plan?.stateHash, asking),
    'Every guard must pass again before it starts.',
    options,
    io,
  );

/** Rolls a remediation back. */
export const rollBackRemediation = (id: string, options: AskOptions, io: CliIo): Promise<number> =>
  ask('Roll back', id, rollBack, 'csmm does not remediate it again until you run csmm remediation resume with its ID.', options, io);

/** Stops everything that has not started yet. With `all`, also cancels running executions. */
export async function stopRemediation(options: StopOptions, io: CliIo): Promise<number> {
  const { store, callerArn, now } = open(options, io);
  // A caller without an identity can stop remediation too.
  const by = await callerArn().catch(() => 'an unknown caller (STS did not answer)');
  const asking: OperatorContext = { store, by, now: () => now().toISOString() };
  const killSwitch = await usingAws(() => setSwitch(false, options.reason ?? 'csmm remediation stop', asking));
  const notRead: string[] = [];
  const stopped = options.all ? await usingAws(() => stopRuns(asking, (reason) => notRead.push(reason))) : [];
  for (const reason of notRead) await write(io.stderr, `csmm: not cancelled: ${plainText(reason)}\n`);
  const code = notRead.length > 0 ? EXIT.unread : EXIT.ok;
  if (options.json) return printJson({ switch: killSwitch, cancelling: stopped.map(({ id }) => id) }, io, code);
  const runs = options.all
    ? `csmm cancels ${stopped.length} running executions.`
    : 'Running executions continue. To cancel them too, pass --all.';
  return print([switchLine(killSwitch), ...noteLines(runs, io)], io, code);
}

/** Allows runbooks to start again. With an id, releases that remediation, so that csmm decides on it again. */
export async function resumeRemediation(id: string | undefined, options: AskOptions, io: CliIo): Promise<number> {
  if (id !== undefined) return ask('Resume', id, release, 'csmm decides on it again. Its earlier attempts no longer count.', options, io);
  const asking = await askingAs(options, io);
  const current = await usingAws(() => readOrError(() => asking.store.readSwitch()));
  const killSwitch =
    current && !(current instanceof UnreadableItemError) && current.running
      ? current
      : await usingAws(() => setSwitch(true, 'csmm remediation resume', asking));
  if (options.json) return printJson({ switch: killSwitch }, io);
  const note = 'csmm does not remediate earlier failures. To remediate one of them, run csmm remediation approve.';
  return print([switchLine(killSwitch), ...noteLines(note, io)], io);
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
  const { store, by, now } = await askingAs(options, io);
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
  const approvedAt = laterThan(previous?.approvedAt, now());
  const recorded = await usingAws(() => approvePolicy({ resource, document, approvedAt, approvedBy: by }, store));
  if (options.json) return printJson(recorded ?? null, io);
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

/** Shows a remediation, asks for confirmation, and runs a request on it. */
async function ask(
  what: string,
  id: string,
  request: (id: string, asking: OperatorContext, shown: Remediation | undefined) => Promise<Remediation>,
  note: string,
  options: AskOptions,
  io: CliIo,
): Promise<number> {
  const asking = await askingAs(options, io);
  const shown = await usingAws(() => asking.store.readRemediation(id));
  if (shown && !options.json) await print(remediationLines(shown, canvasOf(io.stdout, io.env)), io);
  if (shown && !options.yes && !(await isConfirmed(what, io))) {
    await write(io.stderr, 'csmm: canceled: nothing was changed\n');
    return EXIT.usage;
  }
  const changed = await usingAws(() => request(id, asking, shown));
  if (options.json) return printJson(changed, io);
  return print([...wrappedLines(`${changed.status}  ${changed.reason}`, columnsOf(io), 1, 'bold'), ...noteLines(note, io)], io);
}

function open({ table, profile, region }: RemediationOptions, { env }: CliIo): RemediationDeployment {
  const where = regionOf(region, env);
  return remediationsAt({
    remediationsTable: required(table ?? env.CSMM_REMEDIATIONS_TABLE, '--table', 'RemediationsTableName', 'CSMM_REMEDIATIONS_TABLE'),
    ...(profile !== undefined && { profile }),
    region: where,
  });
}

async function askingAs(options: RemediationOptions, io: CliIo): Promise<OperatorContext> {
  const { store, callerArn, now } = open(options, io);
  return { store, by: await usingAws(callerArn), now: () => now().toISOString() };
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

/** Returns the current time, or one millisecond after an earlier record: the clock of its user can be ahead. */
const laterThan = (earlier: string | undefined, now: string): string =>
  earlier !== undefined && earlier >= now ? new Date(millisecondsOf(earlier) + 1).toISOString() : now;
