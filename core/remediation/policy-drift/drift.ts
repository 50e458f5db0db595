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
 * Detection of policy drift. A document that a declared pipeline sets is approved. A change by any other principal is drift, and csmm can
 * restore the approved document.
 */

/** Control that fails if a policy drifts. */
export const DRIFT_CONTROL = 'IAM-L5-01';

/** Runbooks that restore the approved document, by policy type. */
export const RESTORING: Readonly<Record<PolicyType, string>> = {
  'AWS::IAM::Policy': 'CSMM-RestoreManagedPolicy',
  'AWS::IAM::RolePolicy': 'CSMM-RestoreRolePolicy',
  'AWS::IAM::Role': 'CSMM-RestoreTrustPolicy',
};

/** Reads of policies from IAM. Every method throws if the answer is not certain. */
export interface Policies {
  /** Returns the policy. Returns `undefined` if the policy or its role does not exist. */
  read(resource: PolicyRef): Promise<LivePolicy | undefined>;
  /** Returns the document of a version of a managed policy. Returns `undefined` if the version does not exist. */
  readVersion(resource: PolicyRef, versionId: string): Promise<string | undefined>;
}

export interface DriftDependencies extends Pick<RemediationDependencies, 'store' | 'settings' | 'hash' | 'now'> {
  readonly policies: Policies;
}

/** The decision about a change of a policy. */
export type DriftDecision =
  /** A declared pipeline made the change. */
  | { readonly kind: 'approve' }
  /** The change did not come from a declared pipeline. */
  | { readonly kind: 'drift'; readonly reason: string }
  | { readonly kind: 'nothing'; readonly reason: string };

/** Decides whether a change is approved or drift, by its principal and the earlier approval. */
export function decideDrift(
  { resource, call, at, principal, by, isNew }: PolicyChange,
  pipelinePrincipals: readonly string[],
  baseline: Pick<Baseline, 'document' | 'approvedAt'> | undefined,
): DriftDecision {
  if (principal !== undefined && isOwn(principal, resource)) return { kind: 'nothing', reason: 'csmm made the change' };
  if (baseline && at < baseline.approvedAt)
    return { kind: 'nothing', reason: `the change is older than the approval of ${baseline.approvedAt}` };
  if (principal !== undefined && pipelinePrincipals.some((pattern) => coversPattern(pattern, principal))) return { kind: 'approve' };
  if (isNew && baseline?.document === undefined) return { kind: 'nothing', reason: 'the policy is new and was never approved' };
  return { kind: 'drift', reason: `${by} called ${call} at ${at}, and is not a declared pipeline` };
}

/** Whether a principal is the role of the restoring runbook in the account of the policy. */
const isOwn = (principal: string, { accountId, resourceType }: PolicyRef): boolean =>
  principal.replace(/^arn:[^:]*:/, '') === `iam::${accountId}:role/${roleOf(RESTORING[resourceType])}`;

/** The stored result of a change. */
export type NotedChange =
  | { readonly kind: 'approved'; readonly baseline: Baseline; readonly closed?: Remediation }
  | { readonly kind: 'drift'; readonly remediation: Remediation }
  | { readonly kind: 'nothing'; readonly reason: string };

/**
 * Stores a change of a policy as an approval or as a failure. Stores nothing if no rule of the settings remediates the control. The order
 * and the number of deliveries do not matter.
 *
 * @throws if the settings or the new version cannot be read. The caller must deliver the change again.
 */
export async function noteChange(change: PolicyChange, dependencies: DriftDependencies): Promise<NotedChange> {
  const { settings, store } = dependencies;
  const document = (await settings.readSettings())?.document;
  if (!document || !mayConcern(document.remediation, DRIFT_CONTROL)) return nothing(`no rule of the settings remediates ${DRIFT_CONTROL}`);
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
  return remediation ? { kind: 'drift', remediation } : nothing('its remediation is already in progress, or waits for an operator');
}

async function approveChange(change: PolicyChange, dependencies: DriftDependencies): Promise<NotedChange> {
  const { resource, at, by } = change;
  const document = await approvedBy(change, dependencies.policies);
  const approval: Approved = { resource, approvedAt: at, approvedBy: by, ...(document !== undefined && { document }) };
  const baseline = await approvePolicy(approval, dependencies.store);
  if (!baseline) return nothing('the document is already approved');
  const ended = { controlId: DRIFT_CONTROL, resource, reason: `a declared pipeline set the policy at ${at}` };
  const closed = await noteEnd(ended, dependencies, ({ failingSince }) => failingSince <= at);
  return { kind: 'approved', baseline, ...(closed && { closed }) };
}

/**
 * Returns the document that a pipeline set. It can differ from the document in effect, because another principal may have changed it since.
 * Returns `undefined` if the document is unknown or too long. Then no document is approved.
 */
async function approvedBy({ resource, sets }: PolicyChange, policies: Policies): Promise<string | undefined> {
  if (sets.kind !== 'document' && sets.kind !== 'version') return undefined;
  const document = sets.kind === 'document' ? sets.document : await policies.readVersion(resource, sets.versionId);
  return document !== undefined && fits(document) ? document : undefined;
}

/** An approval to store. */
export type Approved = Omit<Baseline, 'revision'>;

/** Maximum number of attempts to commit a baseline that other processes write at the same time. */
const MAX_RACES = 10;

/**
 * Stores the approved document of a policy, unless a newer approval is stored.
 *
 * @returns the stored baseline. `undefined` if nothing has changed.
 * @throws RemediationContentionError if other processes keep writing the same baseline.
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
  throw new RemediationContentionError(
    `the approval of ${resourceType} ${resourceId} was changed by other processes ${MAX_RACES} times. Fix: try again`,
  );
}

/**
 * Returns the newer approval. The order of two approvals with the same time is unknown, because CloudTrail reports whole seconds. If their
 * documents differ, no document is approved.
 */
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

/** Reads a policy again, compares it with the approved document, and plans the remedy. */
export async function reEvaluatePolicy(
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
    return known({
      finding: { kind: 'passing', reason: `the policy equals the document approved at ${baseline?.approvedAt}`, capturedAt },
    });
  }
  const reason =
    baseline && approved
      ? `the policy differs from the document that ${baseline.approvedBy} set at ${baseline.approvedAt}`
      : NOTHING_APPROVED;
  const finding = { kind: 'failing', reason, capturedAt } as const;
  const remedy = remedyFor(remedies, DRIFT_CONTROL, resource);
  if (!remedy) return known({ finding });
  const inventory = await readInventoryOf(resource.accountId, [], state);
  const drift = { live, ...(approved !== undefined && { approved }) };
  const context = { resource, declared, inventory, drift };
  return known({ finding, remedy, plan: remedy.plan(context), state: remedy.state(context) });
}

const NOTHING_APPROVED = 'the policy was changed outside of the declared pipelines, and no version of it is approved';
