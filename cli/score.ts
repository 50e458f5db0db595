import { readFile } from 'node:fs/promises';
import { CONTROLS } from '../controls/index.ts';
import { withStatuses } from '../core/pipeline/result.ts';
import { combineStatuses, scoreAccount, scoreOrganization } from '../core/scoring/scorecard.ts';
import { paint } from '../reporting/lines.ts';
import { organizationTitle, scoreLines } from '../reporting/result.ts';
import { EXIT, UsageError } from './exit.ts';
import { type CliIo, canvasOf, write } from './io.ts';
import { JsonError, parseJson } from './json.ts';
import { readStatuses, type StatusesInput } from './statuses.ts';

export interface ScoreOptions {
  /** A path, or `-` for standard input. */
  readonly statuses: string;
  readonly json?: boolean;
}

/** Scores control statuses that are given: the pure scoring function, without evidence. */
export async function score({ statuses: path, json }: ScoreOptions, io: CliIo): Promise<number> {
  const input = readInput(await readText(path, io), path);
  if (json) {
    await write(io.stdout, `${JSON.stringify(scoreDocument(input), null, 2)}\n`);
    return EXIT.ok;
  }
  const canvas = canvasOf(io.stdout, io.env);
  const title = input.kind === 'account' ? 'given statuses' : organizationTitle(input.accounts.size);
  await write(io.stdout, paint(scoreLines(scoreDocument(input), { ...canvas, title }), canvas));
  return EXIT.ok;
}

function scoreDocument(input: StatusesInput) {
  if (input.kind === 'account') return withStatuses(CONTROLS, scoreAccount(CONTROLS, input.statuses), input.statuses);
  const members = [...input.accounts.values()];
  const accounts = [...input.accounts].map(([id, { statuses }]) => [
    id,
    withStatuses(CONTROLS, scoreAccount(CONTROLS, statuses), statuses),
  ]);
  return {
    ...withStatuses(CONTROLS, scoreOrganization(CONTROLS, members), combineStatuses(CONTROLS, members)),
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
