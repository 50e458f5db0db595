import { readFile } from 'node:fs/promises';
import { type RemediationDeployment, remediationsAt } from '../adapters/aws/deployment.ts';
import type { Remediation, RemediationStatus } from '../core/remediation/model/record.ts';
import { approve, type OperatorContext, release, rollBack, setSwitch, stopRuns } from '../core/remediation/operator-requests.ts';
import { approvePolicy } from '../core/remediation/policy-drift/drift.ts';
import { documentIn, fits, MAX_DOCUMENT_BYTES, type PolicyRef, policyNamed } from '../core/remediation/policy-drift/policy-document.ts';
import type { RemediationFilter } from '../core/remediation/ports.ts';
import { type Line, paint, span } from '../reporting/lines.ts';
import { plainText } from '../reporting/plain-text.ts';
import { remediationLines, remediationListLines, switchLine } from '../reporting/remediation-lines.ts';
import { isConfirmed, type RegionOptions, regionOf, required, usingAws } from './deployment.ts';
import { EXIT, UsageError } from './exit.ts';
import { type CliIo, canvasOf, write } from './io.ts';

export interface RemediationOptions extends RegionOptions {
  /** Name of the table of remediations. */
  readonly table?: string;
  readonly json?: boolean;
}

export interface ListOptions extends RemediationOptions {
  readonly control?: string;
  readonly account?: string;
  readonly status?: readonly RemediationStatus[];
}

export interface AskOptions extends RemediationOptions {
  /** Does it without asking. */
  readonly yes?: boolean;
}

export interface StopOptions extends RemediationOptions {
  /** Cancels what runs too. */
  readonly all?: boolean;
  readonly reason?: string;
}

/** Lists remediations, the newest first, and whether anything may start at all. */
export async function listRemediations({ control, account, status, ...options }: ListOptions, io: CliIo): Promise<number> {
  const { store } = open(options, io);
  const filter: RemediationFilter = {
    ...(control !== undefined && { controlId: control }),
    ...(account !== undefined && { accountId: account }),
    ...(status && { statuses: status }),
  };
  const [killSwitch, found] = await usingAws(() => Promise.all([store.readSwitch(), store.listRemediations(filter)]));
  const remediations = [...found].sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
  if (options.json) return printJson({ switch: killSwitch ?? null, remediations }, io);
  return print([switchLine(killSwitch), ...remediationListLines(remediations, canvasOf(io.stdout, io.env))], io);
}

/** Shows one remediation: what was decided and why, what ran, what a fresh reading said. */
export async function showRemediation(id: string, options: RemediationOptions, io: CliIo): Promise<number> {
  const { store } = open(options, io);
  const remediation = await usingAws(() => store.readRemediation(id));
  if (options.json) return printJson(remediation ?? null, io, remediation ? EXIT.ok : EXIT.usage);
  if (remediation) return print(remediationLines(remediation, canvasOf(io.stdout, io.env)), io);
  await write(io.stderr, `csmm: remediation ${id} does not exist. Fix: list the IDs with csmm remediation list\n`);
  return EXIT.usage;
}

/** Agrees to what a remediation has planned. */
export const approveRemediation = (id: string, options: AskOptions, io: CliIo): Promise<number> =>
  ask(
    'Approve',
    id,
    (_, asking, shown) => approve(id, shown?.plan?.stateHash, asking),
    'every guard is asked once more before it starts',
    options,
    io,
  );

/** Has what a remediation has done taken back. */
export const rollBackRemediation = (id: string, options: AskOptions, io: CliIo): Promise<number> =>
  ask('Roll back', id, rollBack, 'it is not put right again until csmm remediation resume names it', options, io);

/** Stops everything that has not started yet, and with `all` what runs too. */
export async function stopRemediation(options: StopOptions, io: CliIo): Promise<number> {
  const { store, callerArn, now } = open(options, io);
  // Who cannot even be named may stop it all the same.
  const by = await callerArn().catch(() => 'somebody whom STS does not name');
  const asking: OperatorContext = { store, by, now: () => now().toISOString() };
  const killSwitch = await usingAws(() => setSwitch(false, options.reason ?? 'csmm remediation stop', asking));
  const stopped = options.all ? await usingAws(() => stopRuns(asking)) : [];
  if (options.json) return printJson({ switch: killSwitch, cancelling: stopped.map(({ id }) => id) }, io);
  const runs = options.all ? `${stopped.length} executions are being cancelled` : 'what runs already goes on: --all cancels that too';
  return print([switchLine(killSwitch), [span(` ${runs}`, 'dim')]], io);
}

