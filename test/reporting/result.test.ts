import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { CONTROLS } from '../../controls/index.ts';
import type { ControlStatus } from '../../core/model.ts';
import { accountSteps, organizationSteps } from '../../core/pipeline/next-steps.ts';
import type { ControlResult, InputCounts, ResultDocument } from '../../core/pipeline/result.ts';
import { combineStatuses, type Statuses, scoreAccount, scoreOrganization } from '../../core/scoring/scorecard.ts';
import { paint } from '../../reporting/lines.ts';
import { type ResultOptions, resultLines, scoreLines } from '../../reporting/result.ts';

const INPUT: InputCounts = { read: 5, applied: 5, duplicate: 0, stale: 0, ignored: 0, rejected: 0 };
const TALLY = { compliant: 0, nonCompliant: 1, notApplicable: 0, insufficientData: 0 };

const statuses = (of: (control: (typeof CONTROLS)[number]) => ControlStatus): Statuses =>
  new Map(CONTROLS.map((control) => [control.id, of(control)]));
const passing = statuses(({ level }) => (level <= 2 ? 'PASSED' : 'NO_DATA'));
const without = (id: string, base: Statuses = passing): Statuses => new Map([...base, [id, 'FAILED' as const]]);
const resultsOf = (all: Statuses): Record<string, ControlResult> =>
  Object.fromEntries([...all].map(([id, status]) => [id, { status, ...TALLY, excepted: 0, exceptions: [], failing: [], unknown: [] }]));

function documentOf(accounts: Readonly<Record<string, Statuses>>, input: InputCounts = INPUT): ResultDocument {
  const members = Object.values(accounts).map((own) => ({ statuses: own, weight: 1 }));
  const worst = resultsOf(combineStatuses(CONTROLS, members));
  return {
    schemaVersion: '1',
    catalogueVersion: CATALOGUE.version,
    organization: { ...scoreOrganization(CONTROLS, members), ...organizationSteps(CONTROLS, members, worst), controls: worst },
    accounts: Object.fromEntries(
      Object.entries(accounts).map(([id, own]) => [
        id,
        { ...scoreAccount(CONTROLS, own), ...accountSteps(CONTROLS, own, resultsOf(own)), controls: resultsOf(own) },
      ]),
    ),
    input,
  };
}

const textOf = (document: ResultDocument, options: Partial<ResultOptions> = {}) =>
  paint(resultLines(document, { columns: 100, colour: false, catalogue: CONTROLS, ...options }), {
    columns: options.columns ?? 100,
    colour: false,
  });
const squeeze = (text: string) => text.replaceAll(/\s+/g, ' ');

