import { type Command, InvalidArgumentError, Option } from 'commander';
import { LEVELS, type Level, PILLARS, SEVERITIES, STATUSES } from '../../core/model.ts';

/** Options and values that several commands share. */

/** Conditions of `--fail-on`. */
export const GATE_CONDITIONS = ['critical', 'level-lost'] as const;
export type GateCondition = (typeof GATE_CONDITIONS)[number];

/** Returns a parser of comma-separated words, in any case, that an option may repeat. */
export function wordsOf<T extends string>(allowed: readonly T[]): (value: string, previous?: readonly T[]) => readonly T[] {
  return (value, previous = []) => [
    ...previous,
    ...partsOf(value).map((part) => {
      const found = allowed.find((word) => comparable(word) === comparable(part));
      if (found === undefined) throw new InvalidArgumentError(`Allowed choices are ${allowed.join(', ')}.`);
      return found;
    }),
  ];
}

const comparable = (word: string): string => word.toUpperCase().replaceAll(/[\s_-]+/g, '-');

/** Returns the comma-separated names of an option that may be repeated. */
const namesOf = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, ...partsOf(value)];

function partsOf(value: string): string[] {
  const parts = value.split(',').map((part) => part.trim());
  if (parts.includes('')) throw new InvalidArgumentError('Give one or more values, separated by commas.');
  return parts;
}

export function parseLevel(value: string): Level {
  const level = LEVELS.find((candidate) => String(candidate) === value);
  if (level === undefined) throw new InvalidArgumentError('Allowed choices are 1, 2, 3, 4, 5.');
  return level;
}

export function parseSpeed(value: string): number {
  if (value === 'max') return Number.POSITIVE_INFINITY;
  const speed = Number(value);
  if (!Number.isFinite(speed) || speed <= 0 || value.trim() === '') {
    throw new InvalidArgumentError('Allowed are numbers greater than 0, and max.');
  }
  return speed;
}

function parseScore(value: string): number {
  const score = Number(value);
  if (value.trim() === '' || !(score >= 0 && score <= 100)) throw new InvalidArgumentError('Give a number from 0 to 100.');
  return score;
}

function parseConcurrency(value: string): number {
  const calls = Number(value);
  if (!Number.isInteger(calls) || calls < 1 || calls > 200) throw new InvalidArgumentError('Give a whole number from 1 to 200.');
  return calls;
}

/** Adds the options for a settings file. */
export const withSettings = (command: Command): Command =>
  command
    .option('--settings <file>', 'settings file (default: csmm.yaml in the working folder, if it exists)')
    .option('--no-settings', 'ignore the csmm.yaml in the working folder');

/** Adds the options for the accounts that a scan reads. */
export const withScope = (command: Command): Command =>
  command
    .option('--profile <name>', 'AWS profile (default: the default credential chain)')
    .option('--regions <names>', 'Regions to scan, comma-separated (default: all enabled Regions)')
    .option('--accounts <ids>', 'other accounts to scan, comma-separated; requires --role-name')
    .option('--organization', 'scan all active accounts of the organization; requires --role-name')
    .option('--role-name <name>', 'IAM role to assume in each of the other accounts')
    .option('--external-id <id>', 'external ID for --role-name')
    .addOption(
      new Option('--concurrency <calls>', 'maximum number of parallel API calls, 1 to 200').default(24).argParser(parseConcurrency),
    );

/** Adds the options for the deployment that a command reads or changes. */
export const withDeployment = (command: Command, table: string): Command =>
  command
    .option('--table <name>', table)
    .option('--profile <name>', 'AWS profile (default: the default credential chain)')
    .option('--region <name>', 'Region of the deployment (default: AWS_REGION)');

/** Adds the options for the controls that a list shows. */
export const withControlFilters = (command: Command): Command =>
  command
    .addOption(new Option('--severity <names>', `list only these severities: ${SEVERITIES.join(', ')}`).argParser(wordsOf(SEVERITIES)))
    .addOption(new Option('--pillar <names>', `list only these pillars: ${PILLARS.join(', ')}`).argParser(wordsOf(PILLARS)));

/** Adds the options for the report of a score: its form, its filters and its gates. */
export function withReport(command: Command): Command {
  command
    .optionsGroup('Report:')
    .option('--json', 'print the full result as JSON (default: a text report)')
    .option('--explain', 'explain each term of the scorecard in one line (default: only on a terminal)')
    .option('--output <file>', 'write the report to a file; replaces the file only with a complete report')
    .option('--quiet', 'print errors only: no progress, no notes, and no text report without --output')
    .optionsGroup('Filters:')
    .addOption(new Option('--status <names>', `list only these statuses: ${STATUSES.join(', ')}`).argParser(wordsOf(STATUSES)));
  return withControlFilters(command)
    .addOption(new Option('--control <ids>', 'list only these controls, by ID or slug').argParser(namesOf))
    .optionsGroup('Gates:')
    .addOption(new Option('--fail-under <score>', 'exit with 4 if the overall score is lower, 0 to 100').argParser(parseScore))
    .addOption(
      new Option('--fail-on <names>', `exit with 4 on these conditions: ${GATE_CONDITIONS.join(', ')}`).argParser(wordsOf(GATE_CONDITIONS)),
    )
    .option('--baseline <file>', 'earlier result (from --json) that level-lost compares with')
    .optionsGroup('Options:');
}

/** Notes on the options of {@link withReport}. */
export const REPORT_NOTES: readonly string[] = [
  'Filters and conditions: separate several values by commas, or repeat the option. Upper and lower case are the same. Filters choose the controls that the text and the "controls" objects of the JSON list. They never change the score or a gate.',
  'Condition critical: a critical control has the status FAILED in at least one account.',
  'Condition level-lost: the level of the organization, or of an account in both results, is lower than in --baseline. Without --baseline: the strict level is lower than the level, because a critical control fails.',
  'A baseline of another version of the catalogue does not compare: the command exits with 2 before it reads any input.',
  'If there is nothing to score, --fail-under fails. So does level-lost if the baseline has a level.',
];
