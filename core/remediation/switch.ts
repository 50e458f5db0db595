import { RequestRefusedError } from './commands/refused.ts';
import { type KillSwitch, MAX_RESUMED, type Remediation } from './model/record.ts';
import { describeScope, isIn, isSameScope, runScopeOf, type Scope } from './model/stop.ts';
import type { RemediationStore } from './ports.ts';

/** The kill switch and the stops, as they apply to one remediation. */

/**
 * Returns the kill switch as it applies to a remediation: stopped by any stop of its account or control, and with the latest `since` of
 * its scopes. Reads both from the table, never from a cache.
 *
 * @throws if one of them cannot be read.
 */
export async function readSwitchFor(
  store: Pick<RemediationStore, 'readSwitch' | 'readStops'>,
  remediation: Pick<Remediation, 'controlId' | 'resource'>,
): Promise<KillSwitch | undefined> {
  const run = runScopeOf(remediation);
  const [killSwitch, [stop]] = await Promise.all([store.readSwitch(), store.readStops('starts', run)]);
  if (!killSwitch) return undefined;
  if (stop) {
    const { at: since, by, reason, scope } = stop;
    return { ...killSwitch, running: false, since, by, reason: `${reason} (${describeScope(scope)})` };
  }
  const resumed = (killSwitch.resumed ?? []).filter((scope) => isIn(scope, run)).map(({ since }) => since);
  return { ...killSwitch, since: [killSwitch.since, ...resumed].reduce((a, b) => (a > b ? a : b)) };
}

/**
 * Returns the kill switch after a resume of a scope. csmm does not act on failures of the scope before `at` without an approval.
 *
 * @throws RequestRefusedError if there is no kill switch for a part, or if too many scopes were resumed since all accounts were.
 */
export function resumed(previous: KillSwitch | undefined, scope: Scope, at: string, by: string, reason: string): KillSwitch {
  const revision = Math.floor(previous?.revision ?? 0) + 1;
  if (isSameScope(scope, {})) return { running: true, since: at, by, reason, revision };
  if (!previous) throw new RequestRefusedError('remediation was never started. Fix: run csmm remediation resume without a scope');
  const others = (previous.resumed ?? []).filter((each) => !isSameScope(each, scope));
  if (others.length >= MAX_RESUMED) {
    throw new RequestRefusedError(`${MAX_RESUMED} scopes were resumed already. Fix: run csmm remediation resume without a scope`);
  }
  return { ...previous, revision, resumed: [...others, { ...scope, since: at }] };
}
