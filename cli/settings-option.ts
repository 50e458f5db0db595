import { lstat, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { SettingsDocument } from '../core/settings/document.ts';
import { plainText } from '../reporting/plain-text.ts';
import { UsageError } from './exit.ts';
import { fileProblem } from './files.ts';
import { type CliIo, write } from './io.ts';

export interface SettingsOptions {
  /** Path of a settings file; `false` for `--no-settings`; `undefined` for the `csmm.yaml` of the working folder, if there is one. */
  readonly settings?: string | false;
  /** Leaves out the warnings, and the note about a file that csmm found. */
  readonly quiet?: boolean;
}

const FILE_NAME = 'csmm.yaml';

/**
 * Reads the file of `--settings`, or else the `csmm.yaml` of the working folder. Warnings go to standard error. Loads the
 * parsers only if there is a file.
 *
 * @throws UsageError with every problem of the file.
 */
export async function readSettings({ settings, quiet }: SettingsOptions, io: CliIo): Promise<SettingsDocument | undefined> {
  if (settings === false) return undefined;
  if (settings !== undefined) return readAndWarn(settings, io, quiet);
  const found = join(io.cwd, FILE_NAME);
  if (!(await hasFile(found))) return undefined;
  if (!quiet) await write(io.stderr, `csmm: using ${FILE_NAME} from the working folder (--no-settings ignores it)\n`);
  try {
    return await readAndWarn(relative(process.cwd(), found), io, quiet);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError([...error.problems, `${FILE_NAME} in the working folder is invalid. Fix: correct it, or pass --no-settings`]);
  }
}

/** Reads a settings file. Warnings go to standard error, unless `quiet`. @throws UsageError with every problem of the file. */
export async function readAndWarn(path: string, { stderr }: Pick<CliIo, 'stderr'>, quiet = false): Promise<SettingsDocument> {
  const { document, warnings } = await (await import('./settings-file.ts')).readSettingsFile(path);
  for (const warning of quiet ? [] : warnings) await write(stderr, `${plainText(warning)}\n`);
  return document;
}

/** Returns the paths of the settings file that {@link readSettings} would read, if it exists. */
export function settingsPaths({ settings }: SettingsOptions, { cwd }: Pick<CliIo, 'cwd'>): string[] {
  return settings === false ? [] : [settings ?? join(cwd, FILE_NAME)];
}

/**
 * Returns whether the working folder has a settings file.
 *
 * @throws UsageError if the name is there but is not a file, such as a symbolic link without a target: a score without the settings
 * would then come without a warning.
 */
async function hasFile(path: string): Promise<boolean> {
  const isThere = await lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  );
  if (!isThere) return false;
  try {
    if ((await stat(path)).isFile()) return true;
  } catch (error) {
    throw new UsageError(`cannot open ${FILE_NAME} in the working folder: ${fileProblem(error)}, or pass --no-settings`);
  }
  throw new UsageError(`${FILE_NAME} in the working folder is not a file. Fix: remove it, or pass --no-settings`);
}
