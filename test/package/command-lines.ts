import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Command, CommanderError } from 'commander';

/** A shell line that calls csmm, and where it is written. */
export interface CommandLine {
  /** Such as `README.md:20` or `csmm scan --help`. */
  readonly source: string;
  readonly line: string;
}

/** One call of csmm in a shell line. */
export interface Invocation {
  /** The command, such as `settings apply`; empty for csmm itself. */
  readonly command: string;
  /** Long names of the options and `<name>` of the arguments that the call uses. */
  readonly uses: readonly string[];
}

const CALLS_CSMM = /(?:^|[|&;(])\s*(?:npx\s+)?csmm(?=$|\s+[a-z-])/;
const SHELL_LANGUAGES = new Set(['', 'sh', 'bash', 'shell', 'console', 'text']);

/** The page of the command line repeats the help texts, whose examples run already. */
const HELP_PAGE = 'docs/cli.md';

/** Returns the Markdown files of the project, relative to its root. Leaves out the changelog, which records older versions. */
export function markdownFiles(root: string): string[] {
  const inside = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? inside(join(folder, entry.name)) : entry.name.endsWith('.md') ? [join(folder, entry.name)] : [],
    );
  const top = readdirSync(root).filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md');
  return [...top, ...['docs', 'examples', 'conformance'].flatMap(inside)]
    .map((path) => relative(root, join(root, path)))
    .filter((path) => path !== HELP_PAGE);
}

/** Returns the lines of all shell blocks of a Markdown text that call csmm. A trailing backslash joins two lines. */
export function documentedLines(markdown: string, file: string): CommandLine[] {
  const found: CommandLine[] = [];
  let language: string | undefined;
  let joined = '';
  for (const [index, text] of markdown.split('\n').entries()) {
    const fence = /^\s*(?:>\s*)?```(\S*)/.exec(text);
    if (fence) {
      language = language === undefined ? (fence[1] ?? '') : undefined;
      continue;
    }
    if (language === undefined || !SHELL_LANGUAGES.has(language)) continue;
    // Help texts in the documentation have their explanations after the examples.
    const line = `${joined}${text.trim().replace(/^\$ (.*?)(?: {2,}.*)?$/, '$1')}`;
    joined = line.endsWith('\\') ? line.slice(0, -1) : '';
    if (joined === '' && CALLS_CSMM.test(line)) found.push({ source: `${file}:${index + 1}`, line });
  }
  return found;
}

/** Returns the example lines of a help text, without their explanations. */
export const helpExamples = (help: string, command: string): CommandLine[] =>
  [...help.matchAll(/^ {2}\$ (.*?)(?: {2,}.*)?$/gm)]
    .map(([, line = '']) => ({ source: `${command} --help`, line }))
    .filter(({ line }) => CALLS_CSMM.test(line));

/** Returns the words of a shell line. Operators are words of their own, and quotes are removed. */
export const wordsOf = (line: string): string[] =>
  (line.match(/\s#.*$|[|&;()<>]+|(?:'[^']*'|"[^"]*"|[^\s|&;()<>'"])+/g) ?? [])
    .filter((word) => !/^\s#/.test(word))
    .map((word) => word.replaceAll(/['"]/g, ''));

/** Returns every call of csmm in a shell line, as the command line parses it. */
export function invocationsOf(line: string, makeProgram: () => Command): Invocation[] {
  const words = wordsOf(line);
  return words.flatMap((word, index) => {
    const isCall = word === 'csmm' && (index === 0 || words[index - 1] === 'npx' || /^[|&;(]/.test(words[index - 1] ?? ''));
    if (!isCall) return [];
    const rest = words.slice(index + 1);
    const end = rest.findIndex((each) => /^[|&;()<>]/.test(each));
    return [invocation(end < 0 ? rest : rest.slice(0, end), makeProgram())];
  });
}

/** Parses one call with actions that only record. Help, version and refused calls count as uses of the command that they name. */
function invocation(args: readonly string[], program: Command): Invocation {
  let parsed: Invocation | undefined;
  for (const [path, command] of commandsOf(program)) {
    if (command.commands.length > 0) continue;
    command.action(() => {
      const options = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
      const values = command.registeredArguments.filter((_, index) => command.args[index] !== undefined);
      parsed = { command: path, uses: [...options.map(({ long }) => long ?? ''), ...values.map((each) => `<${each.name()}>`)] };
    });
  }
  try {
    program.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
  }
  if (parsed) return parsed;
  const firstOption = args.findIndex((arg) => arg.startsWith('-'));
  const named = firstOption < 0 ? args : args.slice(0, firstOption);
  const path = [named.join(' '), named[0] ?? ''].find((each) => commandsOf(program).has(each)) ?? '';
  return { command: path, uses: args.filter((arg) => ['--help', '--version', 'help'].includes(arg)) };
}

/** Returns every command below `program`, and `program` itself, by path: `''`, `scan`, `settings apply`. */
export function commandsOf(program: Command, path: readonly string[] = []): Map<string, Command> {
  const below = program.commands.filter((child) => child.name() !== 'help');
  return new Map([[path.join(' '), program], ...below.flatMap((child) => [...commandsOf(child, [...path, child.name()])])]);
}

/** Returns the long names of a command's options, `--help` among them. */
const optionsOf = (command: Command): string[] => [...command.options.map(({ long }) => long ?? ''), '--help'];

/** Returns the long names of the options that the help of a command shows. */
export const shownOptionsOf = (command: Command): string[] => [
  ...command.options.filter(({ hidden }) => !hidden).map(({ long }) => long ?? ''),
  '--help',
];

/** Returns all that a user can give to csmm, as `scan --json` or `settings apply <file>`. */
export const usesOf = (program: Command): string[] =>
  [...commandsOf(program)].flatMap(([path, command]) => [
    `csmm ${path}`.trim(),
    ...[...optionsOf(command), ...command.registeredArguments.map((each) => `<${each.name()}>`)].map((use) =>
      `csmm ${path}`.trim().concat(` ${use}`),
    ),
  ]);

/** Reads the lines that call csmm of all Markdown files. */
export const linesOfDocumentation = (root: string): CommandLine[] =>
  markdownFiles(root).flatMap((file) => documentedLines(readFileSync(join(root, file), 'utf8'), file));
