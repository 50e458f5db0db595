import { readFileSync } from 'node:fs';
import { READERS } from '../../../adapters/aws/readers/index.ts';
import { readDocument } from '../../../core/events/intake.ts';
import { parseFacts, parserOf } from '../../../core/facts/index.ts';
import { INVENTORY } from '../../../core/facts/inventory.ts';
import type { ConfigItem } from '../../../core/facts/parser.ts';
import { GLOBAL } from '../../../core/model.ts';

/** Invented accounts with resources like those of the example week, spread over Regions. */
export interface Estate {
  readonly accountIds: readonly string[];
  /** Without `global`. */
  readonly regions: readonly string[];
  /** Findings of a sweep's unit: the resources of an account in a Region, or in `global`, and then its lists. */
  unitOf(accountId: string, region: string, at: number): ConfigItem[];
  /** Changes one resource, by a number from 0. @returns it as it is then. */
  change(accountId: string, index: number, at: number): ConfigItem;
  /** The resource as it is, again with a newer time. */
  repeat(accountId: string, index: number, at: number): ConfigItem;
  /** How many resources an account has. */
  readonly resources: number;
  /** How many of them can change: so many changes in a row change each once. */
  readonly changing: number;
}

/** Descriptions of one resource of the week, in the order of its changes. */
type Versions = readonly ConfigItem[];

interface Placed {
  readonly versions: Versions;
  readonly region: string;
  /** The unit whose readers list it: its Region, or `global`. */
  readonly unit: string;
  readonly resourceId: string;
}

/** Scope of the reader that lists a type. */
const SCOPE_OF: ReadonlyMap<string, string> = new Map(READERS.flatMap(({ lists, scope }) => lists.map((type) => [type, scope] as const)));

const isoOf = (time: number): string => new Date(time).toISOString();

let week: readonly Versions[] | undefined;

/** The resources of the week that a reader lists, except those that an account has only once. */
function resourcesOfWeek(): readonly Versions[] {
  if (week) return week;
  const found = new Map<string, ConfigItem[]>();
  for (const line of readFileSync('examples/week.ndjson', 'utf8').split('\n')) {
    for (const intake of line.startsWith('{') ? readLine(line) : []) {
      if (intake.kind !== 'item' || intake.item.state !== 'recorded') continue;
      const { accountId, resourceType, resourceId } = intake.item.resource;
      if (!SCOPE_OF.has(resourceType) || !parserOf(resourceType) || resourceId === accountId) continue;
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

/** Region of the deployment. The planner always reads the second one, in which global services emit events. */
const HOME = ['eu-west-1', 'us-east-1'];

export const regionsOf = (count: number): string[] =>
  [...HOME, ...Array.from({ length: Math.max(0, count - 2) }, (_, index) => `eu-west-${index + 2}`)].slice(0, count);

/** The account of the deployment: the planner knows it without a call. */
export const OWN_ACCOUNT = '111111111111';

/**
 * @param resources number of resources of each account
 * @param onlyType the type of all resources, if they are of one
 */
export function createEstate(accounts: number, regionCount: number, resources: number, onlyType?: string): Estate {
  const regions = regionsOf(regionCount);
  const accountIds = Array.from({ length: accounts }, (_, index) => (index === 0 ? OWN_ACCOUNT : String(200_000_000_000 + index)));
  const all = resourcesOfWeek().filter(([first]) => onlyType === undefined || first?.resource.resourceType === onlyType);
  const placed = Array.from({ length: resources }, (_, index): Placed => {
    const versions = all[index % all.length] as Versions;
    const { resource } = versions[0] as ConfigItem;
    const region = resource.region === GLOBAL ? GLOBAL : (regions[index % regionCount] as string);
    const unit = SCOPE_OF.get(resource.resourceType) === 'region' ? region : GLOBAL;
    return { versions, region, unit, resourceId: `${resource.resourceId}-${index}` };
  });
  const byUnit = new Map<string, number[]>();
  for (const [index, { unit }] of placed.entries()) byUnit.set(unit, [...(byUnit.get(unit) ?? []), index]);
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
        configuration: { resources: (byUnit.get(region) ?? []).filter((index) => typeOf(placed[index]) === type).length },
        supplementaryConfiguration: {},
        tags: {},
        relationships: [],
      })),
    );
  const changing = [...placed.keys()].filter((index) => hasChanges(placed[index]?.versions ?? []));
  return {
    accountIds,
    regions,
    resources,
    changing: changing.length,
    unitOf: (accountId, region, at) => [
      ...(byUnit.get(region) ?? []).map((index) => itemOf(accountId, index, at)),
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

/** Whether a resource has facts that change from version to version. */
function hasChanges(versions: Versions): boolean {
  const [first, ...others] = versions.map((item) => JSON.stringify(factsOf(item)));
  return others.length > 0 && others.every((each) => each !== first) && versions.length === 2;
}

function factsOf(item: ConfigItem): unknown {
  const parser = parserOf(item.resource.resourceType);
  return parser && parseFacts(item, parser);
}

const typeOf = (placed: Placed | undefined): string => placed?.versions[0]?.resource.resourceType ?? '';

/** The event of AWS Config that brings an item. */
export const eventOf = ({
  resource,
  resourceName,
  capturedAt,
  configuration,
  supplementaryConfiguration,
  tags,
  relationships,
}: ConfigItem): string =>
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
        ...(resourceName !== undefined && { resourceName }),
        configurationItemStatus: 'OK',
        configurationItemCaptureTime: capturedAt,
        configuration,
        supplementaryConfiguration,
        tags,
        relationships,
      },
    },
  });
