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
 * Whether the organization has closed a Region to an account: docs/adr/0030-closed-regions.md. All its lists are denied, and the
 * settings do not approve the Region. Without approved Regions in the settings, AWS must name a service control policy in every denial.
 */
export function isClosed(
  { region, lists }: Pick<ListCard, 'region' | 'lists'>,
  { approvedRegions }: Pick<AccountSettings, 'approvedRegions'>,
): boolean {
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
