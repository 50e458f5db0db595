import { accountRef, type ControlDefinition, type JoinedVerdict, type Verdict } from '../control.ts';
import { evaluateJoins, joinsTouchedBy, type RuleIndex } from '../evaluation/evaluate.ts';
import { byResource, openFinding, openFindings } from '../evaluation/open-finding.ts';
import { addTallies, count, EMPTY_TALLY, type Tally } from '../evaluation/tally.ts';
import { SETTINGS, settingsRef } from '../facts/csmm-settings.ts';
import type { Compliance, ControlStatus, ResourceRef } from '../model.ts';
import {
  type ControlChange,
  type JoinResult,
  MAX_JOINED_BYTES,
  MAX_JOINED_FINDINGS,
  type OpenFinding,
  ORGANIZATION,
  type StateChange,
  type StateStore,
  type StoredScore,
} from '../ports.ts';
import { combineStatuses, type Scorecard, type Statuses, scoreAccount, scoreOrganization } from '../scoring/scorecard.ts';
import { ContentionError, canonical, MAX_ATTEMPTS, type Pause } from './collect.ts';
import { type AccountExceptions, asksForOpen, describeException, evaluateControl, liveExceptions } from './exceptions.ts';
import { asReadBy, readInventory, settingsIn } from './inventory.ts';
import { type Lists, listsOf } from './lists.ts';
import { neverReadIn } from './never-read.ts';

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
}

/**
 * Whether a change of a resource can change a control's status (as exceptions in settings do), or adds a new account. The same
 * facts with a newer time do not touch joins.
 */
export function affectsScore({ before, after }: StateChange, rules: RuleIndex): boolean {
  const { resourceType } = after.resource;
  if (!before || resourceType === SETTINGS) return true;
  const isJoined = joinsTouchedBy(rules, after.resource).length > 0;
  if (isJoined && canonical(before.parsed) !== canonical(after.parsed)) return true;
  if (before.findings.length !== after.findings.length) return true;
  return after.findings.some(({ controlId, compliance }, index) => {
    const earlier = before.findings[index];
    return earlier?.controlId !== controlId || earlier.compliance !== compliance;
  });
}

/**
 * Updates an account's scorecard after `changes` of its resources. Reads the account's tallies, its settings, the resources of the
 * joins that the changes touch, and the open findings of controls with exceptions for single resources. `also` contains ids of
 * controls with joins on other accounts in which something changed.
 *
 * @returns the new score; `undefined` if nothing changed.
 * @throws ContentionError if other writers keep committing the same scorecard.
 */
export async function rescoreAccount(
  accountId: string,
  changes: readonly StateChange[],
  dependencies: RescoreDependencies,
  also: readonly string[] = [],
): Promise<StoredScore | undefined> {
  const { store, catalogue } = dependencies;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const turn = await store.beginScoring(accountId);
    const before = await store.readScore(accountId);
    const tallies = await store.readTallies(accountId);
    const storedJoins = currentJoins(await store.readJoins(accountId), catalogue);
    const settings = await store.readResource(settingsRef(accountId));
    const exceptions = liveExceptions(settings);
    // After the tallies: an entry of an earlier release leaves the tallies only when its list is on a card.
    const lists = listsOf(await store.readCards(accountId), catalogue.rules, settingsIn(settings));
    const outcome = await evaluateTouchedJoins(accountId, changes, lists, dependencies, also);
    const joins = changedJoins(storedJoins, new Map([...outcome].map(([id, verdicts]) => [id, summarize(verdicts, catalogue.version)])));
    const allJoins = new Map([...storedJoins, ...joins]);
    const { statuses, unread } = await deriveStatuses(accountId, { tallies, lists, joins: allJoins, exceptions }, dependencies);

    const score = isSame(before, catalogue.version, statuses)
      ? undefined
      : {
          scope: accountId,
          revision: (before?.revision ?? 0) + 1,
          catalogueVersion: catalogue.version,
          asOf: newest([before?.asOf, ...changes.map((change) => change.after.capturedAt)]),
          statuses,
          scorecard: scoreAccount(catalogue.controls, statuses),
          changes: await explain(
            accountId,
            before?.statuses,
            statuses,
            { changes, joins: { before: storedJoins, after: outcome }, exceptions, unread },
            dependencies,
          ),
        };
    if (await store.commitScore(turn, { ...(score && { score }), ...(joins.size > 0 && { joins }) })) return score;
    await dependencies.pause?.(attempt + 1);
  }
  throw new ContentionError(`the scorecard of ${accountId}`, MAX_ATTEMPTS);
}

