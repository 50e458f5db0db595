import type { InputCounts } from '../core/pipeline/result.ts';
import { type Line, span } from '../reporting/lines.ts';
import { flow, plainText } from '../reporting/plain-text.ts';

/** What became of the input. */
export function inputLines({ read, applied, duplicate, stale, ignored, rejected }: InputCounts, columns: number): Line[] {
  const parts = [
    `Items: ${read} read`,
    `${applied} applied`,
    `${duplicate} duplicate`,
    `${stale} stale`,
    `${ignored} ignored`,
    `${rejected} unreadable`,
  ];
  return flow(parts, columns - 2).map((line) => [span(` ${line}`, 'dim')]);
}

/** `file:line: reason` for standard error. A file that cannot be read at all has no line. */
export const unreadLine = ({ file, line }: { readonly file: string; readonly line: number }, reason: string): string =>
  `${plainText(line > 0 ? `${file}:${line}` : file)}: ${plainText(reason)}\n`;
