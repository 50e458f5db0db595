import { storableName } from '../characters.ts';
import type { ResourceRef } from '../model.ts';
import type { Shape, Shapes } from './shape.ts';
import { type Complaints, View } from './view.ts';

/** A configuration item of AWS Config, from any source. Its content is not validated. */
export interface ConfigItem {
  readonly resource: ResourceRef;
  /** Capture time, ISO-8601 UTC with milliseconds. */
  readonly capturedAt: string;
  /**
   * `recorded`: the item describes the resource. `deleted`: the resource is gone. `unrecorded`: the recorder does not
   * record this resource. `oversized`: only a summary was delivered.
   */
  readonly state: 'recorded' | 'deleted' | 'unrecorded' | 'oversized';
  readonly configuration: unknown;
  readonly supplementaryConfiguration: unknown;
  readonly tags: unknown;
  readonly relationships: unknown;
  /** The name of the resource, if it has one next to its ID. */
  readonly resourceName?: unknown;
  /** `api`: csmm read the resource through an API. Absent for items of AWS Config. */
  readonly source?: 'api';
}

/** The view of an item that fact readers use. */
export interface ItemView {
  readonly resource: ResourceRef;
  readonly configuration: View;
  /** `supplementaryConfiguration`, which contains the values that AWS Config reads with a second API call. */
  readonly supplementary: View;
  /** Returns the tags of the resource from either of their two forms, or `undefined` if they cannot be read. */
  tags(): Readonly<Record<string, string>> | undefined;
  /** Returns the IDs of related resources of one type, or the name of a resource if the relationship has no ID. */
  related(resourceType: string): string[];
}

/** Reads one fact. Returns `undefined` if the item does not contain it. */
export type FactReader<T> = (item: ItemView) => T | undefined;

export type FactReaders<F> = { readonly [K in keyof F]-?: FactReader<Exclude<F[K], undefined>> };

/** Facts of one resource. Each fact is either in `facts` or has a reason in `missing`. */
export interface ParsedFacts<F = Record<string, unknown>> {
  readonly facts: F;
  readonly missing: Readonly<Record<string, string>>;
  /** `true` if the facts come from the deletion of the resource. */
  readonly deleted?: true;
  /** The name of the resource, for people. Absent if its ID contains the name. */
  readonly name?: string;
}

export interface FactParser<F> {
  readonly names: readonly string[];
  /** The form of each fact in a record. A fact that can be `null` has a shape that accepts it. */
  readonly shapes: Readonly<Record<string, Shape<unknown>>>;
  readonly parse: (item: ConfigItem) => ParsedFacts<F>;
  /** Facts after a deletion, for a resource whose absence is itself a setting. */
  readonly whenDeleted?: F;
}

const ABSENT = 'not in the configuration item';
const ABSENT_FROM_API = 'not in the API response';

export const NOTHING_MISSING: Readonly<Record<string, string>> = Object.freeze({});

/** Returns the parser of one resource type, built from one shape and one reader for each fact. */
export function factParser<F extends object>(
  shapes: Shapes<F>,
  readers: FactReaders<F>,
  options: Pick<FactParser<F>, 'whenDeleted'> = {},
): FactParser<F> {
  const names = Object.keys(readers) as (keyof F & string)[];
  return {
    names,
    shapes,
    parse: (item) => {
      const absent = item.source === 'api' ? ABSENT_FROM_API : ABSENT;
      const complaints: Complaints = { last: undefined };
      const view = itemView(item, complaints);
      const facts: Partial<F> = {};
      let missing: Record<string, string> | undefined;
      for (const name of names) {
        complaints.last = undefined;
        const value = readers[name](view);
        // A value does not count if its reader met an unexpected value on the way, because that value can change the result.
        if (value !== undefined && complaints.last === undefined) {
          facts[name] = value as F[typeof name];
          continue;
        }
        missing ??= {};
        missing[name] = complaints.last ?? absent;
      }
      return { facts: facts as F, missing: missing ?? NOTHING_MISSING };
    },
    ...options,
  };
}

function itemView(item: ConfigItem, complaints: Complaints): ItemView {
  return {
    resource: item.resource,
    configuration: new View(item.configuration, complaints, undefined, 'configuration').json(),
    supplementary: new View(item.supplementaryConfiguration, complaints, undefined, 'supplementaryConfiguration').json(),
    tags: () => readTags(new View(item.tags, complaints, undefined, 'tags').json()),
    related: (resourceType) => readRelated(new View(item.relationships, complaints, undefined, 'relationships').json(), resourceType),
  };
}

/** Maximum length of a name, in characters. AWS allows 256 in the value of a tag. */
export const MAX_NAME = 256;

/** Returns the name of a resource as tables accept it: `resourceName` of AWS Config or of a reader, or else the tag `Name`. */
export function nameOf({ resource, resourceName, tags }: ConfigItem): string | undefined {
  const name = textOf(resourceName) ?? nameTag(tags);
  return name === undefined || resource.resourceId.includes(name) ? undefined : storableName(name, MAX_NAME);
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Returns the tag `Name`. Tags are a list of keys and values, or one object. */
function nameTag(tags: unknown): string | undefined {
  if (typeof tags !== 'object' || tags === null) return undefined;
  if (!Array.isArray(tags)) return 'Name' in tags ? textOf(tags.Name) : undefined;
  const tag: unknown = tags.find((each) => each?.key === 'Name' || each?.Key === 'Name' || each?.tagKey === 'Name');
  const { value, Value, tagValue } = (tag ?? {}) as Readonly<Record<string, unknown>>;
  return textOf(value ?? Value ?? tagValue);
}

function readTags(tags: View): Record<string, string> | undefined {
  const pairs: [string, string][] = [];
  if (Array.isArray(tags.raw())) {
    for (const tag of tags.list() ?? []) {
      const key = tag.at('key', 'tagKey').text();
      if (key === undefined) return undefined;
      pairs.push([key, tag.at('value', 'tagValue').text() ?? '']);
    }
    return Object.fromEntries(pairs);
  }
  if (!tags.isObject) return undefined;
  for (const [key, value] of Object.entries(tags.raw() as object)) pairs.push([key, typeof value === 'string' ? value : '']);
  return Object.fromEntries(pairs);
}

function readRelated(relationships: View, resourceType: string): string[] {
  if (!Array.isArray(relationships.raw())) return [];
  return (relationships.list() ?? []).flatMap((relationship) => {
    if (relationship.at('resourceType').text() !== resourceType) return [];
    return relationship.at('resourceId').text() ?? relationship.at('resourceName').text() ?? [];
  });
}
