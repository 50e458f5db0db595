import type { Level, ResourceRef } from '../model.ts';
import { type Advice, adviseAccount, adviseOrganization, type Fix, type Unlock } from '../scoring/advice.ts';
import { oneDecimal } from '../scoring/fraction.ts';
import type { ScoredControl, Statuses, WeightedAccount } from '../scoring/scorecard.ts';

/** The effect of a fix on the score. Scores are 0 to 100 with one decimal, rounded down. */
export interface FixEffect {
  /** `overallAfter` minus the overall score, computed exactly and then rounded down. */
  readonly gain: number;
  readonly overallAfter: number;
  /** The level in progress after the fix. */
  readonly levelAfter: Level;
  /** The newly unlocked levels in which csmm evaluates at least one control. */
  readonly unlocks: readonly Unlock[];
  /** Number of failing resources to fix. A resource that fails several of the controls counts once. */
  readonly resources: number;
}

/** The effect of fixing one failing control in every account in which it fails. */
export interface NextStep extends FixEffect {
  readonly controlId: string;
}

/** The effect of fixing several failing controls together. */
export interface JointStep extends FixEffect {
  readonly controlIds: readonly string[];
}

/** What to do first, as the result document lists it. */
export interface NextSteps {
  /** The failing controls, the largest gain first. Within equal gain the worst severity is first. */
  readonly next: readonly NextStep[];
  /** The smallest set of failing controls that unlocks a further level; `null` if no set does. */
  readonly nextGate: JointStep | null;
  /** Controls that fail on the same resources for the same reasons. */
  readonly sharedCauses: readonly JointStep[];
}

/** A failing resource, and the reason. */
type Failure = ResourceRef & { readonly code?: string; readonly reason: string };
/** The failing resources by control id. `nonCompliant` counts also those that `failing` does not list. */
type Results = Readonly<Record<string, { readonly nonCompliant: number; readonly failing: readonly Failure[] }>>;

/** Returns the next steps of an account. */
export const accountSteps = (controls: readonly ScoredControl[], statuses: Statuses, results: Results): NextSteps =>
  stepsOf(adviseAccount(controls, statuses), results);

/** Returns the next steps of an organization. */
export const organizationSteps = (controls: readonly ScoredControl[], accounts: readonly WeightedAccount[], results: Results): NextSteps =>
  stepsOf(adviseOrganization(controls, accounts), results);

function stepsOf(advice: Advice, results: Results): NextSteps {
  const failingOf = (ids: readonly string[]): number => countResources(ids, results);
  const joint = (fix: Fix, resources: number): JointStep => ({ controlIds: fix.controlIds, ...effectOf(fix, resources) });
  const { controls, gate, together } = advice;
  return {
    next: controls.flatMap((fix) => fix.controlIds.map((controlId) => ({ controlId, ...effectOf(fix, failingOf([controlId])) }))),
    nextGate: gate ? joint(gate, failingOf(gate.controlIds)) : null,
    sharedCauses: sharing(
      controls.flatMap(({ controlIds }) => controlIds),
      results,
    ).map((ids) => joint(together(ids), failingOf(ids.slice(0, 1)))),
  };
}

/** Returns the number of resources that fail at least one of some controls. Counts resources that the result does not list apart. */
function countResources(controlIds: readonly string[], results: Results): number {
  const listed = new Set<string>();
  let unlisted = 0;
  for (const id of controlIds) {
    const { failing = [], nonCompliant = 0 } = results[id] ?? {};
    for (const finding of failing) listed.add(keyOf(finding));
    unlisted += nonCompliant - failing.length;
  }
  return listed.size + unlisted;
}

/** Names of resources contain no line breaks. */
const keyOf = ({ accountId, region, resourceType, resourceId }: ResourceRef): string =>
  `${accountId}\n${region}\n${resourceType}\n${resourceId}`;

const effectOf = ({ gain, overallAfter, levelAfter, unlocks }: Fix, resources: number): FixEffect => ({
  gain: oneDecimal(gain),
  overallAfter: oneDecimal(overallAfter),
  levelAfter,
  unlocks,
  resources,
});

/** Groups controls with the same failing resources and reasons. Keeps the order, and omits groups of one. */
function sharing(controlIds: readonly string[], results: Results): string[][] {
  // A control with more failing resources than the result lists may differ in the others.
  const listed = controlIds.filter(
    (id) => failuresOf(id, results).length > 0 && failuresOf(id, results).length === results[id]?.nonCompliant,
  );
  const byNumber = groupBy(listed, (id) => failuresOf(id, results).length);
  const groups = byNumber.flatMap((ids) => groupBy(ids, (id) => failuresOf(id, results).map(causeOf).sort().join('\n\n')));
  return groups.sort((a, b) => controlIds.indexOf(a[0] ?? '') - controlIds.indexOf(b[0] ?? ''));
}

const failuresOf = (id: string, results: Results): readonly Failure[] => results[id]?.failing ?? [];

/** Returns the groups of more than one, in the order of their first members. */
function groupBy<K>(ids: readonly string[], keyOfId: (id: string) => K): string[][] {
  const groups = new Map<K, string[]>();
  if (ids.length < 2) return [];
  for (const id of ids) {
    const key = keyOfId(id);
    const group = groups.get(key);
    if (group) group.push(id);
    else groups.set(key, [id]);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

/** Codes are unique within a control only, so the reason is part of the cause too. */
const causeOf = (failure: Failure): string => `${keyOf(failure)}\n${failure.code ?? ''}\n${JSON.stringify(failure.reason)}`;
