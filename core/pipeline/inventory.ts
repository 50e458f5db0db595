import type { ControlDefinition, Inventory, InventoryItem, JoinRule, ResourceType } from '../control.ts';
import { closedRegions } from '../evaluation/closed-region.ts';
import { SETTINGS, type SettingsFacts, settingsRef } from '../facts/csmm-settings.ts';
import type { FactsByType } from '../facts/index.ts';
import type { StateStore, StoredResource } from '../ports.ts';
import { type AccountSettings, EMPTY_SETTINGS } from '../settings/account-settings.ts';
import { isLater } from './collect.ts';
import { type Lists, listingsOf } from './lists.ts';

type Known = Pick<Lists, 'listings' | 'closedRegions'>;

/**
 * Reads the resources that the joins of `controls` use: those of one account, and of the other accounts that they name. Pass the
 * `lists` of the account if they are known.
 */
export async function readInventory(
  accountId: string,
  controls: readonly ControlDefinition[],
  store: StateStore,
  lists?: Known,
): Promise<Inventory> {
  const joins = controls.flatMap(({ rules }) => rules.flatMap((rule) => (rule.kind === 'join' ? [rule] : [])));
  const own = inventoryFrom(
    accountId,
    await readTypes(accountId, typesOf(joins), store),
    lists ?? (await readLists(accountId, store)),
    new Map(),
  );
  const elsewhere = new Map<string, Inventory>();
  for (const [id, rules] of groupByAccount(joins, own)) {
    const resources = await readTypes(id, typesOf(rules), store);
    const listed = await readLists(id, store);
    if (resources.size > 0 || listed.listings.size > 0) elsewhere.set(id, inventoryFrom(id, resources, listed, new Map()));
  }
  return { ...own, in: (id) => (id === accountId ? own : elsewhere.get(id)) };
}

/** Reads the resources of some types in one account. Other accounts are not available. */
export async function readInventoryOf(accountId: string, types: readonly ResourceType[], store: StateStore): Promise<Inventory> {
  const resources = await readTypes(accountId, new Set([...types, SETTINGS]), store);
  return inventoryFrom(accountId, resources, await readLists(accountId, store), new Map());
}

async function readLists(accountId: string, store: StateStore): Promise<Known> {
  const settings = settingsIn(await store.readResource(settingsRef(accountId)));
  const cards = await store.readCards(accountId);
  return { listings: listingsOf(cards, settings), closedRegions: closedRegions(cards, settings) };
}

/** Returns the settings of an account from their stored resource. */
export const settingsIn = (stored: StoredResource | undefined): AccountSettings =>
  (stored?.parsed?.facts as SettingsFacts | undefined)?.settings ?? EMPTY_SETTINGS;

/**
 * Returns the inventory as one control reads it. Its time is that of the types that the control reads. Resources that were loaded
 * for other controls do not affect it: a verdict must not depend on which controls are evaluated together. A time after `believed`, the
 * latest that csmm believes, does not count, because rules take the time of the inventory for the present.
 */
export function asReadBy({ rules }: ControlDefinition, inventory: Inventory, believed?: string): Inventory {
  const types = new Set(rules.flatMap((rule) => (rule.kind === 'join' ? rule.reads : [])));
  const timed = (of: Inventory): Inventory => ({ ...of, capturedAt: newestOf(of, types, believed) });
  return {
    ...timed(inventory),
    in: (id) => {
      const other = inventory.in(id);
      return other && timed(other);
    },
  };
}

function newestOf(inventory: Inventory, types: ReadonlySet<ResourceType>, believed: string | undefined): string {
  let latest = '';
  for (const type of types) {
    for (const { capturedAt } of [...inventory.all(type), ...inventory.listings(type)])
      if (capturedAt > latest && !isLater(capturedAt, believed)) latest = capturedAt;
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

const typesOf = (joins: readonly JoinRule[]): Set<string> => new Set(joins.flatMap((rule) => rule.reads));

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

function inventoryFrom(
  accountId: string,
  resources: ResourcesByType,
  { listings, closedRegions }: Known,
  elsewhere: ReadonlyMap<string, Inventory>,
): Inventory {
  const items = new Map([...resources].map(([type, stored]) => [type, stored.flatMap(itemOf)]));
  return {
    accountId,
    capturedAt: newestIn([...resources.values(), ...listings.values()]),
    settings: settingsIn(resources.get(SETTINGS)?.[0]),
    all: <T extends ResourceType>(type: T) => (items.get(type) ?? []) as unknown as readonly InventoryItem<T>[],
    listings: (type) => listings.get(type) ?? [],
    closedRegions,
    in: (id) => elsewhere.get(id),
  };
}

const itemOf = ({ resource, capturedAt, parsed }: StoredResource): InventoryItem<ResourceType>[] =>
  parsed ? [{ resource, capturedAt, facts: parsed.facts as FactsByType[ResourceType], missing: parsed.missing }] : [];

function newestIn(groups: readonly (readonly { readonly capturedAt: string }[])[]): string {
  let latest = '';
  for (const group of groups) for (const { capturedAt } of group) if (capturedAt > latest) latest = capturedAt;
  return latest;
}
