import { accountRef, type ControlDefinition, type JoinedVerdict, type Verdict } from '../control.ts';
import { evaluateJoins, type RuleIndex } from '../evaluation/evaluate.ts';
import { byResource, openFinding } from '../evaluation/open-finding.ts';
import { addTallies, count, EMPTY_TALLY, type Tally } from '../evaluation/tally.ts';
import { settingsRef } from '../facts/csmm-settings.ts';
import { isoOf, latestBelieved, millisecondsOf } from '../instant.ts';
import type { Compliance, ControlStatus, ResourceRef } from '../model.ts';
import {
  type AccountStatuses,
  type Behind,
  type Cause,
  type ControlChange,
  type Counters,
  type JoinFinding,
  type JoinHead,
  type JoinResult,
  MAX_JOINED_BYTES,
  MAX_JOINED_FINDINGS,
  type OpenFinding,
  ORGANIZATION,
  type ScoreCommit,
  type StateStore,
  type StoredScore,
} from '../ports.ts';
import { combineStatuses, type Scorecard, scoreAccount, scoreOrganization } from '../scoring/scorecard.ts';
import { ContentionError, canonical, isLater, MAX_ATTEMPTS, type Pause } from './collect.ts';
import { type AccountExceptions, asksForOpen, describeException, evaluateControl, liveExceptions } from './exceptions.ts';
import { asReadBy, readInventory, settingsIn } from './inventory.ts';
import { type Lists, listsOf } from './lists.ts';
import { neverReadIn } from './never-read.ts';
import { causeOf, changeOf, DRIFT, ENDED, EVERYTHING, EXCEPTED, grown, joinedControls, joinsOfDay, joinsWanted } from './wanted.ts';

/** The scored controls, and the version within which their scores compare. */
export interface Catalogue {
  readonly version: string;
  readonly controls: readonly ControlDefinition[];
  readonly rules: RuleIndex;
}

export interface RescoreDependencies {
  readonly store: StateStore;
  readonly catalogue: Catalogue;
  readonly pause?: Pause;
  /** Returns the present in milliseconds since 1970. Absent in one process: then no run puts a join off. */
  readonly now?: () => number;
}

/** A committed scoring run of a scope. */
export interface ScoringRun {
  /** The new score; absent if nothing changed. */
  readonly score?: StoredScore;
  /** Version of the scope's turn after the run. */
  readonly version: number;
  /** The counters that the run had read. */
  readonly seen: Counters;
  /** Number of joins that wait after the run, put off by it or by an earlier one. */
  readonly deferred: number;
  /** Whether a status changed although nothing had: a change was lost. */
  readonly drifted: boolean;
}

/** Shortest evaluation of a join, in milliseconds, that is bounded. */
const LONG = 500;
/** A long join runs for at most one part in this many of the time. */
const DUTY = 20;
/** Longest time that a join waits, in milliseconds. */
const LONGEST_WAIT = 15 * 60_000;
/** Size and number of the joins in one commit, in bytes. A transaction of DynamoDB takes 4 MB and 100 items. */
const MAX_COMMIT_BYTES = 3_000_000;
const MAX_COMMIT_JOINS = 90;

/**
 * Updates an account's scorecard: looks at what was counted since the last committed run. Reads the account's tallies, lists and
 * settings, the resources of the joins that the counters touch, and the open findings of controls with exceptions for single
 * resources. With a clock, a join that takes long is put off: docs/adr/0027-one-scoring-at-a-time.md.
 *
 * @throws ContentionError if other writers keep committing the same scorecard.
 */
