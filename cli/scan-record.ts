import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { UsageError } from './exit.ts';
import { fileProblem, InputError } from './files.ts';

/** The file to which a scan writes its facts. */
export interface RecordFile {
  readonly path: string;
  /** Writes a line, and waits if the disk is slower. @throws UsageError if the write fails. */
  write(line: string): Promise<void>;
  /** @throws UsageError if a write failed. */
  close(): Promise<void>;
  /** Removes a file that the user did not request. */
  readonly discard?: () => Promise<void>;
}

/**
 * Opens the record. csmm always writes one, so that the user can resume an interrupted scan. Only the user can read it.
 *
 * @throws UsageError if it cannot be written.
 */
export async function openRecord({ record, resume }: { readonly record?: string; readonly resume?: string }): Promise<RecordFile> {
  if (resume !== undefined) {
    const file = await writer(resume, 'a');
    if (!(await endsLine(resume))) await file.write('\n');
    return file;
  }
  if (record !== undefined) return writer(record, 'w');
  const folder = await mkdtemp(join(tmpdir(), 'csmm-scan-'));
  const discard = () => rm(folder, { recursive: true, force: true });
  return { ...(await writer(join(folder, 'facts.ndjson'), 'w')), discard };
}

async function writer(path: string, flags: 'a' | 'w'): Promise<RecordFile> {
  const stream = createWriteStream(path, { flags, mode: 0o600 });
  // Every task of a scan may wait for the disk at once.
  stream.setMaxListeners(0);
  let failure: Error | undefined;
  stream.on('error', (error) => {
    failure ??= error;
  });
  const attempt = async (what: () => Promise<unknown>): Promise<void> => {
    try {
      await what();
    } catch (error) {
      failure ??= error as Error;
    }
    if (failure) throw new UsageError(`cannot write the record ${path}: ${failure.message}`);
  };
  await attempt(() => once(stream, 'open'));
  return {
    path,
    write: (line) => attempt(() => writeTo(stream, line)),
    close: () => attempt(() => finished(stream.end())),
  };
}

async function writeTo(stream: WriteStream, line: string): Promise<void> {
  if (!stream.destroyed && !stream.write(line)) await once(stream, 'drain');
}

/**
 * Checks that a scan can resume from a file.
 *
 * @throws InputError if it does not exist, is not a file, or is compressed: csmm cannot append to a compressed file.
 */
export async function assertResumable(path: string): Promise<void> {
  try {
    const file = await open(path);
    try {
      if (!(await file.stat()).isFile()) {
        throw new InputError(`cannot resume: ${path} is not a file. Fix: pass a file that csmm scan --record wrote`);
      }
      const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
      if (bytesRead === 2 && buffer.readUInt16BE() === GZIP) {
        throw new InputError(`cannot resume: ${path} is compressed. Fix: decompress it first`);
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`cannot open ${path}: ${fileProblem(cause)}`);
  }
}

/** https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1 */
const GZIP = 0x1f8b;

/** Returns whether a file ends with a line break, which an interrupted write leaves out. */
async function endsLine(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size === 0) return true;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer.toString('latin1') === '\n';
  } finally {
    await file.close();
  }
}
