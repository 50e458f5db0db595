import { isRecord, isScanBegin, isScanEnd } from '../core/events/record.ts';
import { parserOf } from '../core/facts/index.ts';
import { inventoryOf } from '../core/facts/inventory.ts';
import { failureIn } from '../core/failure.ts';
import { evidenceOfList } from '../core/pipeline/lists.ts';
import type { ListState } from '../core/ports.ts';
import { noteClosedRegions } from './closed-regions.ts';
import type { InProcessPipeline } from './in-process.ts';
import { ScanLog } from './scan-log.ts';

/** A scan whose record has no last line: csmm stopped before it had read all. */
export interface InterruptedScan {
  /** ISO-8601 UTC, as the record says. */
  readonly startedAt: string;
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
}

/** Follows the records of scans in the input, to say what those scans did not read. */
export class RecordedScans {
  /** By accounts and Regions, which are the same if a scan is resumed. */
  readonly #open = new Map<string, InterruptedScan>();
  #last = '';
  readonly #types = new Set<string>();

  /** Notes a document of the input. */
  note(document: unknown): void {
    if (!isRecord(document)) return;
    if (isScanBegin(document)) {
      const { startedAt, accounts, regions } = document;
      this.#last = JSON.stringify([[...accounts].sort(), [...regions].sort()]);
      this.#open.set(this.#last, { startedAt, accounts, regions });
    } else if (isScanEnd(document)) this.#open.delete(this.#last);
    else if (typeof document.resourceType === 'string' && parserOf(document.resourceType)) this.#types.add(document.resourceType);
  }

  get interrupted(): readonly InterruptedScan[] {
    return [...this.#open.values()];
  }

  /** Returns the reads that failed in the recorded scans, as the scans themselves reported them. */
  async failures({ store }: InProcessPipeline): Promise<ScanLog> {
    const log = new ScanLog();
    // A record names a denied call only in the reason of a missing fact, as for a list that a resumed scan did not read again.
    log.resumed(1);
    for (const accountId of store.accountIds()) {
      for (const { region, lists } of await store.readCards(accountId)) {
        for (const [type, list] of lists) {
          const entry = { resource: inventoryOf(accountId, region, type), ...evidenceOfList(list) };
          if (entry.parsed) log.note(entry);
          if (isDenied(list)) log.noteUnread(entry);
        }
      }
    }
    await noteClosedRegions(log, store);
    for (const accountId of store.accountIds()) {
      for (const type of this.#types) for (const stored of await store.listResources(accountId, type)) log.noteUnread(stored);
    }
    return log;
  }
}

/** Whether a list is incomplete because AWS denied a call. */
const isDenied = ({ gap }: ListState): boolean => gap !== undefined && failureIn(gap)?.kind === 'denied';
