import { type Deployment, deploymentAt } from '../adapters/aws/deployment.ts';
import { jitteredPause } from '../adapters/aws/pause.ts';
import { CATALOGUE } from '../controls/catalogue.ts';
import { collectSettings } from '../core/pipeline/collect-settings.ts';
import type { AppliedSettings } from '../core/ports.ts';
import { settingsChanges } from '../core/settings/diff.ts';
import type { SettingsDocument } from '../core/settings/document.ts';
import { exceptionsOf, isLive } from '../core/settings/exception.ts';
import { type Line, paint, type Style, span } from '../reporting/lines.ts';
import { wrap } from '../reporting/plain-text.ts';
import { isConfirmed, type RegionOptions, regionOf, required, usingAws } from './deployment.ts';
import { EXIT, UsageError } from './exit.ts';
import { type CliIo, canvasOf, isTerminal, write } from './io.ts';
import { readSettings } from './settings-option.ts';

/** Where the deployment is. */
export interface DeploymentOptions extends RegionOptions {
  /** Name of its STATE table. */
  readonly table?: string;
}

export interface ApplyOptions extends DeploymentOptions {
  /** Name of its SCORES table. */
  readonly scoresTable?: string;
  /** Applies without asking. */
  readonly yes?: boolean;
}

export interface ShowOptions extends DeploymentOptions {
  readonly json?: boolean;
}

/** Checks a settings file, and says what it declares. */
export async function validateSettings(path: string, io: CliIo): Promise<number> {
  const document = await documentFrom(path, io);
  await print([[span(` ${path}: right`)], ...declaredLines(document)], io);
  return EXIT.ok;
}

/** Shows what applying a file would change. */
export async function diffSettings(path: string, options: DeploymentOptions, io: CliIo): Promise<number> {
  const document = await documentFrom(path, io);
  const applied = await usingAws(() => open(options, io).settings.readSettings());
  await print(diffLines(applied, document, io), io);
  return EXIT.ok;
}

/** Shows the settings that are applied, since when and by whom. */
export async function showSettings(options: ShowOptions, io: CliIo): Promise<number> {
  const applied = await usingAws(() => open(options, io).settings.readSettings());
  if (options.json) {
    const { document, appliedAt, appliedBy, revision } = applied ?? {};
    const shown = applied ? { appliedAt, appliedBy, revision, document } : null;
    await write(io.stdout, `${JSON.stringify(shown, null, 2)}\n`);
    return EXIT.ok;
  }
  const lines = applied
    ? [appliedLine(applied), ...declaredLines(applied.document, applied.appliedAt), ...diffOf(undefined, applied.document, io)]
    : [NOT_APPLIED];
  await print(lines, io);
  return EXIT.ok;
}

/**
 * Applies a file to a deployment: writes it where nobody has applied another one meanwhile, and tells it to every account that
 * is known. Where that broke off, applying the same file again goes on with it.
 */
export async function applySettings(path: string, options: ApplyOptions, io: CliIo): Promise<number> {
  const document = await documentFrom(path, io);
  const scoresTable = required(options.scoresTable ?? io.env.CSMM_SCORES_TABLE, '--scores-table', 'ScoresTableName', 'CSMM_SCORES_TABLE');
  const deployment = open({ ...options, scoresTable }, io);
  const appliedBy = await usingAws(deployment.callerArn);
  const previous = await usingAws(() => deployment.settings.readSettings());
  await print(diffLines(previous, document, io), io);
  const isNew = !previous || settingsChanges(previous.document, document).length > 0;
  if (isNew && !options.yes && !(await isConfirmed('Apply', io))) {
    await write(io.stderr, 'csmm: nothing was applied\n');
    return EXIT.usage;
  }
  const applied = isNew ? await usingAws(() => writeSettings(document, appliedBy, previous, deployment)) : previous;
  return usingAws(() => tellAccounts(applied, deployment, io));
}

