import { insufficientData, type Listing, NOT_READ, notApplicable, type Verdict } from '../control.ts';
import { alsoListedIn, closedRegions, isClosed, isDenied, isDeniedList, listedIn } from '../evaluation/closed-region.ts';
import type { RuleIndex } from '../evaluation/evaluate.ts';
import { openFinding } from '../evaluation/open-finding.ts';
import { count, EMPTY_TALLY, type Tally } from '../evaluation/tally.ts';
import { type InventoryFacts, inventoryOf } from '../facts/inventory.ts';
import type { ParsedFacts } from '../facts/parser.ts';
import type { CardChange, ListCard, ListState, OpenFinding, StoredResource } from '../ports.ts';
import type { AccountSettings } from '../settings/account-settings.ts';

/** Meaning of an account's lists for its controls. A pure function of the cards and the settings: nothing of it is stored. */
export interface Lists {
  /** The lists by resource type. Those of closed Regions are absent. */
  readonly listings: ReadonlyMap<string, readonly Listing[]>;
  readonly closedRegions: ReadonlySet<string>;
  /** The lists that each control rests on, by control id: a complete list is `NOT_APPLICABLE`, an incomplete one `INSUFFICIENT_DATA`. */
  readonly tallies: ReadonlyMap<string, Tally>;
  /** The incomplete lists that each control rests on, by control id. */
  readonly open: ReadonlyMap<string, readonly OpenFinding[]>;
}

type Closing = Pick<AccountSettings, 'approvedRegions'>;

/** Returns what the cards of an account mean, under the settings of the account. */
export function listsOf(cards: readonly ListCard[], rules: Pick<RuleIndex, 'restingOn'>, settings: Closing): Lists {
  const listings = listingsOf(cards, settings);
  const tallies = new Map<string, Tally>();
  const open = new Map<string, OpenFinding[]>();
  for (const { card, type, list } of listsIn(cards, settings)) {
    const verdict = verdictOnList(type, list);
    const finding = openFinding(verdict, inventoryOf(card.accountId, card.region, type), list.capturedAt);
    for (const controlId of rules.restingOn.get(type) ?? []) {
      tallies.set(controlId, count(tallies.get(controlId) ?? EMPTY_TALLY, verdict.compliance));
      if (finding) append(open, controlId, finding);
    }
  }
  return { listings, closedRegions: closedRegions(cards, settings), tallies, open };
}

/** Returns the lists of an account by resource type. Those of closed Regions are absent. */
export function listingsOf(cards: readonly ListCard[], settings: Closing): ReadonlyMap<string, readonly Listing[]> {
  const listings = new Map<string, Listing[]>();
  for (const { card, type, list } of listsIn(cards, settings)) {
    append(listings, type, { region: card.region, capturedAt: list.capturedAt, ...(list.gap !== undefined && { gap: list.gap }) });
  }
  return listings;
}

/** Yields the lists that count: those that have not ended and that no closed Region denies, in the order of their Regions. */
export function* listsIn(
  cards: readonly ListCard[],
  settings: Closing,
): Generator<{ readonly card: ListCard; readonly type: string; readonly list: ListState }> {
  const closed = closedRegions(cards, settings);
  for (const card of cards.toSorted((a, b) => (a.region < b.region ? -1 : 1))) {
    for (const [type, list] of card.lists) {
      if (!hasEnded(list) && !(isDeniedList(list) && closed.has(listedIn(type, card)))) yield { card, type, list };
    }
  }
}

/** Returns the verdict of a control that rests on a list: an incomplete list can hide resources. */
export const verdictOnList = (type: string, { resources, gap }: ListState): Verdict =>
  resources === undefined
    ? insufficientData(NOT_READ, `${type} was not read: ${gap}`)
    : notApplicable(`all ${resources} resources were read`);

/** Whether no reader makes the list any more. */
export const hasEnded = ({ resources, gap }: ListState): boolean => resources === undefined && gap === undefined;

/** Returns the list that an inventory entry describes. An entry without facts ends it. */
export function listOf({ capturedAt, parsed }: Pick<StoredResource, 'capturedAt' | 'parsed'>): ListState {
  if (!parsed) return { capturedAt };
  const { resources, asOf }: InventoryFacts = parsed.facts;
  if (resources === undefined) return { capturedAt, gap: parsed.missing.resources ?? 'not read' };
  return { capturedAt, resources, ...(asOf !== undefined && { asOf }) };
}

/** Returns the facts of the inventory entry that describes a list. */
export function evidenceOfList(list: ListState): { readonly capturedAt: string; readonly parsed: ParsedFacts<InventoryFacts> | undefined } {
  const { capturedAt, resources, asOf, gap } = list;
  if (resources !== undefined) return { capturedAt, parsed: { facts: { resources, ...(asOf !== undefined && { asOf }) }, missing: {} } };
  return { capturedAt, parsed: gap === undefined ? undefined : { facts: {}, missing: { resources: gap } } };
}

/**
 * Returns the types whose list became complete, incomplete, incomplete for another reason, or ended. It is not a change if only the time or
 * the number of resources differs. If all lists become denied, or no longer are, the Region may have closed or opened for every type. So it
 * may if a service control policy comes to be the reason of all of them, or no longer is.
 */
export function movedLists({ before, after }: CardChange): string[] {
  const types = [...new Set([...(before?.lists.keys() ?? []), ...after.lists.keys()])];
  const mayClose =
    before === undefined ? isDenied(after) : isDenied(before) !== isDenied(after) || isClosed(before, {}) !== isClosed(after, {});
  if (mayClose) return [...types, ...alsoListedIn(after.region)];
  return types.filter((type) => stateOf(before?.lists.get(type)) !== stateOf(after.lists.get(type)));
}

/** Returns a text that is the same for two states of a list between which no control can tell a difference. */
const stateOf = (list: ListState | undefined): string => {
  if (!list) return 'unknown';
  if (hasEnded(list)) return 'ended';
  return list.resources === undefined ? `gap ${list.gap}` : 'complete';
};

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
