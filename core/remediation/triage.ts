import { isOpen } from '../evaluation/open-finding.ts';
import { type Compliance, GLOBAL, type ResourceRef } from '../model.ts';
import { canonical } from '../pipeline/collect.ts';
import type { JoinFinding, JoinResult, StateChange, StateStore, StoredResource } from '../ports.ts';
import { LATE_MINUTES, minutesAfter } from './decide/decision.ts';
import { mayConcern } from './decide/rules.ts';
import { type Remediation, type RemediationStatus, remediationKey } from './model/record.ts';
import { type Remedies, remedyFor } from './model/remedy.ts';
import { isPolicyRef } from './policy-drift/policy-document.ts';
import type { RemediationDependencies } from './ports.ts';
import { next } from './run/commit.ts';

/** A committed change of the join result of one control in one account. */
export interface JoinChange {
  readonly accountId: string;
  readonly controlId: string;
  /** `undefined` if the control was never evaluated in the account. */
  readonly before: JoinResult | undefined;
  readonly after: JoinResult;
}

/** A committed change of findings of a resource or of a join. */
export type FindingsChange = ({ readonly kind: 'resource' } & StateChange) | ({ readonly kind: 'join' } & JoinChange);

export interface TriageDependencies extends Pick<RemediationDependencies, 'store' | 'settings' | 'hash' | 'now'> {
  readonly state: StateStore;
  readonly remedies: Remedies;
}

/** Wait from a new failure to the decision, in minutes. A tool that creates a resource may not have set its tags yet. */
export const SETTLE_MINUTES = 2;
/**
 * Wait from a new failure of a policy to the decision, in minutes. CloudTrail can deliver the next change, by a pipeline, that late.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
 */
export const POLICY_SETTLE_MINUTES = 15;

/**
 * Updates the remediations after a committed change of findings. Creates one for a resource that starts to fail, and closes that of a
 * resource that no longer fails. Starts no runbook. `committedAt` is the time of the commit.
 *
 * @returns the remediations that it wrote.
 * @throws if the settings cannot be read. The caller must deliver the change again.
 */
export async function triage(change: FindingsChange, committedAt: string, dependencies: TriageDependencies): Promise<Remediation[]> {
  const moves = change.kind === 'resource' ? movesOfResource(change) : movesOfJoin(change);
  const concerned = moves.filter(({ controlId, resource }) => remedyFor(dependencies.remedies, controlId, resource) !== undefined);
  if (concerned.length === 0) return [];
  const applied = await dependencies.settings.readSettings();
  const written: Remediation[] = [];
  for (const move of concerned) {
    if (!mayConcern(applied?.document.remediation, move.controlId)) continue;
    const noted = move.isChanged
      ? await noteChangedState(move, dependencies)
      : move.fails
        ? await noteFailure(move, change, committedAt, dependencies)
        : await noteEnd(move, dependencies, ({ failingSince }) => failingSince <= committedAt);
    if (noted) written.push(noted);
  }
  return written;
}

/** A finding that started or stopped failing. */
interface Move {
  readonly controlId: string;
  readonly resource: ResourceRef;
  readonly fails: boolean;
  /** Present if it failed before too, and the facts of the resource have changed. */
  readonly isChanged?: true;
  /** Reason of the finding, or the reason why it no longer fails. */
  readonly reason: string;
  /** Capture time, if the finding itself has it. */
  readonly capturedAt?: string;
  /** Reason why the failure is not new, if the change itself shows it. */
  readonly backlog?: string;
}

function movesOfResource({ before, after }: StateChange): Move[] {
  const { resource } = after;
  const [earlier, now] = [compliances(before), compliances(after)];
  const begun = after.findings.filter(({ controlId }) => fails(now.get(controlId)) && !fails(earlier.get(controlId)));
  const isChanged = before?.parsed !== undefined && canonical(before.parsed.facts) !== canonical(after.parsed?.facts);
  const still = isChanged ? after.findings.filter(({ controlId }) => fails(now.get(controlId)) && fails(earlier.get(controlId))) : [];
  // A finding that is now unknown has not ended, because it can still fail.
  const ended = [...earlier.keys()].filter((controlId) => isOpen(earlier.get(controlId)) && !isOpen(now.get(controlId)));
  return [
    ...begun.map(({ controlId, reason }) => ({
      controlId,
      resource,
      fails: true,
      reason,
      ...backlogOf(earlier.get(controlId), before, after),
    })),
    ...still.map(({ controlId, reason }) => ({ controlId, resource, fails: true, isChanged: true as const, reason })),
    ...ended.map((controlId) => {
      const finding = after.findings.find((each) => each.controlId === controlId);
      return { controlId, resource, fails: false, reason: finding?.reason ?? 'the resource is gone' };
    }),
  ];
}

