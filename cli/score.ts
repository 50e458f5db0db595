import { readFile } from 'node:fs/promises';
import { CONTROLS } from '../controls/index.ts';
import { withStatuses } from '../core/pipeline/result.ts';
import { combineStatuses, type ScoredControl, scoreAccount, scoreOrganization } from '../core/scoring/scorecard.ts';
import { paint } from '../reporting/lines.ts';
import { organizationTitle, scoreLines } from '../reporting/result.ts';
import { EXIT, UsageError } from './exit.ts';
import { type CliIo, canvasOf, isTerminal, write } from './io.ts';
import { JsonError, parseJson } from './json.ts';
import { readStatuses, type StatusesInput } from './statuses.ts';

export interface ScoreOptions {
  /** A path, or `-` for standard input. */
  readonly statuses: string;
  readonly json?: boolean;
  /** Explains the terms of the scorecard. By default only on a terminal. */
  readonly explain?: boolean;
}

/** Scores control statuses that are given: the pure scoring function, without evidence. */
export async function score({ statuses: path, json, explain }: ScoreOptions, io: CliIo): Promise<number> {
  const input = readInput(await readText(path, io), path);
  const card = scoreDocument(input);
  const code = card.overall === null ? EXIT.unread : EXIT.ok;
  if (json) {
    await write(io.stdout, `${JSON.stringify(card, null, 2)}\n`);
    return code;
  }
  const canvas = canvasOf(io.stdout, io.env);
  const title = input.kind === 'account' ? 'given statuses' : organizationTitle(input.accounts.size);
  const options = { ...canvas, catalogue: CONTROLS, title, nothing: NOTHING, explain: explain ?? isTerminal(io.stdout, io.env) };
  await write(io.stdout, paint(scoreLines(card, options), canvas));
  return code;
}

const NOTHING =
  'Every control is NOT_APPLICABLE, so there are no points to earn. Give at least one control the status PASSED, FAILED or NO_DATA.';

/** The controls without their rules: another tool can give the status of a control that csmm does not evaluate. */
const SCORED = CONTROLS.map(({ id, pillar, level, severity }): ScoredControl => ({ id, pillar, level, severity }));

function scoreDocument(input: StatusesInput) {
  if (input.kind === 'account') return withStatuses(SCORED, scoreAccount(SCORED, input.statuses), input.statuses);
  const members = [...input.accounts.values()];
  const accounts = [...input.accounts].map(([id, { statuses }]) => [id, withStatuses(SCORED, scoreAccount(SCORED, statuses), statuses)]);
  return {
    ...withStatuses(SCORED, scoreOrganization(SCORED, members), combineStatuses(SCORED, members)),
    accounts: Object.fromEntries(accounts),
  };
}

function readInput(text: string, path: string): StatusesInput {
  try {
    return readStatuses(
      parseJson(text),
      CONTROLS.map(({ id }) => id),
    );
  } catch (cause) {
    if (cause instanceof JsonError) throw new UsageError(`${nameOf(path)} is not valid JSON: ${cause.message}`);
    if (cause instanceof UsageError) throw new UsageError(cause.problems.map((problem) => `${nameOf(path)}: ${problem}`));
    throw cause;
  }
}

async function readText(path: string, io: CliIo): Promise<string> {
  if (path === '-') {
    const chunks: Uint8Array[] = [];
    for await (const chunk of io.stdin) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    return Buffer.concat(chunks).toString('utf8');
  }
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`cannot open ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

const nameOf = (path: string): string => (path === '-' ? '(stdin)' : path);
