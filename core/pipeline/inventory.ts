import type { ControlDefinition, Inventory, InventoryItem, JoinRule, Listing, ResourceType } from '../control.ts';
import { SETTINGS, type SettingsFacts } from '../facts/csmm-settings.ts';
import type { FactsByType } from '../facts/index.ts';
import { INVENTORY, type InventoryFacts } from '../facts/inventory.ts';
import type { StateStore, StoredResource } from '../ports.ts';
import { EMPTY_SETTINGS } from '../settings/account-settings.ts';

/** Reads the resources that the joins of `controls` use: those of one account, and of the other accounts that they name. */
export async function readInventory(accountId: string, controls: readonly ControlDefinition[], store: StateStore): Promise<Inventory> {
  const joins = controls.flatMap(({ rules }) => rules.flatMap((rule) => (rule.kind === 'join' ? [rule] : [])));
  const own = inventoryFrom(accountId, await readTypes(accountId, typesOf(joins), store), new Map());
  const elsewhere = new Map<string, Inventory>();
  for (const [id, rules] of groupByAccount(joins, own)) {
    const resources = await readTypes(id, typesOf(rules), store);
    if (resources.size > 0) elsewhere.set(id, inventoryFrom(id, resources, new Map()));
  }
  return { ...own, in: (id) => (id === accountId ? own : elsewhere.get(id)) };
}

/** Reads the resources of some types in one account. Other accounts are not available. */
export async function readInventoryOf(accountId: string, types: readonly ResourceType[], store: StateStore): Promise<Inventory> {
  return inventoryFrom(accountId, await readTypes(accountId, new Set([...types, INVENTORY, SETTINGS]), store), new Map());
}

/**
 * Returns the inventory as one control reads it. Its time is that of the types that the control reads. Resources that were loaded
 * for other controls do not affect it: a verdict must not depend on which controls are evaluated together.
 */
export function asReadBy({ rules }: ControlDefinition, inventory: Inventory): Inventory {
  const types = new Set(rules.flatMap((rule) => (rule.kind === 'join' ? rule.reads : [])));
  const timed = (of: Inventory): Inventory => ({ ...of, capturedAt: newestOf(of, types) });
  return {
    ...timed(inventory),
    in: (id) => {
      const other = inventory.in(id);
      return other && timed(other);
    },
  };
}

function newestOf(inventory: Inventory, types: ReadonlySet<ResourceType>): string {
  let latest = '';
  for (const type of types) {
    for (const { capturedAt } of [...inventory.all(type), ...inventory.listings(type)]) if (capturedAt > latest) latest = capturedAt;
  }
  return latest;
}

/** Returns the rules that read each of the other accounts. */
function groupByAccount(joins: readonly JoinRule[], own: Inventory): Map<string, JoinRule[]> {
  const groups = new Map<string, JoinRule[]>();
  for (const rule of joins) {
    for (const id of new Set(rule.elsewhere?.(own) ?? [])) {
      if (id !== own.accountId) groups.set(id, [...(groups.get(id) ?? []), rule]);
    }
  }
  return groups;
}

function typesOf(joins: readonly JoinRule[]): Set<string> {
  const types = new Set<string>(joins.flatMap((rule) => rule.reads));
  return types.size > 0 ? types.add(INVENTORY) : types;
}

type ResourcesByType = ReadonlyMap<string, readonly StoredResource[]>;

/** Returns the live resources by type. Types without resources are absent. */
async function readTypes(accountId: string, types: ReadonlySet<string>, store: StateStore): Promise<ResourcesByType> {
  const byType = new Map<string, readonly StoredResource[]>();
  for (const type of types) {
    const resources = await store.listResources(accountId, type);
    if (resources.length > 0) byType.set(type, resources);
  }
  return byType;
}

function inventoryFrom(accountId: string, resources: ResourcesByType, elsewhere: ReadonlyMap<string, Inventory>): Inventory {
  const items = new Map([...resources].map(([type, stored]) => [type, stored.flatMap(itemOf)]));
  const listings = listingsByType((items.get(INVENTORY) ?? []) as InventoryItem<typeof INVENTORY>[]);
  const [declared] = (items.get(SETTINGS) ?? []) as InventoryItem<typeof SETTINGS>[];
  return {
    accountId,
    capturedAt: newest(resources),
    settings: (declared?.facts as SettingsFacts | undefined)?.settings ?? EMPTY_SETTINGS,
    all: <T extends ResourceType>(type: T) => (items.get(type) ?? []) as unknown as readonly InventoryItem<T>[],
    listings: (type) => listings.get(type) ?? [],
    in: (id) => elsewhere.get(id),
  };
}

function listingsByType(entries: readonly InventoryItem<typeof INVENTORY>[]): Map<string, Listing[]> {
  const byType = new Map<string, Listing[]>();
  for (const entry of entries) {
    const type = entry.resource.resourceId;
    const listings = byType.get(type);
    if (listings) listings.push(listingOf(entry));
    else byType.set(type, [listingOf(entry)]);
  }
  return byType;
}

const itemOf = ({ resource, capturedAt, parsed }: StoredResource): InventoryItem<ResourceType>[] =>
  parsed ? [{ resource, capturedAt, facts: parsed.facts as FactsByType[ResourceType], missing: parsed.missing }] : [];

function listingOf({ resource: { region }, capturedAt, facts, missing }: InventoryItem<typeof INVENTORY>): Listing {
  const { resources }: InventoryFacts = facts;
  return { region, capturedAt, ...(resources === undefined && { gap: missing.resources ?? 'not read' }) };
}

function newest(resources: ResourcesByType): string {
  let latest = '';
  for (const stored of resources.values()) for (const { capturedAt } of stored) if (capturedAt > latest) latest = capturedAt;
  return latest;
}
