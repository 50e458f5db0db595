import { type RescoreDependencies, rescoreAccount } from '../../core/pipeline/rescore.ts';
import { type Touched, touch } from '../../core/pipeline/wanted.ts';
import type { StateChange, StoredScore } from '../../core/ports.ts';

/** Scores an account after committed changes: counts what they touch, and `further` keys, as the relay does. */
export async function scoreChanged(
  accountId: string,
  changes: readonly StateChange[],
  dependencies: RescoreDependencies,
  further: readonly string[] = [],
): Promise<StoredScore | undefined> {
  const touched: Touched = { keys: new Set(further), causes: new Map() };
  for (const change of changes) touch(touched, change, dependencies.catalogue.rules);
  const counted = await dependencies.store.want(accountId, touched.keys);
  const causes = [...touched.causes].map(([key, cause]) => [key, { ...cause, count: counted.get(cause.counter) ?? 0 }] as const);
  await dependencies.store.putCauses(accountId, new Map(causes));
  return (await rescoreAccount(accountId, dependencies)).score;
}
