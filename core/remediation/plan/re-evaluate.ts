import { type ControlDefinition, factTypes, type Listing, type ResourceType } from '../../control.ts';
import { evaluateJoins, type RuleIndex } from '../../evaluation/evaluate.ts';
import type { UserCredentialsFacts } from '../../facts/iam-credentials.ts';
import { type Compliance, GLOBAL, type ResourceRef } from '../../model.ts';
import { asReadBy, readInventory } from '../../pipeline/inventory.ts';
import type { StateStore, StoredResource } from '../../ports.ts';
import { type Known, known, unknown } from '../model/known.ts';
import { type DeclaredParameters, type Remedies, remedyFor } from '../model/remedy.ts';
import type { Look } from '../ports.ts';
import { remedyContext } from './remedy-context.ts';

export interface LookDependencies {
  readonly state: StateStore;
  readonly rules: RuleIndex;
  readonly remedies: Remedies;
  /**
   * Reads the resources of some types in a Region and of the global services from the AWS APIs into the state. If the Region is `global`,
   * reads every evaluated Region.
   *
   * @returns the start of the read, ISO-8601 UTC with milliseconds.
   */
  readonly read: (accountId: string, region: string, types: readonly ResourceType[]) => Promise<string>;
}

/**
 * Reads the evidence for a finding from the AWS APIs, evaluates the control again, and plans the remedy. The result is unknown if the
 * read was incomplete.
 */
export async function reEvaluate(
  controlId: string,
  resource: ResourceRef,
  declared: DeclaredParameters,
  dependencies: LookDependencies,
): Promise<Known<Look>> {
  const { rules, remedies, state, read } = dependencies;
  const control = rules.controls.get(controlId);
  if (!control) return unknown(`control ${controlId} does not exist`);
  const remedy = remedyFor(remedies, controlId, resource);
  const capturedAt = await read(resource.accountId, resource.region, [...new Set([...factTypes(control), ...(remedy?.reads ?? [])])]);
  const verdict = await evaluateAgain(control, resource, capturedAt, state);
  if (verdict.compliance === 'INSUFFICIENT_DATA') return unknown(verdict.reason);
  const { reason } = verdict;
  if (verdict.compliance === 'gone') return known({ finding: { kind: 'gone', reason, capturedAt } });
  if (verdict.compliance !== 'NON_COMPLIANT') return known({ finding: { kind: 'passing', reason, capturedAt } });
  const finding = { kind: 'failing', reason, capturedAt } as const;
  if (!remedy) return known({ finding });
  const context = await remedyContext(state, resource, remedy, declared);
  return known({ finding, remedy, plan: remedy.plan(context), state: remedy.state(context) });
}

interface Evaluation {
  readonly compliance: Compliance | 'gone';
  readonly reason: string;
}

/** Returns the worst finding of the control on the resource, from the state. */
async function evaluateAgain(control: ControlDefinition, resource: ResourceRef, since: string, state: StateStore): Promise<Evaluation> {
  const stored = await state.readResource(resource);
  const report = writtenBefore(stored, since);
  if (report !== undefined) return insufficient(`the newest IAM credential report is from ${report}, before this read`);
  const absent = resource.resourceType === 'AWS::::Account' ? undefined : await whyAbsent(stored, resource, since, state);
  if (absent) return absent;
  const own = stored?.findings.filter(({ controlId }) => controlId === control.id) ?? [];
  const inventory = await readInventory(resource.accountId, [control], state);
  const unlisted = factTypes(control).find((type) => isOld(inventory.listings(type), resource, since));
  if (unlisted) return insufficient(`no inventory of ${unlisted} since ${since}`);
  const joined = evaluateJoins(control, asReadBy(control, inventory)).filter((verdict) => keyOf(verdict.resource) === keyOf(resource));
  const worst = BY_WEIGHT.flatMap((compliance) => [...own, ...joined].find((each) => each.compliance === compliance) ?? [])[0];
  return worst ?? { compliance: 'gone', reason: 'the control no longer evaluates the resource' };
}

/** Whether all inventories that the read must refresh are older than the read. A type that no reader lists has no inventory. */
function isOld(listings: readonly Listing[], resource: ResourceRef, since: string): boolean {
  const concerned = listings.filter(({ region }) => resource.region === GLOBAL || region === resource.region || region === GLOBAL);
  return concerned.length > 0 && concerned.every(({ capturedAt }) => capturedAt < since);
}

/**
 * Returns the time of the IAM credential report if it is older than the read. IAM writes a new report only every four hours, and the
 * list of users can be newer than what csmm knows of each of them.
 */
function writtenBefore(stored: StoredResource | undefined, since: string): string | undefined {
  const { reportGeneratedAt } = (stored?.parsed?.facts ?? {}) as UserCredentialsFacts;
  return typeof reportGeneratedAt === 'string' && reportGeneratedAt < since ? reportGeneratedAt : undefined;
}

const BY_WEIGHT: readonly Compliance[] = ['NON_COMPLIANT', 'INSUFFICIENT_DATA', 'COMPLIANT', 'NOT_APPLICABLE'];

/** Returns whether a resource that the read did not find is gone or unknown. Returns `undefined` if the read found it. */
async function whyAbsent(
  stored: StoredResource | undefined,
  { accountId, region, resourceType }: ResourceRef,
  since: string,
  state: StateStore,
): Promise<Evaluation | undefined> {
  if (stored?.parsed && !stored.parsed.deleted && stored.capturedAt >= since) return undefined;
  for (const place of new Set([region, GLOBAL])) {
    const list = (await state.readCard(accountId, place))?.lists.get(resourceType);
    if (!list || list.capturedAt < since) continue;
    if (list.resources !== undefined) return { compliance: 'gone', reason: 'the resource is gone' };
    if (list.gap !== undefined) return insufficient(`could not read ${resourceType}: ${list.gap}`);
  }
  return insufficient(`no inventory of ${resourceType} since ${since}`);
}

const insufficient = (reason: string): Evaluation => ({ compliance: 'INSUFFICIENT_DATA', reason });

const keyOf = ({ accountId, region, resourceType, resourceId }: ResourceRef): string =>
  JSON.stringify([accountId, region, resourceType, resourceId]);
