import { minutesAfter } from '../model/minutes.ts';
import type { Remediation, RemediationStatus } from '../model/record.ts';
import type { RemediationDependencies } from '../ports.ts';
import { whyCorrupt } from '../seals.ts';
import { giveUp, markCorrupt, next } from './commit.ts';
import { decideOn } from './decide-step.ts';
import { follow, reclaim, startUndo, verify } from './execution-steps.ts';
import { CLAIM_MINUTES, FAULT_MINUTES, MAX_CLAIMS, MAX_FAULTS } from './timing.ts';

/**
 * Runs the next due step of a remediation: decide, start, follow, verify or roll back. Several workers can call it at the same time, and
 * it can run again after a crash, because each step is committed before the next, on the revision that was read. If `woken` is set, it
 * follows a running execution before its due time. A remediation that another writer has changed becomes `CORRUPT`.
 *
 * @returns the remediation after the step. `undefined` if no step was due or another worker was faster.
 */
export async function advance(
  id: string,
  dependencies: RemediationDependencies,
  { woken = false }: { readonly woken?: boolean } = {},
): Promise<Remediation | undefined> {
  const remediation = await dependencies.store.readRemediation(id);
  const now = dependencies.now();
  if (!remediation?.dueAt) return undefined;
  const isDue = remediation.dueAt <= now || (woken && remediation.status === 'RUNNING');
  const step = isDue ? STEPS[remediation.status] : undefined;
  if (!step) return undefined;
  const corrupt = await whyCorrupt(remediation, dependencies.seals);
  if (corrupt !== undefined) return markCorrupt(remediation, corrupt, dependencies);
  if (!READS_RESOURCE.has(remediation.status)) return step(remediation, dependencies, remediation.dueAt);
  const claims = (remediation.claims ?? 0) + 1;
  if (claims > MAX_CLAIMS) return giveUp(remediation, dependencies, `${MAX_CLAIMS} attempts to read the resource ended without a result`);
  const claimed = next(remediation, dependencies, { ...remediation, claims, dueAt: minutesAfter(now, CLAIM_MINUTES) });
  if (!(await dependencies.store.commitRemediation({ previous: remediation, next: claimed }))) return undefined;
  return step(claimed, dependencies, remediation.dueAt);
}

/**
 * Postpones a remediation whose step threw an error, so that it does not come before others in every tick. After too many errors only an
 * operator can continue. Does nothing if the step is no longer due.
 *
 * @throws the error of the store.
 */
export async function postpone(id: string, error: Error, dependencies: RemediationDependencies): Promise<Remediation | undefined> {
  const remediation = await dependencies.store.readRemediation(id);
  const at = dependencies.now();
  if (!remediation?.dueAt || remediation.dueAt > at) return undefined;
  const faults = (remediation.faults ?? 0) + 1;
  if (faults > MAX_FAULTS)
    return giveUp(remediation, dependencies, `${MAX_FAULTS} steps ended with an error; the last one: ${error.name}: ${error.message}`);
  const dueAt = minutesAfter(at, Math.min(FAULT_MINUTES, 2 ** (faults - 1)));
  const postponed = next(remediation, dependencies, { ...remediation, faults, dueAt });
  return (await dependencies.store.commitRemediation({ previous: remediation, next: postponed })) ? postponed : undefined;
}

/** A step. `dueSince` is the time at which it became due. */
type Step = (remediation: Remediation, dependencies: RemediationDependencies, dueSince: string) => Promise<Remediation | undefined>;

/** Steps by status. Remediations with another status are never due. */
const STEPS: Readonly<Partial<Record<RemediationStatus, Step>>> = {
  NEW: decideOn,
  WAITING: decideOn,
  HELD: decideOn,
  APPROVED: decideOn,
  ROLLBACK_REQUESTED: startUndo,
  STARTING: reclaim,
  RUNNING: follow,
  VERIFYING: verify,
};

/** Statuses with a step that reads the resource, which can take minutes. */
const READS_RESOURCE: ReadonlySet<RemediationStatus> = new Set(['NEW', 'WAITING', 'HELD', 'APPROVED', 'VERIFYING']);
