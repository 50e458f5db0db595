import { LATE_MINUTES } from '../decide/decision.ts';
import { minutesAfter } from '../model/minutes.ts';
import type { RemediationDependencies } from '../ports.ts';

/**
 * Records a tick. If the previous tick is older than {@link LATE_MINUTES}, there was an outage, and what became due before its end requires
 * approval. If another tick wrote at the same time, that is enough.
 */
export async function beat({ store, now }: Pick<RemediationDependencies, 'store' | 'now'>): Promise<void> {
  const previous = await store.readHeartbeat();
  const at = now();
  if (previous && at < previous.at) return;
  const isOutage = previous !== undefined && at > minutesAfter(previous.at, LATE_MINUTES);
  const since = !previous || isOutage ? at : previous.since;
  await store.writeHeartbeat(previous, { at, since, revision: (previous?.revision ?? 0) + 1 });
}
