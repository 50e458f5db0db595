import { type Command, Help, type HelpConfiguration } from 'commander';
import { wrap } from '../../reporting/plain-text.ts';
import { EXIT, EXIT_MEANINGS } from '../exit.ts';
import { type CliIo, canvasOf } from '../io.ts';

/** A command line, and what it does. */
export type Example = readonly [command: string, comment?: string];

/** The part of a help text that follows the options. */
export interface HelpText {
  readonly notes?: readonly string[];
  /** Command lines that work as they are, apart from names of your own tables and accounts. */
  readonly examples: readonly Example[];
  readonly exitCodes: readonly (keyof typeof EXIT)[];
}

/** Adds notes, examples and exit codes to the help of a command, wrapped to the terminal. */
export const withHelp = (command: Command, io: CliIo, text: HelpText): Command =>
  command.addHelpText('after', ({ error }) => helpText(text, canvasOf(error ? io.stderr : io.stdout, io.env).columns));

function helpText({ notes = [], examples, exitCodes }: HelpText, columns: number): string {
  const codes = exitCodes.map((name) => ({ code: String(EXIT[name]).padEnd(LONGEST_CODE), meaning: EXIT_MEANINGS[name] }));
  return [
    ...notes.flatMap((note) => ['', ...wrap(note, columns)]),
    '',
    'Examples:',
    ...exampleLines(examples, columns),
    '',
    'Exit codes:',
    ...codes.flatMap(({ code, meaning }) => hanging(`  ${code}  `, meaning, columns)),
  ].join('\n');
}

const LONGEST_CODE = String(EXIT.interrupted).length;

/** Comments have a column of their own if every line has room for its comment, and else a line of their own. */
function exampleLines(examples: readonly Example[], columns: number): string[] {
  const width = Math.max(...examples.flatMap(([command, comment]) => (comment === undefined ? [] : command.length)));
  const inline = examples.map(([command, comment]) =>
    comment === undefined ? `  $ ${command}` : `  $ ${command.padEnd(width)}  ${comment}`,
  );
  if (inline.every((line) => line.length <= columns)) return inline;
  return examples.flatMap(([command, comment]) => [
    ...commandLines(command, columns),
    ...(comment === undefined ? [] : hanging('      ', comment, columns)),
  ]);
}

/** Returns a long command line on several lines that a shell reads as one. A line break within quotes needs no backslash. */
function commandLines(command: string, columns: number): string[] {
  const lines = wrap(command, columns - 8);
  let read = '';
  return lines.map((line, index) => {
    read += line;
    const isQuoted = (read.match(/'/g)?.length ?? 0) % 2 === 1;
    return `${index === 0 ? '  $ ' : '      '}${line}${index === lines.length - 1 || isQuoted ? '' : ' \\'}`;
  });
}

const hanging = (head: string, text: string, columns: number): string[] =>
  wrap(text, Math.max(20, columns - head.length)).map((line, index) => (index === 0 ? head : ' '.repeat(head.length)) + line);

/** Narrowest description that is worth a column of its own. */
const MIN_DESCRIPTION = 30;

/** Help that fits a narrow terminal: a description goes below its option if it has no room next to it. */
export const NARROW_HELP: HelpConfiguration = {
  minWidthToWrap: 20,
  formatItem(term, termWidth, description, helper) {
    const width = helper.helpWidth ?? 80;
    if (width - termWidth - 4 >= MIN_DESCRIPTION) return new Help().formatItem.call(helper, term, termWidth, description, helper);
    return [...hanging('  ', term, width), ...(description === '' ? [] : hanging('      ', description, width))].join('\n');
  },
  styleUsage(usage) {
    const width = (this as Help).helpWidth ?? 80;
    return hanging('       ', usage, width).join('\n').trimStart();
  },
};