const compliances = (stored: StoredResource | undefined): ReadonlyMap<string, Compliance> =>
  new Map(stored?.findings.map(({ controlId, compliance }) => [controlId, compliance]));

const fails = (compliance: Compliance | undefined): boolean => compliance === 'NON_COMPLIANT';

/** Returns the reason why the failure of a known resource is not new, if there is one. For an unknown resource, {@link whyNotNew} decides. */
function backlogOf(compliance: Compliance | undefined, before: StateChange['before'], after: StoredResource): { backlog?: string } {
  if (!before?.parsed) return {};
  if (canonical(before.parsed.facts) === canonical(after.parsed?.facts)) {
    return { backlog: 'the failure is not new: the resource is unchanged, but the rule has changed' };
  }
  if (compliance === undefined) return { backlog: 'the failure may not be new: the control did not evaluate the resource before' };
  return compliance === 'INSUFFICIENT_DATA' ? { backlog: UNKNOWN_BEFORE } : {};
}

const UNKNOWN_BEFORE = 'the failure may not be new: the previous finding is unknown';

const timeOf = ({ capturedAt }: JoinFinding) => (capturedAt === undefined ? {} : { capturedAt });

function movesOfJoin({ controlId, before, after }: JoinChange): Move[] {
  const byResource = (open: readonly JoinFinding[] = []) => new Map(open.map((finding) => [JSON.stringify(finding.resource), finding]));
  const [earlier, now] = [byResource(before?.open), byResource(after.open)];
  return [...new Set([...earlier.keys(), ...now.keys()])].flatMap((key): Move[] => {
    const [was, is] = [earlier.get(key), now.get(key)];
    if (is && fails(is.compliance) && !fails(was?.compliance)) {
      const backlog =
        (before ? undefined : 'the failure may not be new: the control did not evaluate the account before') ??
        (before?.catalogueVersion === after.catalogueVersion ? undefined : 'the failure may not be new: the catalogue has changed') ??
        (was ? UNKNOWN_BEFORE : undefined) ??
        (isCut(before) ? 'the failure may not be new: too many resources failed before to list them all' : undefined);
      return [{ controlId, resource: is.resource, fails: true, reason: is.reason, ...timeOf(is), ...(backlog && { backlog }) }];
    }
    // A finding that no longer fits the list has not ended.
    if (!was || is || isCut(after)) return [];
    return [{ controlId, resource: was.resource, fails: false, reason: 'the control no longer fails' }];
  });
}

/** Whether a join has more findings than its list. */
const isCut = (join: JoinResult | undefined): boolean =>
  join !== undefined && join.tally.nonCompliant + join.tally.insufficientData > join.open.length;

/**
 * Maximum age of the previous read of a resource, in hours. The sweep reads each resource daily. After a longer gap csmm cannot know
 * whether a failure is new.
 */
const SEEN_WITHIN_HOURS = 26;

/** Statuses in which a new failure restarts the remediation. In the others it is in progress or waits for an operator. */
const RESTARTABLE: ReadonlySet<RemediationStatus> = new Set([
  'SUCCEEDED',
  'CLOSED',
  'REFUSED',
  'PLANNED',
  'WAITING_FOR_APPROVAL',
  'HALF_APPROVED',
]);

/** Maximum number of attempts to commit a remediation that other processes write at the same time. */
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
  return noteNew(failure, dependencies, (previous) => isRepeat(previous, committedAt));
}

/**
 * Whether a change is not newer than the failure of a remediation. A change with the same time counts as newer if the remediation is
 * closed.
 */
const isRepeat = ({ status, failingSince }: Remediation, committedAt: string): boolean =>
  committedAt < failingSince || (committedAt === failingSince && status !== 'CLOSED');

type NotingDependencies = Pick<RemediationDependencies, 'store' | 'hash' | 'now'>;

const idOf = ({ controlId, resource }: Pick<Remediation, 'controlId' | 'resource'>, { hash }: Pick<NotingDependencies, 'hash'>): string =>
  hash(remediationKey(controlId, resource)).slice(0, 24);

/**
 * Creates or restarts the remediation of a failure. Its decision is due after the wait for tags or CloudTrail. Writes nothing if the
 * failure is already `known`, or if the remediation is in progress or waits for an operator.
 */
