import { acceptedShort } from './characters.ts';
import type { FactsByType } from './facts/index.ts';
import { type Compliance, GLOBAL, type Level, type Pillar, type ResourceRef, type Severity } from './model.ts';
import type { AccountSettings } from './settings/account-settings.ts';

/** The outcome of one rule on one resource, and the sentence that explains it. */
export interface Verdict {
  readonly compliance: Compliance;
  /** Stable kebab-case name of the cause within the control, such as `admin-port-open`. Texts can change, codes do not. Only open verdicts have one. */
  readonly code?: string;
  readonly reason: string;
}

/** Maximum length of a reason, in characters. Reasons quote resources, which can contain any text: longer ones are cut. */
const MAX_REASON = 512;
/** Returns a reason that queues and tables accept, in at most {@link MAX_REASON} characters, with … for the end if it is too long. */
const cut = (reason: string): string => acceptedShort(reason, MAX_REASON);

/** Returns a passing verdict. `reason` is the sentence that people read. */
export const compliant = (reason: string): Verdict => ({ compliance: 'COMPLIANT', reason: cut(reason) });
/** Returns a verdict on a resource to which the rule does not apply. */
export const notApplicable = (reason: string): Verdict => ({ compliance: 'NOT_APPLICABLE', reason: cut(reason) });

/** Returns a failing verdict. `code` is a stable kebab-case name of the cause, `reason` the sentence that people read. */
export const nonCompliant = (code: string, reason: string): Verdict => ({ compliance: 'NON_COMPLIANT', code, reason: cut(reason) });

/** Returns a verdict for evidence that could not be read or understood. `code` is a stable kebab-case name of the gap. */
export const insufficientData = (code: string, reason: string): Verdict => ({
  compliance: 'INSUFFICIENT_DATA',
  code,
  reason: cut(reason),
});

/** The source of facts, and the reasons why some are absent. */
export interface Evidence {
  readonly resource: ResourceRef;
  /** Capture time of the evidence, ISO-8601 UTC. Rules that evaluate an age use it as the current time. */
  readonly capturedAt: string;
  /** Why each missing fact was not read, by the name of the fact. */
  readonly missing: Readonly<Record<string, string>>;
}

/** A resource type whose facts csmm can read. */
export type ResourceType = keyof FactsByType;

/** A rule that evaluates one resource from its own facts. */
export interface ResourceRule {
  readonly kind: 'resource';
  readonly resourceType: ResourceType;
  /** Required facts. If one is missing, the verdict is `INSUFFICIENT_DATA` and `evaluate` is not called. */
  readonly needs: readonly string[];
  readonly evaluate: (facts: never, evidence: Evidence) => Verdict;
}

/** A rule that evaluates resources from the facts of several types in one account. */
export interface JoinRule extends JoinOptions {
  readonly kind: 'join';
  /** The types that the rule reads; a change of any of them re-evaluates the rule. The first is the type that it evaluates. */
  readonly reads: readonly ResourceType[];
  readonly evaluate: (inventory: Inventory) => Iterable<JoinedVerdict>;
}

export interface JoinOptions {
  /**
   * The rule checks {@link Inventory.listings} for gaps itself, of all types that it reads or of those that are named. Any other
   * incomplete list makes the status of the control `NO_DATA`, and makes a failure that depends on it `INSUFFICIENT_DATA`.
   */
  readonly handlesGaps?: true | readonly ResourceType[];
  /** A resource of the evaluated type cannot fail, so that the control can pass although csmm never read the type. */
  readonly neverFails?: true;
  /**
   * The verdict depends on when the evidence was captured, such as the age of a backup: it is evaluated again each day, although no
   * fact changes.
   */
  readonly growsOld?: true;
  /** Returns the other accounts whose resources the rule reads too, derived from the resources of its own account. */
  readonly elsewhere?: (inventory: Inventory) => readonly string[];
}

export type Rule = ResourceRule | JoinRule;

