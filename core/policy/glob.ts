/**
 * Whether `text` matches a pattern of IAM, in which `*` stands for any characters and `?` for one. Runs in O(pattern × text): a
 * regular expression built from an untrusted policy could run for hours.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let [at, position] = [0, 0];
  /** Positions to continue from after the last `*`, if the characters after it do not match. */
  let [retryAt, retryPosition] = [-1, 0];
  while (position < text.length) {
    if (pattern[at] === '*') {
      [retryAt, retryPosition] = [++at, position];
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[position])) {
      at++;
      position++;
    } else if (retryAt >= 0) {
      [at, position] = [retryAt, ++retryPosition];
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** Whether some text matches both patterns. Runs in O(one × other). */
export function overlap(one: string, other: string): boolean {
  // For each position in `other`: whether some text matches the part before it and the part of `one` before `at`.
  let row = [true];
  for (let at = 0; ; at++) {
    const next: boolean[] = [];
    for (let position = 0; position <= other.length; position++) {
      if (!row[position]) continue;
      const [a, b] = [one[at], other[position]];
      // A `*` matches nothing more, or the next part of the other pattern.
      if (a === '*' || b === '*') [next[position], row[position + 1]] = [true, true];
      else if (a !== undefined && (a === b || a === '?' || b === '?') && b !== undefined) next[position + 1] = true;
    }
    if (at === one.length) return row[other.length] === true;
    row = next;
  }
}

/** Placeholder for any text of at least one character, in the shapes of {@link coversEvery}. Only wildcards match it. */
export const ANY = '\0';

/**
 * Whether a pattern matches every text of a shape, in which `ANY` stands for any text. Two lengths are enough: a pattern that matches
 * both has a `*` there.
 */
export const coversEvery = (pattern: string, shape: string): boolean =>
  [ANY, ANY + ANY].every((filler) => matchesGlob(pattern, shape.replaceAll(ANY, filler)));
