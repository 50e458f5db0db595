import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { settingsFor } from '../../core/settings/account-settings.ts';
import { expectValidResult } from '../support/schemas.ts';
import { csmm, directoryOf, lines, volumeEvent } from './support.ts';

const mixed = lines(
  volumeEvent(1, true),
  volumeEvent(2, false, 'vol-2'),
  '{"broken": ',
  volumeEvent(2, false, 'vol-2'),
  volumeEvent(0, false),
  { source: 'aws.health', 'detail-type': 'AWS Health Event', detail: {} },
  volumeEvent(3, true, 'vol-2'),
);

describe('csmm replay', () => {
  it('prints the result document with --json, and exits with 0 where all was read', async () => {
    const directory = await directoryOf({ 'a.ndjson': lines(volumeEvent(1, false)) });
    const { code, stdout, stderr } = await csmm(['replay', directory, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const result = JSON.parse(stdout);
    expect(result.input).toEqual({ read: 1, applied: 1, duplicate: 0, stale: 0, ignored: 0, rejected: 0 });
    expect(result.accounts['111111111111'].controls['CMP-L1-02']).toMatchObject({
      status: 'FAILED',
      nonCompliant: 1,
      failing: [{ resourceId: 'vol-1' }],
    });
  });

  it('lists what it cannot read with file, line and reason, goes on, and exits with 3', async () => {
    const directory = await directoryOf({ 'a.ndjson': mixed });
    const { code, stdout, stderr } = await csmm(['replay', `${directory}/a.ndjson`, '--json']);
    expect(code).toBe(3);
    expect(stderr).toMatch(new RegExp(`^${directory}/a\\.ndjson:3: not valid JSON.*\\n$`));
    expect(JSON.parse(stdout).input).toEqual({ read: 7, applied: 3, duplicate: 1, stale: 1, ignored: 1, rejected: 1 });
    expect(JSON.parse(stdout).organization.controls['CMP-L1-02'].status).toBe('PASSED');
  });

  it('names items that make no sense as it names text that is no JSON', async () => {
    const directory = await directoryOf({ 'a.ndjson': lines(volumeEvent(1, true), { hello: 'world' }, '7') });
    const { code, stderr } = await csmm(['replay', directory]);
    expect(code).toBe(3);
    expect(stderr).toContain('a.ndjson:2: holds no configuration item');
    expect(stderr).toContain('a.ndjson:3: a record must be a JSON object');
  });

  it('prints the score-change events with --events: each change has its own', async () => {
    const directory = await directoryOf({ 'a.ndjson': mixed });
    const { code, stdout } = await csmm(['replay', directory, '--events']);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(3);
    for (const event of events) expect(Object.keys(event)).toEqual(['source', 'detail-type', 'detail']);
    const moves = events.filter((event) => event['detail-type'] === 'CSMM Control Status Changed' && event.detail.scope === 'account');
    expect(moves.map(({ detail }) => [detail.from, detail.to, detail.resource.resourceId])).toEqual([
      ['NO_DATA', 'PASSED', 'vol-1'],
      ['PASSED', 'FAILED', 'vol-2'],
      ['FAILED', 'PASSED', 'vol-2'],
    ]);
  });

  it('shows the scorecard, the failing controls with their resources and reasons, and what became of the input', async () => {
    const failing = [1, 2, 3, 4, 5].map((n) => volumeEvent(n, false, `vol-${n}`));
    const directory = await directoryOf({ 'a.ndjson': lines(...failing, volumeEvent(9, true, 'vol-9', '222222222222')) });
    const { code, stdout } = await csmm(['replay', directory]);
    expect(code).toBe(0);
    expect(stdout).toContain('organization · 2 accounts');
    expect(stdout).toContain('CMP-L1-02');
    expect(stdout).toContain('5 of 6 resources fail');
    expect(stdout).toMatch(/vol-1 {2}111111111111 eu-west-1 {2}volume is not encrypted/);
    expect(stdout).not.toContain('vol-4');
    expect(stdout).toContain('and 2 more');
    expect(stdout).toMatch(/222222222222 .*level 1/);
    expect(stdout).toContain('6 read · 6 applied');
  });

  it('reads several paths, gzip, lists and single documents', async () => {
    const directory = await directoryOf({
      'a.ndjson.gz': gzipSync(lines(volumeEvent(1, true, 'vol-1'))),
      'b.json': JSON.stringify([volumeEvent(1, true, 'vol-2'), volumeEvent(1, true, 'vol-3')], null, 2),
    });
    const other = await directoryOf({ 'c.json': JSON.stringify(volumeEvent(1, true, 'vol-4'), null, 2) });
    const { code, stdout } = await csmm(['replay', directory, `${other}/c.json`, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).input).toMatchObject({ read: 4, applied: 4 });
  });

  it('ends in the same result whether it scores each record or many at once', async () => {
    const many = Array.from({ length: 2500 }, (_, n) =>
      volumeEvent(n, n % 7 !== 0, `vol-${n % 40}`, n % 2 ? '111111111111' : '222222222222'),
    );
    const directory = await directoryOf({ 'a.ndjson': lines(...many) });
    const result = JSON.parse((await csmm(['replay', directory, '--json'])).stdout);
    const events = (await csmm(['replay', directory, '--events'])).stdout.trimEnd().split('\n');
    const last = events
      .map((line) => JSON.parse(line))
      .findLast((event) => event['detail-type'] === 'CSMM Score Changed' && event.detail.scope === 'organization');
    expect(last.detail.after.overall).toBe(result.organization.overall);
  });

  describe('with nothing to score', () => {
    const ignored = { source: 'aws.health', 'detail-type': 'AWS Health Event', detail: {} };
    const nothing = { overall: null, potential: null, level: null, levelName: null };

    it.each([
      ['an empty file', '', 'The input is empty.', ''],
      ['only ignored records', lines(ignored), 'The 1 input record did not contain a resource', ''],
      ['only unreadable records', '{"broken', 'csmm could not read the 1 input record.', 'not valid JSON'],
    ])('exits with 3 for %s, and shows no level and no number', async (_, content, why, problem) => {
      const file = `${await directoryOf({ 'a.ndjson': content })}/a.ndjson`;
      const shown = await csmm(['replay', file]);
      expect(shown.code).toBe(3);
      expect(shown.stderr).toContain(problem);
      expect(shown.stdout.replaceAll(/\s+/g, ' ')).toContain(why);
      expect(shown.stdout).not.toMatch(/Level \d|\/100/);
      const json = await csmm(['replay', file, '--json']);
      expect(json.code).toBe(3);
      expectValidResult(JSON.parse(json.stdout));
      expect(JSON.parse(json.stdout)).toMatchObject({
        organization: { ...nothing, weakestLink: { overall: null, level: null } },
        accounts: {},
      });
      const events = await csmm(['replay', file, '--events']);
      expect(events).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('nothing to score') });
    });
  });

  it('explains the terms with --explain, and on a terminal', async () => {
    const directory = await directoryOf({ 'a.ndjson': lines(volumeEvent(1, false)) });
    const terminal = { columns: 80, rows: 24 };
    expect((await csmm(['replay', directory])).stdout).not.toContain('weakest link  the score');
    expect((await csmm(['replay', directory, '--explain'])).stdout).toContain('weakest link  the score');
    expect((await csmm(['replay', directory], { terminal, env: { NO_COLOR: '1' } })).stdout.split('weakest link  the score')).toHaveLength(
      2,
    );
  });

  it('shows the name of a resource next to its ID, and keeps a hostile one from the terminal', async () => {
    const named = (resourceId: string, more: object) => {
      const event = volumeEvent(1, false, resourceId);
      return { ...event, detail: { configurationItem: { ...event.detail.configurationItem, ...more } } };
    };
    const items = lines(
      named('vol-1', { resourceName: 'orders' }),
      named('vol-2', { tags: { Name: 'evil\u001b[2J' } }),
      named('vol-3', { tags: [{ key: 'Name', value: 'vol-3' }] }),
    );
    const directory = await directoryOf({ 'a.ndjson': items });
    const { stdout } = await csmm(['replay', directory]);
    expect(stdout).toContain(' orders (vol-1) ');
    expect(stdout).toContain(' evil (vol-2) ');
    expect(stdout).toContain(' vol-3 ');
    expect(stdout).not.toContain('\u001b');
    const result = JSON.parse((await csmm(['replay', directory, '--json'])).stdout);
    expectValidResult(result);
    expect(result.organization.controls['CMP-L1-02'].failing).toMatchObject([
      { resourceId: 'vol-1', resourceName: 'orders' },
      { resourceId: 'vol-2', resourceName: 'evil\u001b[2J' },
      { resourceId: 'vol-3' },
    ]);
    expect(result.organization.controls['CMP-L1-02'].failing[2]).not.toHaveProperty('resourceName');
  });

  it('lists in JSON what to do first', async () => {
    const directory = await directoryOf({ 'a.ndjson': lines(volumeEvent(1, false), volumeEvent(2, true, 'vol-9', '222222222222')) });
    const result = JSON.parse((await csmm(['replay', directory, '--json'])).stdout);
    expectValidResult(result);
    expect(result.organization.next).toEqual([
      { controlId: 'CMP-L1-02', gain: expect.any(Number), overallAfter: expect.any(Number), levelAfter: 1, unlocks: [], resources: 1 },
    ]);
    expect(result.organization).toMatchObject({ nextGate: null, sharedCauses: [] });
    expect(result.accounts['222222222222'].next).toEqual([]);
  });

  it.each([
    ['a path that is not there', ['/nowhere.ndjson'], 'cannot open /nowhere.ndjson'],
    ['--json together with --events', ['-', '--json', '--events'], '--json and --events'],
    ['standard input twice', ['-', '-'], 'only once'],
    ['no path', [], "missing required argument 'path'"],
    ['an unknown option', ['-', '--evnts'], 'Did you mean --events?'],
  ])('refuses %s', async (_, argv, problem) => {
    const { code, stdout, stderr } = await csmm(['replay', ...argv]);
    expect(stderr).toContain(problem);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('refuses a directory without anything to read', async () => {
    const { code, stderr } = await csmm(['replay', await directoryOf({ 'a.txt': '' })]);
    expect(code).toBe(2);
    expect(stderr).toContain('holds no .json');
  });

  it('names a missing path before it reads the others', async () => {
    const directory = await directoryOf({ 'a.ndjson': lines(volumeEvent(1, true)) });
    expect(await csmm(['replay', directory, '/nowhere', '--events'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('lets nothing in the input write to the terminal', async () => {
    const directory = await directoryOf({ 'a.ndjson': lines({ 'detail-type': 'x\u001b[2J', source: 7 }, '\u001b]0;title\u0007{') });
    const { stdout, stderr } = await csmm(['replay', directory]);
    for (const character of ['\u001b', '\u0007']) expect(stdout + stderr).not.toContain(character);
  });
});

describe('csmm replay --settings', () => {
  const terms = (control: string, expires: string) =>
    `{control: ${control}, owner: web@example.com, reason: a test, ticket: T-1, expires: '${expires}'}`;
  const HOUR = '2026-01-01T01:00:00Z';
  const events = [volumeEvent(1, false), volumeEvent(90, false, 'vol-2'), volumeEvent(30, false, 'vol-3', '222222222222')];

  /** The statuses of the volumes' control by account, of these events under exceptions. */
  async function statuses(documents: readonly object[], ...exceptions: string[]) {
    const directory = await directoryOf({
      'a.ndjson': lines(...documents),
      'csmm.yaml': `version: 1\nexceptions:\n${exceptions.map((exception) => `  - ${exception}\n`).join('')}`,
    });
    const { code, stdout } = await csmm(['replay', `${directory}/a.ndjson`, '--json', '--settings', `${directory}/csmm.yaml`]);
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expectValidResult(result);
    const of = (accountId: string) => result.accounts[accountId].controls['CMP-L1-02'];
    return { statuses: [of('111111111111').status, of('222222222222').status], result };
  }

  it('judges exceptions at the time of each account in the record, whatever the order of its lines', async () => {
    for (const documents of [events, events.toReversed()]) {
      expect((await statuses(documents, terms('CMP-L1-02', HOUR))).statuses).toEqual(['FAILED', 'NOT_APPLICABLE']);
    }
  });

  it('lists what is excepted, and counts the settings as no input', async () => {
    const { result } = await statuses(events, terms('CMP-L1-02', '2027-01-01'));
    expect(result.input).toMatchObject({ read: 3, applied: 3 });
    expect(result.organization.controls['CMP-L1-02']).toMatchObject({
      status: 'NOT_APPLICABLE',
      nonCompliant: 0,
      excepted: 3,
      failing: [],
      exceptions: [
        { accountId: '111111111111', region: null, resource: null, ticket: 'T-1', findings: [{}, {}] },
        { accountId: '222222222222', findings: [{ resourceId: 'vol-3', compliance: 'NON_COMPLIANT' }] },
      ],
    });
  });

  it('takes the place of settings in the record', async () => {
    const settings = settingsFor({ version: 1, approvedRegions: ['us-east-1'] }, '111111111111');
    const recorded = { csmm: 'facts', version: 1, accountId: '111111111111', awsRegion: 'global', resourceType: 'CSMM::Settings' };
    const record = { ...recorded, resourceId: 'csmm.yaml', capturedAt: '2026-06-01T00:00:00Z', facts: { settings } };
    const { statuses: found, result } = await statuses([...events, record], terms('CMP-L1-02', '2027-01-01'));
    expect(found).toEqual(['NOT_APPLICABLE', 'NOT_APPLICABLE']);
    expect(result.input).toMatchObject({ read: 4, applied: 3, ignored: 1 });
  });

  it('shows the exceptions on a terminal', async () => {
    const directory = await directoryOf({
      'a.ndjson': lines(...events),
      'csmm.yaml': `version: 1\nexceptions:\n  - ${terms('CMP-L1-02', '2027-01-01')}\n`,
    });
    const { stdout } = await csmm(['replay', `${directory}/a.ndjson`, '--settings', `${directory}/csmm.yaml`]);
    expect(stdout).toContain('2 exceptions, out of the score');
    expect(stdout).toContain('until 2027-01-02 00:00 UTC');
  });

  it('refuses a file that is not right before it reads anything', async () => {
    const directory = await directoryOf({ 'a.ndjson': lines(...events), 'csmm.yaml': 'version: 2\n' });
    const { code, stdout, stderr } = await csmm(['replay', directory, '--settings', `${directory}/csmm.yaml`]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('csmm.yaml:1:');
  });
});
