import { failureIn, isDeniedByScp } from '../failure.ts';
import { GLOBAL } from '../model.ts';
import type { ListCard, ListState } from '../ports.ts';
import type { AccountSettings } from '../settings/account-settings.ts';

/**
 * Types whose complete list does not show that a Region is open. The policies by which AWS closes a Region exempt the calls that list
 * the first two. AWS does not offer the others in every Region, and without the service the list is empty:
 * https://docs.aws.amazon.com/controltower/latest/controlreference/primary-region-deny-policy.html
 */
const ANSWERS_ANYWHERE: ReadonlySet<string> = new Set([
  'AWS::CloudTrail::RootActivity',
  'AWS::SSO::Instance',
  'AWS::DAX::Cluster',
  'AWS::FSx::FileSystem',
]);

/** Whether a list is incomplete because AWS denied the call. A role that csmm cannot assume says nothing about a Region. */
export const isDeniedList = ({ gap }: Pick<ListState, 'gap'>): boolean => {
  const failure = gap === undefined ? undefined : failureIn(gap);
  return failure?.kind === 'denied' && failure.action !== 'sts:AssumeRole';
};

/**
 * Types of the whole account that only one Region lists.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointRestrictions.html
 */
const LISTED_IN: ReadonlyMap<string, string> = new Map([['AWS::S3::MultiRegionAccessPoint', 'us-west-2']]);

type Card = Pick<ListCard, 'region' | 'lists'>;
type Closing = Pick<AccountSettings, 'approvedRegions'>;

/** Returns the Regions that the organization has closed to an account: docs/adr/0030-closed-regions.md. */
export function closedRegions(cards: readonly Card[], settings: Closing): ReadonlySet<string> {
  const known = new Set(cards.map(({ region }) => region));
  // A Region without a card of its own is known only by what it lists for the whole account.
  const further = cards.flatMap(({ region: place, lists }) =>
    [...LISTED_IN].flatMap(([type, region]): Card[] => {
      const list = lists.get(type);
      return place === GLOBAL && list && !known.has(region) ? [{ region, lists: new Map([[type, list]]) }] : [];
    }),
  );
  return new Set([...cards, ...further].flatMap((card) => (isClosed(card, settings) ? [card.region] : [])));
}

/** Returns the Region that lists a type of a card. */
export const listedIn = (type: string, { region }: Pick<Card, 'region'>): string => (region === GLOBAL && LISTED_IN.get(type)) || region;

/** Returns the types of the whole account that only this Region lists. */
export const alsoListedIn = (region: string): string[] => [...LISTED_IN].flatMap(([type, place]) => (place === region ? [type] : []));

/**
 * Whether all lists of a Region are denied, and the settings do not approve it. Without approved Regions in the settings, AWS must name
 * a service control policy in every denial.
 */
export function isClosed({ region, lists }: Card, { approvedRegions }: Closing): boolean {
  if (region === GLOBAL || approvedRegions?.includes(region)) return false;
  const denied = deniedLists(lists);
  return denied !== undefined && (approvedRegions !== undefined || denied.every(({ gap = '' }) => isDeniedByScp(gap)));
}

/** Whether all lists of a card are denied, whatever the settings are. */
export const isDenied = ({ lists }: Pick<ListCard, 'lists'>): boolean => deniedLists(lists) !== undefined;

/** Returns the denied lists if all lists that show whether a Region is open are denied, and at least one is. */
function deniedLists(lists: ListCard['lists']): readonly ListState[] | undefined {
  const live = [...lists].filter(([, { resources, gap }]) => resources !== undefined || gap !== undefined);
  const telling = live.filter(([type, list]) => !(ANSWERS_ANYWHERE.has(type) && list.resources !== undefined)).map(([, list]) => list);
  return telling.length > 0 && telling.every(isDeniedList) ? telling : undefined;
}
