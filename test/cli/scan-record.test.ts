import { chmod, mkdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRecord } from '../../cli/scan-record.ts';
import { directoryOf } from './support.ts';

const BEGIN = {
  csmm: 'scan',
  version: 1,
  startedAt: '2026-01-01T00:00:00.000Z',
  accounts: [],
  regions: [],
  catalogueVersion: '1',
} as const;
const END = { csmm: 'end', version: 1, capturedAt: '2026-01-01T00:01:00.000Z' } as const;

async function written(options: Parameters<typeof openRecord>[0]): Promise<{ mode: string; text: string }> {
  const record = await openRecord(options);
  await record.write(BEGIN);
  await record.write(END);
  await record.close();
  return { mode: ((await stat(record.path)).mode & 0o777).toString(8), text: await readFile(record.path, 'utf8') };
}

const LINES = `${JSON.stringify(BEGIN)}\n${JSON.stringify(END)}\n`;

describe('the record of a scan', () => {
  it('is readable for its user only, wherever it is', async () => {
    expect(await written({ record: join(await directoryOf({}), 'facts.ndjson') })).toEqual({ mode: '600', text: LINES });
    expect((await written({})).mode).toBe('600');
  });

  it('takes a file over from others', async () => {
    const record = join(await directoryOf({ 'facts.ndjson': 'old' }), 'facts.ndjson');
    await chmod(record, 0o644);
    expect(await written({ record })).toEqual({ mode: '600', text: LINES });
  });

  it.each([
    ['an interrupted line', '{"csmm"', `{"csmm"\n${LINES}`],
    ['whole lines', '{}\n', `{}\n${LINES}`],
    ['nothing', '', LINES],
  ])('goes on behind %s', async (_, content, text) => {
    const resume = join(await directoryOf({ 'facts.ndjson': content }), 'facts.ndjson');
    await chmod(resume, 0o644);
    expect(await written({ resume })).toEqual({ mode: '600', text });
  });

  it('follows no link, and replaces nothing behind one', async () => {
    const folder = await directoryOf({ target: 'kept' });
    await symlink(join(folder, 'target'), join(folder, 'link'));
    await symlink(join(folder, 'nowhere'), join(folder, 'loose'));
    for (const name of ['link', 'loose']) {
      await expect(openRecord({ record: join(folder, name) })).rejects.toThrow('it is a symbolic link. Fix: pass the path of a file');
    }
    expect(await readFile(join(folder, 'target'), 'utf8')).toBe('kept');
  });

  it.each([
    ['a folder', 'it is a directory'],
    ['nowhere/facts.ndjson', 'ENOENT'],
    ['', 'it is empty'],
  ])('is not %j', async (name, why) => {
    const folder = await directoryOf({});
    await mkdir(join(folder, 'a folder'));
    await expect(openRecord({ record: name === '' ? '' : join(folder, name) })).rejects.toThrow(why);
  });

  it('says how to go on where the disk is full', async () => {
    const opened = openRecord({ record: '/dev/full' }).then(async (record) => {
      await record.write(BEGIN);
      await record.close();
    });
    await expect(opened).rejects.toThrow(/^cannot write the record \/dev\/full: ENOSPC.*continue with --resume \/dev\/full$/);
  });

  it('of a complete scan that nobody asked for is removed', async () => {
    const record = await openRecord({});
    await record.close();
    await record.discard?.();
    await expect(stat(record.path)).rejects.toThrow('ENOENT');
  });
});
