import type { SettingsDocument } from '../core/settings/document.ts';
import { plainText } from '../reporting/plain-text.ts';
import { type CliIo, write } from './io.ts';

/**
 * Reads the file of an option `--settings`, if it is given; warnings go to standard error. What reads a file is loaded here.
 *
 * @throws UsageError with everything that is wrong.
 */
export async function readSettings(path: string | undefined, { stderr }: Pick<CliIo, 'stderr'>): Promise<SettingsDocument | undefined> {
  if (path === undefined) return undefined;
  const { document, warnings } = await (await import('./settings-file.ts')).readSettingsFile(path);
  for (const warning of warnings) await write(stderr, `${plainText(warning)}\n`);
  return document;
}
