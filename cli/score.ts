import { CONTROLS } from '../controls/index.ts';
import { CATALOGUE_VERSION } from '../controls/version.ts';
import { withStatuses } from '../core/pipeline/result.ts';
import { combineStatuses, type ScoredControl, scoreAccount, scoreOrganization } from '../core/scoring/scorecard.ts';
import { plainText } from '../reporting/plain-text.ts';
import { organizationTitle, scoreLines } from '../reporting/result.ts';
import { EXIT, UsageError } from './exit.ts';
import { InputError, readText, tooLarge } from './files.ts';
import type { ControlFilter } from './filter.ts';
import { foreignToScore } from './foreign.ts';
import { type CliIo, write } from './io.ts';
import { JsonError, parseJson } from './json.ts';
import { type Report, type ReportOptions, withReport } from './report.ts';
import { readStatuses, type StatusesInput } from './statuses.ts';

export interface ScoreOptions extends ReportOptions {
  /** A path, or `-` for standard input. */
  readonly statuses: string;
}

/** Scores given control statuses: the pure scoring function, without evidence. */
export const score = (options: ScoreOptions, io: CliIo): Promise<number> =>
  withReport({ ...options, inputs: async () => [options.statuses] }, io, (report) => scoreInto(report, options));

async function scoreInto({ io, filter, explain, print, gate }: Report, { statuses: path, quiet }: ScoreOptions): Promise<number> {
  const input = readInput(await readStatusesText(path, io), path);
  for (const note of quiet ? input.unused : [...input.notes, ...input.unused]) await write(io.stderr, `csmm: ${plainText(note)}\n`);
  const document = scoreDocument(input);
  const title = input.kind === 'account' ? 'given statuses' : organizationTitle(input.accounts.size);
  await print(
    () => filteredDocument(document, filter),
    (canvas) => [
      ...scoreLines(document, { ...canvas, catalogue: CONTROLS, title, nothing: NOTHING, explain }),
      ...filter.lines(document.controls, canvas.columns),
    ],
  );
  return gate(document, document.overall === null || input.unused.length > 0 ? EXIT.unread : EXIT.ok);
}

const NOTHING =
  'Every control is NOT_APPLICABLE, so there are no points to earn. Give at least one control the status PASSED, FAILED or NO_DATA.';

/** The controls without their rules: another tool can give the status of a control that csmm does not evaluate. */
const SCORED = CONTROLS.map(({ id, pillar, level, severity }): ScoredControl => ({ id, pillar, level, severity }));

function scoreDocument(input: StatusesInput) {
  if (input.kind === 'account') return withStatuses(SCORED, scoreAccount(SCORED, input.statuses), input.statuses);
  const members = [...input.accounts.values()];
  const accounts = [...input.accounts].map(
    ([id, { statuses }]) => [id, withStatuses(SCORED, scoreAccount(SCORED, statuses), statuses)] as const,
  );
  return {
    ...withStatuses(SCORED, scoreOrganization(SCORED, members), combineStatuses(SCORED, members)),
    accounts: Object.fromEntries(accounts),
  };
}

/** Returns the document with only the controls that a filter chooses, in the organization and in each account. */
function filteredDocument(document: ReturnType<typeof scoreDocument>, { apply }: ControlFilter): object {
  const chosen = { catalogueVersion: CATALOGUE_VERSION, ...document, controls: apply(document.controls) };
  if (!('accounts' in document)) return chosen;
  const accounts = Object.entries(document.accounts).map(([id, account]) => [id, { ...account, controls: apply(account.controls) }]);
  return { ...chosen, accounts: Object.fromEntries(accounts) };
}

function readInput(text: string, path: string): StatusesInput {
  try {
    const document = parseJson(text);
    const foreign = foreignToScore(document);
    if (foreign !== undefined) throw new UsageError(foreign);
    return readStatuses(document);
  } catch (cause) {
    if (cause instanceof JsonError) throw new UsageError(`${nameOf(path)} is not valid JSON: ${cause.message}`);
    if (cause instanceof UsageError) throw new UsageError(cause.problems.map((problem) => `${nameOf(path)}: ${problem}`));
    throw cause;
  }
}

/** Maximum size of the statuses, in bytes. 1,000 accounts with all controls have 3 million. */
const MAX_BYTES = 50_000_000;

async function readStatusesText(path: string, io: CliIo): Promise<string> {
  if (path !== '-') return readText(path, '', MAX_BYTES);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of io.stdin) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    size += bytes.length;
    if (size > MAX_BYTES) throw new InputError(`cannot read ${nameOf(path)}: ${tooLarge(MAX_BYTES)}`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const nameOf = (path: string): string => (path === '-' ? '(stdin)' : path);
