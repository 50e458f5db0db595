import { plainText } from '../reporting/plain-text.ts';

/** Returns `file:line: reason` for standard error. A file that cannot be read at all has no line. */
export const unreadLine = ({ file, line }: { readonly file: string; readonly line: number }, reason: string): string =>
  `${plainText(line > 0 ? `${file}:${line}` : file)}: ${plainText(reason)}\n`;
