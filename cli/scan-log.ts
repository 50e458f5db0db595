import type { CallObserver } from '../adapters/aws/clients.ts';
import { failureKind } from '../adapters/aws/failures.ts';
import { INVENTORY, type InventoryFacts } from '../core/facts/inventory.ts';
import type { ResourceEvidence } from '../core/pipeline/collect.ts';
import type { ResultDocument } from '../core/pipeline/result.ts';
import { BLANK, type Line, span } from '../reporting/lines.ts';
import { plainText, wrap } from '../reporting/plain-text.ts';

/** Where something was not read. */
interface Place {
  readonly accountId: string;
  readonly region: string;
}

/** A list of resources that is not complete. */
interface Gap extends Place {
  readonly resourceType: string;
  readonly reason: string;
}

/** What a scan called, and what it could not read. */
export class ScanLog {
  calls = 0;
  resources = 0;
  private readonly denied = new Map<string, Map<string, Place>>();
  private readonly gaps: Gap[] = [];
  private listsResumed = 0;

  observerOf(accountId: string): CallObserver {
    return {
      called: () => {
        this.calls++;
      },
      failed: (action, region, error) => {
        if (failureKind(error) !== 'denied') return;
        const places = this.denied.get(action) ?? new Map<string, Place>();
        this.denied.set(action, places.set(`${accountId} ${region}`, { accountId, region }));
      },
    };
  }

  /** Notes what a resource, or an entry of the inventory, lacks. */
  note({ resource, parsed }: ResourceEvidence): void {
    const { accountId, region, resourceType, resourceId } = resource;
    if (resourceType !== INVENTORY) {
      this.resources++;
      return;
    }
    const { resources }: InventoryFacts = parsed?.facts ?? {};
    if (resources === undefined) this.gaps.push({ accountId, region, resourceType: resourceId, reason: parsed?.missing.resources ?? '' });
  }

  resumed(lists: number): void {
    this.listsResumed = lists;
  }

  /** Whether every list was read and no call was denied. */
  get isComplete(): boolean {
    return this.gaps.length === 0 && this.denied.size === 0;
  }

  summary() {
    return {
      calls: this.calls,
      resources: this.resources,
      listsResumed: this.listsResumed,
      denied: [...this.denied].map(([action, places]) => ({ action, places: [...places.values()] })),
      gaps: this.gaps,
    };
  }
}

/** So many places, gaps or controls are named in a line; `--json` has all. */
const NAMED = 3;

/** What was not read, what would allow it, and which controls wait for it. */
export function unreadLines(log: ScanLog, { organization }: ResultDocument, columns: number): Line[] {
  const { calls, resources, denied, gaps } = log.summary();
  const read: Line = [span(` ${resources.toLocaleString('en')} resources read in ${calls.toLocaleString('en')} calls`, 'dim')];
  if (log.isComplete) return [read];
  const waiting = Object.entries(organization.controls).flatMap(([id, { insufficientData }]) => (insufficientData > 0 ? [id] : []));
  const indent = (text: string): Line[] => wrap(plainText(text), columns - 3).map((line) => [span(`   ${line}`)]);
  return [
    read,
    BLANK,
    [span(' Not read', 'bold')],
    ...denied.flatMap(({ action, places }) => indent(`${action} was denied in ${some(places.map(nameOf))}`)),
    ...groupGaps(gaps).flatMap(([reason, types]) => indent(`${some(types)}: ${reason}`)),
    ...(denied.length > 0 ? indent('To allow what is missing: csmm scan --print-policy') : []),
    ...(waiting.length > 0 ? indent(`Controls with INSUFFICIENT_DATA: ${waiting.join(', ')}`) : []),
  ];
}

const nameOf = ({ accountId, region }: Place): string => `${accountId} ${region}`;

const some = (names: readonly string[]): string =>
  `${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ` and ${names.length - NAMED} more` : ''}`;

/** Gaps that are not denials, those with one reason together. */
function groupGaps(gaps: readonly Gap[]): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const { reason, resourceType, ...place } of gaps) {
    if (!/was denied/.test(reason)) groups.set(reason, [...(groups.get(reason) ?? []), `${resourceType} in ${nameOf(place)}`]);
  }
  return [...groups];
}
