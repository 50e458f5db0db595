import { readFileSync } from 'node:fs';
import { READERS } from '../../../adapters/aws/readers/index.ts';
import { readDocument } from '../../../core/events/intake.ts';
import { parserOf } from '../../../core/facts/index.ts';
import { INVENTORY } from '../../../core/facts/inventory.ts';
import type { ConfigItem } from '../../../core/facts/parser.ts';
import { GLOBAL } from '../../../core/model.ts';

/** Invented accounts with resources like those of the example week, spread over Regions. */
export interface Estate {
  readonly accountIds: readonly string[];
  /** Without `global`. */
  readonly regions: readonly string[];
  /** What a sweep's unit finds: the resources of an account in a Region, or in `global`, and then its lists. */
  unitOf(accountId: string, region: string, at: number): ConfigItem[];
  /** Changes one resource, by a number from 0. @returns it as it is then. */
  change(accountId: string, index: number, at: number): ConfigItem;
  /** The resource as it is, again with a newer time. */
  repeat(accountId: string, index: number, at: number): ConfigItem;
  /** How many resources an account has. */
  readonly resources: number;
}

/** Descriptions of one resource of the week, in the order of its changes. */
type Versions = readonly ConfigItem[];

interface Placed {
  readonly versions: Versions;
  readonly region: string;
  readonly resourceId: string;
}

const LISTED: ReadonlySet<string> = new Set(READERS.flatMap(({ lists }) => lists));

const isoOf = (time: number): string => new Date(time).toISOString();

let week: readonly Versions[] | undefined;

/** The resources of the week that a reader lists. */
function resourcesOfWeek(): readonly Versions[] {
  if (week) return week;
  const found = new Map<string, ConfigItem[]>();
  for (const line of readFileSync(new URL('../../../examples/week.ndjson', import.meta.url), 'utf8').split('\n')) {
    for (const intake of line.startsWith('{') ? readLine(line) : []) {
      if (intake.kind !== 'item' || intake.item.state !== 'recorded') continue;
      const { resourceType, resourceId } = intake.item.resource;
      if (!LISTED.has(resourceType) || !parserOf(resourceType)) continue;
      const key = `${resourceType} ${resourceId}`;
      found.set(key, [...(found.get(key) ?? []), intake.item]);
    }
  }
  week = [...found.values()];
  return week;
}

function readLine(line: string) {
  try {
    return readDocument(JSON.parse(line));
  } catch {
    return [];
  }
}

/** @param resources number of resources of each account */
export function createEstate(accounts: number, regionCount: number, resources: number): Estate {
  const regions = Array.from({ length: regionCount }, (_, index) => `eu-west-${index + 1}`);
  const accountIds = Array.from({ length: accounts }, (_, index) => String(100_000_000_000 + index));
  const all = resourcesOfWeek();
  const placed = Array.from({ length: resources }, (_, index): Placed => {
    const versions = all[index % all.length] as Versions;
    const { region, resourceId } = (versions[0] as ConfigItem).resource;
    return { versions, region: region === GLOBAL ? GLOBAL : (regions[index % regionCount] as string), resourceId: `${resourceId}-${index}` };
  });
  const byRegion = new Map<string, number[]>();
  for (const [index, { region }] of placed.entries()) byRegion.set(region, [...(byRegion.get(region) ?? []), index]);
  /** Current version of a resource, if it is not the first. */
  const current = new Map<string, number>();

  const itemOf = (accountId: string, index: number, at: number): ConfigItem => {
    const { versions, region, resourceId } = placed[index] as Placed;
    const item = versions[(current.get(`${accountId} ${index}`) ?? 0) % versions.length] as ConfigItem;
    return { ...item, capturedAt: isoOf(at), resource: { ...item.resource, accountId, region, resourceId } };
  };
  const listsOf = (accountId: string, region: string, at: number): ConfigItem[] =>
    READERS.filter(({ scope }) => scope !== 'organization' && (scope === 'region') === (region !== GLOBAL)).flatMap(({ lists }) =>
      lists.map((type) => ({
        resource: { accountId, region, resourceType: INVENTORY, resourceId: type },
        capturedAt: isoOf(at),
        state: 'recorded' as const,
        configuration: { resources: (byRegion.get(region) ?? []).filter((index) => typeOf(placed[index]) === type).length },
        supplementaryConfiguration: {},
        tags: {},
        relationships: [],
      })),
    );
  /** Resources with more than one version: a change of another one would change nothing. */
  const changing = [...placed.keys()].filter((index) => (placed[index]?.versions.length ?? 0) > 1);
  return {
    accountIds,
    regions,
    resources,
    unitOf: (accountId, region, at) => [
      ...(byRegion.get(region) ?? []).map((index) => itemOf(accountId, index, at)),
      ...listsOf(accountId, region, at),
    ],
    change: (accountId, index, at) => {
      const chosen = changing[index % changing.length] ?? 0;
      current.set(`${accountId} ${chosen}`, (current.get(`${accountId} ${chosen}`) ?? 0) + 1);
      return itemOf(accountId, chosen, at);
    },
    repeat: (accountId, index, at) => itemOf(accountId, index % resources, at),
  };
}

const typeOf = (placed: Placed | undefined): string => placed?.versions[0]?.resource.resourceType ?? '';

/** The event of AWS Config that brings an item. */
export const eventOf = ({ resource, capturedAt, configuration, supplementaryConfiguration, tags, relationships }: ConfigItem): string =>
  JSON.stringify({
    version: '0',
    'detail-type': 'Config Configuration Item Change',
    source: 'aws.config',
    account: resource.accountId,
    region: resource.region === GLOBAL ? 'us-east-1' : resource.region,
    time: capturedAt,
    detail: {
      messageType: 'ConfigurationItemChangeNotification',
      configurationItem: {
        awsAccountId: resource.accountId,
        awsRegion: resource.region,
        resourceType: resource.resourceType,
        resourceId: resource.resourceId,
        configurationItemStatus: 'OK',
        configurationItemCaptureTime: capturedAt,
        configuration,
        supplementaryConfiguration,
        tags,
        relationships,
      },
    },
  });
