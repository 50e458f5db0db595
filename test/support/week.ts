/** The accounts of the sample week as inventories, for properties that hold for every control. */
import { inProcessPipeline } from '../../cli/in-process.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import {
  type ControlDefinition,
  factTypes,
  type Inventory,
  type InventoryItem,
  isEvaluated,
  type ResourceType,
} from '../../core/control.ts';
import { evaluateJoins, evaluateRule } from '../../core/evaluation/evaluate.ts';
import { parserOf } from '../../core/facts/index.ts';
import { readInventoryOf } from '../../core/pipeline/inventory.ts';
import { tellWeek } from '../../scripts/week/story.ts';

const ACCOUNTS = ['111111111111', '222222222222', '333333333333'];
/** All controls with rules. */
export const CONTROLS = CATALOGUE.controls.filter(isEvaluated);
const TYPES = [...new Set(CONTROLS.flatMap(factTypes))];
/** AWS does not return the owner's declarations and the lists. */
const OWN: ReadonlySet<string> = new Set(['CSMM::Settings', 'CSMM::Inventory']);

export type Item = InventoryItem<ResourceType>;

/** The accounts of the sample week when it begins, with most controls failing, and when it ends, with most passing. */
export async function inventoriesAfter(share: number): Promise<readonly Inventory[]> {
  const pipeline = inProcessPipeline(CATALOGUE);
  const lines = tellWeek();
  for (const line of lines.slice(0, Math.ceil(lines.length * share))) {
    try {
      await pipeline.feed(JSON.parse(line));
    } catch {
      // One line of the week is not valid JSON.
    }
  }
  const types = TYPES.filter((type) => !OWN.has(type));
  const read = await Promise.all(ACCOUNTS.map((id) => readInventoryOf(id, types, pipeline.store)));
  const inventories = new Map<string, Inventory>();
  for (const inventory of read) inventories.set(inventory.accountId, { ...inventory, in: (id) => inventories.get(id) });
  return [...inventories.values()];
}

export const keyOf = ({ accountId, region, resourceType, resourceId }: Item['resource']) =>
  [accountId, region, resourceType, resourceId].join(' ');

/** Returns the verdicts of a control by resource. */
export function verdictsOf(control: ControlDefinition, inventory: Inventory): Map<string, string> {
  const verdicts = new Map<string, string>();
  for (const [index, rule] of control.rules.entries()) {
    if (rule.kind !== 'resource') continue;
    for (const { facts, missing, resource, capturedAt } of inventory.all(rule.resourceType)) {
      verdicts.set(`${index} ${keyOf(resource)}`, evaluateRule(rule, { facts, missing }, resource, capturedAt).compliance);
    }
  }
  for (const { resource, compliance } of evaluateJoins(control, inventory)) verdicts.set(`join ${keyOf(resource)}`, compliance);
  return verdicts;
}

/** Returns every fact of every resource that a control reads. */
export function* factsFor(control: ControlDefinition, inventory: Inventory): Generator<[Item, string]> {
  for (const type of factTypes(control).filter((each) => !OWN.has(each))) {
    for (const item of inventory.all(type) as readonly Item[]) {
      for (const fact of parserOf(type)?.names ?? []) if (Object.hasOwn(item.facts, fact)) yield [item, fact];
    }
  }
}

/** Returns the inventory in which one resource has other facts, and reasons for those that are missing. */
export function withFacts(inventory: Inventory, item: Item, facts: object, missing = item.missing): Inventory {
  const changed = { ...item, facts, missing } as Item;
  return { ...inventory, all: (type) => inventory.all(type).map((each) => ((each as Item) === item ? (changed as typeof each) : each)) };
}
