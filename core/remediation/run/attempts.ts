import { canonical } from '../../pipeline/collect.ts';
import { type Attempt, MAX_ATTEMPTS_KEPT } from '../model/record.ts';

/**
 * Returns the executions that a rollback must revert, newest first. These are the last fix and the failed fixes before it, back to the
 * previous successful one, except those that are already rolled back or that changed nothing. An older execution is left out if it lacks an output of the newest
 * one, or if a newer one has the same parameters and outputs, because none of its changes remain.
 */
export function undoable(attempts: readonly Attempt[]): Attempt[] {
  const undone = new Set(
    attempts.flatMap(({ kind, outcome, undoes }) => (kind === 'undo' && outcome === 'verified' ? (undoes ?? []) : [])),
  );
  const group: Attempt[] = [];
  for (const attempt of attempts.toReversed()) {
    if (attempt.kind !== 'fix' || attempt.executionId === undefined || changedNothing(attempt)) continue;
    if (group.length > 0 && attempt.outcome === 'verified') break;
    group.push(attempt);
  }
  const [newest] = group;
  const values = new Set<string>();
  return group.filter((attempt) => {
    const recorded = canonical([attempt.parameters, attempt.outputs]);
    const isNew = !values.has(recorded) && (attempt === newest || hasOutputsOf(attempt, newest));
    values.add(recorded);
    return isNew && !undone.has(attempt.token);
  });
}

const hasOutputsOf = ({ outputs }: Attempt, newest: Attempt | undefined): boolean =>
  Object.keys(newest?.outputs ?? {}).every((name) => outputs?.[name] !== undefined);

const changedNothing = ({ outcome, unchanged }: Attempt): boolean => unchanged === true || outcome === 'refused' || outcome === 'denied';

/** Maximum JSON characters of the parameters and outputs of an attempt that can no longer be rolled back. It bounds the size of a remediation. */
const MAX_VALUES = 1000;
/** Maximum JSON bytes of the parameters and outputs of all attempts that can still be rolled back. The oldest lose theirs first. */
const MAX_ALL_VALUES = 100_000;
/** Number of attempts that changed nothing, such as refused ones, that csmm keeps. They must not displace those that can be rolled back. */
const MAX_UNCHANGED = 3;

/** Returns the newest attempts. Keeps long values, such as a policy document, only of attempts that can still be rolled back. */
export function kept(attempts: readonly Attempt[]): Attempt[] {
  const needed = new Set(undoable(attempts));
  let bytes = 0;
  let unchanged = 0;
  return attempts
    .toReversed()
    .filter((attempt) => !changedNothing(attempt) || ++unchanged <= MAX_UNCHANGED)
    .slice(0, MAX_ATTEMPTS_KEPT)
    .map((attempt) => {
      const { outputs, ...rest } = attempt;
      const values = JSON.stringify([attempt.parameters, outputs]);
      if (values.length <= MAX_VALUES) return attempt;
      bytes += needed.has(attempt) ? Buffer.byteLength(values) : 0;
      return needed.has(attempt) && bytes <= MAX_ALL_VALUES ? attempt : { ...rest, parameters: {} };
    })
    .toReversed();
}
