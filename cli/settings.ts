import { type Deployment, deploymentAt } from '../adapters/aws/deployment.ts';
import { jitteredPause } from '../adapters/aws/pause.ts';
import { CATALOGUE } from '../controls/catalogue.ts';
import { millisecondsOf } from '../core/instant.ts';
import { collectSettings } from '../core/pipeline/collect-settings.ts';
import { type AppliedSettings, readOrError, UnreadableItemError } from '../core/ports.ts';
import { settingsChanges } from '../core/settings/diff.ts';
import type { SettingsDocument } from '../core/settings/document.ts';
import { exceptionsOf, isLive } from '../core/settings/exception.ts';
import { type Line, paint, type Style, span } from '../reporting/lines.ts';
import { plainText, wrap } from '../reporting/plain-text.ts';
import { isConfirmed, type RegionOptions, regionOf, required, usingAws } from './deployment.ts';
import { EXIT, UsageError } from './exit.ts';
import { type CliIo, canvasOf, isTerminal, write, writeJson } from './io.ts';
import { readAndWarn } from './settings-option.ts';
import { wrappedLines } from './text.ts';

/** The place of a deployment. */
export interface DeploymentOptions extends RegionOptions {
  /** Name of its STATE table. */
  readonly table?: string;
}

export interface ApplyOptions extends DeploymentOptions {
  /** Name of its SCORES table. */
  readonly scoresTable?: string;
  /** Applies without a confirmation. */
  readonly yes?: boolean;
}

export interface ShowOptions extends DeploymentOptions {
  readonly json?: boolean;
}

/** Checks a settings file, and summarizes it. */
export async function validateSettings(path: string, io: CliIo): Promise<number> {
  const document = await readAndWarn(path, io);
  await print([...wrappedLines(`${path}: valid`, columnsOf(io)), ...declaredLines(document, io)], io);
  return EXIT.ok;
}

/** Shows the changes that a file would make. */
export async function diffSettings(path: string, options: DeploymentOptions, io: CliIo): Promise<number> {
  const document = await readAndWarn(path, io);
  const applied = await usingAws(() => open(options, io).settings.readSettings());
  await print(diffLines(applied, document, io), io);
  return EXIT.ok;
}

/** Shows the applied settings, with their time and user. */
export async function showSettings(options: ShowOptions, io: CliIo): Promise<number> {
  const applied = await usingAws(() => open(options, io).settings.readSettings());
  if (options.json) {
    const { document, appliedAt, appliedBy, revision } = applied ?? {};
    const shown = applied ? { appliedAt, appliedBy, revision, document } : null;
    await writeJson(io.stdout, shown);
    return EXIT.ok;
  }
  const lines = applied
    ? [...appliedLines(applied, io), ...declaredLines(applied.document, io, applied.appliedAt), ...diffOf(undefined, applied.document, io)]
    : notAppliedLines(io);
  await print(lines, io);
  return EXIT.ok;
}

/**
 * Applies a file to a deployment: writes it unless another user applied a newer revision, and distributes it to all known
 * accounts. To continue an interrupted run, apply the same file again.
 */
export async function applySettings(path: string, options: ApplyOptions, io: CliIo): Promise<number> {
  const document = await readAndWarn(path, io);
  const scoresTable = required(options.scoresTable ?? io.env.CSMM_SCORES_TABLE, '--scores-table', 'ScoresTableName', 'CSMM_SCORES_TABLE');
  const deployment = open({ ...options, scoresTable }, io);
  const appliedBy = await usingAws(deployment.callerArn);
  const stored = await usingAws(() => readOrError(() => deployment.settings.readSettings()));
  const previous = stored instanceof UnreadableItemError ? undefined : stored;
  if (previous !== stored) await write(io.stderr, 'csmm: the stored settings cannot be read, and are replaced\n');
  await print(diffLines(previous, document, io), io);
  const isNew = !previous || settingsChanges(previous.document, document).length > 0;
  if (isNew && !options.yes && !(await isConfirmed('Apply', io))) {
    await write(io.stderr, 'csmm: canceled: nothing was applied\n');
    return EXIT.usage;
  }
  const applied = isNew ? await usingAws(() => writeSettings(document, appliedBy, stored, deployment)) : previous;
  return usingAws(() => distribute(applied, deployment, io));
}

function open({ table, profile, region, scoresTable }: ApplyOptions, { env }: CliIo): Deployment {
  const where = regionOf(region, env);
  return deploymentAt({
    stateTable: required(table ?? env.CSMM_STATE_TABLE, '--table', 'StateTableName', 'CSMM_STATE_TABLE'),
    ...(scoresTable !== undefined && { scoresTable }),
    ...(profile !== undefined && { profile }),
    region: where,
  });
}

