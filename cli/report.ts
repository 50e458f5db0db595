import type { ControlResult, ResultDocument } from '../core/pipeline/result.ts';
import { type Canvas, type Line, paint } from '../reporting/lines.ts';
import { EXIT } from './exit.ts';
import { type ControlFilter, controlFilter, type FilterOptions } from './filter.ts';
import { type GatedCard, type GateOptions, gatesOf } from './gates.ts';
import { type CliIo, canvasOf, isTerminal, write, writeJson } from './io.ts';
import { assertNoInput, withReportFile } from './report-file.ts';

/** Options that `replay`, `scan` and `score` share. */
export interface ReportOptions extends FilterOptions, GateOptions {
  /** Prints the result as JSON. */
  readonly json?: boolean;
  /** Explains the terms of the scorecard. By default only on a terminal. */
  readonly explain?: boolean;
  /** Path of a file that gets the report instead of the standard output. */
  readonly output?: string;
  /** Prints no progress, no notes and, without `json` or `output`, no report. */
  readonly quiet?: boolean;
}

/** Files that a command reads or writes, so that the report does not overwrite one of them. */
interface OtherFiles {
  /** Returns the paths. `-` is standard input. */
  readonly inputs: () => Promise<readonly string[]>;
}

/** The report of a command: where it goes, which controls it lists, and which gates it must pass. */
export interface Report {
  /** The streams of the command; the standard output is the file of `--output`, if one is given. */
  readonly io: CliIo;
  readonly filter: ControlFilter;
  /** Whether the text explains the terms of the scorecard. */
  readonly explain: boolean;
  /** Prints a result: `document` as JSON, or else `lines` as text. */
  print(document: () => unknown, lines: (canvas: Canvas) => Line[]): Promise<void>;
  /** Evaluates the gates, and prints those that fail. Returns {@link EXIT.gate} if one fails, else `code`. */
  gate(card: GatedCard, code: number): Promise<number>;
}

/** Prepares a report and runs `work` with it. Finds mistakes in the options before the work starts. @throws UsageError */
export async function withReport(
  options: ReportOptions & OtherFiles,
  io: CliIo,
  work: (report: Report) => Promise<number>,
): Promise<number> {
  const filter = await controlFilter(options);
  const gates = await gatesOf(options);
  if (options.output !== undefined) await assertNoInput(options.output, await options.inputs());
  return withReportFile(options.output, io, (out) =>
    work({
      io: out,
      filter,
      explain: options.explain ?? isTerminal(out.stdout, out.env),
      print: async (document, lines) => {
        if (options.json) return writeJson(out.stdout, document());
        if (options.quiet && options.output === undefined) return;
        const canvas = canvasOf(out.stdout, out.env);
        await write(out.stdout, paint(lines(canvas), canvas));
      },
      gate: async (card, code) => {
        const failing = gates(card);
        for (const line of failing) await write(out.stderr, `csmm: gate failed: ${line}\n`);
        return failing.length > 0 ? EXIT.gate : code;
      },
    }),
  );
}

/** Returns a result whose `controls` objects hold only the controls that a filter chooses. Scores do not change. */
export function filtered(result: ResultDocument, { apply }: ControlFilter): ResultDocument {
  const choose = <T extends { readonly controls: Readonly<Record<string, ControlResult>> }>(card: T): T => ({
    ...card,
    controls: apply(card.controls),
  });
  const accounts = Object.entries(result.accounts).map(([id, account]) => [id, choose(account)]);
  return { ...result, organization: choose(result.organization), accounts: Object.fromEntries(accounts) };
}

/** Returns the scorecard of a result as gates read it. */
export const gatedCard = ({ organization, accounts }: ResultDocument): GatedCard => ({ ...organization, accounts });