/**
 * Updates the organization's scorecard from its accounts' statuses.
 *
 * @returns the new score; `undefined` if nothing changed.
 * @throws ContentionError if other writers keep committing the same scorecard.
 */
export async function rescoreOrganization(
  asOf: string,
  { store, catalogue, pause }: RescoreDependencies,
): Promise<StoredScore | undefined> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const turn = await store.beginScoring(ORGANIZATION);
    const before = await store.readScore(ORGANIZATION);
    const accounts = await store.listAccountStatuses();
    const members = [...accounts.values()].map((statuses) => ({ statuses, weight: 1 }));
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
          asOf: newest([before?.asOf, asOf]),
          statuses,
          scorecard,
          changes: differences(before?.statuses, statuses).map((difference) => ({
            ...difference,
            resource: null,
            reason: whereIs(difference, accounts),
          })),
        }
      : undefined;
    if (await store.commitScore(turn, score ? { score } : {})) return score;
    await pause?.(attempt + 1);
  }
  throw new ContentionError('the scorecard of the organization', MAX_ATTEMPTS);
}

/** Names the accounts in which a control has its status in the organization, up to three. */
function whereIs(
  { controlId, to }: { readonly controlId: string; readonly to: ControlStatus },
  accounts: ReadonlyMap<string, Statuses>,
): string {
  const there = [...accounts].filter(([, statuses]) => (statuses.get(controlId) ?? 'NO_DATA') === to).map(([accountId]) => accountId);
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

const newest = (times: readonly (string | undefined)[]): string =>
  times.reduce<string>((latest, time) => (time !== undefined && time > latest ? time : latest), '');

/** The known state of an account, by control id. */
interface Known {
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly lists: Lists;
  readonly joins: ReadonlyMap<string, JoinResult>;
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
    const tally = totalTally(tallies.get(id), lists.tallies.get(id), joins.get(id));
    const open = asksForOpen(tally, exceptions.get(id)) ? await readOpen(accountId, id, { lists, joins }, store) : [];
    const { status } = evaluateControl(tally, open, exceptions.get(id));
    // A failure stays one, whatever else was not read. An exception for the whole control does not depend on evidence.
    const canChange = (status === 'PASSED' || status === 'NOT_APPLICABLE') && !exceptions.get(id)?.whole;
    const why = canChange ? await neverRead(control) : undefined;
    if (why) unread.set(id, why);
    statuses.set(id, why ? 'NO_DATA' : status);
  }
  return { statuses, unread };
}

/** Returns the open findings of one control in one account, from its rules on single resources, the lists and its joins. */
export async function readOpen(
  accountId: string,
  controlId: string,
  { lists, joins }: Pick<Known, 'lists' | 'joins'>,
  store: StateStore,
): Promise<readonly OpenFinding[]> {
  const single = await store.listOpenFindings(accountId, controlId);
  return [...single, ...(lists.open.get(controlId) ?? []), ...(joins.get(controlId)?.open ?? [])].sort(byResource);
}

/** Returns the tally of a control in one account, from its rules on single resources, the lists and its joins. */
export const totalTally = (tally: Tally | undefined, ofLists: Tally | undefined, join: JoinResult | undefined): Tally =>
  [ofLists, join?.tally].reduce<Tally>((sum, part) => (part ? addTallies(sum, part) : sum), tally ?? EMPTY_TALLY);

async function evaluateTouchedJoins(
  accountId: string,
  changes: readonly StateChange[],
  { listings }: Lists,
  { store, catalogue }: RescoreDependencies,
  also: readonly string[],
): Promise<Map<string, readonly JoinedVerdict[]>> {
  // Of many changes of one type all touch the same list.
  const touchedLists = new Set(changes.map((change) => joinsTouchedBy(catalogue.rules, change.after.resource)));
  const controlIds = new Set([...also, ...[...touchedLists].flat()]);
  const touched = [...controlIds].flatMap((id) => catalogue.rules.controls.get(id) ?? []);
  const inventory = await readInventory(accountId, touched, store, listings);
  return new Map(touched.map((control) => [control.id, evaluateJoins(control, asReadBy(control, inventory))]));
}