/** Lets runbooks start again; with an id, lets that remediation be decided on anew. */
export async function resumeRemediation(id: string | undefined, options: AskOptions, io: CliIo): Promise<number> {
  if (id !== undefined) return ask('Resume', id, release, 'it is decided on anew, and its earlier attempts no longer count', options, io);
  const asking = await askingAs(options, io);
  const current = await usingAws(() => asking.store.readSwitch());
  const killSwitch = current?.running ? current : await usingAws(() => setSwitch(true, 'csmm remediation resume', asking));
  if (options.json) return printJson({ switch: killSwitch }, io);
  return print([switchLine(killSwitch), [span(' What failed before is not made up for: csmm remediation approve does that', 'dim')]], io);
}

export interface RecordPolicyOptions extends AskOptions {
  /** Id of the account that the policy is in. */
  readonly account: string;
  /** Path of the policy document. */
  readonly document: string;
}

/** Records what a policy is to say: it comes back when anybody but a declared pipeline changes the policy. */
export async function recordPolicy(name: string, options: RecordPolicyOptions, io: CliIo): Promise<number> {
  const resource = /^\d{12}$/.test(options.account) ? policyNamed(options.account, name) : undefined;
  if (!resource) throw new UsageError(`${plainText(name)} is no policy of account ${plainText(options.account)}: ${POLICY_NAMES}`);
  const document = await documentAt(options.document);
  const { store, by, now } = await askingAs(options, io);
  const previous = await usingAws(() => store.readBaseline(resource));
  const told = `${describe(resource)} is to say what ${plainText(options.document)} says`;
  const before =
    previous?.document === undefined
      ? 'nothing was approved before'
      : `in place of what ${previous.approvedBy} has set at ${previous.approvedAt}`;
  if (!options.json) await print([[span(` ${told}`, 'bold')], [span(` ${before}`, 'dim')]], io);
  if (!options.yes && !(await isConfirmed('Record', io))) {
    await write(io.stderr, 'csmm: nothing was changed\n');
    return EXIT.usage;
  }
  const approvedAt = laterThan(previous?.approvedAt, now());
  const recorded = await usingAws(() => approvePolicy({ resource, document, approvedAt, approvedBy: by }, store));
  if (options.json) return printJson(recorded ?? null, io);
  const note = 'csmm remediation resume <id> has a remediation that was refused for it decided on anew';
  return print([[span(recorded ? ' Recorded' : ' Something newer was recorded meanwhile', 'bold'), span(`; ${note}`, 'dim')]], io);
}

const POLICY_NAMES = 'give the ARN of a customer managed policy, <role>/<policy> for an inline policy, or <role> for its trust policy';

const describe = ({ accountId, resourceType, resourceId }: PolicyRef): string => `${resourceType} ${resourceId} in ${accountId}`;

/** @throws UsageError where the file cannot be read, is no policy document, or too long. */
async function documentAt(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${plainText(path)} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const document = documentIn(text);
  if (document === undefined || !('Statement' in JSON.parse(document))) throw new UsageError(`${plainText(path)} is no policy document`);
  if (fits(document)) return document;
  throw new UsageError(`${plainText(path)} says more than ${MAX_DOCUMENT_BYTES} bytes, which IAM does not allow`);
}

/** Shows a remediation, asks whether it is meant, and does what is asked. */
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
    await write(io.stderr, 'csmm: nothing was changed\n');
    return EXIT.usage;
  }
  const changed = await usingAws(() => request(id, asking, shown));
  if (options.json) return printJson(changed, io);
  return print([[span(` ${changed.status}`, 'bold'), span(`  ${changed.reason}`), span(`; ${note}`, 'dim')]], io);
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

async function print(lines: readonly Line[], io: CliIo): Promise<number> {
  await write(io.stdout, paint(lines, canvasOf(io.stdout, io.env)));
  return EXIT.ok;
}

async function printJson(value: unknown, io: CliIo, code: number = EXIT.ok): Promise<number> {
  await write(io.stdout, `${JSON.stringify(value, null, 2)}\n`);
  return code;
}

/** The present, or the moment after what was recorded before: the clock of whoever did that may be ahead. */
const laterThan = (earlier: string | undefined, now: string): string =>
  earlier !== undefined && earlier >= now ? new Date(Date.parse(earlier) + 1).toISOString() : now;
