/** Returns the `known` words most like `word`, best first, at most `limit`. Returns an empty list if none is similar. */
export function nearest(word: string, known: readonly string[], limit = 3): string[] {
  const wanted = word.slice(0, 64).toUpperCase();
  return known
    .map((candidate) => ({ candidate, edits: editDistance(wanted, candidate.toUpperCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.ceil(candidate.length / 3))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** Returns `; did you mean …?`, or an empty string. */
export function didYouMean(word: string, known: readonly string[]): string {
  const similar = nearest(word, known);
  return similar.length === 0 ? '' : `; did you mean ${similar.join(' or ')}?`;
}

/** Returns `; did you mean …? Allowed in <place>: …`, or only the allowed words if none is similar. */
export function allowedWords(word: string, place: string, known: readonly string[]): string {
  const hint = didYouMean(word, known);
  return `${hint === '' ? '; allowed' : `${hint} Allowed`} in ${place}: ${known.join(', ')}`;
}

/** Returns the number of insertions, deletions and replacements between two words. */
export function editDistance(a: string, b: string): number {
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
