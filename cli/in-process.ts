import { type MemoryStateStore, memoryStateStore } from '../adapters/memory/state-store.ts';
import { joinsElsewhereTouchedBy } from '../core/evaluation/evaluate.ts';
import { readDocument, readResource, readTime } from '../core/events/intake.ts';
import { isRecord, isScanBegin, isScanEnd, readRecord } from '../core/events/record.ts';
import { SETTINGS } from '../core/facts/csmm-settings.ts';
import { INVENTORY } from '../core/facts/inventory.ts';
import { aheadOfClock, latestBelieved } from '../core/instant.ts';
import { type CollectOutcome, collectFacts, collectItem, correctList, type ResourceEvidence } from '../core/pipeline/collect.ts';
import { replayedSettings } from '../core/pipeline/collect-settings.ts';
import { type CsmmEvent, eventsOf } from '../core/pipeline/events.ts';
import { movedLists } from '../core/pipeline/lists.ts';
import { type Catalogue, rescoreAccount, rescoreOrganization } from '../core/pipeline/rescore.ts';
import { type InputCounts, type ResultDocument, readResult } from '../core/pipeline/result.ts';
import { ended } from '../core/pipeline/sweep.ts';
import { DAY_PASSED, ELSEWHERE, mark, markTouched, type Touched, touch, touchByLists } from '../core/pipeline/wanted.ts';
import type { ScoreChange, ScoringQueue } from '../core/ports.ts';
import type { SettingsDocument } from '../core/settings/document.ts';
import { type RecordedList, recordedLists } from './recorded-lists.ts';

/** The score changes, and their events, of the records since the last call. */
export interface Settled {
  readonly changes: readonly ScoreChange[];
  readonly events: readonly CsmmEvent[];
}

/** The whole pipeline (collect, score, notify) in this process, on an in-memory store. */
export interface InProcessPipeline {
  readonly store: MemoryStateStore;
  readonly counts: Readonly<InputCounts>;
  /** Collects the items, or the recorded facts, of one document. Returns the reasons why parts of it were not read. */
  feed(document: unknown): Promise<readonly string[]>;
  /** Collects the evidence of a resource. */
  take(evidence: ResourceEvidence): Promise<void>;
  /** Compares the recorded lists with the resources that csmm read. Call it after the last record. */
  recordedLists(): Promise<readonly RecordedList[]>;
  /**
   * Marks the {@link recordedLists} that lack resources as incomplete, so that no control rests on them. Ends the resources that a
   * complete list does not contain. Returns the number of incomplete ones.
   */
  closeLists(): Promise<number>;
  /** Counts a record that is not valid JSON. */
  reject(): void;
  /** Scores the records since the last call, and returns the changes. */
  settle(): Promise<Settled>;
  /** Notes for the next score what has changed, so that memory does not grow with the records. */
  noteChanges(): void;
  result(): Promise<ResultDocument>;
  /** Returns the number of recorded settings that the declared settings replaced. */
  replacedSettings(): number;
}

/**
 * Returns a pipeline. `declared` settings apply to every account with evidence, and replace recorded settings. `latest` returns the
 * latest capture time that csmm believes, by default by the clock of this computer.
 */
