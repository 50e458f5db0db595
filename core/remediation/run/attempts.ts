import { canonical } from '../../pipeline/collect.ts';
import { type Attempt, MAX_ATTEMPTS_KEPT } from '../model/record.ts';

/**
 * The executions that a rollback has to take back, the newest first: the last fix and those before it that did not help, back to
 * the one that helped before, less those that are taken back already. One that has recorded nothing, or the same as a newer one,
 * has changed nothing that would be left.
 */
export function undoable(attempts: readonly Attempt[]): Attempt[] {
  const undone = new Set(
    attempts.flatMap(({ kind, outcome, undoes }) => (kind === 'undo' && outcome === 'verified' ? (undoes ?? []) : [])),
  );
  const group: Attempt[] = [];
  for (const attempt of attempts.toReversed()) {
    if (attempt.kind !== 'fix' || attempt.executionId === undefined) continue;
    if (group.length > 0 && attempt.outcome === 'verified') break;
    group.push(attempt);
  }
  const [newest] = group;
  const values = new Set<string>();
  return group.filter((attempt) => {
    const told = canonical([attempt.parameters, attempt.outputs]);
    const isNew = !values.has(told) && (attempt === newest || hasToldAs(attempt, newest));
    values.add(told);
    return isNew && !undone.has(attempt.token);
  });
}

const hasToldAs = ({ outputs }: Attempt, newest: Attempt | undefined): boolean =>
  Object.keys(newest?.outputs ?? {}).every((name) => outputs?.[name] !== undefined);

/** Maximum JSON characters of the parameters and outputs of an attempt that can no longer be rolled back. It bounds the size of a remediation. */
const MAX_VALUES = 1000;

/** The newest attempts. Long values, such as the text of a policy, are kept of those alone that can still be taken back. */
export function kept(attempts: readonly Attempt[]): Attempt[] {
  const needed = new Set(undoable(attempts));
  return attempts.slice(-MAX_ATTEMPTS_KEPT).map((attempt) => {
    const { outputs, ...rest } = attempt;
    const isKept = needed.has(attempt) || JSON.stringify([attempt.parameters, outputs]).length <= MAX_VALUES;
    return isKept ? attempt : { ...rest, parameters: {} };
  });
}
