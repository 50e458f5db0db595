import { coversPattern } from '../../evaluation/exempt-principals.ts';
import { readInventoryOf } from '../../pipeline/inventory.ts';
import type { StateStore } from '../../ports.ts';
import { settingsFor } from '../../settings/account-settings.ts';
import { mayConcern } from '../decide/rules.ts';
import { type Known, known } from '../model/known.ts';
import type { Baseline, Remediation } from '../model/record.ts';
import { type DeclaredParameters, type LivePolicy, type Remedies, remedyFor, roleOf } from '../model/remedy.ts';
import type { Look, RemediationDependencies, RemediationStore } from '../ports.ts';
import { lateness, noteEnd, noteNew, RemediationContentionError } from '../triage.ts';
import type { PolicyChange } from './policy-change.ts';
import { fits, isSameDocument, type PolicyRef, type PolicyType } from './policy-document.ts';

/**
 * Policies that are changed outside of the declared pipelines, and how what is approved comes back: what a pipeline sets is
 * approved, what anybody else changes has drifted.
 */

/** The control that the mechanism is for. */
export const DRIFT_CONTROL = 'IAM-L5-01';

/** The runbooks of its remedies. */
export const RESTORING: Readonly<Record<PolicyType, string>> = {
  'AWS::IAM::Policy': 'CSMM-RestoreManagedPolicy',
  'AWS::IAM::RolePolicy': 'CSMM-RestoreRolePolicy',
  'AWS::IAM::Role': 'CSMM-RestoreTrustPolicy',
};

/** Policies as IAM has them. Every call throws where the answer is not certain. */
export interface Policies {
  /** @returns `undefined` where the policy, or the role that it is in, is gone. */
  read(resource: PolicyRef): Promise<LivePolicy | undefined>;
  /** What a version of a managed policy says; `undefined` where there is none of that id any more. */
  readVersion(resource: PolicyRef, versionId: string): Promise<string | undefined>;
}

export interface DriftDependencies extends Pick<RemediationDependencies, 'store' | 'settings' | 'hash' | 'now'> {
  readonly policies: Policies;
}

/** What a change of a policy comes to. */
export type DriftDecision =
  /** A pipeline has made it. */
  | { readonly kind: 'approve' }
  /** Anybody else has. */
  | { readonly kind: 'drift'; readonly reason: string }
  | { readonly kind: 'nothing'; readonly reason: string };

/** Decides whether a change is approved or a drift, by who has made it and what was approved before. */
export function decideDrift(
  { resource, call, at, principal, by, isNew }: PolicyChange,
  pipelinePrincipals: readonly string[],
  baseline: Pick<Baseline, 'document' | 'approvedAt'> | undefined,
): DriftDecision {
  if (principal !== undefined && isOwn(principal, resource)) return { kind: 'nothing', reason: 'csmm itself has made it' };
  if (baseline && at < baseline.approvedAt)
    return { kind: 'nothing', reason: `it is older than what was approved at ${baseline.approvedAt}` };
  if (principal !== undefined && pipelinePrincipals.some((pattern) => coversPattern(pattern, principal))) return { kind: 'approve' };
  if (isNew && baseline?.document === undefined) return { kind: 'nothing', reason: 'it is new, and nothing was approved before' };
  return { kind: 'drift', reason: `${call} was called at ${at} by ${by}, which is no declared pipeline` };
}

/** The role of the very runbook, in the account of the policy. */
const isOwn = (principal: string, { accountId, resourceType }: PolicyRef): boolean =>
  principal.replace(/^arn:[^:]*:/, '') === `iam::${accountId}:role/${roleOf(RESTORING[resourceType])}`;

/** What was noted of a change. */
export type NotedChange =
  | { readonly kind: 'approved'; readonly baseline: Baseline; readonly closed?: Remediation }
  | { readonly kind: 'drift'; readonly remediation: Remediation }
  | { readonly kind: 'nothing'; readonly reason: string };

/**
 * Notes a change of a policy: as approved, or as a failure that is to be decided on. Nothing is noted while no rule of the settings
 * does anything about it. The order and the number of deliveries do not matter.
 *
 * @throws where the settings, or the version that was set, cannot be read: deliver the change again.
 */
export async function noteChange(change: PolicyChange, dependencies: DriftDependencies): Promise<NotedChange> {
  const { settings, store } = dependencies;
  const document = (await settings.readSettings())?.document;
  if (!document || !mayConcern(document.remediation, DRIFT_CONTROL)) return nothing('no rule of the settings concerns it');
  const { pipelinePrincipals } = settingsFor(document, change.resource.accountId);
  const decision = decideDrift(change, pipelinePrincipals, await store.readBaseline(change.resource));
  if (decision.kind === 'approve') return approveChange(change, dependencies);
  return decision.kind === 'drift' ? noteDrift(change, decision.reason, dependencies) : decision;
}

const nothing = (reason: string): NotedChange => ({ kind: 'nothing', reason });

