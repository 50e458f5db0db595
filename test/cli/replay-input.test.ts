import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectValidResult } from '../support/schemas.ts';
import { csmm, directoryOf, lines, volumeEvent } from './support.ts';

const fileOf = async (text: string | Uint8Array, name = 'a.json'): Promise<string> => join(await directoryOf({ [name]: text }), name);
const replayJson = async (path: string) => {
  const { code, stdout, stderr } = await csmm(['replay', path, '--json']);
  const result = JSON.parse(stdout);
  expectValidResult(result);
  return { code, stderr, result };
};

const item = (resourceId: string, more: object = {}) => ({ ...volumeEvent(1, true, resourceId).detail.configurationItem, ...more });

describe('many equal errors', () => {
  it('are summarised: the first with their places, and the number of the others', async () => {
    const bad = Array.from({ length: 1000 }, (_, n) => ({ ...item(`vol-${n}`), awsAccountId: `not-${n}` }));
    const path = await fileOf(lines(...bad, volumeEvent(1, true), '{"half": ', '{"other":1}'), 'a.ndjson');
    const { code, stderr, result } = await replayJson(path);
    expect(code).toBe(3);
    expect(stderr.split('\n')).toHaveLength(5 + 1 + 1 + 1 + 1);
    expect(stderr).toContain(`${path}:1: account id "not-0" is not valid\n`);
    expect(stderr).toMatch(/^csmm: 995 more records like .*a\.ndjson:1: account id "not-0" is not valid$/m);
    expect(result.input).toMatchObject({ read: 1003, applied: 1, rejected: 1002 });
    expect(result.replay.rejected).toEqual([
      { reason: 'account id "not-0" is not valid', records: 1000, places: [1, 2, 3, 4, 5].map((line) => `${path}:${line}`) },
      { reason: expect.stringMatching(/^not valid JSON/), records: 1, places: [`${path}:1002`] },
      { reason: 'holds no configuration item', records: 1, places: [`${path}:1003`] },
    ]);
  });

  it('of very many kinds are counted together', async () => {
    const kinds = Array.from({ length: 80 }, (_, n) =>
      item(`vol-${n}`, { configurationItemStatus: 'OK', resourceType: `x${'y'.repeat(n)}` }),
    );
    const types = kinds.map((each, n) => ({
      csmm: 'facts',
      version: 1,
      accountId: each.awsAccountId,
      awsRegion: 'eu-west-1',
      resourceId: 'x',
      resourceType: `AWS::Made::${'U'.repeat((n % 60) + 1)}${'P'.repeat(n / 60)}`,
    }));
    const { result } = await replayJson(await fileOf(lines(...types), 'a.ndjson'));
    expect(result.replay.rejected).toHaveLength(51);
    expect(result.replay.rejected.at(-1)).toMatchObject({ reason: 'other reasons', records: 30 });
  });

  it('in a row end the reading of a file, and not of the next one', async () => {
    const folder = await directoryOf({ 'a.json.gz': gzipSync(`[${'0,'.repeat(300_000)}0]`), 'b.json': JSON.stringify(item('vol-1')) });
    const { code, stderr, result } = await replayJson(folder);
    expect(code).toBe(3);
    expect(stderr).toContain('200,000 records in a row cannot be read; csmm reads no further in this file');
    expect(result.input).toMatchObject({ rejected: 200_000, applied: 1 });
  });
});

