import type { CallObserver } from '../adapters/aws/clients.ts';
import { failureKind } from '../adapters/aws/failures.ts';
import { listedIn } from '../core/evaluation/closed-region.ts';
import { INVENTORY, type InventoryFacts } from '../core/facts/inventory.ts';
import { failureIn } from '../core/failure.ts';
import type { ResourceEvidence } from '../core/pipeline/collect.ts';
import type { ResultDocument } from '../core/pipeline/result.ts';
import { BLANK, type Line, span } from '../reporting/lines.ts';
import { plainText, wrap } from '../reporting/plain-text.ts';

/** An account and Region with an incomplete read. */
interface Place {
  readonly accountId: string;
  readonly region: string;
}

/** An incomplete list of resources. */
interface Gap extends Place {
  readonly resourceType: string;
  readonly reason: string;
}

/** Facts of one resource type that are missing because one action failed. */
interface UnreadFacts {
  /** Such as `s3:GetBucketPolicy failed (SlowDown)`. */
  readonly reason: string;
  readonly resourceType: string;
  /** Number of resources without these facts. */
  resources: number;
}

/** The API calls of a scan, and the reads that failed. */
export class ScanLog {
  calls = 0;
  resources = 0;
  private readonly denied = new Map<string, Map<string, Place>>();
  private gaps: Gap[] = [];
  private readonly unread = new Map<string, UnreadFacts>();
  private readonly denials = new WeakMap<Error, { readonly action: string; readonly place: Place }>();
  private readonly closed = new Map<string, Place>();
  private listsResumed = 0;
  /** When each service throttled a call last, on the clock of `performance.now()`. */
  private readonly throttled = new Map<string, number>();

  observerOf(accountId: string): CallObserver {
    return {
      called: () => {
        this.calls++;
      },
      throttled: (action) => {
        this.throttled.set(action.replace(/:.*/, ''), performance.now());
      },
      failed: (action, region, error) => {
        if (failureKind(error) !== 'denied') return;
        this.noteDenied(action, { accountId, region });
        if (error instanceof Error) this.denials.set(error, { action, place: { accountId, region } });
      },
    };
  }

  /** Returns the services that throttled a call since a time on the clock of `performance.now()`. */
  throttledSince(time: number): string[] {
    return [...this.throttled].flatMap(([service, at]) => (at >= time ? [service] : []));
  }

  /** Forgets a denied call whose answer another Region gave. */
  forget(error: Error): void {
    const { action = '', place } = this.denials.get(error) ?? {};
    const places = this.denied.get(action);
    if (place && places?.delete(keyOf(place)) && places.size === 0) this.denied.delete(action);
  }

  private noteDenied(action: string, place: Place): void {
    const places = this.denied.get(action) ?? new Map<string, Place>();
    this.denied.set(action, places.set(keyOf(place), place));
  }

  /** Notes a resource, or an inventory entry, which shows whether a list is complete. */
  note({ resource, parsed }: ResourceEvidence): void {
    const { accountId, region, resourceType, resourceId } = resource;
    if (resourceType !== INVENTORY) {
      this.resources++;
      return;
    }
    const { resources }: InventoryFacts = parsed?.facts ?? {};
    if (resources === undefined) this.gaps.push({ accountId, region, resourceType: resourceId, reason: parsed?.missing.resources ?? '' });
  }

  /** Notes the facts that a resource lacks because calls failed or, in an earlier scan, were denied. */
  noteUnread({ resource, parsed }: ResourceEvidence): void {
    const { accountId, region, resourceType } = resource;
    const failures = Object.values(parsed?.missing ?? {}).flatMap((reason) => failureIn(reason) ?? []);
    for (const { kind, action } of failures) {
      if (kind === 'denied' && (this.listsResumed > 0 || this.isClosed({ accountId, region })))
        this.noteDenied(action, { accountId, region });
    }
    const reasons = failures.flatMap(({ kind, action, name }) => (kind === 'failed' ? [`${action} failed (${name})`] : []));
    for (const reason of new Set(reasons)) {
      const key = `${reason} ${resourceType}`;
      const known = this.unread.get(key) ?? { reason, resourceType, resources: 0 };
      known.resources++;
      this.unread.set(key, known);
    }
  }

  /**
   * Notes a Region that the organization has closed, after all that was read. It is known that csmm cannot read there, so the denied
   * calls are no longer listed. Call {@link noteUnread} after it: a known resource in the Region can lack facts.
   */
  noteClosed(place: Place): void {
    this.closed.set(keyOf(place), place);
    this.gaps = this.gaps.filter(({ accountId, region, resourceType, reason }) => {
      const isThere = keyOf({ accountId, region: listedIn(resourceType, { region }) }) === keyOf(place);
      return !isThere || failureIn(reason)?.kind !== 'denied';
    });
    for (const [action, places] of this.denied) if (places.delete(keyOf(place)) && places.size === 0) this.denied.delete(action);
  }

