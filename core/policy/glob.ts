/**
 * Whether `text` matches a pattern of IAM, in which `*` stands for any characters and `?` for one. Takes at most
 * pattern × text steps, whatever the pattern: policies come from outside, and a regular expression made of one could run for hours.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let [at, position] = [0, 0];
  /** Where to go on after the last `*`, should the characters after it not match. */
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
