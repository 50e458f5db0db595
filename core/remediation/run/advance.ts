import { minutesAfter } from '../decide/decision.ts';
import type { Remediation, RemediationStatus } from '../model/record.ts';
import type { RemediationDependencies } from '../ports.ts';
import { giveUp, next } from './commit.ts';
import { decideOn } from './decide-step.ts';
import { follow, reclaim, startUndo, verify } from './execution-steps.ts';
import { CLAIM_MINUTES, MAX_CLAIMS } from './timing.ts';

/**
 * Does the next thing that is due for a remediation: decides, starts, follows, verifies or takes back, one step at a time. May be
 * called by several workers, twice, or after one has died: each step is committed before the next, on what was read. What runs is
 * asked after before its time where something has `woken` it.
 *
 * @returns the remediation as this call left it; `undefined` where nothing was due or somebody else was faster.
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
  if (!READS_RESOURCE.has(remediation.status)) return step(remediation, dependencies, remediation.dueAt);
  const claims = (remediation.claims ?? 0) + 1;
  if (claims > MAX_CLAIMS) return giveUp(remediation, dependencies, `${MAX_CLAIMS} times whoever read the resource came to no end`);
  const claimed = next(remediation, dependencies, { ...remediation, claims, dueAt: minutesAfter(now, CLAIM_MINUTES) });
  if (!(await dependencies.store.commitRemediation({ previous: remediation, next: claimed }))) return undefined;
  return step(claimed, dependencies, remediation.dueAt);
}

/** `dueSince`: since when it is due. */
type Step = (remediation: Remediation, dependencies: RemediationDependencies, dueSince: string) => Promise<Remediation | undefined>;

/** What is done with a remediation that is due, by its status. The others are never due. */
const STEPS: Readonly<Partial<Record<RemediationStatus, Step>>> = {
  NEW: decideOn,
  WAITING: decideOn,
  APPROVED: decideOn,
  ROLLBACK_REQUESTED: startUndo,
  STARTING: reclaim,
  RUNNING: follow,
  VERIFYING: verify,
};

/** Statuses whose step reads the resource, which may take minutes. */
const READS_RESOURCE: ReadonlySet<RemediationStatus> = new Set(['NEW', 'WAITING', 'APPROVED', 'VERIFYING']);
