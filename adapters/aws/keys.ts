import { createHash } from 'node:crypto';
import type { ResourceRef } from '../../core/model.ts';
import type { AccountListName, LaterReading } from '../../core/pipeline/plan.ts';
import { ORGANIZATION } from '../../core/ports.ts';

/**
 * The keys of the two tables of the state. Remediations have a table of their own, in remediation-keys.ts.
 *
 * | table  | pk                     | sk                          | one item is                                        |
 * |--------|------------------------|-----------------------------|----------------------------------------------------|
 * | state  | `R#<account>#<type>`   | `<region>#<id>`             | a resource: evidence and findings, or a tombstone  |
 * | state  | `F#<account>#<control>`| `<type>#<region>#<id>`      | an open finding                                    |
 * | state  | `T#<account>`          | `0` … `15`                  | a shard of the account's tallies                   |
 * | state  | `J#<account>`          | `<control>`                 | what the joins of a control find                   |
 * | state  | `C#`                   | `SETTINGS`                  | the settings that are applied                      |
 * | state  | `P#`                   | `SWEEP`, `EXPIRE`, `MARK`   | how far the planner is                             |
 * | state  | `P#`                   | `LISTED`, `SCORED`          | the accounts to read, and those with a scorecard   |
 * | state  | `L#`                   | `<time>#<account>#…`        | a reading that is to be made later                 |
 * | scores | `A#<account>`, `O#`    | `CARD`                      | the current scorecard                              |
 * | scores | `A#<account>`, `O#`    | `TURN`                      | number of committed scoring runs                   |
 * | scores | `S#<0…15>`             | `<account>`                 | an account's statuses, for the organization's card |
 */

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export const RESOURCE_PREFIX = 'R#';
export const ACCOUNT_PREFIX = 'A#';
export const CARD = 'CARD';
export const TURN = 'TURN';
export const JOIN_PREFIX = 'J#';

/** Separate from the resources, so that no reader of the stream takes it for one. */
export const SETTINGS_KEY: Key = { pk: 'C#', sk: 'SETTINGS' };

const PLAN = 'P#';
export const wheelKey = (name: string): Key => ({ pk: PLAN, sk: name });
export const accountsKey = (name: AccountListName): Key => ({ pk: PLAN, sk: name });

/** Partition of the readings that are to be made later, by time. */
export const LATER = 'L#';
export const laterKey = ({ at, accountId, region, reader }: LaterReading): Key => ({
  pk: LATER,
  sk: `${at}#${accountId}#${region}#${reader}`,
});

const TALLY_SHARDS = 16;
export const STATUS_SHARDS = 16;

export const resourcePartition = (accountId: string, resourceType: string): string => `${RESOURCE_PREFIX}${accountId}#${resourceType}`;

export const resourceKey = ({ accountId, region, resourceType, resourceId }: ResourceRef): Key => ({
  pk: resourcePartition(accountId, resourceType),
  sk: `${regionPrefix(region)}${resourceId}`,
});

/** Returns the prefix of the sort keys of a Region's resources. */
export const regionPrefix = (region: string): string => `${region}#`;

export const findingPartition = (accountId: string, controlId: string): string => `F#${accountId}#${controlId}`;

export const findingKey = ({ accountId, region, resourceType, resourceId }: ResourceRef, controlId: string): Key => ({
  pk: findingPartition(accountId, controlId),
  sk: `${resourceType}#${region}#${resourceId}`,
});

/** In the same table as the resources, although scoring writes it: one stream then reports everything that begins to fail. */
export const joinPartition = (accountId: string): string => `${JOIN_PREFIX}${accountId}`;

export const tallyPartition = (accountId: string): string => `T#${accountId}`;

/** Returns the key of a tally shard. Shards keep concurrent commits in one account from meeting on one item. */
export const tallyKey = (ref: ResourceRef): Key => ({
  pk: tallyPartition(ref.accountId),
  sk: String(shardOf(`${ref.resourceType}#${ref.region}#${ref.resourceId}`, TALLY_SHARDS)),
});

export const scorePartition = (scope: string): string => (scope === ORGANIZATION ? 'O#' : `${ACCOUNT_PREFIX}${scope}`);

export const statusesPartition = (shard: number): string => `S#${shard}`;
export const statusesKey = (accountId: string): Key => ({ pk: statusesPartition(shardOf(accountId, STATUS_SHARDS)), sk: accountId });

/** Returns the shard of a text, from 0. Equal texts have equal shards. */
export const shardOf = (text: string, shards: number): number => createHash('sha256').update(text).digest().readUInt32BE() % shards;
