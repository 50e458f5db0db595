import type { Inventory, InventoryItem, ResourceType } from '../../control.ts';
import type { FactsByType } from '../../facts/index.ts';
import type { ResourceRef } from '../../model.ts';
import { canonical } from '../../pipeline/collect.ts';
import type { DeclaredParameters } from '../../settings/document.ts';
import { isPolicyType, type PolicyType } from '../policy-drift/policy-document.ts';
import type { Risk } from './risk.ts';

export type { DeclaredParameters } from '../../settings/document.ts';
export { RISKS, type Risk } from './risk.ts';

/**
 * Parameters of an SSM Automation execution: at most 200 names, 50 values each, a value of at most 512 characters.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html
 */
export type RunbookParameters = Readonly<Record<string, readonly string[]>>;

/** The parameters with which a runbook runs on one resource, or the reason why it cannot run. */
export type RemedyPlan =
  | {
      readonly kind: 'run';
      readonly parameters: RunbookParameters;
      /** Region in which the runbook runs. @default - the Region of the resource, or the global Region for a resource of a global service */
      readonly region?: string;
      /** Other resources that the runbook changes, or that own the failing one. csmm also checks their names and tags. */
      readonly touches?: readonly ResourceRef[];
      /** Values that the runbook changes. An approval is valid only for them. */
      readonly changes: readonly Change[];
      /** Users of the resource, or why csmm does not know them, as sentences. They can change without a new approval. */
      readonly uses?: readonly string[];
    }
  | { readonly kind: 'cannot'; readonly reason: string };

/** A value that a runbook changes, for people. */
export interface Change {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** Returns a change. `before` is the value that csmm read. */
export const change = (what: string, before: string | number | boolean | undefined, after: string | number | boolean): Change => ({
  what,
  before: before === undefined ? 'not read' : String(before),
  after: String(after),
});

/** Returns a plan to run the runbook. A string is a list with one value. The automation adapter adds `AutomationAssumeRole`. */
export const runWith = (
  parameters: Readonly<Record<string, string | readonly string[]>>,
  changes: readonly Change[] = [],
  {
    region,
    touches,
    uses,
  }: { readonly region?: string; readonly touches?: readonly ResourceRef[]; readonly uses?: readonly string[] } = {},
): RemedyPlan => ({
  kind: 'run',
  changes,
  ...(uses && { uses }),
  ...(region !== undefined && { region }),
  ...(touches && { touches }),
  parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, typeof value === 'string' ? [value] : value])),
});

/** Returns a plan that runs nothing. `reason` says why and, if an operator can fix the resource, how. */
export const cannotRun = (reason: string): RemedyPlan => ({ kind: 'cannot', reason });

/** The evidence that a remedy plans with. csmm reads it just before. */
export interface RemedyContext {
  readonly resource: ResourceRef;
  /** Resources of the account, of the type of the remedy and the types in its `reads`. */
  readonly inventory: Inventory;
  /** Values of `remediation.parameters` in the settings. */
  readonly declared: DeclaredParameters;
  /** Current and approved document of a policy. @default - the resource is not a policy */
  readonly drift?: PolicyDrift;
}

/** A policy as it is stored in IAM. Documents have no whitespace. */
export interface LivePolicy {
  /** Document in effect. Absent if the role has no inline policy of that name. */
  readonly document?: string;
  /** Versions of a managed policy, including the default version. IAM keeps at most five. */
  readonly versions?: readonly PolicyVersion[];
}

export interface PolicyVersion {
  readonly versionId: string;
  readonly isDefault: boolean;
  readonly document: string;
}

export interface PolicyDrift {
  readonly live: LivePolicy;
  /** Approved document. Absent if no document is approved. */
  readonly approved?: string;
}

