import { describe, expect, it } from 'vitest';
import { csmm, directoryOf, lines, volumeEvent } from './support.ts';

const week = lines(
  ...Array.from({ length: 40 }, (_, n) => volumeEvent(n * 250, n % 3 !== 0, `vol-${n % 2}`, n % 2 ? '111111111111' : '222222222222')),
  '{"broken',
);
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it looks for
const COLOUR = /\u001b\[[\d;]*m/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it looks for
const CONTROL_SEQUENCE = /\u001b\[\??\d*[A-Za-z]/;
const SHOW_CURSOR = '\u001b[?25h';
const HIDE_CURSOR = '\u001b[?25l';

describe('csmm play', () => {
  it('prints the end state at once where there is no terminal, without any escape sequence', async () => {
    const file = `${await directoryOf({ 'week.ndjson': week })}/week.ndjson`;
    const started = process.cpuUsage();
    const { code, stdout } = await csmm(['play', '--file', file]);
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
    expect(code).toBe(3);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain('Level 1 Exposed');
    expect(stdout).toContain('41 events played');
    expect(stdout).toContain('40 applied');
    expect(stdout).toContain('1 unreadable');
    expect(stdout).toContain('week.ndjson:41: not valid JSON');
    expect(stdout).toMatch(/CMP-L1-02 (PASSED|FAILED) +vol-\d in \d{12}/);
    expect(stdout).toContain('Try next');
    expect(stdout).not.toContain('--json lists all');
  });

  it('plays records of facts at the time of their capture, as events among the others', async () => {
    const at = (capturedAt: string, enabled: boolean) => ({
      csmm: 'facts',
      version: 1,
      accountId: '111111111111',
      awsRegion: 'eu-west-1',
      resourceType: 'AWS::EC2::EBSEncryptionByDefault',
      resourceId: 'eu-west-1',
      capturedAt,
      facts: { enabled },
    });
    const records = lines(at('2026-11-02T06:10:00.000Z', false), at('2026-11-04T06:10:00.000Z', true));
    const file = `${await directoryOf({ 'facts.ndjson': records })}/facts.ndjson`;
    const { code, stdout } = await csmm(['play', '--file', file, '--speed', 'max'], {
      terminal: { columns: 100, rows: 30 },
      env: { NO_COLOR: '1' },
    });
    expect(code).toBe(0);
    expect(stdout).toContain('Mon 2 Nov 2026 06:10 UTC');
    expect(stdout).toContain('Wed 4 Nov 2026 06:10 UTC');
    expect(stdout).toContain('2 events played');
    expect(stdout).toMatch(/CMP-L1-01 PASSED/);
  });

  it('shows the scorecard live on a terminal, and gives the terminal back', async () => {
    const file = `${await directoryOf({ 'week.ndjson': week })}/week.ndjson`;
    const { code, stdout, listeners } = await csmm(['play', '--file', file, '--speed', '100'], { terminal: { columns: 80, rows: 24 } });
    expect(code).toBe(3);
    expect(stdout.indexOf(HIDE_CURSOR)).toBeLessThan(stdout.indexOf('of 41 events'));
    expect(stdout).toContain('0 of 41 events');
    expect(stdout.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(stdout.lastIndexOf(HIDE_CURSOR));
    expect(stdout.lastIndexOf('\u001b[?1049l')).toBeLessThan(stdout.indexOf('41 events played'));
    expect(listeners).toBe(0);
  });

  it('prints what was played so far when it is interrupted', async () => {
    const file = `${await directoryOf({ 'week.ndjson': week })}/week.ndjson`;
    const { code, stdout } = await csmm(['play', '--file', file, '--speed', '2'], {
      terminal: { columns: 60, rows: 24 },
      interruptAt: ' 2 of 41 events',
    });
    expect(code).toBe(130);
    expect(stdout.slice(stdout.lastIndexOf(SHOW_CURSOR))).toMatch(/Stopped after [2-9] of 41 events/);
  });

  it.each([
    ['NO_COLOR is set', { NO_COLOR: '1' }],
    ['the terminal is dumb', { TERM: 'dumb' }],
  ])('uses no colour where %s', async (_, env) => {
    const file = `${await directoryOf({ 'week.ndjson': week })}/week.ndjson`;
    const { stdout } = await csmm(['play', '--file', file, '--speed', 'max'], { terminal: { columns: 80, rows: 24 }, env });
    expect(stdout).not.toMatch(COLOUR);
  });

  it.each([
    ['40 columns', 40, 30],
    ['60 columns', 60, 24],
    ['80 columns', 80, 24],
    ['120 columns', 120, 40],
  ])('draws no line wider and no frame higher than a terminal of %s', async (_, columns, rows) => {
    const file = `${await directoryOf({ 'week.ndjson': week })}/week.ndjson`;
    const { stdout } = await csmm(['play', '--file', file, '--speed', 'max'], { terminal: { columns, rows }, env: { NO_COLOR: '1' } });
    const [live = '', end = ''] = stdout.split('\u001b[?1049l');
    for (const frame of live.split('\u001b[H').slice(1)) expect(frame.split('\r\n').length).toBeLessThanOrEqual(rows);
    const text = (live + end).split(CONTROL_SEQUENCE).join('\n');
    expect(Math.max(...text.split(/\r?\n/).map((line) => line.length))).toBeLessThanOrEqual(columns);
  });

  it.each([
    ['--speed', '0'],
    ['--speed', '-1'],
    ['--speed', 'fast'],
    ['--speed', ''],
    ['--file', '/nowhere'],
  ])('refuses %s %j', async (...argv) => {
    expect(await csmm(['play', ...argv])).toMatchObject({ code: 2, stdout: '' });
  });

  it('refuses a file without anything to play', async () => {
    const directory = await directoryOf({ 'empty.ndjson': '' });
    expect(await csmm(['play', '--file', directory])).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing to play') });
  });
});
