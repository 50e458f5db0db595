import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { messageOf, UsageError } from './exit.ts';

/** Thrown for a path that csmm cannot open. */
export class InputError extends UsageError {
  override readonly name = 'InputError';
}

/** Causes by the code of a system call or of zlib, each with its fix: https://nodejs.org/api/errors.html#common-system-errors */
const CAUSES: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist. Fix: check the path',
  ENOTDIR: 'a part of the path is a file, not a folder. Fix: check the path',
  EISDIR: 'it is a folder. Fix: pass a file',
  EACCES: 'the permissions do not allow it. Fix: run csmm as a user that may read it, or change its permissions',
  EPERM: 'the permissions do not allow it. Fix: run csmm as a user that may read it, or change its permissions',
  ELOOP: 'its symbolic links lead in a circle. Fix: remove the link',
  ENAMETOOLONG: 'the name is too long. Fix: check the path',
  EINVAL: 'the name is not valid. Fix: check the path',
  ERR_INVALID_ARG_VALUE: 'the name is not valid. Fix: check the path',
  EMFILE: 'too many files are open. Fix: raise the limit (ulimit -n), and run the command again',
  ENFILE: 'too many files are open on this computer. Fix: close other programs, and run the command again',
  EIO: 'the disk reports an error. Fix: copy the file from its source again',
  ENXIO: 'it is a socket or a device without a driver. Fix: pass a file',
  ENOSPC: 'the disk is full. Fix: free some space',
  EDQUOT: 'the disk quota is used up. Fix: free some space',
  EROFS: 'the file system is read-only. Fix: pass a path on another one',
  ETXTBSY: 'another program uses it. Fix: close that program',
  EBUSY: 'another program uses it. Fix: close that program',
  EBADF: 'it is closed. Fix: open it, or pass a file',
  Z_BUF_ERROR: 'its gzip data is cut off. Fix: copy or compress it again',
  Z_DATA_ERROR: 'its gzip data is damaged. Fix: copy or compress it again',
};

/** Returns why a file or folder cannot be read or written, with the fix, in words. */
export function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return Object.hasOwn(CAUSES, code) ? (CAUSES[code] ?? '') : messageOf(error);
}

/** Returns what a path is if it is neither a file nor a folder. */
export function specialKind(stats: Stats): 'a named pipe (FIFO)' | 'a device' | 'a socket' | undefined {
  if (stats.isFIFO()) return 'a named pipe (FIFO)';
  if (stats.isSocket()) return 'a socket';
  return stats.isFile() || stats.isDirectory() ? undefined : 'a device';
}

/** Maximum size of a document that csmm reads as a whole, in bytes. */
const MAX_TEXT_BYTES = 200_000_000;

export const tooLarge = (maximum: number): string => `it is larger than ${maximum / 1e6} MB, the maximum. Fix: pass a smaller file`;

/**
 * Returns the text of a file, or of a named pipe such as that of `<(…)` in a shell. `what` names the file in a message.
 *
 * @throws InputError if it cannot be read, or is larger than `maximum` bytes.
 */
export async function readText(path: string, what = '', maximum = MAX_TEXT_BYTES): Promise<string> {
  const bytes = await readBytes(path, maximum + 1, what);
  if (bytes.length > maximum) throw new InputError(`cannot read ${what}${path}: ${tooLarge(maximum)}`);
  return bytes.toString('utf8');
}

/** Returns the first bytes of a file or named pipe, at most `length`. @throws InputError */
export async function readBytes(path: string, length: number, what = ''): Promise<Buffer> {
  try {
    const kind = specialKind(await stat(path));
    if (kind && kind !== 'a named pipe (FIFO)') throw new InputError(`cannot read ${what}${path}: it is ${kind}. Fix: pass a file`);
    const chunks: Buffer[] = [];
    for await (const chunk of createReadStream(path, { end: length - 1 })) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`cannot open ${what}${path}: ${fileProblem(cause)}`);
  }
}
