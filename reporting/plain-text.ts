// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it looks for
const CONTROL_SEQUENCES = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]/g;
const LINE_BREAKS = /[\t-\r\u0085\u2028\u2029]+/g;
/** Control, format (such as those that turn the direction of text), unassigned, and combining characters. */
const INVISIBLE = /[\p{C}\p{M}\p{Zl}\p{Zp}]/gu;

/**
 * Returns text that is safe for a terminal: one line, without control sequences, control characters or characters without a
 * width. Anyone can choose names and tags of resources. They must not move the cursor, colour the screen or hide.
 */
export const plainText = (text: string): string =>
  text.replaceAll(CONTROL_SEQUENCES, '').replaceAll(LINE_BREAKS, ' ').replaceAll(INVISIBLE, '');

/** East Asian wide characters and emoji. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{3fffd}]/u;

const widthOf = (character: string): number => (WIDE.test(character) ? 2 : 1);

/** Returns the number of terminal columns of {@link plainText}. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** Returns `text` in at most `width` columns, with … for the end if it is too long. */
export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return width < 1 ? '' : `${head(text, width - 1)}…`;
}

/** Returns `text` in at most `width` columns, with … for the middle if it is too long: both ends of an id are significant. */
export function cutMiddle(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 5) return cut(text, width);
  const tail = [...head([...text].reverse().join(''), Math.floor((width - 1) / 2))].reverse().join('');
  return `${head(text, width - 1 - displayWidth(tail))}…${tail}`;
}

function head(text: string, width: number): string {
  let taken = '';
  let left = width;
  for (const character of text) {
    left -= widthOf(character);
    if (left < 0) break;
    taken += character;
  }
  return taken;
}

/** Returns `text` with spaces at the end, `width` columns wide. */
export const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - displayWidth(text)));

/** Returns the words of `text` in lines of at most `width` columns. A longer word continues on the next line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (displayWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = split(word, width);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? '';
  }
  return [...lines, line];
}

/** Returns `word` in pieces of at most `width` columns. */
export function split(word: string, width: number): string[] {
  const pieces: string[] = [];
  let rest = word;
  while (displayWidth(rest) > width) {
    const piece = head(rest, width);
    if (piece === '') break;
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return [...pieces, cut(rest, width)];
}

/** Returns `parts` with · between them, in lines of at most `width` columns. */
export function flow(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const line = lines.at(-1);
    const longer = `${line} · ${part}`;
    if (line !== undefined && displayWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}
