import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { READERS } from '../../adapters/aws/readers/index.ts';
import { CONTROLS } from '../../controls/index.ts';
import { REMEDIES } from '../../controls/remedies.ts';
import { isEvaluated } from '../../core/control.ts';
import { LEVELS, PILLARS } from '../../core/model.ts';
import { GUARD_NAMES } from '../../core/remediation/decide/decision.ts';
import { DEFAULT_BUDGET } from '../../core/remediation/decide/rules.ts';
import { scoreAccount } from '../../core/scoring/scorecard.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/**
 * Pages that state figures about the product. The generated pages are derived already, decisions are records of their time, and
 * benchmarks are measurements.
 */
const DERIVED_OR_DATED = /^docs\/(controls\/|adr\/|cli\.md|permissions\.md|benchmarks\.md)/;
const PAGES = [
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'conformance/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`)
    .filter((file) => !DERIVED_OR_DATED.test(file)),
];

/** Returns the prose of a page on one line. A changelog speaks of the product of today only under "Unreleased". */
const proseOf = (page: string): string =>
  (page === 'CHANGELOG.md' ? (read(page).split(/^## \[/m)[1] ?? '') : read(page))
    .replaceAll(/^ *```[\s\S]*?^ *```/gm, '')
    .replaceAll(/\*\*/g, '')
    .replaceAll(/\s+/g, ' ');

/** Number of resources in the templates, as docs/permissions.md lists them. generated.test.ts compares that page with the templates. */
const deployed = (stack: string, resources: string): string[] => {
  const row = read('docs/permissions.md').match(new RegExp(`^\\| ${stack} \\| ${resources} \\| (\\d+) \\| (.*) \\|$`, 'm'));
  if (!row) throw new Error(`docs/permissions.md has no row for the ${resources} of ${stack}`);
  return (row[2] ?? '').split(', ').map((name) => name.replaceAll('`', ''));
};
const count = (stack: string, resources: string): number => deployed(stack, resources).length;

const evaluated = CONTROLS.filter(isEvaluated);
const total = CONTROLS.length;
const best = scoreAccount(CONTROLS, new Map(evaluated.map(({ id }) => [id, 'PASSED'] as const))).overall!;
const firstLevels = evaluated.filter(({ level }) => level <= 2);
const withRunbook = firstLevels.filter(({ id }) => REMEDIES[id]).length;
const steps = readdirSync(join(root, 'runbooks')).map(
  (file) => (parse(read(`runbooks/${file}`)) as { mainSteps: unknown[] }).mainSteps.length,
);
const week = read('examples/week.ndjson').trim().split('\n');
const weekAccounts = new Set(
  read('examples/week.ndjson')
    .match(/"(?:account|accountId|awsAccountId)":"(\d{12})"/g)
    ?.map((pair) => pair.slice(-13, -1)),
);

const WORDS =
  'two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'.split(
    ' ',
  );
const NUMBER = `\\d[\\d,]*(?:\\.\\d+)?|${WORDS.join('|')}`;
const toNumber = (text: string): number =>
  WORDS.includes(text.toLowerCase()) ? WORDS.indexOf(text.toLowerCase()) + 2 : Number(text.replaceAll(',', ''));

/**
 * A statement as a regular expression in which `#` is a number, and the values of its numbers. `undefined`: a goal, an example, or a
 * limit that another test checks.
 */
type Row = readonly [statement: string, ...values: (number | undefined)[]];

const ROWS: readonly Row[] = [
  // The catalogue.
  ['# evaluated, # in the model', evaluated.length, total],
  ['evaluates # of # controls: all of levels # and #', evaluated.length, total, 1, 2],
  ['(?:catalogue has|of its) (?:all )?# controls', total],
  ['The other # count as not passed, so the highest possible score today is #', total - evaluated.length, best],
  ['The highest possible score is #', best],
  ['does not evaluate # of the # controls, those of levels # to #', total - evaluated.length, total, 3, 5],
  ['evaluates all # controls of levels # and #', firstLevels.length, 1, 2],
  ['runbooks for # of the # controls of levels # and #', withRunbook, firstLevels.length, 1, 2],
  ['(?:all|the) # controls(?! of)', total],
  ['# pillars, # levels(?!,? and)', PILLARS.length, LEVELS.length],
  ['# pillars, # (?:gated )?levels,? (?:and )?# controls', PILLARS.length, LEVELS.length, total],
  ['One of # fields of security', PILLARS.length],
  ['One of # steps of maturity', LEVELS.length],
  ['twelve alarms by the events', undefined],
  // The sample week.
  ['week \\(# accounts, # events\\)', weekAccounts.size, week.length],
  ['Two of the # events are malformed', week.length],
  // The deployment.
  ['# Lambda functions and # DynamoDB tables', count('Csmm', 'functions'), count('Csmm', 'tables')],
  ['csmm has # Lambda functions', count('Csmm', 'functions')],
  ['main stack has # tables', count('Csmm', 'tables')],
  ['adds # functions', count('Csmm-Remediation', 'functions')],
  ['forwarding stack adds # alarm', count('Csmm-Forward-.*', 'alarms')],
  ['CloudWatch: # alarms, # dashboard', count('Csmm', 'alarms'), count('Csmm', 'dashboards')],
  ['# log groups', count('Csmm', 'log groups')],
  ['storage of # tables', count('Csmm', 'tables')],
  ['dashboard, # alarms, and a metric', count('Csmm-Remediation', 'alarms')],
  ['other Region adds # alarm', count('Csmm-Runbooks-.*', 'alarms')],
  ['makes # short invocations', 30 * 24 * 60],
  [
    'csmm has # regional readers, # account readers and # organization readers',
    ...(['region', 'account', 'organization'] as const).map((scope) => READERS.filter((reader) => reader.scope === scope).length),
  ],
  // Remediation.
  ['reads # guards', GUARD_NAMES.length],
  ['runbook has # to # steps', Math.min(...steps), Math.max(...steps)],
  ['# runbooks of the control started in the account', DEFAULT_BUDGET.perAccount],
  // Goals, examples and limits. test/cli/settings-file.test.ts compares the limits of settings with their schema.
  ['design targets # accounts', undefined],
  ['1 to # controls', undefined],
  ['Four pillars have', undefined],
];

/** A number and, up to two words later, a thing that the docs count. */
const COUNT = new RegExp(
  `(?<![\\w.#-])(?:${NUMBER})(?: (?!for\\b|in\\b|where\\b|if\\b)[\\w*\`()/-]+){0,2}? (?:controls?|alarms?|functions?|tables?|queues?|buses|dashboards?|log groups?|runbooks?|guards?|events?|accounts?|readers?|metrics|pillars?|steps|invocations|stacks?)\\b`,
  'gi',
);

interface Place {
  readonly page: string;
  readonly from: number;
  readonly to: number;
}

const found = ROWS.map(([statement, ...values]) => ({
  statement,
  values,
  matches: PAGES.flatMap((page) =>
    [...proseOf(page).matchAll(new RegExp(statement.replaceAll('#', `(${NUMBER})`), 'gi'))].map((match) => ({
      page,
      match,
      from: match.index,
      to: match.index + match[0].length,
    })),
  ),
}));

describe('the figures in the docs', () => {
  it.each(found)('"$statement" are right', ({ values, matches }) => {
    expect(matches.length, 'no page states this: delete the row').toBeGreaterThan(0);
    for (const { page, match } of matches) {
      const stated = match.slice(1).map((text) => text && toNumber(text));
      const expected = stated.map((number, index) => (number === undefined || values[index] === undefined ? number : values[index]));
      expect(stated, `${page}: ${match[0]}`).toEqual(expected);
    }
  });

  it.each(PAGES)('of %s are all in the table above', (page) => {
    const known: Place[] = found.flatMap(({ matches }) => matches.filter((match) => match.page === page));
    const prose = proseOf(page);
    const unknown = [...prose.matchAll(COUNT)].filter(
      ({ index, 0: text }) => !known.some(({ from, to }) => index < to && index + text.length > from),
    );
    expect(unknown.map(({ index }) => prose.slice(Math.max(0, index - 30), index + 60))).toEqual([]);
  });
});

describe('the page of remediation', () => {
  it('lists the guards in the order in which they are read', () => {
    const [, table = ''] = read('docs/remediation.md').split(/^\| guard \| .*\n\| --- .*\n/m);
    const [rows = ''] = table.split('\n\n');
    expect(rows.split('\n').map((row) => row.split('|')[1]?.trim())).toEqual([...GUARD_NAMES]);
  });
});

describe('the README', () => {
  it('is short', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(120);
  });
});

describe('the architecture diagram', () => {
  const [, diagram = ''] = read('docs/design.md').match(/```mermaid\n([\s\S]*?)```/) ?? [];
  const names = (open: string, close: string): string[] =>
    [...diagram.matchAll(new RegExp(`\\w+${open}([^\\]\\)]+)${close}`, 'g'))].map(([, label]) => label ?? '');
  const stacks = ['Csmm', 'Csmm-Remediation'];

  it('names every function, and no other', () => {
    const functions = stacks.flatMap((stack) => deployed(stack, 'functions'));
    const [, descriptions = ''] = read('lib/handler.ts').match(/const DESCRIPTIONS = \{\n([\s\S]*?)\n\}/) ?? [];
    const services = [...descriptions.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name ?? '');
    // `status` exists only in an organization, and the page of resources is that of one account.
    expect(services.filter((service) => service !== 'status')).toHaveLength(functions.length);
    const nodes = [
      ...diagram.replaceAll(/"[^"]*"|\[+[^\]]*\]+|\(+[^)]*\)+|-- [\w ]+ -->|-\. [\w ]+ \.->/g, ' ').matchAll(/\b[a-z]+\b/g),
    ].map(([node]) => node);
    expect([...new Set(nodes)].filter((node) => services.includes(node)).sort()).toEqual(services.sort());
    const others =
      'flowchart subgraph end member security optional config trail rule role ingest changes reads units schedule state runs sets scores events metrics dlq rem ssm';
    expect([...new Set(nodes)].filter((node) => !services.includes(node) && !others.split(' ').includes(node))).toEqual([]);
  });

  it('names every table, and no other', () => {
    const tables: Readonly<Record<string, string>> = { STATE: 'State', SCORES: 'StateScores', REMEDIATIONS: 'RemediationTable' };
    expect(
      names('\\[\\(', '\\)\\]')
        .map((label) => tables[label] ?? label)
        .sort(),
    ).toEqual(stacks.flatMap((stack) => deployed(stack, 'tables')).sort());
  });

  it('names queues and buses that exist', () => {
    const resources = [...deployed('Csmm', 'queues'), ...deployed('Csmm', 'event buses')];
    const known: Readonly<Record<string, string>> = {
      'changes queue': 'IngestionChanges',
      'read queue': 'SweepReadings',
      'sweep queue': 'SweepUnits',
      'scoring runs, FIFO': 'ScoringRuns',
      'csmm-ingest bus': 'IngestionBus',
      'csmm-events bus': 'NotificationBus',
      'dead-letter queues': 'ScoringFailures',
      schedule: '',
    };
    for (const label of [...names('\\[\\[', '\\]\\]'), ...names('\\(\\[', '\\]\\)')]) {
      expect(Object.keys(known)).toContain(label);
      if (known[label]) expect(resources).toContain(known[label]);
    }
  });
});
