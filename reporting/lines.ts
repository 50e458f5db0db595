import { createColors } from 'picocolors';
import { cut, displayWidth, plainText } from './plain-text.ts';

export type Style = 'bold' | 'dim' | 'good' | 'bad' | 'accent';

/** A piece of a line, as it comes from wherever it comes: it is made harmless when it is painted. */
export interface Span {
  readonly text: string;
  readonly style?: Style | undefined;
}

export type Line = readonly Span[];

/** Where lines are painted. */
export interface Canvas {
  /** Width in characters; no line is longer. */
  readonly columns: number;
  readonly colour: boolean;
}

export const span = (text: string, style?: Style): Span => ({ text, style });
export const BLANK: Line = [];

/** Paints lines: text made harmless, cut to the width, coloured where colour is wanted. Ends with a line break. */
export function paint(lines: readonly Line[], canvas: Canvas): string {
  return lines.map((line) => `${paintLine(line, canvas)}\n`).join('');
}

function paintLine(line: Line, { columns, colour }: Canvas): string {
  const colors = createColors(colour);
  const painters: Readonly<Record<Style, (text: string) => string>> = {
    bold: colors.bold,
    dim: colors.dim,
    good: colors.green,
    bad: colors.red,
    accent: colors.cyan,
  };
  let painted = '';
  let left = columns;
  for (const { text, style } of trimEnd(line)) {
    const visible = cut(plainText(text), left);
    left -= displayWidth(visible);
    painted += style && visible !== '' ? painters[style](visible) : visible;
  }
  return painted;
}

/** No line ends in spaces that only kept a column. */
function trimEnd(line: Line): Line {
  const end = line.findLastIndex(({ text }) => text.trim() !== '');
  return line.slice(0, end + 1).map((each, index) => (index === end ? { ...each, text: each.text.trimEnd() } : each));
}