async function noteDrift({ resource, at }: PolicyChange, reason: string, dependencies: DriftDependencies): Promise<NotedChange> {
  const backlog = lateness(at, dependencies.now());
  const failure = { controlId: DRIFT_CONTROL, resource, reason, failingSince: at, ...(backlog !== undefined && { backlog }) };
  const remediation = await noteNew(failure, dependencies, ({ failingSince }) => failingSince >= at);
  return remediation ? { kind: 'drift', remediation } : nothing('it is dealt with already, or left to a person');
}

async function approveChange(change: PolicyChange, dependencies: DriftDependencies): Promise<NotedChange> {
  const { resource, at, by } = change;
  const document = await approvedBy(change, dependencies.policies);
  const approval: Approved = { resource, approvedAt: at, approvedBy: by, ...(document !== undefined && { document }) };
  const baseline = await approvePolicy(approval, dependencies.store);
  if (!baseline) return nothing('it is approved already');
  const ended = { controlId: DRIFT_CONTROL, resource, reason: `what a pipeline has set at ${at} is approved` };
  const closed = await noteEnd(ended, dependencies, ({ failingSince }) => failingSince <= at);
  return { kind: 'approved', baseline, ...(closed && { closed }) };
}

/** What a pipeline has set, not what holds now: somebody may have changed it since. What does not tell, or is too long, approves nothing. */
async function approvedBy({ resource, sets }: PolicyChange, policies: Policies): Promise<string | undefined> {
  if (sets.kind !== 'document' && sets.kind !== 'version') return undefined;
  const document = sets.kind === 'document' ? sets.document : await policies.readVersion(resource, sets.versionId);
  return document !== undefined && fits(document) ? document : undefined;
}

/** What is to be approved. */
export type Approved = Omit<Baseline, 'revision'>;

/** So many others write one baseline at once before somebody gives up. */
const MAX_RACES = 10;

/**
 * Records what is approved of a policy, unless something newer is.
 *
 * @returns what is recorded now; `undefined` where nothing has changed.
 * @throws RemediationContentionError where others keep writing the same.
 */
export async function approvePolicy(approval: Approved, store: RemediationStore): Promise<Baseline | undefined> {
  for (let attempt = 0; attempt < MAX_RACES; attempt++) {
    const previous = await store.readBaseline(approval.resource);
    const newer = newerOf(previous, approval);
    if (newer === previous) return undefined;
    const next: Baseline = { ...newer, revision: (previous?.revision ?? 0) + 1 };
    if (await store.commitBaseline(previous, next)) return next;
  }
  const { resourceType, resourceId } = approval.resource;
  throw new RemediationContentionError(`what is approved of ${resourceType} ${resourceId} was changed by others ${MAX_RACES} times`);
}

/** Of two approvals of one second nobody knows which was last: where they differ, nothing is approved. */
function newerOf<T extends Approved>(previous: T | undefined, approval: Approved): T | Approved {
  if (!previous || previous.approvedAt < approval.approvedAt) return approval;
  if (previous.approvedAt > approval.approvedAt || previous.document === undefined) return previous;
  if (approval.document !== undefined && isSameDocument(previous.document, approval.document)) return previous;
  const { document: _, ...undecided } = approval;
  return undecided;
}

export interface PolicyLookDependencies extends Pick<RemediationDependencies, 'store' | 'now'> {
  readonly policies: Policies;
  readonly remedies: Remedies;
  readonly state: StateStore;
}

/** Reads a policy anew, compares it with what is approved, and asks the remedy what it would run. */
export async function lookAtPolicy(
  resource: PolicyRef,
  declared: DeclaredParameters,
  { store, policies, remedies, state, now }: PolicyLookDependencies,
): Promise<Known<Look>> {
  const capturedAt = now();
  const [live, baseline] = await Promise.all([policies.read(resource), store.readBaseline(resource)]);
  const approved = baseline?.document;
  if (!live || (approved === undefined && live.document === undefined)) {
    return known({ finding: { kind: 'gone', reason: 'the policy is gone', capturedAt } });
  }
  if (approved !== undefined && live.document !== undefined && isSameDocument(live.document, approved)) {
    return known({ finding: { kind: 'passing', reason: `it says what was approved at ${baseline?.approvedAt}`, capturedAt } });
  }
  const reason = baseline && approved ? `it does not say what ${baseline.approvedBy} has set at ${baseline.approvedAt}` : NOTHING_APPROVED;
  const finding = { kind: 'failing', reason, capturedAt } as const;
  const remedy = remedyFor(remedies, DRIFT_CONTROL, resource);
  if (!remedy) return known({ finding });
  const inventory = await readInventoryOf(resource.accountId, [], state);
  const drift = { live, ...(approved !== undefined && { approved }) };
  return known({ finding, remedy, plan: remedy.plan({ resource, declared, inventory, drift }) });
}

const NOTHING_APPROVED = 'it was changed outside of the declared pipelines, and no version of it is approved';
