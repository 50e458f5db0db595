import type { FactsByType } from './facts/index.ts';
import { type Compliance, GLOBAL, type Level, type Pillar, type ResourceRef, type Severity } from './model.ts';
import type { AccountSettings } from './settings/account-settings.ts';

/** The outcome of one rule on one resource, and the sentence that explains it. */
export interface Verdict {
  readonly compliance: Compliance;
  /** Stable name of the reason within the control, such as `port-22-open`; texts may change, codes do not. Open findings have one. */
  readonly code?: string;
  readonly reason: string;
}

/** Reasons quote resources, which may say anything: longer ones are cut. */
const MAX_REASON = 512;
const cut = (reason: string): string => reason.slice(0, MAX_REASON);

export const compliant = (reason: string): Verdict => ({ compliance: 'COMPLIANT', reason: cut(reason) });
export const notApplicable = (reason: string): Verdict => ({ compliance: 'NOT_APPLICABLE', reason: cut(reason) });

/** Returns a failing verdict. `code` is a stable kebab-case name of the cause, `reason` the sentence that people read. */
export const nonCompliant: OpenVerdict = open('NON_COMPLIANT');

/** Returns a verdict for evidence that could not be read or understood. `code` is a stable kebab-case name of the gap. */
export const insufficientData: OpenVerdict = open('INSUFFICIENT_DATA');

interface OpenVerdict {
  (code: string, reason: string): Verdict;
  /** @deprecated A verdict without a code, until each control names its causes. */
  (reason: string): Verdict;
}

function open(compliance: Compliance): OpenVerdict {
  return (first: string, second?: string): Verdict =>
    second === undefined ? { compliance, reason: cut(first) } : { compliance, code: first, reason: cut(second) };
}

/** Where facts come from, and why some are absent. */
export interface Evidence {
  readonly resource: ResourceRef;
  /** When the evidence was captured, ISO-8601 UTC: the present time for a rule that asks how old something is. */
  readonly capturedAt: string;
  /** The reason of each fact that could not be read. */
  readonly missing: Readonly<Record<string, string>>;
}

/** A type of resource whose facts the project can read. */
export type ResourceType = keyof FactsByType;

/** Judges one resource by its own facts. */
export interface ResourceRule {
  readonly kind: 'resource';
  readonly resourceType: ResourceType;
  /** Facts without which `evaluate` is not called: the verdict is then `INSUFFICIENT_DATA`. */
  readonly needs: readonly string[];
  readonly evaluate: (facts: never, evidence: Evidence) => Verdict;
}

/** Judges resources by the facts of several types in one account. */
export interface JoinRule extends JoinOptions {
  readonly kind: 'join';
  /** The types that the rule reads; a change of any of them re-evaluates the rule. */
  readonly reads: readonly ResourceType[];
  readonly evaluate: (inventory: Inventory) => Iterable<JoinedVerdict>;
}

export interface JoinOptions {
  /**
   * The rule asks {@link Inventory.listings} itself what was not read. Without it a list that could not be read makes the
   * control's status `NO_DATA`, and a failure that rests on it `INSUFFICIENT_DATA`.
   */
  readonly handlesGaps?: true;
  /** Other accounts whose resources the rule reads too, as its own account's resources tell. */
  readonly elsewhere?: (inventory: Inventory) => readonly string[];
}

export type Rule = ResourceRule | JoinRule;

/** A verdict of a join on one of the resources that it read. */
export interface JoinedVerdict extends Verdict {
  readonly resource: ResourceRef;
  /** Capture time of the resource's evidence, ISO-8601 UTC. */
  readonly capturedAt: string;
}

/** One live resource as a join sees it. A fact that could not be read is absent from `facts` and has its reason in `missing`. */
export interface InventoryItem<T extends ResourceType> extends Evidence {
  readonly facts: FactsByType[T];
}

/** Whether the resources of a type were all read. */
export interface Listing {
  /** `global` where the type was listed for the whole account. */
  readonly region: string;
  readonly capturedAt: string;
  /** Why the list is not complete; absent where it is. */
  readonly gap?: string;
}

/** The live resources of one account, by type. */
export interface Inventory {
  readonly accountId: string;
  /** Newest capture time of what is in it, ISO-8601 UTC. */
  readonly capturedAt: string;
  /** What the account's owners declare. */
  readonly settings: AccountSettings;
  all<T extends ResourceType>(type: T): readonly InventoryItem<T>[];
  /** Where the resources of a type were listed. Empty where nobody tried: what is known then came from AWS Config alone. */
  listings(type: ResourceType): readonly Listing[];
  /** Another account that the rule named in `elsewhere`; `undefined` where it is not evaluated. */
  in(accountId: string): Inventory | undefined;
}

/**
 * A rule on resources of one type. `needs` names the facts that must have been read before `evaluate` runs;
 * it then sees them as present, and every other fact as possibly absent.
 */
