import {
  type ControlDefinition,
  type Evidence,
  type Inventory,
  type JoinedVerdict,
  lacks,
  type ResourceRule,
  type Verdict,
} from '../control.ts';
import type { ParsedFacts } from '../facts/parser.ts';
import type { ResourceRef } from '../model.ts';

/** What one control says of one resource. */
export interface Finding extends Verdict {
  readonly controlId: string;
}

/** Judges a resource by one rule. A fact that the rule needs and nobody read makes the verdict `INSUFFICIENT_DATA`. */
export function evaluateRule(rule: ResourceRule, parsed: ParsedFacts<object>, resource: ResourceRef): Verdict {
  const evidence: Evidence = { resource, missing: parsed.missing };
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
  readonly controls: ReadonlyMap<string, ControlDefinition>;
}

export function indexRules(controls: readonly ControlDefinition[]): RuleIndex {
  const resourceRules = new Map<string, { controlId: string; rule: ResourceRule }[]>();
  const joinsReading = new Map<string, string[]>();
  for (const control of controls) {
    for (const rule of control.rules) {
      if (rule.kind === 'resource') append(resourceRules, rule.resourceType, { controlId: control.id, rule });
      else for (const type of rule.reads) append(joinsReading, type, control.id);
    }
  }
  return { resourceRules, joinsReading, controls: new Map(controls.map((control) => [control.id, control])) };
}

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** Judges a resource by every rule of its type. */
export function evaluateResource(index: RuleIndex, parsed: ParsedFacts<object>, resource: ResourceRef): Finding[] {
  const rules = index.resourceRules.get(resource.resourceType) ?? [];
  return rules.map(({ controlId, rule }) => {
    const { compliance, reason } = evaluateRule(rule, parsed, resource);
    return { controlId, compliance, reason };
  });
}

/** The verdicts of a control's joins on the live resources of one account. */
export function evaluateJoins(control: ControlDefinition, inventory: Inventory): JoinedVerdict[] {
  return control.rules.flatMap((rule) => (rule.kind === 'join' ? [...rule.evaluate(inventory)] : []));
}
