import { createColors } from 'picocolors';
import { cut, displayWidth, plainText, split } from './plain-text.ts';

export type Style = 'bold' | 'dim' | 'good' | 'bad' | 'accent';

/** A piece of a line. {@link paint} escapes its text, which can come from any source. */
export interface Span {
  readonly text: string;
  readonly style?: Style | undefined;
}

export type Line = readonly Span[];

/** The output that shows lines. */
export interface Canvas {
  /** Width in characters; no line is longer. */
  readonly columns: number;
  readonly colour: boolean;
  /** Cuts a longer line instead of continuing it on the next one, for a screen with a fixed height. */
  readonly cutsLines?: boolean;
}

export const span = (text: string, style?: Style): Span => ({ text, style });
export const BLANK: Line = [];

/** Returns lines as safe text within the width of the canvas, in colour if the canvas has colour. Ends with a line break. */
export function paint(lines: readonly Line[], canvas: Canvas): string {
  const { columns, cutsLines } = canvas;
  const fitting = cutsLines ? lines : lines.flatMap((line) => fold(line, columns));
  return fitting.map((line) => `${paintLine(line, canvas)}\n`).join('');
}

/** Extra indentation of the second and further lines of a folded line. */
const HANGING = 2;
/** Maximum indentation of a folded line, in columns. */
const MAX_INDENT = 8;

/** Returns a line in as many lines as its width needs, broken between words. */
function fold(line: Line, columns: number): Line[] {
  const spans = trimEnd(line).map((each) => ({ ...each, text: plainText(each.text) }));
  const text = spans.map((each) => each.text).join('');
  if (displayWidth(text) <= columns) return [spans];
  const hanging = Math.min(MAX_INDENT, text.length - text.trimStart().length + HANGING, Math.max(0, columns - 1));
  const folded = new FoldedLine(columns, hanging);
  for (const { text: words, style } of spans) {
    for (const word of words.match(/ +|[^ ]+/g) ?? []) folded.add(word, style);
  }
  return folded.lines;
}

/** A line that continues on the next one where a word does not fit. */
class FoldedLine {
  readonly lines: Span[][] = [[]];
  readonly #columns: number;
  readonly #hanging: number;
  #used = 0;

  constructor(columns: number, hanging: number) {
    this.#columns = columns;
    this.#hanging = hanging;
  }

  /** Adds a word, or the spaces between two words. */
  add(text: string, style: Style | undefined): void {
    const isSpace = text.startsWith(' ');
    const isFull = this.#used + displayWidth(text) > this.#columns;
    if (isFull && (isSpace || this.#used > this.#hanging)) this.#break();
    // Spaces at the start of a continued line have no column to keep.
    if (isSpace && this.lines.length > 1 && this.#used === this.#hanging) return;
    for (const [index, piece] of split(text, this.#columns - Math.max(this.#used, this.#hanging)).entries()) {
      if (index > 0) this.#break();
      this.lines.at(-1)?.push(span(piece, style));
      this.#used += displayWidth(piece);
    }
  }

  #break(): void {
    this.lines.push([span(' '.repeat(this.#hanging))]);
    this.#used = this.#hanging;
  }
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

/** Removes spaces at the end of a line. */
function trimEnd(line: Line): Line {
  const end = line.findLastIndex(({ text }) => text.trim() !== '');
  return line.slice(0, end + 1).map((each, index) => (index === end ? { ...each, text: each.text.trimEnd() } : each));
}
