import { type InventoryFacts, inventoryOf } from '../facts/inventory.ts';
import { type Compliance, GLOBAL, type ResourceRef } from '../model.ts';
import { canonical } from '../pipeline/collect.ts';
import type { JoinResult, OpenFinding, StateChange, StateStore, StoredResource } from '../ports.ts';
import { LATE_MINUTES, minutesAfter } from './decide/decision.ts';
import { mayConcern } from './decide/rules.ts';
import { type Remediation, type RemediationStatus, remediationKey } from './model/record.ts';
import { type Remedies, remedyFor } from './model/remedy.ts';
import { isPolicyRef } from './policy-drift/policy-document.ts';
import type { RemediationDependencies } from './ports.ts';
import { next } from './run/commit.ts';

/** A committed change of what the joins of one control find in one account. */
export interface JoinChange {
  readonly accountId: string;
  readonly controlId: string;
  /** `undefined` where the control was never judged in the account. */
  readonly before: JoinResult | undefined;
  readonly after: JoinResult;
}

/** A committed change of findings, of which kind soever. */
export type FindingsChange = ({ readonly kind: 'resource' } & StateChange) | ({ readonly kind: 'join' } & JoinChange);

export interface TriageDependencies extends Pick<RemediationDependencies, 'store' | 'settings' | 'hash' | 'now'> {
  readonly state: StateStore;
  readonly remedies: Remedies;
}

/** How long a new failure waits before it is decided on: what made the resource may not have set its tags yet. */
export const SETTLE_MINUTES = 2;
/**
 * The same for a policy: a pipeline's change after that of somebody else may be told later, by as long as CloudTrail takes.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
 */
export const POLICY_SETTLE_MINUTES = 15;

/**
 * Takes what a committed change of findings says of remediation: a resource that fails from now on is noted, to be decided on; one
 * that no longer fails has its remediation closed. Starts nothing. `committedAt` is the time of the commit.
 *
 * @returns the remediations that it has written.
 * @throws where the settings cannot be read: deliver the change again.
 */
export async function triage(change: FindingsChange, committedAt: string, dependencies: TriageDependencies): Promise<Remediation[]> {
  const moves = change.kind === 'resource' ? movesOfResource(change) : movesOfJoin(change);
  const concerned = moves.filter(({ controlId, resource }) => remedyFor(dependencies.remedies, controlId, resource) !== undefined);
  if (concerned.length === 0) return [];
  const applied = await dependencies.settings.readSettings();
  const written: Remediation[] = [];
  for (const move of concerned) {
    if (!mayConcern(applied?.document.remediation, move.controlId)) continue;
    const noted = move.fails
      ? await noteFailure(move, change, committedAt, dependencies)
      : await noteEnd(move, dependencies, ({ failingSince }) => failingSince <= committedAt);
    if (noted) written.push(noted);
  }
  return written;
}

/** A finding that has begun or ceased to fail. */
interface Move {
  readonly controlId: string;
  readonly resource: ResourceRef;
  readonly fails: boolean;
  /** What it said, for one that fails; why it ended, for one that does not. */
  readonly reason: string;
  readonly capturedAt: string;
  /** What is known without asking of why the failure is not new. */
  readonly backlog?: string;
}

function movesOfResource({ before, after }: StateChange): Move[] {
  const { resource, capturedAt } = after;
  const [earlier, now] = [compliances(before), compliances(after)];
  const begun = after.findings.filter(({ controlId }) => fails(now.get(controlId)) && !fails(earlier.get(controlId)));
  // What is no longer known has not ended: it may fail still.
  const ended = [...earlier.keys()].filter((controlId) => isOpen(earlier.get(controlId)) && !isOpen(now.get(controlId)));
  return [
    ...begun.map(({ controlId, reason }) => ({
      controlId,
      resource,
      fails: true,
      reason,
      capturedAt,
      ...backlogOf(earlier.get(controlId), before, after),
    })),
    ...ended.map((controlId) => {
      const finding = after.findings.find((each) => each.controlId === controlId);
      return { controlId, resource, fails: false, reason: finding?.reason ?? 'the resource is gone', capturedAt };
    }),
  ];
}

const compliances = (stored: StoredResource | undefined): ReadonlyMap<string, Compliance> =>
  new Map(stored?.findings.map(({ controlId, compliance }) => [controlId, compliance]));

