import {
  type ControlDefinition,
  type Evidence,
  type Inventory,
  insufficientData,
  type JoinedVerdict,
  type JoinRule,
  lacks,
  NOT_READ,
  type ResourceRule,
  type ResourceType,
  type Rule,
  type Verdict,
} from '../control.ts';
import { SETTINGS } from '../facts/csmm-settings.ts';
import { INVENTORY } from '../facts/inventory.ts';
import type { ParsedFacts } from '../facts/parser.ts';
import { GLOBAL, type ResourceRef } from '../model.ts';
import { covers } from './evidence.ts';

/** The verdict of one control on one resource. */
export interface Finding extends Verdict {
  readonly controlId: string;
}

/** Evaluates one rule on a resource. Returns `INSUFFICIENT_DATA` if a fact that the rule needs is missing. */
export function evaluateRule(rule: ResourceRule, parsed: ParsedFacts<object>, resource: ResourceRef, capturedAt: string): Verdict {
  const evidence: Evidence = { resource, capturedAt, missing: parsed.missing };
  const unread = rule.needs.find((name) => !Object.hasOwn(parsed.facts, name));
  if (unread !== undefined) return lacks(evidence, unread);
  return (rule.evaluate as (facts: object, evidence: Evidence) => Verdict)(parsed.facts, evidence);
}

/** The rules of a catalogue by the types that they read. Built once, so that evaluation visits only the rules of a type. */
export interface RuleIndex {
  /** Rules on single resources, by resource type. */
  readonly resourceRules: ReadonlyMap<string, readonly { readonly controlId: string; readonly rule: ResourceRule }[]>;
  /** IDs of the controls with a join that reads the type. */
  readonly joinsReading: ReadonlyMap<string, readonly string[]>;
  /** IDs of the controls whose status requires a complete list of the type. */
  readonly restingOn: ReadonlyMap<string, readonly string[]>;
  /** IDs of the controls with a join that also reads the type in other accounts. */
  readonly joinsElsewhere: ReadonlyMap<string, readonly string[]>;
  /** IDs of the controls with a join whose verdict depends on the time, or on other accounts. */
  readonly joinsByTime: ReadonlySet<string>;
  readonly controls: ReadonlyMap<string, ControlDefinition>;
}

/** Builds the index of the rules of a catalogue. */
export function indexRules(controls: readonly ControlDefinition[]): RuleIndex {
  const resourceRules = new Map<string, { controlId: string; rule: ResourceRule }[]>();
  const joinsReading = new Map<string, string[]>();
  const restingOn = new Map<string, string[]>();
  const joinsElsewhere = new Map<string, string[]>();
  const joinsByTime = new Set<string>();
  for (const { id, rules } of controls) {
    for (const rule of rules) {
      if (rule.kind === 'resource') append(resourceRules, rule.resourceType, { controlId: id, rule });
      else appendEach(joinsReading, rule.reads, id);
      if (rule.kind === 'join' && rule.elsewhere) appendEach(joinsElsewhere, rule.reads, id);
      if (rule.kind === 'join' && (rule.growsOld || rule.elsewhere)) joinsByTime.add(id);
    }
    appendEach(restingOn, new Set(rules.flatMap(typesRestedOn)), id);
  }
  const byId = new Map(controls.map((control) => [control.id, control]));
  return { resourceRules, joinsReading, restingOn, joinsElsewhere, joinsByTime, controls: byId };
}

/** Returns the types whose resources a rule must know completely, unless it handles gaps itself. */
function typesRestedOn(rule: Rule): readonly ResourceType[] {
  if (rule.kind === 'resource') return [rule.resourceType];
  const { handlesGaps = [] } = rule;
  return handlesGaps === true ? [] : rule.reads.filter((type) => !handlesGaps.includes(type));
}

function appendEach(lists: Map<string, string[]>, keys: Iterable<string>, value: string): void {
  for (const key of keys) append(lists, key, value);
}

const NONE: readonly string[] = Object.freeze([]);

/** Returns the IDs of the controls with a join that a change of this resource can affect. */
export const joinsTouchedBy = (index: RuleIndex, { resourceType }: ResourceRef): readonly string[] =>
  index.joinsReading.get(resourceType) ?? NONE;

/** Returns the IDs of the controls that a change of this resource can affect in other accounts. */
export const joinsElsewhereTouchedBy = (index: RuleIndex, { resourceType }: ResourceRef): readonly string[] =>
  index.joinsElsewhere.get(resourceType) ?? NONE;

/** Whether a rule reads this resource, or the resources of this list. Every control reads settings, because they hold its exceptions. */
export const isRead = (index: RuleIndex, { resourceType, resourceId }: ResourceRef): boolean => {
  if (resourceType === SETTINGS) return true;
  const type = resourceType === INVENTORY ? resourceId : resourceType;
  return index.resourceRules.has(type) || index.joinsReading.has(type);
};

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** Evaluates every rule of a resource's type on it. */
export function evaluateResource(index: RuleIndex, parsed: ParsedFacts<object>, resource: ResourceRef, capturedAt: string): Finding[] {
  const rules = index.resourceRules.get(resource.resourceType) ?? [];
  return rules.map(({ controlId, rule }) => {
    const { compliance, code, reason } = evaluateRule(rule, parsed, resource, capturedAt);
    return code === undefined ? { controlId, compliance, reason } : { controlId, compliance, code, reason };
  });
}

/** Returns the verdicts of a control's joins on the live resources of one account. */
export function evaluateJoins(control: ControlDefinition, inventory: Inventory): JoinedVerdict[] {
  return control.rules.flatMap((rule) => (rule.kind === 'join' ? evaluateJoin(rule, inventory) : []));
}

/** Evaluates one join. Turns a failure into `INSUFFICIENT_DATA` if it can be caused by the gap of a list. */
function evaluateJoin(rule: JoinRule, inventory: Inventory): JoinedVerdict[] {
  const verdicts = [...rule.evaluate(inventory)];
  const gaps = typesRestedOn(rule).flatMap((type) =>
    inventory.listings(type).flatMap(({ region, gap }) => (gap === undefined ? [] : [{ region, type, gap }])),
  );
  if (gaps.length === 0) return verdicts;
  return verdicts.map((verdict) => {
    const { region, resourceType } = verdict.resource;
    const gap = gaps.find((each) => each.type !== resourceType && (covers(each, region) || region === GLOBAL));
    if (!gap || verdict.compliance !== 'NON_COMPLIANT') return verdict;
    return { ...verdict, ...insufficientData(NOT_READ, `${gap.type} was not read: ${gap.gap}`) };
  });
}