describe('an altered item', () => {
  it.each<[string, (good: string, bad: string) => string | Uint8Array]>([
    [
      'in a snapshot on one line',
      (good, bad) => `{"fileVersion":"1.0","configurationItems":[${good},${bad},${good.replace('vol-1', 'vol-2')}]}`,
    ],
    ['in a list', (good, bad) => `[${good},${bad},${good.replace('vol-1', 'vol-2')}]`],
    ['in lines', (good, bad) => `${good}\n${bad}\n${good.replace('vol-1', 'vol-2')}\n`],
    ['in lines that end with CRLF', (good, bad) => `${good}\r\n${bad}\r\n${good.replace('vol-1', 'vol-2')}`],
    ['in texts without a line feed', (good, bad) => `${good}${bad}${good.replace('vol-1', 'vol-2')}`],
    ['after a byte order mark', (good, bad) => `\uFEFF${bad}\n${good}\n${good.replace('vol-1', 'vol-2')}`],
    [
      'in a pretty snapshot',
      (good, bad) =>
        JSON.stringify({ configurationItems: [JSON.parse(good), JSON.parse(bad), JSON.parse(good.replace('vol-1', 'vol-2'))] }, null, 2),
    ],
  ])('is rejected alone %s', async (_, text) => {
    const { code, stderr, result } = await replayJson(
      await fileOf(text(JSON.stringify(item('vol-1')), JSON.stringify(item('vol-3', { awsRegion: 'x y' })))),
    );
    expect(code).toBe(3);
    expect(result.input).toEqual({ read: 3, applied: 2, duplicate: 0, stale: 0, ignored: 0, rejected: 1 });
    expect(stderr).toMatch(/a\.json:\d+( \(item 2\))?: awsRegion "x y" is not valid\n$/);
  });

  it.each<[string, Uint8Array]>([
    ['NUL bytes', Buffer.from('{"a":"\0\0"}')],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d])],
    ['a cut in a string', Buffer.from('{"a":"x')],
  ])('with %s is rejected alone', async (_, bytes) => {
    const good = (id: string) => Buffer.from(`${JSON.stringify(item(id))}\n`);
    const { result } = await replayJson(await fileOf(Buffer.concat([good('vol-1'), bytes, Buffer.from('\n'), good('vol-2')])));
    expect(result.input).toMatchObject({ read: 3, applied: 2, rejected: 1 });
  });
});

describe('a path that is no file', () => {
  it('is named in a folder, and the other files are read', async () => {
    const folder = await directoryOf({ 'a.json': JSON.stringify(item('vol-1')) });
    await mkdir(join(folder, 'below'));
    await symlink('..', join(folder, 'below', 'up'));
    await symlink('two.json', join(folder, 'one.json'));
    await symlink('one.json', join(folder, 'two.json'));
    await symlink('/dev/zero', join(folder, 'zero.json'));
    await symlink('/nowhere', join(folder, 'not-json'));
    const server = createServer().listen(join(folder, 'socket.json'));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { code, stderr, result } = await replayJson(folder);
    expect(code).toBe(3);
    expect(result.input).toMatchObject({ applied: 1, rejected: 5 });
    const named = Object.fromEntries(
      stderr
        .trim()
        .split('\n')
        .map((line) => line.slice(folder.length + 1).split(/: (.*)/)),
    );
    expect(named).toEqual({
      'below/up': expect.stringMatching(/^not read: a link to a folder\. Fix: /),
      'one.json': expect.stringMatching(/lead in a circle\. Fix: /),
      'two.json': expect.stringMatching(/lead in a circle\. Fix: /),
      'zero.json': expect.stringMatching(/^not read: a device in a folder\. Fix: /),
      'socket.json': expect.stringMatching(/^not read: a socket in a folder\. Fix: /),
    });
  });

  it.each([
    ['/dev/zero', 'it is a device. Fix: '],
    ['/nowhere/a.json', 'it does not exist. Fix: check the path'],
    ['/dev/null/a.json', 'a part of the path is a file'],
    [`/${'a'.repeat(300)}`, 'the name is too long'],
    ['a\0b', 'the name is not valid'],
  ])('is refused where it is given: %s', async (path, problem) => {
    expect(await csmm(['replay', path])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(problem) });
  });
});