export async function rescoreAccount(accountId: string, dependencies: RescoreDependencies): Promise<ScoringRun> {
  const { store, catalogue, now } = dependencies;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const turn = await store.beginScoring(accountId);
    const wanted = await store.readWanted(accountId);
    const keys = grown(wanted, turn.seen);
    const begun = now?.();
    const isDue = (time: string): boolean => begun === undefined || time <= isoOf(begun);
    const dueNow = [...turn.due].flatMap(([id, time]) => (isDue(time) ? [id] : []));
    const before = await store.readScore(accountId);
    const done = (rest: Partial<ScoringRun> = {}): ScoringRun => ({
      version: turn.version + 1,
      seen: wanted,
      deferred: 0,
      drifted: false,
      ...rest,
    });
    if (keys.size === 0 && dueNow.length === 0 && before?.catalogueVersion === catalogue.version) {
      if (await store.commitScore(turn, { seen: wanted, due: turn.due })) return done({ deferred: turn.due.size });
      await dependencies.pause?.(attempt + 1);
      continue;
    }

    const [stored, tallies, settings] = await Promise.all([
      store.readHeads(accountId),
      store.readTallies(accountId),
      store.readResource(settingsRef(accountId)),
    ]);
    // After the tallies: an entry of an earlier release leaves the tallies only when its list is on a card.
    const lists = listsOf(await store.readCards(accountId), catalogue.rules, settingsIn(settings));
    const heads = currentHeads(stored, catalogue);
    const exceptions = liveExceptions(settings);
    const due = new Map(turn.due);
    const evaluated = await evaluateJoinsOf(accountId, toEvaluate(keys, dueNow, heads, due, lists, dependencies), lists, dependencies);
    // A run that evaluates everything writes all results: a stored one may not be what its head says.
    const { joins, heads: nextHeads } = keep(evaluated, heads, due, keys.has(EVERYTHING), dependencies);
    const known = joinsKnown(accountId, evaluated, heads, store);
    const { statuses, unread } = await deriveStatuses(accountId, { tallies, lists, joins: known, exceptions }, dependencies);
    const isChanged = !isSame(before, catalogue.version, statuses);
    const causes = isChanged ? await freshCauses(accountId, turn.seen, store) : new Map<string, Cause>();
    const changed = differences(before?.statuses, statuses);
    const score: StoredScore | undefined = isChanged
      ? {
          scope: accountId,
          revision: (before?.revision ?? 0) + 1,
          catalogueVersion: catalogue.version,
          asOf: asOf(before, causes, changed, evaluated, lists, believedBy(now)),
          statuses,
          scorecard: scoreAccount(catalogue.controls, statuses),
          changes: await explain(accountId, changed, { causes, evaluated, exceptions, unread }, dependencies),
        }
      : undefined;
    const isMoved = joins.size > 0 || JSON.stringify([...nextHeads]) !== JSON.stringify([...stored]);
    const commit: ScoreCommit = {
      seen: wanted,
      due,
      ...(score && { score }),
      ...(joins.size > 0 && { joins }),
      ...(isMoved && { heads: nextHeads }),
      ...(due.size > 0 && begun !== undefined && { behind: behindBecauseOf(due, accountId, isoOf(begun)) }),
    };
    if (await store.commitScore(turn, commit)) {
      return done({ ...(score && { score }), deferred: due.size, drifted: hasDrifted(keys, before, score, lists, catalogue) });
    }
    await dependencies.pause?.(attempt + 1);
  }
  throw new ContentionError(`the scorecard of ${accountId}`, MAX_ATTEMPTS);
}

/**
 * Returns the controls whose joins this run evaluates: those that the keys touch, those that are due, and those whose stored result
 * is missing or of another release. Adds to `due` those that ran too short a time ago, and removes from it those that run now.
 */