function summarize(verdicts: readonly JoinedVerdict[], catalogueVersion: string): JoinResult {
  let tally = EMPTY_TALLY;
  const open: OpenFinding[] = [];
  for (const verdict of verdicts) {
    tally = count(tally, verdict.compliance);
    const finding = openFinding(verdict, verdict.resource, verdict.capturedAt);
    if (finding) open.push(finding);
  }
  return { tally, catalogueVersion, open: fitting(open.sort(byResource)) };
}

/** Returns the findings that the store can keep for one control. */
function fitting(open: readonly OpenFinding[]): OpenFinding[] {
  let bytes = 0;
  return open.slice(0, MAX_JOINED_FINDINGS).filter((finding) => {
    bytes += Buffer.byteLength(JSON.stringify(finding));
    return bytes <= MAX_JOINED_BYTES;
  });
}

/** Returns the results of controls that still have a join: another release of the catalogue may have had others. */
const currentJoins = (stored: ReadonlyMap<string, JoinResult>, { rules, controls }: Catalogue): Map<string, JoinResult> => {
  const joined = new Set([...rules.joinsReading.values()].flat());
  return new Map(controls.flatMap(({ id }) => (joined.has(id) && stored.has(id) ? [[id, stored.get(id) as JoinResult] as const] : [])));
};