describe('the record of a scan', () => {
  const ACCOUNT = '111111111111';
  const begin = (accounts = [ACCOUNT], startedAt = '2026-01-01T00:00:00.000Z') => ({
    csmm: 'scan',
    version: 1,
    startedAt,
    accounts,
    regions: ['eu-west-1'],
    catalogueVersion: '1',
  });
  const end = { csmm: 'end', version: 1, capturedAt: '2026-01-01T01:00:00.000Z' };
  const list = (facts: object, missing: object = {}, resourceId = 'AWS::EC2::Volume') => ({
    csmm: 'facts',
    version: 1,
    accountId: ACCOUNT,
    awsRegion: 'eu-west-1',
    resourceType: 'CSMM::Inventory',
    resourceId,
    capturedAt: '2026-01-01T00:10:00.000Z',
    facts,
    missing,
  });
  const volume = { ...list({ attached: true, encrypted: true }), resourceType: 'AWS::EC2::Volume', resourceId: 'vol-1' };
  const complete = [begin(), volume, list({ resources: 1 }), end];

  it.each<[string, object[], number, RegExp | undefined]>([
    ['that ended', complete, 0, undefined],
    ['without a begin, of an older csmm', [volume, list({ resources: 1 })], 0, undefined],
    ['that did not end', complete.slice(0, -1), 3, /the scan of 2026-01-01T00:00:00\.000Z did not end/],
    ['that was interrupted and resumed', [begin(), volume, begin(), list({ resources: 1 }), end], 0, undefined],
    ['next to that of an interrupted scan', [begin(['222222222222']), ...complete], 3, /did not end/],
    [
      'with a list that failed',
      [begin(), list({}, { resources: 'ec2:DescribeVolumes failed (SlowDown): busy' }), end],
      3,
      /AWS::EC2::Volume in 111111111111 eu-west-1: failed \(SlowDown\): busy/,
    ],
    [
      'with a list that was denied',
      [begin(), list({}, { resources: 'ec2:DescribeVolumes was denied (AccessDenied)' }), end],
      3,
      /ec2:DescribeVolumes was denied in 111111111111 eu-west-1/,
    ],
    [
      'with a fact that failed',
      [
        begin(),
        { ...volume, facts: { attached: true }, missing: { encrypted: 'ec2:DescribeVolumes failed (SlowDown): x' } },
        list({ resources: 1 }),
        end,
      ],
      3,
      /ec2:DescribeVolumes failed \(SlowDown\) on 1 of AWS::EC2::Volume/,
    ],
    [
      'with a list that failed, and then did not',
      [
        begin(),
        list({}, { resources: 'ec2:DescribeVolumes failed (SlowDown): busy' }),
        begin(),
        { ...list({ resources: 0 }), capturedAt: '2026-01-01T00:20:00.000Z' },
        volume,
        end,
      ],
      0,
      undefined,
    ],
  ])('%s says what was not read', async (_, records, code, shows) => {
    const path = await fileOf(lines(...records), 'facts.ndjson');
    const text = await csmm(['replay', path]);
    expect(text.code).toBe(code);
    if (shows) expect(text.stdout.replaceAll(/\n +/g, ' ')).toMatch(new RegExp(`Not read.*${shows.source}`, 's'));
    else expect(text.stdout).not.toContain('Not read');
    const { result, code: codeOfJson } = await replayJson(path);
    expect(codeOfJson).toBe(code);
    const { interrupted, denied, gaps, unread } = result.replay;
    expect([...interrupted, ...denied, ...gaps, ...unread].length > 0).toBe(code === 3);
    expect(unread.every(({ resourceType }: { resourceType: string }) => resourceType !== 'CSMM::Inventory')).toBe(true);
    expect((await csmm(['remediate', '--plan', path])).code).toBe(code);
  });

  it('says with --events what was not read', async () => {
    const path = await fileOf(lines(begin(), volume), 'facts.ndjson');
    expect(await csmm(['replay', path, '--events'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('not read: the scan of 2026'),
    });
  });
});

describe('standard input', () => {
  it('is read as a file is', async () => {
    const { code, stdout } = await csmm(['replay', '-', '--json'], { stdin: JSON.stringify({ configurationItems: [item('vol-1')] }) });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).input).toMatchObject({ applied: 1 });
  });
});

it('play reads no more than it can hold', async () => {
  const folder = await directoryOf({});
  await writeFile(join(folder, 'a.json'), `[${'1,'.repeat(100_001)}1]`);
  expect(await csmm(['play', '--file', join(folder, 'a.json')])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('holds more than 100,000 records. Fix: use csmm replay'),
  });
});
