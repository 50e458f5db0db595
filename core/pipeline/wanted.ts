import { joinsTouchedBy, type RuleIndex } from '../evaluation/evaluate.ts';
import { SETTINGS } from '../facts/csmm-settings.ts';
import { inventoryOf } from '../facts/inventory.ts';
import type { CardChange, Cause, Counters, ScoringQueue, StateChange, StateStore } from '../ports.ts';
import { canonical } from './collect.ts';
import { describeException, liveExceptions } from './exceptions.ts';
import { settingsIn } from './inventory.ts';
import { hasEnded, type Lists, movedLists, verdictOnList } from './lists.ts';

/**
 * The keys that a scoring run must look at again. docs/adr/0027-one-scoring-at-a-time.md: committed changes are counted by key, and a run
 * compares the counters with those that the last committed run had read. A message that asks for a run carries nothing.
 *
 * A key is a resource type, or one of these.
 */
/** Everything: all joins of the account. */
export const EVERYTHING = '*';
/** As everything, although nothing changed: a status that then changes is a fault. */
export const DRIFT = '@drift';
/** A day has passed: joins whose verdict depends on the time, or on other accounts. */
export const DAY_PASSED = '@time';
/** A resource of another account changed that joins of this one may read. */
export const ELSEWHERE = '@elsewhere';
/** The scorecard of an account changed, for the organization. */
export const CARDS = '@cards';

/**
 * Returns the keys whose counters have grown, or are lower than those that were seen: then another table was restored. Without earlier
 * counters everything is wanted.
 */
export function grown(wanted: Counters, seen: Counters | undefined): Set<string> {
  if (!seen) return new Set([EVERYTHING]);
  return new Set([...wanted].flatMap(([key, count]) => (count !== (seen.get(key) ?? 0) ? [key] : [])));
}

/** Returns the IDs of the controls whose joins the keys touch. Unknown keys, such as a type of an earlier release, touch none. */
export function joinsWanted(keys: ReadonlySet<string>, lists: Pick<Lists, 'listings'>, rules: RuleIndex): Set<string> {
  if (keys.has(EVERYTHING) || keys.has(DRIFT)) return joinedControls(rules);
  return new Set(
    [...keys].flatMap((key) => {
      if (key === DAY_PASSED) return [...joinsOfDay(lists, rules)];
      if (key === ELSEWHERE) return [...new Set([...rules.joinsElsewhere.values()].flat())];
      return rules.joinsReading.get(key) ?? [];
    }),
  );
}

/**
 * Returns the IDs of the controls whose joins are evaluated each day: those whose verdict depends on the time, and those that read an
 * incomplete list. Such a list makes older evidence outdated, but a newer time does not count as a change.
 */
export function joinsOfDay({ listings }: Pick<Lists, 'listings'>, { joinsByTime, joinsReading }: RuleIndex): Set<string> {
  const incomplete = [...listings].flatMap(([type, lists]) => (lists.some(({ gap }) => gap !== undefined) ? [type] : []));
  return new Set([...joinsByTime, ...incomplete.flatMap((type) => joinsReading.get(type) ?? [])]);
}

/** Returns the IDs of all controls with a join. */
export const joinedControls = ({ joinsReading }: RuleIndex): Set<string> => new Set([...joinsReading.values()].flat());

/**
 * Returns the key that a change of a resource counts for. `undefined` if it cannot change a control's status (as exceptions in
 * settings do), and does not add an account. The same facts with a newer time touch no join.
 */
export function wantedBy({ before, after }: StateChange, rules: RuleIndex): string | undefined {
  const { resourceType: key } = after.resource;
  if (!before || key === SETTINGS) return key;
  const isJoined = joinsTouchedBy(rules, after.resource).length > 0;
  if (isJoined && canonical(before.parsed) !== canonical(after.parsed)) return key;
  if (before.findings.length !== after.findings.length) return key;
  const isMoved = after.findings.some(({ controlId, compliance }, index) => {
    const earlier = before.findings[index];
    return earlier?.controlId !== controlId || earlier.compliance !== compliance;
  });
  return isMoved ? key : undefined;
}

/** Changes of one scope that were committed together, as a scoring run must know them. */
export interface Touched {
  readonly keys: Set<string>;
  /** By the keys of causes. */
  readonly causes: Map<string, Omit<Cause, 'count'>>;
}

