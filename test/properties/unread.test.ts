/** A fact that was not read decides nothing: without it, a verdict stays as it is or becomes INSUFFICIENT_DATA. */
import { beforeAll, describe, expect, it } from 'vitest';
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
const CONTROLS = CATALOGUE.controls.filter(isEvaluated);
const TYPES = [...new Set(CONTROLS.flatMap(factTypes))];
/** The owner's declarations and the lists are no answers of AWS. */
const OWN: ReadonlySet<string> = new Set(['CSMM::Settings', 'CSMM::Inventory']);

type Item = InventoryItem<ResourceType>;

/** The accounts of the sample week when it begins, with most controls failing, and when it ends, with most passing. */
async function inventoriesAfter(share: number): Promise<readonly Inventory[]> {
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

const keyOf = ({ accountId, region, resourceType, resourceId }: Item['resource']) =>
  [accountId, region, resourceType, resourceId].join(' ');

/** Returns the verdicts of a control by resource. */
function verdictsOf(control: ControlDefinition, inventory: Inventory): Map<string, string> {
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

/** Returns the inventory in which one fact of one resource was not read. */
function without(inventory: Inventory, item: Item, fact: string): Inventory {
  const { [fact]: _, ...facts } = item.facts as Record<string, unknown>;
  const unread = { ...item, facts, missing: { ...item.missing, [fact]: 'the call was denied' } } as Item;
  return { ...inventory, all: (type) => inventory.all(type).map((each) => ((each as Item) === item ? (unread as typeof each) : each)) };
}

/** Returns every fact of every resource that a control reads. */
function* factsFor(control: ControlDefinition, inventory: Inventory): Generator<[Item, string]> {
  for (const type of factTypes(control).filter((each) => !OWN.has(each))) {
    for (const item of inventory.all(type) as readonly Item[]) {
      for (const fact of parserOf(type)?.names ?? []) if (Object.hasOwn(item.facts, fact)) yield [item, fact];
    }
  }
}

/** Returns the verdicts that a missing fact made up. */
function madeUp(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...after].flatMap(([key, is]) => {
    const was = before.get(key);
    return is === was || is === 'INSUFFICIENT_DATA' ? [] : `${key}: ${was ?? 'no verdict'} became ${is}`;
  });
}

describe('a fact that was not read makes no verdict', () => {
  let inventories: readonly Inventory[];
  beforeAll(async () => {
    inventories = [...(await inventoriesAfter(0.2)), ...(await inventoriesAfter(1))];
  });

  it.each(CONTROLS.map((control) => [control.id, control] as const))('of %s', (_id, control) => {
    let tried = 0;
    for (const inventory of inventories) {
      const before = verdictsOf(control, inventory);
      for (const [item, fact] of factsFor(control, inventory)) {
        tried++;
        const after = verdictsOf(control, without(inventory, item, fact));
        expect(madeUp(before, after), `without ${fact} of ${keyOf(item.resource)}`).toEqual([]);
      }
    }
    expect(tried).toBeGreaterThan(0);
  });
});
