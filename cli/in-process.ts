import { type MemoryStateStore, memoryStateStore } from '../adapters/memory/state-store.ts';
import { joinsElsewhereTouchedBy } from '../core/evaluation/evaluate.ts';
import { readDocument } from '../core/events/intake.ts';
import { isRecord, readRecord } from '../core/events/record.ts';
import { SETTINGS } from '../core/facts/csmm-settings.ts';
import { type CollectOutcome, collectFacts, collectItem, type ResourceEvidence } from '../core/pipeline/collect.ts';
import { replayedSettings } from '../core/pipeline/collect-settings.ts';
import { type CsmmEvent, eventsOf } from '../core/pipeline/events.ts';
import { affectsScore, type Catalogue, rescoreAccount, rescoreOrganization } from '../core/pipeline/rescore.ts';
import { type InputCounts, type ResultDocument, readResult } from '../core/pipeline/result.ts';
import type { ScoreChange, StateChange } from '../core/ports.ts';
import type { SettingsDocument } from '../core/settings/document.ts';
import { UsageError } from './exit.ts';

/** What scoring the records fed so far has led to. */
export interface Settled {
  readonly changes: readonly ScoreChange[];
  readonly events: readonly CsmmEvent[];
}

/** The whole pipeline – collect, score, notify – in this process, on an in-memory store. */
export interface InProcessPipeline {
  readonly store: MemoryStateStore;
  readonly counts: Readonly<InputCounts>;
  /** Collects the items, or the recorded facts, of one document. Returns why parts of it were not read, if so. */
  feed(document: unknown): Promise<readonly string[]>;
  /** Collects what was read of a resource. */
  take(evidence: ResourceEvidence): Promise<void>;
  /** Counts a record that could not even be parsed. */
  reject(): void;
  /** Scores what was fed since the last call, and tells what changed. */
  settle(): Promise<Settled>;
  result(): Promise<ResultDocument>;
}

/** Where `declared` settings are given, they hold in every account that evidence comes from, and recorded ones are ignored. */
export function inProcessPipeline(catalogue: Catalogue, declared?: SettingsDocument): InProcessPipeline {
  const store = memoryStateStore();
  const counts: InputCounts = { read: 0, applied: 0, duplicate: 0, stale: 0, ignored: 0, rejected: 0 };
  const dependencies = { store, catalogue };
  const collecting = { store, rules: catalogue.rules };
  const settingsWith = declared && replayedSettings(declared);
  /** Counts what became of a piece of evidence, and brings the settings of its account up to its time. */
  const note = async (outcome: CollectOutcome, { resource, capturedAt }: Pick<ResourceEvidence, 'resource' | 'capturedAt'>) => {
    counts.read++;
    counts[outcome]++;
    const settings = outcome === 'ignored' ? undefined : settingsWith?.(resource.accountId, capturedAt);
    if (settings) await collectFacts(settings, collecting);
  };
  /** Whether facts were taken from records, which anybody may have written. */
  let isRecorded = false;
  const take = async (evidence: ResourceEvidence): Promise<void> => {
    const isReplaced = declared !== undefined && evidence.resource.resourceType === SETTINGS;
    await note(isReplaced ? 'ignored' : await collectFacts(evidence, collecting), evidence);
  };

  const settle = async (): Promise<Settled> => {
    const stateChanges = store.takeStateChanges();
    for (const [accountId, changes] of byAccount(stateChanges)) {
      if (changes.some((change) => affectsScore(change, catalogue.rules))) await rescoreAccount(accountId, changes, dependencies);
    }
    // What changed in one account may be what a join in another one waits for.
    const touchedLists = new Set(stateChanges.map(({ after }) => joinsElsewhereTouchedBy(catalogue.rules, after.resource)));
    const elsewhere = [...new Set([...touchedLists].flat())];
    if (elsewhere.length > 0) {
      for (const accountId of store.accountIds()) await rescoreAccount(accountId, [], dependencies, elsewhere);
    }
    const accountChanges = store.takeScoreChanges();
    if (accountChanges.length > 0) await rescoreOrganization(newestOf(accountChanges), dependencies);
    const changes = [...accountChanges, ...store.takeScoreChanges()];
    return { changes, events: changes.flatMap(eventsOf) };
  };
  const result = (): Promise<ResultDocument> => readResult(store.accountIds(), counts, dependencies);

  return {
    store,
    counts,
    take,
    feed: async (document) => {
      const reasons: string[] = [];
      if (isRecord(document)) {
        isRecorded = true;
        const reason = await takeRecord(document, take);
        if (reason === undefined) return reasons;
        counts.read++;
        counts.rejected++;
        return [reason];
      }
      for (const intake of readDocument(document)) {
        if (intake.kind === 'item') {
          await note(await collectItem(intake.item, collecting), intake.item);
          continue;
        }
        counts.read++;
        counts[intake.kind]++;
        if (intake.kind === 'rejected') reasons.push(intake.reason);
      }
      return reasons;
    },
    reject: () => {
      counts.read++;
      counts.rejected++;
    },
    settle: () => (isRecorded ? blamingRecords(settle) : settle()),
    result: () => (isRecorded ? blamingRecords(result) : result()),
  };
}

/** Takes a record, as far as its facts can be judged. Returns why it was not taken, if so. */
async function takeRecord(
  record: Readonly<Record<string, unknown>>,
  take: (evidence: ResourceEvidence) => Promise<void>,
): Promise<string | undefined> {
  const evidence = readRecord(record);
  if (typeof evidence === 'string') return evidence;
  try {
    await take(evidence);
    return undefined;
  } catch (error) {
    return `its facts are not what ${evidence.resource.resourceType} has: ${messageOf(error)}`;
  }
}

/** Facts of several records are judged together: which of them is wrong cannot be told. */
async function blamingRecords<T>(judge: () => Promise<T>): Promise<T> {
  try {
    return await judge();
  } catch (error) {
    throw new UsageError(
      `the recorded facts cannot be judged (${messageOf(error)}): a record was changed, or is of another version of csmm. Make a new one with csmm scan --record`,
    );
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 200);

function byAccount(changes: readonly StateChange[]): Map<string, StateChange[]> {
  const groups = new Map<string, StateChange[]>();
  for (const change of changes) {
    const group = groups.get(change.after.resource.accountId);
    if (group) group.push(change);
    else groups.set(change.after.resource.accountId, [change]);
  }
  return groups;
}

const newestOf = (changes: readonly ScoreChange[]): string =>
  changes
    .map((change) => change.after.asOf)
    .sort()
    .at(-1) ?? '';
