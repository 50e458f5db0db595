import { type Line, type Span, span } from '../reporting/lines.ts';
import { displayWidth, plainText, wrap } from '../reporting/plain-text.ts';

/** Narrowest title that is worth a column of its own. */
const MIN_TITLE = 24;

/** Returns a title after its head on one line. In a narrow terminal the title is wrapped, below the head if it has no room. */
export function titledLines(head: readonly Span[], title: string, columns: number): Line[] {
  const width = head.reduce((sum, { text }) => sum + displayWidth(text), 0);
  const text = plainText(title);
  if (columns - width < MIN_TITLE) return [head, ...wrap(text, columns - 4).map((line) => [span(`   ${line}`)])];
  const [first = '', ...rest] = wrap(text, columns - width);
  return [[...head, span(first)], ...rest.map((line) => [span(' '.repeat(width) + line)])];
}

/** Returns a text as lines that are indented by `indent` columns and no wider than a terminal. */
export const wrappedLines = (text: string, columns: number, indent = 1, style?: Span['style']): Line[] =>
  wrap(plainText(text), Math.max(10, columns - indent)).map((line) => [span(' '.repeat(indent) + line, style)]);
