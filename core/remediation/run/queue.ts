import { type Due, longestDueFirst } from '../model/record.ts';

/** Limits of the due remediations that one tick takes up. */
export interface TurnLimits {
  readonly all: number;
  readonly perAccount: number;
}

/**
 * Returns the due remediations that a tick takes up, in order. The accounts take turns, so that many due remediations of one account do not
 * delay those of another. In each round the most severe come first, then the longest due. `severityOf` returns a rank, 0 for the most severe.
 */
export function takeTurns(due: readonly Due[], severityOf: (controlId: string) => number, limits: TurnLimits): Due[] {
  const ranked = new Map(due.map(({ controlId }) => [controlId, severityOf(controlId)]));
  const mostSevereFirst = (a: Due, b: Due): number =>
    (ranked.get(a.controlId) ?? 0) - (ranked.get(b.controlId) ?? 0) || longestDueFirst(a, b);
  const rounds: Due[][] = [];
  const taken = new Map<string, number>();
  for (const each of [...due].sort(mostSevereFirst)) {
    const round = taken.get(each.accountId) ?? 0;
    taken.set(each.accountId, round + 1);
    if (round >= limits.perAccount) continue;
    rounds[round] ??= [];
    rounds[round].push(each);
  }
  return rounds.flat().slice(0, limits.all);
}