/** Writes a new revision. Its time is later than that of the previous one, also if the clock of this computer is slow. */
async function writeSettings(
  document: SettingsDocument,
  appliedBy: string,
  stored: AppliedSettings | UnreadableItemError | undefined,
  { settings, now }: Deployment,
): Promise<AppliedSettings> {
  const previous = stored instanceof UnreadableItemError ? undefined : stored;
  const at = Math.max(
    now().getTime(),
    previous ? Math.max(millisecondsOf(previous.appliedAt), millisecondsOf(previous.expiredUntil)) + 1 : 0,
  );
  const appliedAt = new Date(at).toISOString();
  const next = { document, appliedAt, appliedBy, revision: Math.floor(stored?.revision ?? 0) + 1, expiredUntil: appliedAt };
  if (await settings.applySettings(stored, next)) return next;
  throw new UsageError('settings not applied: another user applied a newer revision. Fix: run csmm settings diff, then apply again');
}

/** Number of accounts between two progress updates, and between two checks for Ctrl-C. */
const ACCOUNTS_AT_A_TIME = 200;

async function distribute({ document, appliedAt }: AppliedSettings, { state }: Deployment, io: CliIo): Promise<number> {
  const accountIds = [...(await state.listAccountStatuses()).keys()].sort();
  const isSeen = isTerminal(io.stderr, io.env);
  const stop = new AbortController();
  const forget = io.onInterrupt(() => stop.abort());
  let done = 0;
  try {
    while (done < accountIds.length && !stop.signal.aborted) {
      const some = accountIds.slice(done, done + ACCOUNTS_AT_A_TIME);
      await collectSettings(document, some, appliedAt, { store: state, rules: CATALOGUE.rules, pause: jitteredPause });
      done += some.length;
      if (isSeen) await write(io.stderr, `\r\u001b[K ${done} of ${accountIds.length} accounts`);
    }
  } finally {
    forget();
    if (isSeen) await write(io.stderr, '\r\u001b[K');
  }
  if (done < accountIds.length) {
    await write(io.stderr, `csmm: stopped after ${done} of ${accountIds.length} accounts. To continue, apply the same file again\n`);
    return EXIT.interrupted;
  }
  const others = 'New accounts get the settings with the next sweep.';
  await print(wrappedLines(`Applied to ${done} ${done === 1 ? 'account' : 'accounts'}. ${others}`, columnsOf(io), 1, 'bold'), io);
  return EXIT.ok;
}

const columnsOf = ({ stdout, env }: CliIo): number => canvasOf(stdout, env).columns;

const notAppliedLines = (io: CliIo): Line[] =>
  wrappedLines('No settings are applied. csmm assumes nothing that is not declared.', columnsOf(io), 1, 'dim');

const appliedLines = ({ appliedAt, appliedBy, revision }: AppliedSettings, io: CliIo): Line[] =>
  wrappedLines(`Applied at ${appliedAt} by ${appliedBy} · revision ${revision}`, columnsOf(io));

/** Returns a summary of a document. Counts the exceptions that are valid at a time, by default now. */
function declaredLines(document: SettingsDocument, io: CliIo, at = new Date().toISOString()): Line[] {
  const exceptions = (document.exceptions ?? []).flatMap(exceptionsOf);
  const live = exceptions.filter((exception) => isLive(exception, at)).length;
  const keys = Object.keys(document).filter((key) => key !== 'version');
  const declared = keys.length === 0 ? 'declares nothing' : `declares ${keys.join(', ')}`;
  const held = exceptions.length === 0 ? '' : `; ${live} of ${exceptions.length} exceptions are valid (each control counts once)`;
  return wrappedLines(`${declared}${held}`, columnsOf(io), 1, 'dim');
}

function diffLines(applied: AppliedSettings | undefined, document: SettingsDocument, io: CliIo): Line[] {
  return [...(applied ? appliedLines(applied, io) : notAppliedLines(io)), ...diffOf(applied?.document, document, io)];
}

const SIGNS = { added: '+', removed: '−', changed: '~' } as const;
const TONES: Readonly<Record<keyof typeof SIGNS, Style>> = { added: 'good', removed: 'bad', changed: 'accent' };

function diffOf(before: SettingsDocument | undefined, after: SettingsDocument, io: CliIo): Line[] {
  const columns = columnsOf(io);
  const changes = settingsChanges(before, after);
  if (changes.length === 0) return [[span(' No changes', 'dim')]];
  return changes.flatMap(({ kind, key, text }) => {
    const [first = '', ...rest] = wrap(plainText(`${key}: ${text}`), columns - 6);
    return [[span(` ${SIGNS[kind]} `, TONES[kind]), span(first)], ...rest.map((line) => [span(`     ${line}`)])];
  });
}

async function print(lines: readonly Line[], io: CliIo): Promise<void> {
  await write(io.stdout, paint(lines, canvasOf(io.stdout, io.env)));
}