const fails = (compliance: Compliance | undefined): boolean => compliance === 'NON_COMPLIANT';
const isOpen = (compliance: Compliance | undefined): boolean => fails(compliance) || compliance === 'INSUFFICIENT_DATA';

/** A resource that was seen and passed before fails anew; of one that was never seen the store is asked. */
function backlogOf(compliance: Compliance | undefined, before: StateChange['before'], after: StoredResource): { backlog?: string } {
  if (!before?.parsed) return {};
  if (canonical(before.parsed.facts) === canonical(after.parsed?.facts)) return { backlog: 'it is as it was: the rule has changed' };
  if (compliance === undefined) return { backlog: 'the control did not judge the resource before' };
  return compliance === 'INSUFFICIENT_DATA' ? { backlog: 'whether it failed before is not known' } : {};
}

function movesOfJoin({ controlId, before, after }: JoinChange): Move[] {
  const byResource = (open: readonly OpenFinding[] = []) => new Map(open.map((finding) => [JSON.stringify(finding.resource), finding]));
  const [earlier, now] = [byResource(before?.open), byResource(after.open)];
  return [...new Set([...earlier.keys(), ...now.keys()])].flatMap((key): Move[] => {
    const [was, is] = [earlier.get(key), now.get(key)];
    if (is && fails(is.compliance) && !fails(was?.compliance)) {
      const backlog =
        (before ? undefined : 'the control did not judge the account before') ??
        (before?.catalogueVersion === after.catalogueVersion ? undefined : 'the catalogue has changed') ??
        (was ? 'whether it failed before is not known' : undefined) ??
        (isCut(before) ? 'too many resources fail to tell which are new' : undefined);
      return [{ controlId, resource: is.resource, fails: true, reason: is.reason, capturedAt: is.capturedAt, ...(backlog && { backlog }) }];
    }
    // What no longer fits the list has not ended.
    if (!was || is || isCut(after)) return [];
    return [{ controlId, resource: was.resource, fails: false, reason: 'it no longer fails', capturedAt: was.capturedAt }];
  });
}

/** Whether a join finds more than is listed of it. */
const isCut = (join: JoinResult | undefined): boolean =>
  join !== undefined && join.tally.nonCompliant + join.tally.insufficientData > join.open.length;

/** A resource that was not read for so long was not watched, as a sweep reads each one daily: what it did meanwhile is not new. */
const SEEN_WITHIN_HOURS = 26;

/** Statuses of a remediation in which a new failure begins anew. In the others it is dealt with, or left to a person. */
const BEGINS_ANEW: ReadonlySet<RemediationStatus> = new Set(['SUCCEEDED', 'CLOSED', 'REFUSED', 'PLANNED', 'WAITING_FOR_APPROVAL']);

/** How often a note is tried while others write the same remediation. */
const MAX_RACES = 10;

async function noteFailure(
  move: Move,
  change: FindingsChange,
  committedAt: string,
  dependencies: TriageDependencies,
): Promise<Remediation | undefined> {
  const { controlId, resource, reason } = move;
  const backlog = move.backlog ?? lateness(committedAt, dependencies.now()) ?? (await whyNotNew(move, change, dependencies));
  const failure = { controlId, resource, reason, failingSince: committedAt, ...(backlog !== undefined && { backlog }) };
  return noteNew(failure, dependencies, (previous) => isToldAgain(previous, committedAt));
}

/** Whether a change is no newer than the failure that a remediation is about. One of the same moment is where that has ended meanwhile. */
const isToldAgain = ({ status, failingSince }: Remediation, committedAt: string): boolean =>
  committedAt < failingSince || (committedAt === failingSince && status !== 'CLOSED');

type NotingDependencies = Pick<RemediationDependencies, 'store' | 'hash' | 'now'>;

const idOf = ({ controlId, resource }: Pick<Remediation, 'controlId' | 'resource'>, { hash }: Pick<NotingDependencies, 'hash'>): string =>
  hash(remediationKey(controlId, resource)).slice(0, 24);

/**
 * Notes a failure, to be decided on once it has settled, unless one that is `known` is. Where the resource is being dealt with, or
 * is left to a person, nothing is noted.
 */