/** A verdict of a join on one resource. */
export interface JoinedVerdict extends Verdict {
  readonly resource: ResourceRef;
  /** Capture time of the resource's evidence, ISO-8601 UTC. */
  readonly capturedAt: string;
}

/** One live resource in an inventory. A fact that was not read is absent from `facts` and has its reason in `missing`. */
export interface InventoryItem<T extends ResourceType> extends Evidence {
  readonly facts: FactsByType[T];
}

/** A list of the resources of a type, complete or with a gap. */
export interface Listing {
  /** Region of the list, or `global` if it covers the whole account. */
  readonly region: string;
  readonly capturedAt: string;
  /** Why the list is incomplete; absent if it is complete. */
  readonly gap?: string;
}

/** The live resources of one account, by type. */
export interface Inventory {
  readonly accountId: string;
  /** Newest capture time of the resources and lists in it, ISO-8601 UTC. */
  readonly capturedAt: string;
  /** The settings that apply to the account. */
  readonly settings: AccountSettings;
  /** Returns the live resources of a type. */
  all<T extends ResourceType>(type: T): readonly InventoryItem<T>[];
  /** Returns the lists of a type. Empty if no reader listed it: known resources then come only from AWS Config. */
  listings(type: ResourceType): readonly Listing[];
  /** Regions that the organization has closed to the account: csmm cannot read there, and their lists are absent. */
  readonly closedRegions: ReadonlySet<string>;
  /** Returns another account that the rule named in `elsewhere`. Returns `undefined` if csmm does not evaluate it. */
  in(accountId: string): Inventory | undefined;
}

/**
 * Returns a rule on the resources of one type. `needs` names the required facts: `evaluate` runs only if all of them were read.
 * It sees every other fact as possibly absent.
 */
export function on<T extends ResourceType, K extends keyof FactsByType[T] & string>(
  resourceType: T,
  needs: readonly K[],
  evaluate: (facts: Required<Pick<FactsByType[T], K>> & FactsByType[T], evidence: Evidence) => Verdict,
): ResourceRule {
  return { kind: 'resource', resourceType, needs, evaluate };
}

/** Returns a rule that joins the resources of several types within one account. A rule that uses settings also reads `CSMM::Settings`. */
export function across(
  reads: readonly ResourceType[],
  evaluate: (inventory: Inventory) => Iterable<JoinedVerdict>,
  options: JoinOptions = {},
): JoinRule {
  return { kind: 'join', reads, evaluate, ...options };
}

/** Attaches a verdict to its resource, for use in a join. */
export function verdictOn(item: InventoryItem<ResourceType>, verdict: Verdict): JoinedVerdict {
  return { ...verdict, resource: item.resource, capturedAt: item.capturedAt };
}

/** Attaches a verdict to the account as a whole, for use in a join whose result no single resource shows. */
export const verdictOnAccount = ({ accountId, capturedAt }: Inventory, verdict: Verdict): JoinedVerdict => ({
  ...verdict,
  resource: accountRef(accountId),
  capturedAt,
});

/** Returns the reference of an account as a whole. */
export const accountRef = (accountId: string): ResourceRef => ({
  accountId,
  region: GLOBAL,
  resourceType: 'AWS::::Account',
  resourceId: accountId,
});

/** Code of a verdict that lacks a fact or a complete list. */
export const NOT_READ = 'not-read';

/** Returns `INSUFFICIENT_DATA` with the reason why `fact` was not read. */
export function lacks({ missing }: Pick<Evidence, 'missing'>, fact: string): Verdict {
  const why = missing[fact];
  return insufficientData(NOT_READ, why === undefined ? `${fact} is unknown` : `${fact} is unknown: ${why}`);
}

export type Scope = 'resource' | 'account' | 'region' | 'organization';
export type EvidenceKind = 'config' | 'api' | 'policy-analysis' | 'attestation';

/** CloudTrail management events that can change the evidence of a control. */
export interface CloudTrailTrigger {
  /** Event source, such as `s3.amazonaws.com`. */
  readonly source: string;
  readonly names: readonly string[];
}