function changedJoins(stored: ReadonlyMap<string, JoinResult>, evaluated: ReadonlyMap<string, JoinResult>): Map<string, JoinResult> {
  return new Map([...evaluated].filter(([id, result]) => JSON.stringify(stored.get(id)) !== JSON.stringify(result)));
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

/** Results of the joins before the changes, and of the touched joins after them, by control id. */
interface JoinsAround {
  readonly before: ReadonlyMap<string, JoinResult>;
  readonly after: ReadonlyMap<string, readonly JoinedVerdict[]>;
}

/** Possible causes of a change of statuses. */
interface Causes {
  readonly changes: readonly StateChange[];
  readonly joins: JoinsAround;
  readonly exceptions: AccountExceptions;
  readonly unread: Derived['unread'];
}

/** Returns the changed controls, each with its cause: an exception, a resource that changed just now, or an open finding. */
async function explain(
  accountId: string,
  before: ReadonlyMap<string, ControlStatus> | undefined,
  after: ReadonlyMap<string, ControlStatus>,
  { changes, joins, exceptions, unread }: Causes,
  { store }: RescoreDependencies,
): Promise<ControlChange[]> {
  const explained: ControlChange[] = [];
  const byControl = changesByControl(changes);
  const changed = keysOf(changes.map(({ after: { resource } }) => resource));
  for (const difference of differences(before, after)) {
    const { controlId, to } = difference;
    const counts: Counts = ({ resource }) => !exceptions.get(controlId)?.on(resource);
    const cause =
      causeInNeverRead(accountId, unread.get(controlId)) ??
      causeInSettings(exceptions, changes, controlId, to) ??
      causeIn(byControl.get(controlId) ?? [], controlId, to, counts) ??
      causeInJoin(joins, changed, controlId, to, counts) ??
      (to === 'FAILED' ? (await store.listOpenFindings(accountId, controlId)).find(counts) : undefined) ??
      causeExcepted(exceptions, changes, controlId) ??
      changeOfReadType(changes, joins.after.has(controlId));
    explained.push({
      ...difference,
      resource: cause?.resource ?? null,
      ...(cause?.code !== undefined && { code: cause.code }),
      reason: cause?.reason ?? null,
    });
  }
  return explained;
}

const causeInNeverRead = (accountId: string, why: Verdict | undefined): Cause | undefined =>
  why && { resource: accountRef(accountId), ...(why.code !== undefined && { code: why.code }), reason: why.reason };

/** Returns the new exception that makes a control no longer fail. */
function causeInSettings(
  exceptions: AccountExceptions,
  changes: readonly StateChange[],
  controlId: string,
  to: ControlStatus,
): Cause | undefined {
  const live = exceptions.get(controlId);
  if (!live || to === 'FAILED') return undefined;
  const declared = changes.findLast(({ after }) => after.resource.resourceType === SETTINGS);
  if (!declared) return undefined;
  const earlier = new Set(liveExceptions(declared.before).get(controlId)?.all.map(canonical));
  const added = live.all.find((exception) => !earlier.has(canonical(exception)));
  return added && { resource: declared.after.resource, reason: describeException(added) };
}

/** Returns a changed resource that does not count because of an exception. */
function causeExcepted(exceptions: AccountExceptions, changes: readonly StateChange[], controlId: string): Cause | undefined {
  const live = exceptions.get(controlId);
  if (!live) return undefined;
  for (const { after } of changes.toReversed()) {
    const exception = openFindings(after).some((finding) => finding.controlId === controlId) ? live.on(after.resource) : undefined;
    if (exception) return { resource: after.resource, reason: describeException(exception) };
  }
  return undefined;
}

const COMPLIANCE_BEHIND: Readonly<Record<ControlStatus, Compliance>> = {
  FAILED: 'NON_COMPLIANT',
  PASSED: 'COMPLIANT',
  NOT_APPLICABLE: 'NOT_APPLICABLE',
  NO_DATA: 'INSUFFICIENT_DATA',
};

type Cause = Pick<OpenFinding, 'resource' | 'code' | 'reason'>;

/** Whether a finding on a resource counts, so that no exception covers it. */
type Counts = (of: { readonly resource: ResourceRef }) => boolean;

/** Returns the changes of resources with a finding, before or after, by control id. The newest change is first. */
function changesByControl(changes: readonly StateChange[]): Map<string, StateChange[]> {
  const byControl = new Map<string, StateChange[]>();
  for (const change of changes.toReversed()) {
    for (const { controlId } of [...change.after.findings, ...(change.before?.findings ?? [])]) {
      const known = byControl.get(controlId);
      if (!known) byControl.set(controlId, [change]);
      else if (known.at(-1) !== change) known.push(change);
    }
  }
  return byControl;
}

/** Returns a changed resource whose finding now explains the status, or whose finding has ended. `newestFirst` has all that have a finding. */
function causeIn(newestFirst: readonly StateChange[], controlId: string, to: ControlStatus, counts: Counts): Cause | undefined {
  let ended: Cause | undefined;
  for (const { before, after } of newestFirst) {
    const now = after.findings.find((finding) => finding.controlId === controlId);
    const earlier = before?.findings.find((finding) => finding.controlId === controlId);
    if (now && now.compliance === COMPLIANCE_BEHIND[to] && now.compliance !== earlier?.compliance && counts(after)) {
      return { resource: after.resource, ...(now.code !== undefined && { code: now.code }), reason: now.reason };
    }
    if (!now && earlier) ended ??= { resource: after.resource, reason: 'the resource was deleted' };
  }
  return ended;
}

/**
 * Returns a resource whose join result now explains the status: one that changed, or one that was open before, such as a VPC that
 * gets its flow log. Otherwise any such resource, because the status is true of all of them.
 */
function causeInJoin(
  { before, after }: JoinsAround,
  changed: ReadonlySet<string>,
  controlId: string,
  to: ControlStatus,
  counts: Counts,
): Cause | undefined {
  const saying = (after.get(controlId) ?? []).filter((verdict) => verdict.compliance === COMPLIANCE_BEHIND[to] && counts(verdict));
  if (saying.length === 0) return undefined;
  const among = (keys: ReadonlySet<string>) => saying.find(({ resource }) => keys.has(keyOf(resource)));
  const openBefore = before.get(controlId)?.open ?? [];
  return among(changed) ?? among(keysOf(openBefore.map(({ resource }) => resource))) ?? saying[0];
}

const keysOf = (resources: readonly ResourceRef[]): Set<string> => new Set(resources.map(keyOf));
const keyOf = ({ region, resourceType, resourceId }: ResourceRef): string => `${resourceType} ${region} ${resourceId}`;

function changeOfReadType(changes: readonly StateChange[], joined: boolean): Cause | undefined {
  const last = joined ? changes.at(-1)?.after : undefined;
  return last && { resource: last.resource, reason: last.parsed ? 'the resource changed' : 'the resource was deleted' };
}