describe('resultLines', () => {
  it('says below the headline which level is achieved and what is earned at the next one', () => {
    const text = textOf(documentOf({ '111111111111': passing }));
    expect(text).toMatch(
      / Level 3 Hardened — \d+\.\d\/100\n Level 2 is achieved; level 3 is in progress\. 0 of 79 points of level 3 are earned\.\n/,
    );
  });

  it.each([
    ['level 1', statuses(() => 'FAILED'), 'No level is achieved; level 1 is in progress. 0 of 70 points of level 1 are earned.'],
    ['level 5', statuses(({ level }) => (level < 5 ? 'PASSED' : 'FAILED')), 'Level 4 is achieved; level 5 is in progress. 0 of 28 points'],
    ['all levels', statuses(() => 'PASSED'), 'All five levels are achieved.'],
    ['no evidence', statuses(() => 'NO_DATA'), 'Nothing is known yet: coverage is 0 %'],
  ])('explains the headline of %s', (_, own, sentence) => {
    expect(squeeze(textOf(documentOf({ '111111111111': own })))).toContain(sentence);
  });

  it('names the failing critical control that holds the strict level back, and in how many accounts', () => {
    const text = squeeze(
      textOf(documentOf({ '111111111111': without('IAM-L1-01'), '222222222222': passing, '333333333333': without('NET-L1-01') })),
    );
    expect(text).toContain('Strictly level 1: critical control IAM-L1-01 (Root user');
    expect(text).toMatch(/fails in 1 of 3 accounts, and 1 more critical control fails\./);
  });

  it('says nothing of the strict level if it is the headline level', () => {
    expect(textOf(documentOf({ '111111111111': passing }))).not.toContain('Strictly');
  });

  it('lists accounts with the achieved level and the points of the next one, the weakest first', () => {
    const text = textOf(
      documentOf({
        '111111111111': passing,
        '222222222222': statuses(() => 'NO_DATA'),
        '333333333333': statuses(() => 'NOT_APPLICABLE'),
        '444444444444': statuses(() => 'FAILED'),
      }),
    );
    const rows = text.split('\n').filter((line) => /^ \d{12} /.test(line));
    expect(rows.map((row) => row.slice(1, 13))).toEqual(['222222222222', '444444444444', '111111111111', '333333333333']);
    expect(rows[0]).toMatch(/ 0\.0 {2}nothing known yet; no level achieved/);
    expect(rows[1]).toContain('no level achieved; level 1 in progress: 0 of 70 points');
    expect(rows[2]).toContain('level 2 achieved; level 3 in progress: 0 of 79 points');
    expect(rows[3]).toMatch(/– {2}nothing to score$/);
    expect(text.replaceAll(/level \d (achieved|in progress|is in progress|are earned)/g, '')).not.toMatch(/ level \d [A-Z]/);
  });

  it.each([
    ['an empty input', {}, { ...INPUT, read: 0, applied: 0 }, 'The input is empty.'],
    ['ignored records', {}, { ...INPUT, applied: 0, ignored: 5 }, 'The 5 input records did not contain a resource that csmm evaluates.'],
    ['unreadable records', {}, { ...INPUT, read: 2, applied: 0, rejected: 2 }, 'csmm could not read any of the 2 input records.'],
    ['accounts in which nothing applies', { '111111111111': statuses(() => 'NOT_APPLICABLE') }, INPUT, 'Every control is NOT_APPLICABLE'],
  ])('has no level and no number for %s, and says why', (_, accounts, input, why) => {
    const text = textOf(documentOf(accounts, input));
    expect(text).toContain(' Nothing to score\n');
    expect(squeeze(text)).toContain(why);
    expect(text).not.toMatch(/Level \d|\/100|■|potential|null|NaN/);
    expect(text).toContain(`Items: ${input.read} read`);
  });

  it('counts what a list leaves out, and says where to find it', () => {
    const many = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [String(100_000_000_000 + index), passing]));
    expect(textOf(documentOf(many))).toContain(' and 5 more; --json lists all');
    expect(textOf(documentOf(many), { limits: { accounts: 24 }, hint: 'csmm replay lists all' })).toContain(
      ' and 1 more; csmm replay lists all',
    );
  });

  it('lists only the controls that the caller wants', () => {
    const document = documentOf({ '111111111111': without('IAM-L1-01', without('NET-L1-01')) });
    const text = textOf(document, { shows: (id) => id === 'NET-L1-01' }).split('What to do first')[1];
    expect(text).toContain('NET-L1-01');
    expect(text).not.toContain('IAM-L1-01');
  });

  it('explains the terms only if asked', () => {
    const document = documentOf({ '111111111111': passing });
    const terms = ['locked', 'potential', 'coverage', 'strict', 'weakest link'];
    const explained = textOf(document, { explain: true });
    for (const term of terms) expect(explained).toMatch(new RegExp(`^ ${term} {2,}\\w`, 'm'));
    expect(textOf(document)).not.toMatch(/^ weakest link {2,}/m);
    expect(textOf(document)).toContain('■ achieved');
  });

  it.each([40, 60, 80, 140])('fits %i columns without cutting a line', (columns) => {
    const text = textOf(documentOf({ '111111111111': without('IAM-L1-01'), '222222222222': passing }), { columns, explain: true });
    for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(columns);
    expect(text).not.toContain('…');
    const words = squeeze(text);
    for (const part of ['Level 2 is achieved; level 3 is in progress.', 'level 3 in progress: 0 of 79 points', 'L5 Autonomous']) {
      expect(words).toContain(part);
    }
    for (const pillar of ['IAM', 'Networking', 'Storage', 'Compute', 'Monitoring']) expect(text).toMatch(new RegExp(`^ ${pillar} `, 'm'));
  });
});

describe('scoreLines', () => {
  it('shows the strict sentence for given statuses without a number of accounts', () => {
    const own = without('IAM-L1-01');
    const card = { ...scoreAccount(CONTROLS, own), controls: resultsOf(own) };
    const text = squeeze(paint(scoreLines(card, { columns: 100, colour: false, catalogue: CONTROLS }), { columns: 100, colour: false }));
    expect(text).toMatch(/Strictly level 1: critical control IAM-L1-01 \(.*\) fails\./);
  });
});