/** Changes that can affect the evidence, by the specification of the model. The rules and the readers decide what csmm reads. */
export interface Triggers {
  /** Resource types whose AWS Config items carry evidence. A control with rules has none: they follow from the rules. */
  readonly configTypes?: readonly string[];
  readonly cloudTrail: readonly CloudTrailTrigger[];
  /** Other EventBridge events, by source and detail-type. */
  readonly native?: readonly { readonly source: string; readonly detailType: string }[];
  /** How often to read the evidence again without an event, as an EventBridge rate expression. */
  readonly schedule: string;
}

export interface Remediation {
  readonly kind: 'managed' | 'custom' | 'manual';
  /** Name of the AWS-owned SSM Automation document, for `managed`. */
  readonly document?: string;
  readonly alternatives?: readonly string[];
  readonly note?: string;
}

/** IDs of the same or a related requirement in other frameworks. */
export interface Crosswalk {
  readonly cisAwsV3: readonly string[];
  readonly cisAwsV5: readonly string[];
  readonly securityHub: readonly string[];
  readonly prowler: readonly string[];
  readonly nistCsf2: readonly string[];
  readonly awsSmmV2: readonly { readonly phase: number; readonly category: string; readonly recommendation: string }[];
  readonly iansCsmm2: readonly string[];
}

/** A control as the pipeline uses it: its rules and its place in the score. */
export interface ControlDefinition {
  /** `<pillar>-L<level>-<number>`, such as `NET-L1-01`. */
  readonly id: string;
  readonly title: string;
  readonly pillar: Pillar;
  readonly level: Level;
  readonly severity: Severity;
  /** Rules that evaluate the control. Empty for a control that csmm does not evaluate yet: its status is `NO_DATA`. */
  readonly rules: readonly Rule[];
}

/** Documentation of a control and its links to other frameworks. */
export interface ControlPage {
  readonly slug: string;
  readonly topic: string;
  readonly scope: Scope;
  readonly evidence: EvidenceKind;
  /** The exact rule, in sentences: when the control passes, fails, does not apply or has no data. */
  readonly rule: string;
  /** Why the control matters: the risk that it removes, in one or two sentences. */
  readonly why?: string;
  /**
   * Read-only API actions that provide the evidence that AWS Config lacks, by the specification of the model. A control with rules
   * has none: they follow from the readers of the types in the rules.
   */
  readonly apiFacts?: readonly string[];
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly triggers: Triggers;
  readonly remediation: Remediation;
  readonly crosswalk: Crosswalk;
  /** Signals that support an attestation but do not decide it. */
  readonly corroboratingSignals?: readonly string[];
  readonly notes?: string;
}

/** A control with its page, and the evidence that its rules read. */
export interface DocumentedControl extends ControlDefinition, ControlPage {
  /** IAM actions of the API calls that provide evidence. Planned, if the control has no rules. */
  readonly apiFacts: readonly string[];
  readonly triggers: Triggers & Required<Pick<Triggers, 'configTypes'>>;
}

/** Declares a control. Returns its argument; it only checks the type. */
export const defineControl = (control: ControlDefinition): ControlDefinition => control;

/** Whether the control has rules. */
export const isEvaluated = (control: ControlDefinition): boolean => control.rules.length > 0;

/** Returns the resource types whose facts the control's rules read. */
export function factTypes(control: ControlDefinition): ResourceType[] {
  return [
    ...new Set(control.rules.flatMap((rule): readonly ResourceType[] => (rule.kind === 'resource' ? [rule.resourceType] : rule.reads))),
  ];
}

/** Returns the types whose resources decide the status of the control. Its joins may read further types. */
export function evaluatedTypes(control: ControlDefinition): ResourceType[] {
  return [
    ...new Set(
      control.rules.flatMap((rule): readonly ResourceType[] => {
        if (rule.kind === 'resource') return [rule.resourceType];
        return rule.neverFails ? [] : rule.reads.slice(0, 1);
      }),
    ),
  ];
}