export function inProcessPipeline(
  catalogue: Catalogue,
  declared?: SettingsDocument,
  latest: () => string = () => latestBelieved(Date.now()),
): InProcessPipeline {
  const store = memoryStateStore();
  const counts: InputCounts = { read: 0, applied: 0, duplicate: 0, stale: 0, ignored: 0, rejected: 0 };
  const dependencies = { store, catalogue };
  const collecting = { store, rules: catalogue.rules, latest };
  const settingsWith = declared && replayedSettings(declared);
  /** Counts the outcome of a piece of evidence. Returns the settings of its account at its time, if they change. */
  const note = (outcome: CollectOutcome, { resource, capturedAt }: Pick<ResourceEvidence, 'resource' | 'capturedAt'>) => {
    counts.read++;
    counts[outcome === 'ahead' ? 'rejected' : outcome]++;
    return outcome === 'ignored' || outcome === 'ahead' ? undefined : settingsWith?.(resource.accountId, capturedAt);
  };
  /** `account type` of the resources that records describe. */
  const recorded = new Set<string>();
  const lists = () => recordedLists(store, (accountId, type) => recorded.has(`${accountId} ${type}`));
  let replaced = 0;
  const take = async (evidence: ResourceEvidence): Promise<CollectOutcome> => {
    const isReplaced = declared !== undefined && evidence.resource.resourceType === SETTINGS;
    if (isReplaced) replaced++;
    const outcome = isReplaced ? 'ignored' : await collectFacts(evidence, collecting);
    const settings = note(outcome, evidence);
    if (settings) await collectFacts(settings, collecting);
    return outcome;
  };

  /** Changes since the last score, by account. */
  const touched = new Map<string, Touched>();
  let isTouchedElsewhere = false;
  const touchedIn = (accountId: string): Touched => {
    const ofAccount = touched.get(accountId) ?? { keys: new Set(), causes: new Map() };
    touched.set(accountId, ofAccount);
    return ofAccount;
  };
  const noteChanges = (): void => {
    for (const change of store.takeStateChanges()) {
      touch(touchedIn(change.after.resource.accountId), change, catalogue.rules);
      isTouchedElsewhere ||= joinsElsewhereTouchedBy(catalogue.rules, change.after.resource).length > 0;
    }
    for (const change of store.takeCardChanges()) {
      const ofAccount = touchedIn(change.after.accountId);
      touchByLists(ofAccount, change, catalogue.rules);
      // No clock marks the days here: a newer list shows that time has passed.
      ofAccount.keys.add(DAY_PASSED);
      isTouchedElsewhere ||= movedLists(change).some((type) => catalogue.rules.joinsElsewhere.has(type));
    }
  };

  const settle = async (): Promise<Settled> => {
    noteChanges();
    const due = new Set<string>();
    const queue: ScoringQueue = { send: async (scope) => void due.add(scope) };
    for (const [accountId, ofAccount] of touched) await markTouched(accountId, ofAccount, { store, queue });
    touched.clear();
    for (const accountId of due) await rescoreAccount(accountId, dependencies);
    // A join in another account may depend on the change.
    if (isTouchedElsewhere) {
      for (const accountId of store.accountIds()) {
        await mark(accountId, [ELSEWHERE], { store, queue });
        await rescoreAccount(accountId, dependencies);
      }
    }
    isTouchedElsewhere = false;
    const accountChanges = store.takeScoreChanges();
    if (accountChanges.length > 0) await rescoreOrganization(dependencies);
    const changes = [...accountChanges, ...store.takeScoreChanges()];
    return { changes, events: changes.flatMap(eventsOf) };
  };

  /** Marks the list of a rejected record as incomplete. */
  const closeList = async (record: Readonly<Record<string, unknown>>): Promise<void> => {
    const list = rejectedList(record, latest());
    if (list) await collectFacts(list, collecting);
  };

  const feedRecord = async (record: Readonly<Record<string, unknown>>): Promise<readonly string[]> => {
    if (isScanBegin(record) || isScanEnd(record)) return [];
    const evidence = readRecord(record);
    if (typeof evidence === 'string') {
      counts.read++;
      counts.rejected++;
      await closeList(record);
      return [evidence];
    }
    recorded.add(`${evidence.resource.accountId} ${evidence.resource.resourceType}`);
    if ((await take(evidence)) !== 'ahead') return [];
    await closeList(record);
    return [aheadOfClock(evidence.capturedAt)];
  };

  const feedItems = async (document: unknown): Promise<readonly string[]> => {
    const reasons: string[] = [];
    for (const intake of readDocument(document)) {
      if (intake.kind === 'item') {
        const outcome = await collectItem(intake.item, collecting);
        if (outcome === 'ahead') reasons.push(aheadOfClock(intake.item.capturedAt));
        const settings = note(outcome, intake.item);
        if (settings) await collectFacts(settings, collecting);
        continue;
      }
      counts.read++;
      counts[intake.kind]++;
      if (intake.kind === 'rejected') reasons.push(intake.reason);
    }
    return reasons;
  };

  return {
    store,
    counts,
    take: async (evidence) => {
      await take(evidence);
    },
    feed: (document) => (isRecord(document) ? feedRecord(document) : feedItems(document)),
    recordedLists: lists,
    closeLists: async () => {
      let incomplete = 0;
      for (const { list, gap, goneAt, gone } of await lists()) {
        for (const { resource } of gone) await collectItem(ended(resource, goneAt), collecting);
        if (gap === undefined) continue;
        incomplete++;
        await correctList({ ...list, parsed: { facts: {}, missing: { resources: gap } } }, collecting);
      }
      return incomplete;
    },
    reject: () => {
      counts.read++;
      counts.rejected++;
    },
    settle,
    result: () => readResult(store.accountIds(), counts, dependencies),
    noteChanges,
    replacedSettings: () => replaced,
  };
}

/** Returns the list of a rejected record: csmm knows that a scan read it, and not whether it is complete. */
function rejectedList(record: Readonly<Record<string, unknown>>, latest: string): ResourceEvidence | undefined {
  const resource = readResource(record);
  const capturedAt = readTime(record.capturedAt);
  if (typeof resource === 'string' || resource.resourceType !== INVENTORY || capturedAt === undefined) return undefined;
  const parsed = { facts: {}, missing: { resources: 'its record could not be read' } };
  return { resource, capturedAt: capturedAt < latest ? capturedAt : latest, parsed };
}
