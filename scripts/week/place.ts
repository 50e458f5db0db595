/** An account's Region, where resources are built, and what all builders share. */
import type { Random, Relationship, Resource } from './aws-config.ts';

export interface Place extends Random {
  readonly account: string;
  readonly region: string;
  /** When what is built here came to be, ISO-8601. */
  createdAt(): string;
  /** An id that looks like EC2's, such as `vol-0a1b2c3d4e5f60718`. */
  id(prefix: string): string;
}

export const placeIn = (account: string, region: string, random: Random, createdAt: () => string): Place => ({
  ...random,
  account,
  region,
  createdAt,
  id: (prefix) => `${prefix}-0${random.hex(16)}`,
});

/** What AWS Config writes for a resource that lives in no zone. */
export const ABSENT_ZONE = 'Not Applicable';

/** A relationship as events name it. Where the type is known by its name alone, so is the related resource. */
export const related = (name: string, { type, id }: Pick<Resource, 'type' | 'id'>): Relationship => ({
  resourceId: id,
  resourceName: null,
  resourceType: type,
  name,
});

interface Parts<C extends object, S extends object> {
  /** Service and path make the ARN of a Regional resource. */
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
