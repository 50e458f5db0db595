import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsonText, safeOutput } from '../../cli/io.ts';
import { storableName } from '../../core/characters.ts';
import { csmm, directoryOf, ioOf, lines, volumeEvent } from './support.ts';

/** Characters that control a terminal, hide text or turn its direction, and a lone surrogate. */
const HIDDEN = ['\u0000', '\u0007', '\b', '\r', '\u001b[31m', '\u001b]0;title\u0007', '\u007f', '\u0085', '\u009b2J', '\u009f'].concat(
  ['\u00ad', '\u061c', '\u200b', '\u200e', '\u200f', '\u2028', '\u2029', '\u202a', '\u202e', '\u2060', '\u2066', '\u2069', '\ufeff'],
  ['\ufff9', '\u{e0041}', '\ud83d'],
);
const EVIL = `x${HIDDEN.join('y')}z`;
const LEAK = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Control sequences that csmm writes to a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what it looks for
const OWN = /\r\u001b\[K|\u001b\[(?:[\d;]*m|[HJK]|2J|\?(?:25|1049)[hl])|\r\n/g;

const named = (minute: number) => {
  const event = volumeEvent(minute, false, `vol-${minute}`);
  const item = { ...event.detail.configurationItem, resourceName: EVIL, configurationItemStatus: minute === 3 ? EVIL : 'OK' };
  return { ...event, detail: { configurationItem: item } };
};
const group = {
  awsAccountId: '111111111111',
  awsRegion: 'eu-west-1',
  resourceType: 'AWS::AutoScaling::AutoScalingGroup',
  resourceId: 'asg-1',
  configurationItemCaptureTime: '2026-01-01T00:00:00.000Z',
  configuration: { autoScalingGroupName: 'asg-1', launchConfigurationName: EVIL },
};
const denied = {
  csmm: 'facts',
  version: 1,
  accountId: '111111111111',
  awsRegion: 'eu-west-1',
  resourceType: 'CSMM::Inventory',
  resourceId: 'AWS::EC2::Volume',
  capturedAt: '2026-01-01T00:00:00.000Z',
  facts: {},
  missing: { resources: `ec2:DescribeVolumes failed (Slow): ${EVIL}` },
};
const begin = { csmm: 'scan', version: 1, startedAt: EVIL, accounts: [EVIL], regions: [EVIL] };
/** JSON with raw characters: `JSON.stringify` leaves most of them as they are. */
const INPUT = lines(named(1), named(2), named(3), group, denied, begin, `{"half ${EVIL.replaceAll('\r', '')}`, { [EVIL]: 1 });

const SETTINGS = 'version: 1\napprovedRegions: ["eu\u009b31m\u202e\u200b"]\n"\u2066key\u009f": 1\n';

async function workspace(): Promise<string> {
  return directoryOf({
    'items\u009b31m\u202e.ndjson': INPUT,
    'csmm\u009b31m.yaml': SETTINGS,
    'statuses\u009b31m.json': JSON.stringify({ statuses: { [EVIL]: 'PASSED', 'IAM-L1-01': EVIL } }),
    'accounts.json': JSON.stringify({ accounts: { [EVIL]: { statuses: { 'IAM-L1-01': 'PASSED' } } } }),
    'result\u009b31m.json': `{"level": "${EVIL}"}`,
  });
}

const COMMANDS: readonly (readonly string[])[] = [
  ['replay', 'ITEMS'],
  ['replay', 'ITEMS', '--explain'],
  ['replay', 'ITEMS', '--json'],
  ['replay', 'ITEMS', '--events'],
  ['replay', '-', '--json'],
  ['replay', 'ITEMS', '--settings', 'SETTINGS'],
  ['replay', 'ITEMS', '--fail-on', 'level-lost', '--baseline', 'RESULT'],
  ['replay', `/nowhere/${EVIL}`],
  ['play', '--file', 'ITEMS', '--speed', 'max'],
  ['play', '--file', `/nowhere/${EVIL}`],
  ['remediate', '--plan', 'ITEMS'],
  ['remediate', '--plan', 'ITEMS', '--json'],
  ['score', '--statuses', 'STATUSES'],
  ['score', '--statuses', 'ACCOUNTS', '--json'],
  ['settings', 'validate', 'SETTINGS'],
  ['controls', EVIL],
  [EVIL],
  ['replay', `--${EVIL}`],
  ['controls', '--level', EVIL],
  ['scan', '--accounts', EVIL, '--role-name', EVIL],
  ['scan', '--resume', `/nowhere/${EVIL}`],
  ['remediation', 'list', '--status', EVIL],
];

describe.each([
  ['a file', undefined],
  ['a terminal', { columns: 100, rows: 40 }],
])('text from outside, to %s', (_, terminal) => {
  it.each(COMMANDS.map((argv) => [argv.map((part) => (part.includes(EVIL) ? 'EVIL' : part)).join(' '), argv] as const))(
    'cannot hide in csmm %s',
    async (_, argv) => {
      const folder = await workspace();
      const paths: Readonly<Record<string, string>> = {
        ITEMS: join(folder, 'items\u009b31m\u202e.ndjson'),
        SETTINGS: join(folder, 'csmm\u009b31m.yaml'),
        STATUSES: join(folder, 'statuses\u009b31m.json'),
        ACCOUNTS: join(folder, 'accounts.json'),
        RESULT: join(folder, 'result\u009b31m.json'),
      };
      const { stdout, stderr } = await csmm(
        argv.map((part) => paths[part] ?? part),
        { stdin: INPUT, ...(terminal && { terminal }) },
      );
      expect(`${stdout}${stderr}`).not.toBe('');
      const shown = `${stdout}${stderr}`.replaceAll(terminal ? OWN : /(?!)/g, '');
      expect(JSON.stringify(LEAK.exec(shown)?.[0] ?? 'nothing')).toBe('"nothing"');
    },
  );
});

describe('a report in a file', () => {
  it.each([[[]], [['--json']]])('holds no hidden character, and JSON keeps the values that a table can store: %j', async (options) => {
    const folder = await workspace();
    const output = join(folder, 'report');
    await csmm(['replay', join(folder, 'items\u009b31m\u202e.ndjson'), '--output', output, ...options]);
    const text = await readFile(output, 'utf8');
    expect(LEAK.test(text)).toBe(false);
    if (options.length > 0) {
      const failing = JSON.parse(text).organization.controls['CMP-L1-02'].failing;
      expect(failing[0].resourceName).toBe(storableName(EVIL, 256));
    }
  });
});

describe('an output', () => {
  it('escapes each hidden character as JSON does, so that no value changes', () => {
    const { io, printed } = ioOf();
    const value = { [EVIL]: EVIL };
    safeOutput(io.stdout).write(JSON.stringify(value));
    expect(LEAK.test(printed.stdout)).toBe(false);
    expect(JSON.parse(printed.stdout)).toEqual(value);
    expect(JSON.parse(jsonText(value))).toEqual(value);
    expect(LEAK.test(jsonText(value))).toBe(false);
  });

  it('leaves colours and the progress line to a terminal only', () => {
    const own = '\r\u001b[K\u001b[1;32mgood\u001b[0m\u001b[?25l\u001b[H\u001b[2J\u001b[?1049h';
    const terminal = ioOf({ terminal: { columns: 80, rows: 24 } });
    safeOutput(terminal.io.stdout).write(`${own}\u001b]0;x\u0007\u001b[6n\u009b1m`);
    expect(terminal.printed.stdout).toBe(`${own}\\u001b]0;x\\u0007\\u001b[6n\\u009b1m`);
    const file = ioOf();
    safeOutput(file.io.stdout).write(own);
    expect(file.printed.stdout).not.toContain('\u001b');
  });

  it('keeps what people write: accents, other scripts, and emoji', () => {
    const { io, printed } = ioOf();
    safeOutput(io.stdout).write('é ß 日本語 العربية 😀 …\n');
    expect(printed.stdout).toBe('é ß 日本語 العربية 😀 …\n');
  });
});