export async function noteNew(
  failure: Pick<Remediation, 'controlId' | 'resource' | 'reason' | 'failingSince' | 'backlog'>,
  dependencies: NotingDependencies,
  known: (previous: Remediation) => boolean = () => false,
): Promise<Remediation | undefined> {
  const { now } = dependencies;
  const id = idOf(failure, dependencies);
  return racing(id, dependencies, (previous) => {
    if (previous && (!BEGINS_ANEW.has(previous.status) || known(previous))) return undefined;
    return {
      previous,
      next: next(
        previous ?? { revision: 0, trail: [] },
        { now },
        {
          id,
          // What was a backlog stays one, however often it is told.
          ...(previous?.backlog !== undefined && previous.failingSince === failure.failingSince && { backlog: previous.backlog }),
          ...failure,
          status: 'NEW',
          dueAt: minutesAfter(now(), isPolicyRef(failure.resource) ? POLICY_SETTLE_MINUTES : SETTLE_MINUTES),
          ...(previous?.releasedAt !== undefined && { releasedAt: previous.releasedAt }),
          attempts: previous?.attempts ?? [],
        },
      ),
    };
  });
}

/** Why a failure that was seen at a time is told too late to be acted on unasked. */
export const lateness = (committedAt: string, now: string): string | undefined =>
  now > minutesAfter(committedAt, LATE_MINUTES)
    ? `the change of ${committedAt} was told late: nothing is made up for after an outage`
    : undefined;

/**
 * Why a failure may be as old as the estate. New is what was known before, or was not there when the resources of its type were
 * last listed in full: so neither the first sweep nor the one after an outage brings anything but a backlog.
 */
async function whyNotNew(
  { resource, capturedAt }: Move,
  change: FindingsChange,
  { state }: TriageDependencies,
): Promise<string | undefined> {
  if (change.kind === 'resource' && change.before?.parsed) {
    const age = minutesAfter(change.before.capturedAt, SEEN_WITHIN_HOURS * 60);
    return age < capturedAt ? `nothing was known of the resource since ${change.before.capturedAt}` : undefined;
  }
  if (resource.resourceType === 'AWS::::Account') return undefined;
  if (change.kind === 'join') {
    const stored = await state.readResource(resource);
    if (stored && stored.revision > 1) return undefined;
  }
  for (const region of new Set([resource.region, GLOBAL])) {
    const entry = await state.readResource(inventoryOf(resource.accountId, region, resource.resourceType));
    const isComplete = (entry?.parsed?.facts as InventoryFacts | undefined)?.resources !== undefined;
    const isRecent = entry !== undefined && minutesAfter(entry.capturedAt, SEEN_WITHIN_HOURS * 60) >= capturedAt;
    if (isRecent && isComplete && entry.capturedAt < capturedAt) return undefined;
  }
  return `nobody had listed all resources of its type in the ${SEEN_WITHIN_HOURS} hours before it was first seen: it may be as old as the estate`;
}

/** Statuses in which a remediation waits for something to be done, which then no longer needs to be. */
const ENDS: ReadonlySet<RemediationStatus> = new Set(['NEW', 'WAITING', 'PLANNED', 'WAITING_FOR_APPROVAL', 'APPROVED', 'REFUSED']);

/** Notes that a failure has ended without csmm, where it `isMeant`. What is being dealt with goes on. */
export async function noteEnd(
  { controlId, resource, reason }: Pick<Remediation, 'controlId' | 'resource' | 'reason'>,
  dependencies: NotingDependencies,
  isMeant: (previous: Remediation) => boolean = () => true,
): Promise<Remediation | undefined> {
  return racing(idOf({ controlId, resource }, dependencies), dependencies, (previous) => {
    if (!previous || !ENDS.has(previous.status) || !isMeant(previous)) return undefined;
    const { dueAt: _, approval: __, ...rest } = previous;
    return { previous, next: next(previous, dependencies, { ...rest, status: 'CLOSED', reason }) };
  });
}

/** Commits what `change` makes of a remediation, on its newest state; nothing where `change` gives nothing. */
async function racing(
  id: string,
  { store }: Pick<NotingDependencies, 'store'>,
  change: (previous: Remediation | undefined) => { previous: Remediation | undefined; next: Remediation } | undefined,
): Promise<Remediation | undefined> {
  for (let attempt = 0; attempt < MAX_RACES; attempt++) {
    const commit = change(await store.readRemediation(id));
    if (!commit) return undefined;
    if (await store.commitRemediation(commit)) return commit.next;
  }
  throw new RemediationContentionError(`remediation ${id} was changed by others ${MAX_RACES} times; deliver the change again`);
}

/** Others keep writing the same remediation. */
export class RemediationContentionError extends Error {
  override readonly name = 'RemediationContentionError';
}