  private isClosed(place: Place): boolean {
    return this.closed.has(keyOf(place));
  }

  resumed(lists: number): void {
    this.listsResumed = lists;
  }

  /** Whether the scan read every list and every fact. */
  get isComplete(): boolean {
    return this.gaps.length === 0 && this.denied.size === 0 && this.unread.size === 0;
  }

  /** Lists are in the order of their texts: calls end in any order, and a replay finds the same. */
  summary() {
    return {
      calls: this.calls,
      resources: this.resources,
      listsResumed: this.listsResumed,
      closed: inOrder([...this.closed.values()], nameOf),
      denied: inOrder([...this.denied], ([action]) => action).map(([action, places]) => ({
        action,
        places: inOrder([...places.values()], nameOf),
      })),
      gaps: inOrder(this.gaps, (gap) => `${gap.resourceType} ${nameOf(gap)}`),
      unread: inOrder([...this.unread.values()], ({ reason, resourceType }) => `${reason} ${resourceType}`),
    };
  }
}

const keyOf = ({ accountId, region }: Place): string => `${accountId} ${region}`;

const inOrder = <T>(items: readonly T[], textOf: (item: T) => string): T[] =>
  items.toSorted((one, other) => (textOf(one) < textOf(other) ? -1 : 1));

/** Number of places, gaps or controls that a line names. `--json` lists all of them. */
const NAMED = 3;

/** Returns the reads that failed, their fix, and the controls without enough data. */
export function unreadLines(log: ScanLog, result: ResultDocument, columns: number): Line[] {
  const { calls, resources, closed } = log.summary();
  const read: Line = [span(` ${resources.toLocaleString('en')} resources read in ${calls.toLocaleString('en')} calls`, 'dim')];
  const closedThere = closed.length === 0 ? [] : wrap(plainText(`Closed by the organization: ${some(closed.map(nameOf))}`), columns - 1);
  const notRead = notReadLines(log, result, columns);
  return [read, ...closedThere.map((line): Line => [span(` ${line}`, 'dim')]), ...(notRead.length === 0 ? [] : [BLANK, ...notRead])];
}

/** Returns the reads that failed, after `reasons` why a scan is incomplete. Returns no line if the scan is complete. */
export function notReadLines(log: ScanLog, { organization }: ResultDocument, columns: number, reasons: readonly string[] = []): Line[] {
  if (log.isComplete && reasons.length === 0) return [];
  const { denied, gaps, unread } = log.summary();
  const waiting = Object.entries(organization.controls).flatMap(([id, { insufficientData }]) => (insufficientData > 0 ? [id] : []));
  const indent = (text: string): Line[] => wrap(plainText(text), columns - 3).map((line) => [span(`   ${line}`)]);
  return [
    [span(' Not read', 'bold')],
    ...reasons.flatMap(indent),
    ...denied.flatMap(({ action, places }) => indent(`${action} was denied in ${some(places.map(nameOf))}`)),
    ...groupGaps(gaps.filter((gap) => !isListed(gap, denied))).flatMap(([reason, { types, places }]) =>
      indent(`${some([...types])} in ${some([...places])}: ${reason}`),
    ),
    ...unread.flatMap(({ reason, resourceType, resources: count }) => indent(`${reason} on ${count} of ${resourceType}`)),
    ...(denied.length > 0 ? indent('Fix: grant the permissions that csmm scan --print-policy prints') : []),
    ...(waiting.length > 0 ? indent(`Controls with INSUFFICIENT_DATA: ${waiting.join(', ')}`) : []),
  ];
}

const nameOf = ({ accountId, region }: Place): string => `${accountId} ${region}`;

const some = (names: readonly string[]): string =>
  `${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ` and ${names.length - NAMED} more` : ''}`;

/** Lists that are incomplete for the same reason. */
interface GapGroup {
  readonly types: Set<string>;
  readonly places: Set<string>;
}

/** Whether the list of denied actions names the action and the place of a gap. */
function isListed({ reason, ...place }: Gap, denied: readonly { readonly action: string; readonly places: readonly Place[] }[]): boolean {
  const failure = failureIn(reason);
  if (failure?.kind !== 'denied') return false;
  return denied.some(({ action, places }) => action === failure.action && places.some((each) => keyOf(each) === keyOf(place)));
}

/** Groups gaps by their reason, whatever the action: a disabled Region fails every action. */
function groupGaps(gaps: readonly Gap[]): [string, GapGroup][] {
  const groups = new Map<string, GapGroup>();
  for (const { reason, resourceType, ...place } of gaps) {
    const failure = failureIn(reason);
    const cause = failure ? reason.slice(failure.action.length + 1) : reason;
    const group = groups.get(cause) ?? { types: new Set(), places: new Set() };
    group.types.add(resourceType);
    group.places.add(nameOf(place));
    groups.set(cause, group);
  }
  return [...groups];
}