/** The remediation of a failing control for one resource type. */
export interface Remedy {
  /** Type of the failing resource. `AWS::::Account` if the finding is on the account as a whole. */
  readonly resourceType: ResourceType | PolicyType | 'AWS::::Account';
  /** Other types that `plan` reads. */
  readonly reads: readonly ResourceType[];
  /** Name of the SSM Automation document. Its file is `runbooks/<name>.yaml`. */
  readonly runbook: string;
  readonly risk: Risk;
  /** Whether `<runbook>-Undo` restores the previous value. */
  readonly reversible: boolean;
  /** One sentence about possible breakage. If the change cannot be rolled back, it also says why. */
  readonly impact: string;
  /** Cost of the change, as a sentence. @default - none */
  readonly cost?: string;
  /** Difference after a rollback, as a sentence. @default - none: it restores everything that the runbook changed */
  readonly notRestored?: string;
  /** Scope of the change. @default - the failing resource */
  readonly concerns?: 'region' | 'account';
  readonly plan: (context: RemedyContext) => RemedyPlan;
  /**
   * Returns the state that the plan is based on, as sorted lines `name=value`. An approval is valid only for this state. It contains no
   * time that changes while the resource stays the same.
   */
  readonly state: (context: RemedyContext) => readonly string[];
}

type RemedyTerms = Pick<Remedy, 'runbook' | 'risk' | 'reversible' | 'impact' | 'cost' | 'notRestored' | 'concerns'> & {
  readonly reads?: readonly ResourceType[];
};

/** Returns values as sorted lines `name=value`. */
const stateLines = (values: object): string[] =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${canonical(value)}`)
    .sort();

/** Returns a remedy for resources of one type. `plan` receives the facts of the failing resource. */
export function remedyOn<T extends ResourceType>(
  resourceType: T,
  {
    reads = [],
    bindsTo,
    ...terms
  }: RemedyTerms & {
    /** Facts for which an approval is valid. Set it if other facts change by themselves. @default - all facts of the resource */
    readonly bindsTo?: readonly (keyof FactsByType[T] & string)[];
  },
  plan: (item: InventoryItem<T>, context: RemedyContext) => RemedyPlan,
): Remedy {
  const itemIn = ({ inventory, resource: failing }: RemedyContext) =>
    inventory.all(resourceType).find(({ resource }) => isSame(resource, failing));
  return {
    resourceType,
    reads,
    ...terms,
    plan: (context) => {
      const item = itemIn(context);
      return item ? plan(item, context) : cannotRun('the resource was not found');
    },
    state: (context) => {
      const facts = itemIn(context)?.facts ?? {};
      return stateLines(
        bindsTo ? Object.fromEntries(Object.entries(facts).filter(([name]) => bindsTo.some((each) => each === name))) : facts,
      );
    },
  };
}

/** Returns a remedy for a finding on the account as a whole. Its parameters contain the state. */
export function remedyOfAccount({ reads = [], ...terms }: RemedyTerms, plan: (context: RemedyContext) => RemedyPlan): Remedy {
  return { resourceType: 'AWS::::Account', reads, ...terms, plan, state: () => [] };
}

/** Returns a remedy for a policy that differs from its approved document. `plan` receives both. */
export function remedyOfPolicy(
  resourceType: PolicyType,
  terms: RemedyTerms,
  plan: (resource: ResourceRef, approved: string, live: LivePolicy) => RemedyPlan,
): Remedy {
  return {
    resourceType,
    reads: [],
    ...terms,
    plan: ({ resource, drift }) => {
      if (drift?.approved !== undefined) return plan(resource, drift.approved, drift.live);
      return cannotRun('no version of the policy is approved. Fix: approve one with csmm remediation record-policy');
    },
    state: ({ drift }) => stateLines(drift?.live ?? {}),
  };
}

/** Whether the state holds facts of the type. */
export const isFactType = (resourceType: Remedy['resourceType']): resourceType is ResourceType =>
  resourceType !== 'AWS::::Account' && !isPolicyType(resourceType);

const isSame = (a: ResourceRef, b: ResourceRef): boolean =>
  a.resourceId === b.resourceId && a.region === b.region && a.accountId === b.accountId && a.resourceType === b.resourceType;

/** Returns the name of the inverse runbook. */
export const undoOf = (runbook: string): string => `${runbook}-Undo`;

/** Remedies by control ID. */
export type Remedies = Readonly<Record<string, readonly Remedy[]>>;

/** Returns the remedy of a control for a resource type. Returns `undefined` if the control has no such remedy. */
export const remedyFor = (remedies: Remedies, controlId: string, { resourceType }: Pick<ResourceRef, 'resourceType'>): Remedy | undefined =>
  remedies[controlId]?.find((remedy) => remedy.resourceType === resourceType);

/** Returns the name of the role that a runbook and its inverse assume. The role exists in each account. */
export const roleOf = (runbook: string): string => `csmm-${runbook.replace(/^CSMM-/, '').replace(/-Undo$/, '')}`;