function toEvaluate(
  keys: ReadonlySet<string>,
  dueNow: readonly string[],
  heads: ReadonlyMap<string, JoinHead>,
  due: Map<string, string>,
  lists: Lists,
  { catalogue, now }: RescoreDependencies,
): ControlDefinition[] {
  const wanted = new Set([...joinsWanted(keys, lists, catalogue.rules), ...dueNow]);
  const time = now?.();
  const joined = joinedControls(catalogue.rules);
  for (const id of due.keys()) if (!joined.has(id)) due.delete(id);
  return catalogue.controls.filter(({ id }) => {
    if (!joined.has(id)) return false;
    const head = heads.get(id);
    const isCurrent = head?.catalogueVersion === catalogue.version;
    if (isCurrent && !wanted.has(id)) return false;
    const next = isCurrent && time !== undefined ? earliestAfter(head) : undefined;
    if (time !== undefined && next !== undefined && next > time) {
      due.set(id, isoOf(next));
      return false;
    }
    due.delete(id);
    return true;
  });
}

/** Returns the time before which a long join does not run again, in milliseconds; `undefined` for a short one. */
const earliestAfter = ({ long }: JoinHead): number | undefined =>
  long && millisecondsOf(long.at) + Math.min(LONGEST_WAIT, DUTY * long.milliseconds);

/** The result of a control's joins in this run. */
interface Evaluated {
  readonly verdicts: readonly JoinedVerdict[];
  readonly result: JoinResult;
  /** Newest capture time of what the joins read. */
  readonly capturedAt: string;
  readonly milliseconds: number;
}

async function evaluateJoinsOf(
  accountId: string,
  controls: readonly ControlDefinition[],
  lists: Lists,
  { store, catalogue, now: clock }: RescoreDependencies,
): Promise<Map<string, Evaluated>> {
  const now = clock ?? (() => 0);
  const spent = new Map<string, number>();
  const listing: StateStore = {
    ...store,
    listResources: async (owner, type, only) => {
      const begun = now();
      const resources = await store.listResources(owner, type, only);
      spent.set(type, (spent.get(type) ?? 0) + now() - begun);
      return resources;
    },
  };
  const inventory = await readInventory(accountId, controls, listing, lists);
  return new Map(
    controls.map((control) => {
      const begun = now();
      const read = asReadBy(control, inventory, believedBy(clock));
      const verdicts = evaluateJoins(control, read);
      const types = new Set(control.rules.flatMap((rule) => (rule.kind === 'join' ? rule.reads : [])));
      const reading = [...types].reduce((sum, type) => sum + (spent.get(type) ?? 0), 0);
      const result = summarize(verdicts, catalogue.version);
      return [control.id, { verdicts, result, capturedAt: read.capturedAt, milliseconds: reading + now() - begun }];
    }),
  );
}

