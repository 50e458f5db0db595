import type { ControlStatus, ResourceRef } from '../../model.ts';
import type { Catalogue } from '../../pipeline/rescore.ts';
import type { ListedFinding, ResultDocument, ScorecardWithControls } from '../../pipeline/result.ts';
import type { StateStore } from '../../ports.ts';
import { scoreOrganization } from '../../scoring/scorecard.ts';
import type { RemediationDocument, RemediationMode, RemediationRule } from '../../settings/document.ts';
import { landingZoneOf } from '../decide/platform.ts';
import { effectiveMode, ruleFor } from '../decide/rules.ts';
import { unknown } from '../model/known.ts';
import { type Remedies, type Remedy, type RemedyPlan, type Risk, remedyFor } from '../model/remedy.ts';
import { remedyContext } from './remedy-context.ts';

export const PLAN_SCHEMA_VERSION = '1';

/** The planned fix of one failing resource. */
export interface FixPlan {
  readonly resource: ResourceRef;
  readonly finding: string;
  /** Planned run, or the reason why nothing can run. */
  readonly plan: RemedyPlan & {
    readonly runbook?: string;
    readonly risk?: Risk;
    readonly reversible?: boolean;
    readonly impact?: string;
    /** Cost of the change, as a sentence. Absent if AWS charges nothing. */
    readonly cost?: string;
    /** Difference after a rollback, as a sentence. Absent if it restores everything that the runbook changed. */
    readonly notRestored?: string;
    /** Whether the change concerns the resource, its Region or the whole account. */
    readonly concerns?: 'resource' | 'region' | 'account';
    /** State that the plan is based on, as sorted lines `name=value`. An approval is valid only for this state. */
    readonly state?: readonly string[];
  };
  /**
   * Mode that applies to the run, from the settings. It can be lower than that of the rule, for example `plan` if the risk is above the
   * maximum. `unknown` if a rule needs tags or organizational units, which a scan does not read.
   */
  readonly mode: RemediationMode | 'unknown';
}

/** The planned fixes of one control in one account. */
export interface ControlFixes {
  readonly accountId: string;
  readonly controlId: string;
  readonly title: string;
  readonly fixes: readonly FixPlan[];
  /** Number of failing resources that the result does not list. */
  readonly unlisted: number;
  /** Status of the control if every planned fix succeeds. */
  readonly statusAfter: ControlStatus;
  /** Gain of the score from this control only. */
  readonly gain: number;
}

/** The output of `csmm remediate --plan`. csmm runs none of it. */
export interface PlanDocument {
  readonly schemaVersion: string;
  /** Current overall score, and the score if every planned fix succeeds. Both are `null` if there is nothing to score. */
  readonly score: { readonly before: number | null; readonly after: number | null };
  readonly planned: number;
  readonly byHand: number;
  /** The same counts for each account, most planned first. */
  readonly accounts: readonly { readonly accountId: string; readonly planned: number; readonly byHand: number }[];
  /** Checks of a deployment that a plan cannot make, as sentences. */
  readonly notChecked: readonly string[];
  /** Sorted by gain, highest first. */
  readonly controls: readonly ControlFixes[];
}

export interface PlanDependencies {
  readonly store: StateStore;
  readonly catalogue: Catalogue;
  readonly remedies: Remedies;
  readonly remediation?: RemediationDocument;
}

/** Returns the planned fixes for all failing resources of a result, and their effect on the score. */
export async function planFixes(
  { accounts, organization }: Pick<ResultDocument, 'accounts' | 'organization'>,
  dependencies: PlanDependencies,
): Promise<PlanDocument> {
  const { catalogue } = dependencies;
  const statuses = new Map(Object.entries(accounts).map(([accountId, account]) => [accountId, statusesOf(account)]));
  const score = (changed: readonly Changed[]): number | null => overall(catalogue, statuses, changed);
  const before = organization.overall;
  const controls: ControlFixes[] = [];
  for (const [accountId, account] of Object.entries(accounts)) {
    for (const { id, title } of catalogue.controls) {
      const result = account.controls[id];
      if (result?.status !== 'FAILED') continue;
      const fixes: FixPlan[] = [];
      for (const finding of result.failing) fixes.push(await planFix(id, finding, dependencies));
      const unlisted = result.nonCompliant - fixes.length;
      const isRemediated = unlisted === 0 && fixes.every(({ plan }) => plan.kind === 'run');
      const statusAfter = !isRemediated ? 'FAILED' : result.insufficientData > 0 ? 'NO_DATA' : 'PASSED';
      const gain = rounded((score([{ accountId, controlId: id, status: statusAfter }]) ?? 0) - (before ?? 0));
      controls.push({ accountId, controlId: id, title, fixes, unlisted, statusAfter, gain });
    }
  }
  const after = score(controls.map(({ accountId, controlId, statusAfter: status }) => ({ accountId, controlId, status })));
  const perAccount = Object.keys(accounts).map((accountId) => ({
    accountId,
    ...countsOf(controls.filter((each) => each.accountId === accountId)),
  }));
  return {
    schemaVersion: PLAN_SCHEMA_VERSION,
    score: { before, after },
    ...countsOf(controls),
    accounts: perAccount.sort((a, b) => b.planned - a.planned),
    notChecked: NOT_CHECKED,
    controls: controls.sort((a, b) => b.gain - a.gain),
  };
}