export async function noteNew(
  failure: Pick<Remediation, 'controlId' | 'resource' | 'reason' | 'failingSince' | 'backlog'>,
  dependencies: NotingDependencies,
  known: (previous: Remediation) => boolean = () => false,
): Promise<Remediation | undefined> {
  const { now } = dependencies;
  const id = idOf(failure, dependencies);
  return racing(id, dependencies, (previous) => {
    if (previous && (!RESTARTABLE.has(previous.status) || known(previous))) return undefined;
    return {
      previous,
      next: next(
        previous ?? { revision: 0, trail: [] },
        { now },
        {
          id,
          // A backlog stays a backlog, even if the change is delivered again.
          ...(previous?.backlog !== undefined && previous.failingSince === failure.failingSince && { backlog: previous.backlog }),
          ...failure,
          status: 'NEW',
          dueAt: minutesAfter(now(), isPolicyRef(failure.resource) ? POLICY_SETTLE_MINUTES : SETTLE_MINUTES),
          ...(previous?.releasedAt !== undefined && { releasedAt: previous.releasedAt }),
          attempts: previous?.attempts ?? [],
          ...(previous?.seal !== undefined && { seal: previous.seal }),
          ...(previous?.exemption && { exemption: previous.exemption }),
        },
      ),
    };
  });
}

/** Returns the reason why a failure is delivered too late to act on it without an approval. */
export const lateness = (committedAt: string, now: string): string | undefined =>
  now > minutesAfter(committedAt, LATE_MINUTES)
    ? `the change of ${committedAt} was delivered late; after an outage a remediation requires approval`
    : undefined;

/**
 * Returns the reason why a failure may not be new. It is new if the resource was known before, or was missing from the last complete
 * inventory of its type. So the first sweep, or one after an outage, adds only to the backlog.
 */
async function whyNotNew(
  { resource, capturedAt: found }: Move,
  change: FindingsChange,
  { state }: TriageDependencies,
): Promise<string | undefined> {
  if (change.kind === 'resource' && change.before?.parsed) {
    const age = minutesAfter(change.before.capturedAt, SEEN_WITHIN_HOURS * 60);
    return age < change.after.capturedAt
      ? `the failure may not be new: the resource was last read at ${change.before.capturedAt}`
      : undefined;
  }
  if (resource.resourceType === 'AWS::::Account') return undefined;
  const stored = change.kind === 'join' ? await state.readResource(resource) : undefined;
  if (stored && stored.revision > 1) return undefined;
  const capturedAt = change.kind === 'join' ? (found ?? stored?.capturedAt ?? '') : change.after.capturedAt;
  for (const region of new Set([resource.region, GLOBAL])) {
    const list = (await state.readCard(resource.accountId, region))?.lists.get(resource.resourceType);
    const isRecent = list !== undefined && minutesAfter(list.capturedAt, SEEN_WITHIN_HOURS * 60) >= capturedAt;
    if (isRecent && list.resources !== undefined && list.capturedAt < capturedAt) return undefined;
  }
  return `the failure may not be new: no complete inventory of the resource type in the ${SEEN_WITHIN_HOURS} hours before it was first seen`;
}

/** Decides again about a remediation that the runbook refused, because the resource is now in another state. */
async function noteChangedState({ controlId, resource, reason }: Move, dependencies: NotingDependencies): Promise<Remediation | undefined> {
  return racing(idOf({ controlId, resource }, dependencies), dependencies, (previous) => {
    if (previous?.status !== 'REFUSED' || previous.attempts.at(-1)?.outcome !== 'refused') return undefined;
    const dueAt = minutesAfter(dependencies.now(), SETTLE_MINUTES);
    return { previous, next: next(previous, dependencies, { ...previous, status: 'NEW', reason, dueAt }) };
  });
}

/** Statuses in which a remediation is closed when the failure ends. */
const ENDS: ReadonlySet<RemediationStatus> = new Set([
  'NEW',
  'WAITING',
  'HELD',
  'PLANNED',
  'WAITING_FOR_APPROVAL',
  'HALF_APPROVED',
  'APPROVED',
  'REFUSED',
]);

/** Closes a remediation for which `isMeant` is true, because its failure ended without csmm. One that is in progress continues. */
export async function noteEnd(
  { controlId, resource, reason }: Pick<Remediation, 'controlId' | 'resource' | 'reason'>,
  dependencies: NotingDependencies,
  isMeant: (previous: Remediation) => boolean = () => true,
): Promise<Remediation | undefined> {
  return racing(idOf({ controlId, resource }, dependencies), dependencies, (previous) => {
    if (!previous || !ENDS.has(previous.status) || !isMeant(previous)) return undefined;
    const { dueAt: _, approval: __, heldSince: ___, ...rest } = previous;
    return { previous, next: next(previous, dependencies, { ...rest, status: 'CLOSED', reason }) };
  });
}

/** Commits the result of `change` on the newest revision of a remediation. Commits nothing if `change` returns nothing. */
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
  throw new RemediationContentionError(
    `remediation ${id} was changed by other processes ${MAX_RACES} times. Fix: deliver the change again`,
  );
}

/** Other processes keep writing the same remediation or baseline. */
export class RemediationContentionError extends Error {
  override readonly name = 'RemediationContentionError';
}
