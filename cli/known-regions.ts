import type { SettingsDocument } from '../core/settings/document.ts';
import type { SettingsIssue, SettingsPath } from '../core/settings/issue.ts';
import { editDistance, nearest } from './suggest.ts';

/**
 * Regions of all AWS partitions. Source: partitions.json of the AWS SDK for JavaScript, @aws-sdk/core 3.981.0 (November
 * 2026), without the pseudo Regions such as aws-global. AWS opens new Regions, so an unknown name is not always wrong.
 */
export const KNOWN_REGIONS: readonly string[] = [
  // aws
  'af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1',
  'ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1',
  'eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1',
  'me-south-1 me-west-1 mx-central-1 sa-east-1 sa-west-1 us-east-1 us-east-2 us-west-1 us-west-2',
  // aws-cn, aws-us-gov, aws-eusc
  'cn-north-1 cn-northwest-1 us-gov-east-1 us-gov-west-1 eusc-de-east-1',
  // aws-iso, aws-iso-b, aws-iso-e, aws-iso-f
  'us-iso-east-1 us-iso-west-1 us-isob-east-1 us-isob-west-1 eu-isoe-west-1 us-isof-east-1 us-isof-south-1',
].flatMap((names) => names.split(' '));

const DIRECTIONS: ReadonlySet<string> = new Set([
  'central',
  ...['north', 'south', 'east', 'west', 'northeast', 'northwest', 'southeast', 'southwest'],
]);
/** Maximum number of edits between a typing error and the name that was meant. */
const MAX_SLIP = 2;

/** Returns a problem for a misspelled Region, and a warning for an unknown one, in every list of a settings file. */
export function regionIssues({ approvedRegions = [], exceptions = [], remediation }: SettingsDocument): SettingsIssue[] {
  const issues = (names: readonly (string | undefined)[], pathOf: (index: number) => SettingsPath): SettingsIssue[] =>
    names.flatMap((name, index) => (name === undefined ? [] : (regionIssue(name, pathOf(index)) ?? [])));
  return [
    ...issues(approvedRegions, (index) => ['approvedRegions', index]),
    ...issues(
      exceptions.map(({ region }) => region),
      (index) => ['exceptions', index, 'region'],
    ),
    ...(remediation?.rules ?? []).flatMap(({ regions = [] }, rule) =>
      issues(regions, (index) => ['remediation', 'rules', rule, 'regions', index]),
    ),
  ];
}

/** Returns the Region that a misspelled name means. Returns `undefined` for a name that can be a Region. */
export function misspelledRegion(name: string): string | undefined {
  const [meant] = nearest(name, KNOWN_REGIONS, 1);
  const direction = name.split('-').at(-2) ?? '';
  // eu-west-4 can be a new Region; eu-wst-1 cannot, because AWS names no Region so.
  return meant !== undefined && !DIRECTIONS.has(direction) && editDistance(name, meant) <= MAX_SLIP ? meant : undefined;
}

function regionIssue(name: string, path: SettingsPath): SettingsIssue | undefined {
  if (name === 'global' || KNOWN_REGIONS.includes(name)) return undefined;
  const misspelled = misspelledRegion(name);
  if (misspelled !== undefined) {
    return { kind: 'problem', path, text: `is not a Region: given ${JSON.stringify(name)}; did you mean ${misspelled}?` };
  }
  const [meant] = nearest(name, KNOWN_REGIONS, 1);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  return { kind: 'warning', path, text: `is a Region that csmm does not know: given ${JSON.stringify(name)}${hint}` };
}
