/** The `known` words most like `word`, best first, at most `limit`; none where nothing is alike. */
export function nearest(word: string, known: readonly string[], limit = 3): string[] {
  const wanted = word.slice(0, 64).toUpperCase();
  return known
    .map((candidate) => ({ candidate, edits: distance(wanted, candidate.toUpperCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.ceil(candidate.length / 3))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** `; did you mean …?`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const similar = nearest(word, known);
  return similar.length === 0 ? '' : `; did you mean ${similar.join(' or ')}?`;
}

/** Insertions, deletions and replacements between two words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