/** Returns the results to store, and the heads after them. What does not fit one commit is due at once. */
function keep(
  evaluated: ReadonlyMap<string, Evaluated>,
  heads: ReadonlyMap<string, JoinHead>,
  due: Map<string, string>,
  writesAll: boolean,
  { store, catalogue, now }: RescoreDependencies,
): { readonly joins: Map<string, JoinResult>; readonly heads: Map<string, JoinHead> } {
  const joins = new Map<string, JoinResult>();
  const kept = new Map(heads);
  let bytes = 0;
  for (const [id, { result, milliseconds }] of evaluated) {
    const text = JSON.stringify(result);
    const digest = store.digest(text);
    if (writesAll || heads.get(id)?.digest !== digest) {
      bytes += Buffer.byteLength(text);
      if (now && joins.size > 0 && (bytes > MAX_COMMIT_BYTES || joins.size >= MAX_COMMIT_JOINS)) {
        due.set(id, isoOf(now()));
        continue;
      }
      joins.set(id, result);
    }
    const isLong = now !== undefined && milliseconds >= LONG;
    kept.set(id, {
      tally: result.tally,
      catalogueVersion: catalogue.version,
      digest,
      ...(isLong && { long: { milliseconds: Math.round(milliseconds), at: isoOf(now()) } }),
    });
  }
  return { joins, heads: new Map([...kept].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function behindBecauseOf(due: ReadonlyMap<string, string>, scope: string, since: string): Behind {
  const [first = since] = [...due.values()].sort();
  const controls = [...due.keys()].sort().slice(0, 5).join(', ');
  return { scope, since, attempts: 0, nextAt: first, reason: `joins that take long wait: ${controls}` };
}

/** A join as the statuses need it. The open findings are read only if a status depends on them. */
export interface KnownJoin {
  readonly tally: Tally;
  readonly open: () => Promise<readonly JoinFinding[]>;
}

function joinsKnown(
  accountId: string,
  evaluated: ReadonlyMap<string, Evaluated>,
  heads: ReadonlyMap<string, JoinHead>,
  store: StateStore,
): ReadonlyMap<string, KnownJoin> {
  const stored = [...heads].map(([id, { tally }]): [string, KnownJoin] => [
    id,
    { tally, open: async () => (await store.readJoin(accountId, id))?.open ?? [] },
  ]);
  const fresh = [...evaluated].map(([id, { result }]): [string, KnownJoin] => [id, { tally: result.tally, open: async () => result.open }]);
  return new Map([...stored, ...fresh]);
}

/** Whether a status changed in a run that had nothing to look at: then an earlier change was lost. Time may change some statuses. */
const hasDrifted = (
  keys: ReadonlySet<string>,
  before: StoredScore | undefined,
  score: StoredScore | undefined,
  lists: Lists,
  { rules, version }: Catalogue,
): boolean =>
  keys.size === 1 &&
  keys.has(DRIFT) &&
  before?.catalogueVersion === version &&
  (score?.changes ?? []).some(({ controlId }) => !joinsOfDay(lists, rules).has(controlId));

/** Returns the causes that were counted since the last committed run. */
async function freshCauses(accountId: string, seen: Counters | undefined, store: StateStore): Promise<Map<string, Cause>> {
  const causes = await store.readCauses(accountId);
  return new Map([...causes].filter(([, { counter, count }]) => count > (seen?.get(counter) ?? 0)));
}

/** Returns the latest time that csmm believes; `undefined` without a clock. */
const believedBy = (now: RescoreDependencies['now']): string | undefined => now && latestBelieved(now());

/** Time of evidence whose time is not known: any other is newer. */
const LONG_AGO = isoOf(0);

/**
 * Returns the time of the newest evidence behind a change. If no cause and no scorecard before has one, such as after a scorecard that
 * could not be read, it is that of the newest evidence that the run has read.
 */
function asOf(
  before: StoredScore | undefined,
  causes: ReadonlyMap<string, Cause>,
  changed: readonly { readonly controlId: string }[],
  evaluated: ReadonlyMap<string, Evaluated>,
  { listings }: Lists,
  believed: string | undefined,
): string {
  const times = [before?.asOf, ...[...causes.values()].map((cause) => cause.capturedAt)];
  return (
    newest([...times, ...changed.map(({ controlId }) => evaluated.get(controlId)?.capturedAt)], believed) ||
    newest(
      [...evaluated.values(), ...[...listings.values()].flat()].map((each) => each.capturedAt),
      believed,
    ) ||
    LONG_AGO
  );
}

/**
 * Updates the organization's scorecard from its accounts' statuses.
 *
 * @throws ContentionError if other writers keep committing the same scorecard.
 */
export async function rescoreOrganization({ store, catalogue, pause, now }: RescoreDependencies): Promise<ScoringRun> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const turn = await store.beginScoring(ORGANIZATION);
    const seen = await store.readWanted(ORGANIZATION);
    const before = await store.readScore(ORGANIZATION);
    const accounts = await store.listAccountStatuses();
    const members = [...accounts.values()].map(({ statuses }) => ({ statuses, weight: 1 }));
    const scorecard = scoreOrganization(catalogue.controls, members);
    const statuses = combineStatuses(catalogue.controls, members);
    const changed =
      before?.catalogueVersion !== catalogue.version ||
      !sameScores(before.scorecard, scorecard) ||
      !sameStatuses(before.statuses, statuses);
    const score: StoredScore | undefined = changed
      ? {
          scope: ORGANIZATION,
          revision: (before?.revision ?? 0) + 1,
          catalogueVersion: catalogue.version,
          asOf: newest([before?.asOf, ...[...accounts.values()].map((account) => account.asOf)], believedBy(now)) || LONG_AGO,
          statuses,
          scorecard,
          changes: differences(before?.statuses, statuses).map((difference) => ({
            ...difference,
            resource: null,
            reason: whereIs(difference, accounts),
          })),
        }
      : undefined;
    if (await store.commitScore(turn, { seen, ...(score && { score }) })) {
      return { ...(score && { score }), version: turn.version + 1, seen, deferred: 0, drifted: false };
    }
    await pause?.(attempt + 1);
  }
  throw new ContentionError('the scorecard of the organization', MAX_ATTEMPTS);
}

/** Names the accounts in which a control has its status in the organization, up to three. */
function whereIs(
  { controlId, to }: { readonly controlId: string; readonly to: ControlStatus },
  accounts: ReadonlyMap<string, AccountStatuses>,
): string {
  const there = [...accounts].filter(([, { statuses }]) => (statuses.get(controlId) ?? 'NO_DATA') === to).map(([accountId]) => accountId);
  const named = there.sort().slice(0, 3).join(', ');
  return `${to} in ${named}${there.length > 3 ? ` and ${there.length - 3} more accounts` : ''}`;
}

/** Compares independently of the order of keys, which a store need not keep. */
const sameScores = (a: Scorecard, b: Scorecard): boolean => canonical(a) === canonical(b);

function sameStatuses(a: ReadonlyMap<string, ControlStatus>, b: ReadonlyMap<string, ControlStatus>): boolean {
  if (a.size !== b.size) return false;
  for (const [id, status] of b) if (a.get(id) !== status) return false;
  return true;
}

const isSame = (before: StoredScore | undefined, version: string, statuses: ReadonlyMap<string, ControlStatus>): boolean =>
  before?.catalogueVersion === version && sameStatuses(before.statuses, statuses);

/** Returns the newest time that is not after `believed`; empty if no time is. */
const newest = (times: readonly (string | undefined)[], believed?: string): string =>
  times.reduce<string>((latest, time) => (time !== undefined && time > latest && !isLater(time, believed) ? time : latest), '');

/** The known state of an account, by control id. */
interface Known {
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly lists: Lists;
  readonly joins: ReadonlyMap<string, KnownJoin>;
  readonly exceptions: AccountExceptions;
}

/** The statuses of an account, and why those that are `NO_DATA` because of types never read are so. */
interface Derived {
  readonly statuses: ReadonlyMap<string, ControlStatus>;
  readonly unread: ReadonlyMap<string, Verdict>;
}

/** Returns the statuses of all controls. A control without an evaluation is `NO_DATA`, unless it has an exception. */
async function deriveStatuses(
  accountId: string,
  { tallies, lists, joins, exceptions }: Known,
  { store, catalogue }: RescoreDependencies,
): Promise<Derived> {
  const statuses = new Map<string, ControlStatus>();
  const unread = new Map<string, Verdict>();
  const neverRead = neverReadIn(accountId, lists, store);
  for (const control of catalogue.controls) {
    const { id } = control;
    const tally = totalTally(tallies.get(id), lists.tallies.get(id), joins.get(id)?.tally);
    const open = asksForOpen(tally, exceptions.get(id))
      ? await readOpen(accountId, id, [...(lists.open.get(id) ?? []), ...((await joins.get(id)?.open()) ?? [])], store)
      : [];
    const { status } = evaluateControl(tally, open, exceptions.get(id));
    // A failure stays one, whatever else was not read. An exception for the whole control does not depend on evidence.
    const canChange = (status === 'PASSED' || status === 'NOT_APPLICABLE') && !exceptions.get(id)?.whole;
    const why = canChange ? await neverRead(control) : undefined;
    if (why) unread.set(id, why);
    statuses.set(id, why ? 'NO_DATA' : status);
  }
  return { statuses, unread };
}

/** Returns the open findings of one control in one account: those of its rules on single resources, and `others`. */
export async function readOpen<F extends JoinFinding>(
  accountId: string,
  controlId: string,
  others: readonly F[],
  store: StateStore,
): Promise<readonly (OpenFinding | F)[]> {
  return [...(await store.listOpenFindings(accountId, controlId)), ...others].sort(byResource);
}

/** Returns the tally of a control in one account, from that of its rules on single resources, of the lists and of its joins. */
export const totalTally = (...parts: readonly (Tally | undefined)[]): Tally =>
  parts.reduce<Tally>((sum, part) => (part ? addTallies(sum, part) : sum), EMPTY_TALLY);

function summarize(verdicts: readonly JoinedVerdict[], catalogueVersion: string): JoinResult {
  let tally = EMPTY_TALLY;
  const open: JoinFinding[] = [];
  for (const verdict of verdicts) {
    tally = count(tally, verdict.compliance);
    const finding = openFinding(verdict, verdict.resource, verdict.capturedAt);
    if (!finding) continue;
    const { capturedAt: _, ...untimed } = finding;
    open.push(untimed);
  }
  return { tally, catalogueVersion, open: fitting(open.sort(byResource)) };
}

/** Returns the findings that the store can keep for one control. */
function fitting(open: readonly JoinFinding[]): JoinFinding[] {
  let bytes = 0;
  return open.slice(0, MAX_JOINED_FINDINGS).filter((finding) => {
    bytes += Buffer.byteLength(JSON.stringify(finding));
    return bytes <= MAX_JOINED_BYTES;
  });
}

/** Returns the heads of controls that still have a join: another release of the catalogue may have had others. */
function currentHeads(stored: ReadonlyMap<string, JoinHead>, { rules }: Catalogue): Map<string, JoinHead> {
  const joined = joinedControls(rules);
  return new Map([...stored].filter(([id]) => joined.has(id)));
}

function differences(
  before: ReadonlyMap<string, ControlStatus> | undefined,
  after: ReadonlyMap<string, ControlStatus>,
): { controlId: string; from: ControlStatus; to: ControlStatus }[] {
  return [...after].flatMap(([controlId, to]) => {
    const from = before?.get(controlId) ?? 'NO_DATA';
    return from === to ? [] : [{ controlId, from, to }];
  });
}

/** Possible causes of a change of statuses. */
interface Causes {
  /** Those that were counted since the last run. */
  readonly causes: ReadonlyMap<string, Cause>;
  readonly evaluated: ReadonlyMap<string, Evaluated>;
  readonly exceptions: AccountExceptions;
  readonly unread: Derived['unread'];
}

/** Returns the changed controls, each with its cause: an exception, a resource that changed just now, or an open finding. */
async function explain(
  accountId: string,
  changed: readonly Pick<ControlChange, 'controlId' | 'from' | 'to'>[],
  known: Causes,
  { store, catalogue }: RescoreDependencies,
): Promise<ControlChange[]> {
  const explained: ControlChange[] = [];
  for (const difference of changed) {
    const { controlId, to } = difference;
    const { causes, exceptions, unread, evaluated } = known;
    const counts: Counts = ({ resource }) => !exceptions.get(controlId)?.on(resource);
    const cause =
      causeInNeverRead(accountId, unread.get(controlId)) ??
      (to !== 'FAILED' && exceptions.has(controlId) ? causes.get(causeOf(controlId, EXCEPTED)) : undefined) ??
      causeIn(causes, controlId, to, counts) ??
      (await causeInJoin(accountId, known, controlId, to, counts, store)) ??
      (to === 'FAILED' ? (await store.listOpenFindings(accountId, controlId)).find(counts) : undefined) ??
      causeExcepted(known, controlId) ??
      (evaluated.has(controlId) ? lastChange(causes, catalogue.rules.controls.get(controlId)) : undefined);
    explained.push({
      ...difference,
      resource: cause?.resource ?? null,
      ...(cause?.code !== undefined && { code: cause.code }),
      reason: cause?.reason ?? null,
    });
  }
  return explained;
}

const causeInNeverRead = (accountId: string, why: Verdict | undefined): Explanation | undefined =>
  why && { resource: accountRef(accountId), ...(why.code !== undefined && { code: why.code }), reason: why.reason };

const COMPLIANCE_BEHIND: Readonly<Record<ControlStatus, Compliance>> = {
  FAILED: 'NON_COMPLIANT',
  PASSED: 'COMPLIANT',
  NOT_APPLICABLE: 'NOT_APPLICABLE',
  NO_DATA: 'INSUFFICIENT_DATA',
};

type Explanation = Pick<OpenFinding, 'resource' | 'code' | 'reason'>;

/** Whether a finding on a resource counts, so that no exception covers it. */
type Counts = (of: { readonly resource: ResourceRef }) => boolean;

/** Returns a changed resource whose finding now explains the status, or whose finding has ended. */
function causeIn(causes: ReadonlyMap<string, Cause>, controlId: string, to: ControlStatus, counts: Counts): Explanation | undefined {
  const moved = causes.get(causeOf(controlId, COMPLIANCE_BEHIND[to]));
  return moved && counts(moved) ? moved : causes.get(causeOf(controlId, ENDED));
}

/** Returns a changed resource that does not count because of an exception. */
function causeExcepted({ causes, exceptions }: Causes, controlId: string): Explanation | undefined {
  for (const compliance of ['NON_COMPLIANT', 'INSUFFICIENT_DATA'] as const) {
    const moved = causes.get(causeOf(controlId, compliance));
    const exception = moved && exceptions.get(controlId)?.on(moved.resource);
    if (exception) return { resource: moved.resource, reason: describeException(exception) };
  }
  return undefined;
}

/**
 * Returns a resource whose join result now explains the status: one that changed, or one that was open before, such as a VPC that
 * gets its flow log. Otherwise any such resource, because the status is true of all of them.
 */
async function causeInJoin(
  accountId: string,
  { causes, evaluated }: Causes,
  controlId: string,
  to: ControlStatus,
  counts: Counts,
  store: StateStore,
): Promise<Explanation | undefined> {
  const verdicts = evaluated.get(controlId)?.verdicts ?? [];
  const saying = verdicts.filter((verdict) => verdict.compliance === COMPLIANCE_BEHIND[to] && counts(verdict));
  if (saying.length === 0) return undefined;
  const among = (keys: ReadonlySet<string>) => saying.find(({ resource }) => keys.has(keyOf(resource)));
  const changed = keysOf([...causes.values()].map(({ resource }) => resource));
  const openBefore = (await store.readJoin(accountId, controlId))?.open ?? [];
  return among(changed) ?? among(keysOf(openBefore.map(({ resource }) => resource))) ?? saying[0];
}

const keysOf = (resources: readonly ResourceRef[]): Set<string> => new Set(resources.map(keyOf));
const keyOf = ({ region, resourceType, resourceId }: ResourceRef): string => `${resourceType} ${region} ${resourceId}`;

/** Returns the newest change of a type that the joins of a control read. */
function lastChange(causes: ReadonlyMap<string, Cause>, control: ControlDefinition | undefined): Explanation | undefined {
  const types = new Set((control?.rules ?? []).flatMap((rule) => (rule.kind === 'join' ? rule.reads : [])));
  const changes = [...types].flatMap((type) => causes.get(changeOf(type)) ?? []);
  return changes.sort((a, b) => (a.capturedAt < b.capturedAt ? 1 : -1))[0];
}
