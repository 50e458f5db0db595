/** An account's Region, in which builders create resources, and helpers that all builders share. */
import type { Random, Relationship, Resource } from './aws-config.ts';

export interface Place extends Random {
  readonly account: string;
  readonly region: string;
  /** Returns the creation time of the resources in this place, ISO-8601. */
  createdAt(): string;
  /** Returns an id that looks like EC2's, such as `vol-0a1b2c3d4e5f60718`. */
  id(prefix: string): string;
}

export const placeIn = (account: string, region: string, random: Random, createdAt: () => string): Place => ({
  ...random,
  account,
  region,
  createdAt,
  id: (prefix) => `${prefix}-0${random.hex(16)}`,
});

/** AWS Config's zone for a resource without a zone. */
export const ABSENT_ZONE = 'Not Applicable';

/** Returns a relationship in the form that events have. */
export const related = (name: string, { type, id }: Pick<Resource, 'type' | 'id'>): Relationship => ({
  resourceId: id,
  resourceName: null,
  resourceType: type,
  name,
});

interface Parts<C extends object, S extends object> {
  /** Service of the ARN of a Regional resource; `path` follows it. */
  readonly service?: string;
  readonly path?: string;
  readonly arn?: string | null;
  readonly name?: string;
  readonly zone?: string;
  readonly tags?: Record<string, string>;
  readonly relationships?: readonly Relationship[];
  readonly configuration: C;
  readonly supplementary?: S;
}

export function resourceAt<C extends object, S extends object = Record<string, never>>(
  place: Place,
  type: string,
  id: string,
  parts: Parts<C, S>,
): Resource<C, S> {
  const regional = parts.service === undefined ? null : `arn:aws:${parts.service}:${place.region}:${place.account}:${parts.path}`;
  return {
    account: place.account,
    region: place.region,
    type,
    id,
    name: parts.name ?? null,
    arn: parts.arn ?? regional,
    zone: parts.zone ?? ABSENT_ZONE,
    createdAt: place.createdAt(),
    relationships: parts.relationships ?? [],
    tags: parts.tags ?? {},
    configuration: parts.configuration,
    supplementary: parts.supplementary ?? ({} as S),
  };
}
