import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileProblem, InputError, specialKind } from './files.ts';

/** A file to read, or the reason why csmm does not read it. `-` is standard input. */
export interface InputFile {
  readonly path: string;
  readonly problem?: string;
}

const READABLE = /\.(json|ndjson|jsonl)(\.gz)?$/;

/**
 * Returns the files to read for a path, in the order of their names: the file itself, or the `.json`, `.ndjson` and `.jsonl` files
 * (also with `.gz`) in a folder and the folders below. csmm reads a named pipe only if the user names it: in a folder, it would
 * wait for a writer that may never come. It follows a link in a folder to a file, but not to another folder.
 *
 * @throws InputError if the path cannot be read.
 */
export async function inputFiles(path: string): Promise<readonly InputFile[]> {
  if (path === '-') return [{ path }];
  try {
    const found = await stat(path);
    const kind = specialKind(found);
    if (kind === 'a device' || kind === 'a socket') {
      throw new InputError(`cannot read ${path}: it is ${kind}. Fix: pass a file, a folder, or - for standard input`);
    }
    await access(path, constants.R_OK);
    if (!found.isDirectory()) return [{ path }];
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`cannot open ${path}: ${fileProblem(cause)}`);
  }
  const files = await filesIn(path);
  if (files.length === 0) {
    throw new InputError(`${path} holds no .json, .ndjson or .jsonl file. Fix: pass another folder, or a file`);
  }
  return files.sort((one, other) => (one.path < other.path ? -1 : 1));
}

async function filesIn(folder: string): Promise<InputFile[]> {
  const files: InputFile[] = [];
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    try {
      for (const entry of await readdir(next, { withFileTypes: true })) {
        const path = join(next, entry.name);
        if (entry.isDirectory()) folders.push(path);
        else if (entry.isFile()) files.push(...(READABLE.test(entry.name) ? [{ path }] : []));
        else files.push(...(await specialFile(path, entry.name)));
      }
    } catch (error) {
      files.push({ path: next, problem: `cannot list this folder: ${fileProblem(error)}` });
    }
  }
  return files;
}

/** Returns what to read of a link, a pipe, a device or a socket in a folder. Leaves out other names than those of JSON files. */
async function specialFile(path: string, name: string): Promise<readonly InputFile[]> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return [{ path, problem: 'not read: a link to a folder. Fix: pass that folder as a path of its own' }];
    if (!READABLE.test(name)) return [];
    const kind = specialKind(found);
    return [kind ? { path, problem: `not read: ${kind} in a folder. Fix: pass its path, or remove it from the folder` } : { path }];
  } catch (error) {
    return READABLE.test(name) ? [{ path, problem: `cannot be read, as a link: ${fileProblem(error)}` }] : [];
  }
}
