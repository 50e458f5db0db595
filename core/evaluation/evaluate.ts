import {
  type ControlDefinition,
  type Evidence,
  type Inventory,
  insufficientData,
  type JoinedVerdict,
  type JoinRule,
  lacks,
  NOT_READ,
  notApplicable,
  type ResourceRule,
  type Rule,
  type Verdict,
} from '../control.ts';
import { SETTINGS } from '../facts/csmm-settings.ts';
import { INVENTORY, type InventoryFacts } from '../facts/inventory.ts';
import type { ParsedFacts } from '../facts/parser.ts';
import { GLOBAL, type ResourceRef } from '../model.ts';
import { covers } from './evidence.ts';

/** What one control says of one resource. */
export interface Finding extends Verdict {
  readonly controlId: string;
}

/** Judges a resource by one rule. A fact that the rule needs and nobody read makes the verdict `INSUFFICIENT_DATA`. */
export function evaluateRule(rule: ResourceRule, parsed: ParsedFacts<object>, resource: ResourceRef, capturedAt: string): Verdict {
  const evidence: Evidence = { resource, capturedAt, missing: parsed.missing };
  const unread = rule.needs.find((name) => !Object.hasOwn(parsed.facts, name));
  if (unread !== undefined) return lacks(evidence, unread);
  return (rule.evaluate as (facts: object, evidence: Evidence) => Verdict)(parsed.facts, evidence);
}

/** The rules of a catalogue by what they read, made once so that judging an item looks only at the rules of its type. */
export interface RuleIndex {
  /** Rules on single resources, by resource type. */
  readonly resourceRules: ReadonlyMap<string, readonly { readonly controlId: string; readonly rule: ResourceRule }[]>;
  /** Ids of the controls with a join that reads the type. */
  readonly joinsReading: ReadonlyMap<string, readonly string[]>;
  /** Ids of the controls whose status rests on every resource of the type being read. */
  readonly restingOn: ReadonlyMap<string, readonly string[]>;
  /** Ids of the controls with a join that reads the type in other accounts too. */
  readonly joinsElsewhere: ReadonlyMap<string, readonly string[]>;
  readonly controls: ReadonlyMap<string, ControlDefinition>;
}

export function indexRules(controls: readonly ControlDefinition[]): RuleIndex {
  const resourceRules = new Map<string, { controlId: string; rule: ResourceRule }[]>();
  const joinsReading = new Map<string, string[]>();
  const restingOn = new Map<string, string[]>();
  const joinsElsewhere = new Map<string, string[]>();
  for (const { id, rules } of controls) {
    for (const rule of rules) {
      if (rule.kind === 'resource') append(resourceRules, rule.resourceType, { controlId: id, rule });
      else appendEach(joinsReading, rule.reads, id);
      if (rule.kind === 'join' && rule.elsewhere) appendEach(joinsElsewhere, rule.reads, id);
    }
    appendEach(restingOn, new Set(rules.flatMap(typesRestedOn)), id);
  }
  return { resourceRules, joinsReading, restingOn, joinsElsewhere, controls: new Map(controls.map((control) => [control.id, control])) };
}

/** The types of which a rule must know every resource, unless it looks for gaps itself. */
function typesRestedOn(rule: Rule): readonly string[] {
  if (rule.kind === 'resource') return [rule.resourceType];
  return rule.handlesGaps ? [] : rule.reads;
}

function appendEach(lists: Map<string, string[]>, keys: Iterable<string>, value: string): void {
  for (const key of keys) append(lists, key, value);
}

const NONE: readonly string[] = Object.freeze([]);

/** Ids of the controls with a join that a change of this resource may move. */
export const joinsTouchedBy = (index: RuleIndex, { resourceType, resourceId }: ResourceRef): readonly string[] =>
  index.joinsReading.get(resourceType === INVENTORY ? resourceId : resourceType) ?? NONE;

/** Ids of the controls that a change of this resource may move in other accounts. */
export const joinsElsewhereTouchedBy = (index: RuleIndex, { resourceType, resourceId }: ResourceRef): readonly string[] =>
  index.joinsElsewhere.get(resourceType === INVENTORY ? resourceId : resourceType) ?? NONE;

/** Whether any rule asks for this resource; for settings every control asks, as they hold its exceptions. */
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

/** Judges a resource by every rule of its type. */
export function evaluateResource(index: RuleIndex, parsed: ParsedFacts<object>, resource: ResourceRef, capturedAt: string): Finding[] {
  if (resource.resourceType === INVENTORY) return evaluateInventory(index, parsed, resource);
  const rules = index.resourceRules.get(resource.resourceType) ?? [];
  return rules.map(({ controlId, rule }) => {
    return { controlId, ...evaluateRule(rule, parsed, resource, capturedAt) };
  });
}

/**
 * What a list of one type's resources says by itself: where it is complete, that no resource of the type is left to judge, so
 * that a control without any does not apply; where it is not, that some may be unseen.
 */
function evaluateInventory(index: RuleIndex, parsed: ParsedFacts<InventoryFacts>, { resourceId }: ResourceRef): Finding[] {
  const { resources } = parsed.facts;
  const verdict =
    resources === undefined
      ? insufficientData(NOT_READ, `${resourceId} not read: ${parsed.missing.resources}`)
      : notApplicable(`all ${resources} read`);
  return (index.restingOn.get(resourceId) ?? []).map((controlId) => ({ controlId, ...verdict }));
}

/** The verdicts of a control's joins on the live resources of one account. */
export function evaluateJoins(control: ControlDefinition, inventory: Inventory): JoinedVerdict[] {
  return control.rules.flatMap((rule) => (rule.kind === 'join' ? evaluateJoin(rule, inventory) : []));
}

/** A failure may rest on what is absent from a list that could not be read: it is then not known. */
function evaluateJoin(rule: JoinRule, inventory: Inventory): JoinedVerdict[] {
  const verdicts = [...rule.evaluate(inventory)];
  if (rule.handlesGaps) return verdicts;
  const gaps = rule.reads.flatMap((type) =>
    inventory.listings(type).flatMap(({ region, gap }) => (gap === undefined ? [] : [{ region, type, gap }])),
  );
  if (gaps.length === 0) return verdicts;
  return verdicts.map((verdict) => {
    const { region, resourceType } = verdict.resource;
    const gap = gaps.find((each) => each.type !== resourceType && (covers(each, region) || region === GLOBAL));
    if (!gap || verdict.compliance !== 'NON_COMPLIANT') return verdict;
    return { ...verdict, ...insufficientData(NOT_READ, `${gap.type} not read: ${gap.gap}`) };
  });
}
