import type { MemoryStateStore } from '../adapters/memory/state-store.ts';
import { closedRegions } from '../core/evaluation/closed-region.ts';
import { settingsRef } from '../core/facts/csmm-settings.ts';
import { settingsIn } from '../core/pipeline/inventory.ts';
import type { ScanLog } from './scan-log.ts';

/** Notes the Regions that the organization has closed to the accounts of a store. Call it after everything was read. */
export async function noteClosedRegions(log: ScanLog, store: MemoryStateStore): Promise<void> {
  for (const accountId of store.accountIds()) {
    const settings = settingsIn(await store.readResource(settingsRef(accountId)));
    for (const region of closedRegions(await store.readCards(accountId), settings)) log.noteClosed({ accountId, region });
  }
}
