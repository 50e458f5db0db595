import type { Inventory, InventoryItem, ResourceType } from '../../control.ts';
import type { ResourceRef } from '../../model.ts';
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

/** With what parameters a runbook is to run on one resource, or why it cannot help there. */
export type RemedyPlan =
  | {
      readonly kind: 'run';
      readonly parameters: RunbookParameters;
      /** Where it runs. @default - the resource's Region; for a resource of a global service where those answer */
      readonly region?: string;
      /** Other resources that it changes, or that own the failing one: their tags and names are guarded like its own. */
      readonly touches?: readonly ResourceRef[];
    }
  | { readonly kind: 'cannot'; readonly reason: string };

/** The runbook runs with these parameters; a text stands for a list of one. `AutomationAssumeRole` is added by whoever starts it. */
export const runWith = (
  parameters: Readonly<Record<string, string | readonly string[]>>,
  { region, touches }: { readonly region?: string; readonly touches?: readonly ResourceRef[] } = {},
): RemedyPlan => ({
  kind: 'run',
  ...(region !== undefined && { region }),
  ...(touches && { touches }),
  parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, typeof value === 'string' ? [value] : value])),
});

/** The runbook cannot help this resource. `reason` says why and, where a person can do it, what to do. */
export const cannotRun = (reason: string): RemedyPlan => ({ kind: 'cannot', reason });

/** What a remedy sees of a failing resource: the newest evidence, read just before. */
export interface RemedyContext {
  readonly resource: ResourceRef;
  /** The resources of the account, of the types in `reads` of the remedy and its own. */
  readonly inventory: Inventory;
  /** What the owners declare under `remediation.parameters` of their settings. */
  readonly declared: DeclaredParameters;
  /** What a drifted policy says, and is to say. @default - the resource is no policy */
  readonly drift?: PolicyDrift;
}

/** A policy as IAM has it. Documents are without blanks. */
export interface LivePolicy {
  /** What holds; absent where the role has no inline policy of that name. */
  readonly document?: string;
  /** The versions of a managed policy, the one that holds among them: at most five. */
  readonly versions?: readonly PolicyVersion[];
}

export interface PolicyVersion {
  readonly versionId: string;
  readonly isDefault: boolean;
  readonly document: string;
}

export interface PolicyDrift {
  readonly live: LivePolicy;
  /** What is approved; absent where nothing is. */
  readonly approved?: string;
}

/** How the failure of one type of resource is put right. */
export interface Remedy {
  /** The type of the failing resource: `AWS::::Account` where the finding is on the account as a whole. */
  readonly resourceType: ResourceType | PolicyType | 'AWS::::Account';
  /** Other types that `plan` reads. */
  readonly reads: readonly ResourceType[];
  /** Name of the SSM Automation document, which is the name of its file in runbooks/ without `.yaml`. */
  readonly runbook: string;
  readonly risk: Risk;
  /** Whether `<runbook>-Undo` brings the previous value back. */
  readonly reversible: boolean;
  /** What may stop working, or cost, and why it cannot be undone where it cannot, in one sentence. */
  readonly impact: string;
  readonly plan: (context: RemedyContext) => RemedyPlan;
}

type RemedyTerms = Pick<Remedy, 'runbook' | 'risk' | 'reversible' | 'impact'> & { readonly reads?: readonly ResourceType[] };

/** A remedy of resources of one type; `plan` sees the facts of the failing one. */
export function remedyOn<T extends ResourceType>(
  resourceType: T,
  { reads = [], ...terms }: RemedyTerms,
  plan: (item: InventoryItem<T>, context: RemedyContext) => RemedyPlan,
): Remedy {
  return {
    resourceType,
    reads,
    ...terms,
    plan: (context) => {
      const item = context.inventory.all(resourceType).find(({ resource }) => isSame(resource, context.resource));
      return item ? plan(item, context) : cannotRun('the resource is not there');
    },
  };
}

/** A remedy of a finding on the account as a whole. */
export function remedyOfAccount({ reads = [], ...terms }: RemedyTerms, plan: (context: RemedyContext) => RemedyPlan): Remedy {
  return { resourceType: 'AWS::::Account', reads, ...terms, plan };
}

/** A remedy of a policy that has drifted from what is approved. `plan` sees both. */
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
      return cannotRun('no version of the policy is approved to go back to: csmm remediation record-policy records one');
    },
  };
}

/** Whether facts of the type are read into the state. */
export const isFactType = (resourceType: Remedy['resourceType']): resourceType is ResourceType =>
  resourceType !== 'AWS::::Account' && !isPolicyType(resourceType);

const isSame = (a: ResourceRef, b: ResourceRef): boolean =>
  a.resourceId === b.resourceId && a.region === b.region && a.accountId === b.accountId && a.resourceType === b.resourceType;

/** Name of the runbook that brings back what a runbook has changed. */
export const undoOf = (runbook: string): string => `${runbook}-Undo`;

/** The remedies of every control that has any, by control id. */
export type Remedies = Readonly<Record<string, readonly Remedy[]>>;

/** The remedy for a failing resource of a control; `undefined` where only a person can help. */
export const remedyFor = (remedies: Remedies, controlId: string, { resourceType }: Pick<ResourceRef, 'resourceType'>): Remedy | undefined =>
  remedies[controlId]?.find((remedy) => remedy.resourceType === resourceType);

/** Name of the role that a runbook and its inverse act as, in each account. */
export const roleOf = (runbook: string): string => `csmm-${runbook.replace(/^CSMM-/, '').replace(/-Undo$/, '')}`;