/** Adds what a change of a resource touches, and why statuses may change. */
export function touch(touched: Touched, change: StateChange, rules: RuleIndex): void {
  const counter = wantedBy(change, rules);
  if (counter === undefined) return;
  touched.keys.add(counter);
  const { before, after } = change;
  const { resource, capturedAt } = after;
  if (resource.resourceType === SETTINGS) {
    touchBySettings(touched, change, counter);
    return;
  }
  const earlier = new Map(before?.findings.map((finding) => [finding.controlId, finding]));
  for (const { controlId, compliance, code, reason } of after.findings) {
    const was = earlier.get(controlId);
    earlier.delete(controlId);
    if (was?.compliance === compliance) continue;
    touched.causes.set(causeOf(controlId, compliance), { resource, ...(code !== undefined && { code }), reason, capturedAt, counter });
  }
  for (const controlId of earlier.keys()) {
    touched.causes.set(causeOf(controlId, ENDED), { resource, reason: DELETED, capturedAt, counter });
  }
  if (joinsTouchedBy(rules, resource).length === 0) return;
  const reason = after.parsed ? 'the resource changed' : DELETED;
  touched.causes.set(changeOf(counter), { resource, reason, capturedAt, counter });
}

const DELETED = 'the resource was deleted';

/** Adds what a change of the lists of a Region touches, and why statuses may change. */
export function touchByLists(touched: Touched, change: CardChange, rules: RuleIndex): void {
  const { accountId, region, lists } = change.after;
  for (const type of movedLists(change)) {
    touched.keys.add(type);
    if (change.isMove) continue;
    const list = lists.get(type);
    const cause = { resource: inventoryOf(accountId, region, type), capturedAt: list?.capturedAt ?? '', counter: type };
    const verdict = list && !hasEnded(list) ? verdictOnList(type, list) : undefined;
    const { code, reason = 'csmm no longer lists the type' } = verdict ?? {};
    for (const controlId of rules.restingOn.get(type) ?? []) {
      const key = causeOf(controlId, verdict?.compliance ?? ENDED);
      touched.causes.set(key, { ...cause, ...(code !== undefined && { code }), reason });
    }
    if (rules.joinsReading.has(type)) touched.causes.set(changeOf(type), { ...cause, reason });
  }
}

/** Key of the cause that a resource of a control came to a verdict. */
export const causeOf = (controlId: string, what: string): string => `${controlId}#${what}`;
/** Key of the last change of a type that joins read. */
export const changeOf = (resourceType: string): string => `#${resourceType}`;
export const ENDED = 'ENDED';
export const EXCEPTED = 'EXCEPTED';

/** Settings change the status of each control that gets another exception. */
function touchBySettings(touched: Touched, { before, after }: StateChange, counter: string): void {
  // Approved Regions decide which Regions are closed, and so which lists every join reads.
  if (canonical(settingsIn(before).approvedRegions) !== canonical(settingsIn(after).approvedRegions)) touched.keys.add(EVERYTHING);
  const earlier = liveExceptions(before);
  const { resource, capturedAt } = after;
  for (const [controlId, { all }] of liveExceptions(after)) {
    const known = new Set(earlier.get(controlId)?.all.map(canonical));
    const added = all.find((exception) => !known.has(canonical(exception)));
    if (added) touched.causes.set(causeOf(controlId, EXCEPTED), { resource, reason: describeException(added), capturedAt, counter });
  }
  touched.causes.set(changeOf(counter), { resource, reason: 'the settings changed', capturedAt, counter });
}

export interface MarkDependencies {
  readonly store: Pick<StateStore, 'want' | 'putCauses' | 'beginScoring'>;
  readonly queue: ScoringQueue;
}

/**
 * Asks for a scoring run of a scope that looks at these keys. It counts, then reads the version, then sends: with another order a
 * message can be dropped as a repeat of one whose run had read the counters before.
 */
export async function mark(scope: string, keys: Iterable<string>, dependencies: MarkDependencies): Promise<void> {
  await markTouched(scope, { keys: new Set(keys), causes: new Map() }, dependencies);
}

/** Asks for a scoring run, as {@link mark}, and keeps the causes for it. */
export async function markTouched(scope: string, { keys, causes }: Touched, { store, queue }: MarkDependencies): Promise<void> {
  if (keys.size === 0) return;
  const counted = await store.want(scope, keys);
  if (causes.size > 0) {
    await store.putCauses(scope, new Map([...causes].map(([key, cause]) => [key, { ...cause, count: counted.get(cause.counter) ?? 0 }])));
  }
  const { version } = await store.beginScoring(scope);
  await queue.send(scope, version);
}