async function documentFrom(path: string, io: CliIo): Promise<SettingsDocument> {
  const document = await readSettings(path, io);
  if (!document) throw new UsageError('give a settings file');
  return document;
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

/** The clock of whoever applies may be behind that of whoever applied before: what is applied later is later. */
async function writeSettings(
  document: SettingsDocument,
  appliedBy: string,
  previous: AppliedSettings | undefined,
  { settings, now }: Deployment,
): Promise<AppliedSettings> {
  const at = Math.max(now().getTime(), previous ? Math.max(Date.parse(previous.appliedAt), Date.parse(previous.expiredUntil)) + 1 : 0);
  const appliedAt = new Date(at).toISOString();
  const next = { document, appliedAt, appliedBy, revision: (previous?.revision ?? 0) + 1, expiredUntil: appliedAt };
  if (await settings.applySettings(previous, next)) return next;
  throw new UsageError(
    'somebody else has applied settings meanwhile, and nothing was applied now: look at the difference, and apply again',
  );
}

/** So many accounts are told before it is looked whether the user wants to stop, and progress is shown. */
const ACCOUNTS_AT_A_TIME = 200;

async function tellAccounts({ document, appliedAt }: AppliedSettings, { state }: Deployment, io: CliIo): Promise<number> {
  const accountIds = [...(await state.listAccountStatuses()).keys()].sort();
  const isSeen = isTerminal(io.stderr, io.env);
  const stop = new AbortController();
  const forget = io.onInterrupt(() => stop.abort());
  let told = 0;
  try {
    while (told < accountIds.length && !stop.signal.aborted) {
      const some = accountIds.slice(told, told + ACCOUNTS_AT_A_TIME);
      await collectSettings(document, some, appliedAt, { store: state, rules: CATALOGUE.rules, pause: jitteredPause });
      told += some.length;
      if (isSeen) await write(io.stderr, `\r\u001b[K ${told} of ${accountIds.length} accounts`);
    }
  } finally {
    forget();
    if (isSeen) await write(io.stderr, '\r\u001b[K');
  }
  if (told < accountIds.length) {
    await write(io.stderr, `csmm: stopped after ${told} of ${accountIds.length} accounts; apply the same file again to go on\n`);
    return EXIT.interrupted;
  }
  const others = 'accounts that are evaluated later get them at the next sweep';
  await print([[span(` Applied to ${told} ${told === 1 ? 'account' : 'accounts'}`, 'bold'), span(`; ${others}`, 'dim')]], io);
  return EXIT.ok;
}

const NOT_APPLIED: Line = [span(' No settings are applied: what is not declared is not assumed', 'dim')];

const appliedLine = ({ appliedAt, appliedBy, revision }: AppliedSettings): Line => [
  span(' Applied', 'bold'),
  span(` at ${appliedAt} by ${appliedBy}`),
  span(` · revision ${revision}`, 'dim'),
];

/** How much a document declares. Exceptions are counted as they hold at a time, by default now. */
function declaredLines(document: SettingsDocument, at = new Date().toISOString()): Line[] {
  const exceptions = (document.exceptions ?? []).flatMap(exceptionsOf);
  const live = exceptions.filter((exception) => isLive(exception, at)).length;
  const keys = Object.keys(document).filter((key) => key !== 'version');
  const declared = keys.length === 0 ? 'declares nothing' : `declares ${keys.join(', ')}`;
  const held = exceptions.length === 0 ? '' : `; ${live} of ${exceptions.length} exceptions hold, counted once for each control`;
  return [[span(` ${declared}${held}`, 'dim')]];
}

function diffLines(applied: AppliedSettings | undefined, document: SettingsDocument, io: CliIo): Line[] {
  return [applied ? appliedLine(applied) : NOT_APPLIED, ...diffOf(applied?.document, document, io)];
}

const SIGNS = { added: '+', removed: '−', changed: '~' } as const;
const TONES: Readonly<Record<keyof typeof SIGNS, Style>> = { added: 'good', removed: 'bad', changed: 'accent' };

function diffOf(before: SettingsDocument | undefined, after: SettingsDocument, io: CliIo): Line[] {
  const { columns } = canvasOf(io.stdout, io.env);
  const changes = settingsChanges(before, after);
  if (changes.length === 0) return [[span(' Nothing changes', 'dim')]];
  return changes.flatMap(({ kind, key, text }) => {
    const [first = '', ...rest] = wrap(`${key}: ${text}`, columns - 6);
    return [[span(` ${SIGNS[kind]} `, TONES[kind]), span(first)], ...rest.map((line) => [span(`     ${line}`)])];
  });
}

async function print(lines: readonly Line[], io: CliIo): Promise<void> {
  await write(io.stdout, paint(lines, canvasOf(io.stdout, io.env)));
}
