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
