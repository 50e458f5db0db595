// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it looks for
const CONTROL_SEQUENCES = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]/g;
const LINE_BREAKS = /[\t-\r\u0085\u2028\u2029]+/g;
/** Control, format (such as those that turn the direction of text), unassigned, and combining characters. */
const INVISIBLE = /[\p{C}\p{M}\p{Zl}\p{Zp}]/gu;

/**
 * Text that a terminal shows as it is: one line, without control sequences, control characters or characters without a
 * width. Names and tags of resources are chosen by strangers and must not move the cursor, colour the screen or hide.
 */
export const plainText = (text: string): string =>
  text.replaceAll(CONTROL_SEQUENCES, '').replaceAll(LINE_BREAKS, ' ').replaceAll(INVISIBLE, '');

/** East Asian wide characters and emoji, generously. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{3fffd}]/u;

const widthOf = (character: string): number => (WIDE.test(character) ? 2 : 1);

/** How many columns of a terminal {@link plainText} takes. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** `text` within `width` columns, with … where the end is cut off. */
export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return width < 1 ? '' : `${head(text, width - 1)}…`;
}

/** `text` within `width` columns, with … where the middle is cut out: both ends of an id tell it from its neighbours. */
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

/** `text` filled up with spaces to `width` columns. */
export const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - displayWidth(text)));

/** The words of `text` in lines of at most `width` columns; a longer word is cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((each) => cut(each, width));
}

/** `parts` with · between them, in lines of at most `width` columns. */
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