export function on<T extends ResourceType, K extends keyof FactsByType[T] & string>(
  resourceType: T,
  needs: readonly K[],
  evaluate: (facts: Required<Pick<FactsByType[T], K>> & FactsByType[T], evidence: Evidence) => Verdict,
): ResourceRule {
  return { kind: 'resource', resourceType, needs, evaluate };
}

/** A rule that joins the resources of several types within one account. One that asks for settings reads `CSMM::Settings` too. */
export function across(
  reads: readonly ResourceType[],
  evaluate: (inventory: Inventory) => Iterable<JoinedVerdict>,
  options: JoinOptions = {},
): JoinRule {
  return { kind: 'join', reads, evaluate, ...options };
}

/** Attaches a verdict to the resource it speaks of, for use in a join. */
export function verdictOn(item: InventoryItem<ResourceType>, verdict: Verdict): JoinedVerdict {
  return { ...verdict, resource: item.resource, capturedAt: item.capturedAt };
}

/** A verdict of a join on the account as a whole, for what no single resource shows. */
export function verdictOnAccount({ accountId, capturedAt }: Inventory, verdict: Verdict): JoinedVerdict {
  const resource = { accountId, region: GLOBAL, resourceType: 'AWS::::Account', resourceId: accountId };
  return { ...verdict, resource, capturedAt };
}

/** Code of a verdict on a resource with a fact that could not be read. */
export const NOT_READ = 'not-read';

/** Returns `INSUFFICIENT_DATA` with the reason why `fact` could not be read. */
export function lacks({ missing }: Pick<Evidence, 'missing'>, fact: string): Verdict {
  return insufficientData(NOT_READ, `${fact}: ${missing[fact] ?? 'not known'}`);
}

export type Scope = 'resource' | 'account' | 'region' | 'organization';
export type EvidenceKind = 'config' | 'api' | 'policy-analysis' | 'attestation';

/** CloudTrail management events that may change a control's evidence. */
export interface CloudTrailTrigger {
  /** Event source, such as `s3.amazonaws.com`. */
  readonly source: string;
  readonly names: readonly string[];
}

export interface Triggers {
  /** Resource types whose AWS Config items carry evidence. */
  readonly configTypes: readonly string[];
  readonly cloudTrail: readonly CloudTrailTrigger[];
  /** Other EventBridge events, by source and detail-type. */
  readonly native?: readonly { readonly source: string; readonly detailType: string }[];
  /** How often the evidence is read anew when no event says so; an EventBridge rate expression. */
  readonly schedule: string;
}

export interface Remediation {
  readonly kind: 'managed' | 'custom' | 'manual';
  /** Name of the AWS-owned SSM Automation document, for `managed`. */
  readonly document?: string;
  readonly alternatives?: readonly string[];
  readonly note?: string;
}

/** Ids of the same or a related demand in other frameworks. */
export interface Crosswalk {
  readonly cisAwsV3: readonly string[];
  readonly cisAwsV5: readonly string[];
  readonly securityHub: readonly string[];
  readonly prowler: readonly string[];
  readonly nistCsf2: readonly string[];
  readonly awsSmmV2: readonly { readonly phase: number; readonly category: string; readonly recommendation: string }[];
  readonly iansCsmm2: readonly string[];
}

/** What decides a control and places it in the score: all that the pipeline carries. */
export interface ControlDefinition {
  /** `<pillar>-L<level>-<number>`, such as `NET-L1-01`. */
  readonly id: string;
  readonly title: string;
  readonly pillar: Pillar;
  readonly level: Level;
  readonly severity: Severity;
  /** How the control is evaluated. Empty while nothing evaluates it: its status is then `NO_DATA`. */
  readonly rules: readonly Rule[];
}

/** What people, documents and other frameworks know a control by. */
export interface ControlPage {
  readonly slug: string;
  readonly topic: string;
  readonly scope: Scope;
  readonly evidence: EvidenceKind;
  /** The exact sentence that decides the outcome. */
  readonly rule: string;
  /** Why the control matters: the risk that it removes, in one or two sentences. */
  readonly why?: string;
  /** Read-only API actions that give the evidence where AWS Config does not. */
  readonly apiFacts: readonly string[];
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly triggers: Triggers;
  readonly remediation: Remediation;
  readonly crosswalk: Crosswalk;
  /** What supports an attestation without deciding it. */
  readonly corroboratingSignals?: readonly string[];
  readonly notes?: string;
}

/** A control with its page. */
export type DocumentedControl = ControlDefinition & ControlPage;

/** Declares a control. It adds nothing to its argument but the type. */
export const defineControl = (control: ControlDefinition): ControlDefinition => control;

/** Whether anything evaluates the control yet. */
export const isEvaluated = (control: ControlDefinition): boolean => control.rules.length > 0;

/** The resource types whose facts the control's rules read. */
export function factTypes(control: ControlDefinition): ResourceType[] {
  return [
    ...new Set(control.rules.flatMap((rule): readonly ResourceType[] => (rule.kind === 'resource' ? [rule.resourceType] : rule.reads))),
  ];
}