/** Returns the number of failing resources that runbooks can remediate, and of the others. */
function countsOf(controls: readonly ControlFixes[]): { readonly planned: number; readonly byHand: number } {
  const all = controls.flatMap(({ fixes }) => fixes);
  const planned = all.filter(({ plan }) => plan.kind === 'run').length;
  return { planned, byHand: all.length - planned + controls.reduce((sum, { unlisted }) => sum + unlisted, 0) };
}

const NOT_CHECKED = [
  'Tags were not read: exempt tags can block a fix, and owners are unknown.',
  'A deployment refuses to change its own resources, and those of a landing zone by their tags.',
  'Dry-run periods, change windows, budgets, stops and circuit breakers apply at the time of each start.',
];

async function planFix(controlId: string, finding: ListedFinding, dependencies: PlanDependencies): Promise<FixPlan> {
  const { accountId, region, resourceType, resourceId, reason } = finding;
  const { store, remedies, remediation } = dependencies;
  const resource = { accountId, region, resourceType, resourceId };
  const remedy = remedyFor(remedies, controlId, resource);
  const notRead = unknown('a scan does not read this');
  const match = ruleFor(remediation, { controlId, accountId, region, tags: notRead, units: notRead });
  const mode = match.kind === 'unknown' ? 'unknown' : match.kind === 'none' ? 'off' : modeOf(match.rule, remedy, resource, remediation);
  if (!remedy)
    return {
      resource,
      finding: reason,
      mode,
      plan: { kind: 'cannot', reason: 'csmm has no runbook for this resource. Fix: see the page of the control' },
    };
  const context = await remedyContext(store, resource, remedy, remediation?.parameters ?? {});
  const { runbook, risk, reversible, impact, cost, notRestored, concerns = 'resource' as const } = remedy;
  const terms = {
    runbook,
    risk,
    reversible,
    impact,
    concerns,
    ...(cost !== undefined && { cost }),
    ...(notRestored !== undefined && { notRestored }),
  };
  return { resource, finding: reason, mode, plan: { ...remedy.plan(context), ...terms, state: remedy.state(context) } };
}

/** Returns the mode that applies to a remedy of a resource. A name like one of a landing zone requires approval. */
function modeOf(rule: RemediationRule, remedy: Remedy | undefined, resource: ResourceRef, document?: RemediationDocument): RemediationMode {
  if (!remedy) return rule.mode;
  const mode = effectiveMode(document, rule, remedy.risk);
  return mode === 'auto' && landingZoneOf(resource, {}) !== undefined ? 'approve' : mode;
}

interface Changed {
  readonly accountId: string;
  readonly controlId: string;
  readonly status: ControlStatus;
}

type Statuses = ReadonlyMap<string, ControlStatus>;

const statusesOf = ({ controls }: ScorecardWithControls): Statuses =>
  new Map(Object.entries(controls).map(([id, { status }]) => [id, status as ControlStatus]));

/** Returns the score of the organization with some changed statuses. */
function overall({ controls }: Catalogue, statuses: ReadonlyMap<string, Statuses>, changed: readonly Changed[]): number | null {
  const after = new Map([...statuses].map(([accountId, own]) => [accountId, new Map(own)]));
  for (const { accountId, controlId, status } of changed) after.get(accountId)?.set(controlId, status);
  const members = [...after.values()].map((own) => ({ statuses: own, weight: 1 }));
  return scoreOrganization(controls, members).overall;
}

/** Rounds to one decimal, as scores are. */
const rounded = (value: number): number => Math.round(value * 10) / 10;
