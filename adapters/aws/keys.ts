import { createHash } from 'node:crypto';
import type { ResourceRef } from '../../core/model.ts';
import type { AccountListName, LaterReading } from '../../core/pipeline/plan.ts';
import { ORGANIZATION } from '../../core/ports.ts';

/**
 * The keys of the two tables of the state. Remediations have a table of their own, in remediation-keys.ts.
 *
 * | table  | pk                     | sk                          | one item is                                        |
 * |--------|------------------------|-----------------------------|----------------------------------------------------|
 * | state  | `R#<account>#<type>`   | `<region>#<id>`             | a resource: evidence and findings                  |
 * | state  | `Z#<account>#<type>`   | `<region>#<id>`             | a tombstone, for 90 days                           |
 * | state  | `I#<account>`          | `<region>` or `global`      | the lists of the Region                            |
 * | state  | `F#<account>#<control>`| `<type>#<region>#<id>`      | an open finding                                    |
 * | state  | `T#<account>`          | `0` … `15`                  | a shard of the account's tallies                   |
 * | state  | `J#<account>`          | `<control>`                 | what the joins of a control find                   |
 * | state  | `H#<0…15>`             | `BEAT`                      | a heartbeat, for the reader of the stream          |
 * | state  | `C#`                   | `SETTINGS`                  | the settings that are applied                      |
 * | state  | `P#`                   | `SWEEP`, `EXPIRE`, `AGING`  | how far the planner and the upkeep are             |
 * | state  | `P#`                   | `LISTED`, `SCORED`          | the accounts to read, and those with a scorecard   |
 * | state  | `L#`                   | `<time>#<account>#…`        | a read to make later                               |
 * | scores | `A#<account>`, `O#`    | `CARD`                      | the current scorecard                              |
 * | scores | `A#<account>`, `O#`    | `TURN`                      | number of committed scoring runs, what they saw    |
 * | scores | `A#<account>`          | `HEADS`                     | tallies of the joins, so that no run reads them    |
 * | scores | `W#<scope>`            | `WANT`                      | counters of what changed, for the next run         |
 * | scores | `W#<scope>`            | `CAUSE#<key>`               | why a status may have changed; leaves after a week |
 * | scores | `W#~`                  | `BEAT#<0…15>`, `ALL`        | received heartbeats; a request to score everything |
 * | scores | `B#`                   | `<scope>`                   | a scope that lags. Normally none                   |
 * | scores | `S#<0…15>`             | `<account>`                 | an account's statuses, for the organization's card |
 */

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export const RESOURCE_PREFIX = 'R#';
export const TOMBSTONE_PREFIX = 'Z#';
export const LISTS_PREFIX = 'I#';
export const ACCOUNT_PREFIX = 'A#';
export const CARD = 'CARD';
export const TURN = 'TURN';
export const HEADS = 'HEADS';
export const WANTED_PREFIX = 'W#';
export const CAUSE_PREFIX = 'CAUSE#';
/** Partition of the scopes that lag. */
export const BEHIND = 'B#';
export const JOIN_PREFIX = 'J#';

/** Separate from the resources, so that no reader of the stream takes it for one. */
export const SETTINGS_KEY: Key = { pk: 'C#', sk: 'SETTINGS' };

const PLAN = 'P#';
export const wheelKey = (name: string): Key => ({ pk: PLAN, sk: name });
export const accountsKey = (name: AccountListName): Key => ({ pk: PLAN, sk: name });

/** Partition of the reads to make later, by time. */
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

/** Returns the key of the tombstone of a resource. In another partition, so that no reader of resources meets it. */
export const tombstoneKey = (ref: ResourceRef): Key => ({
  pk: `${TOMBSTONE_PREFIX}${ref.accountId}#${ref.resourceType}`,
  sk: resourceKey(ref).sk,
});

export const listsPartition = (accountId: string): string => `${LISTS_PREFIX}${accountId}`;

export const listsKey = (accountId: string, region: string): Key => ({ pk: listsPartition(accountId), sk: region });

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

export const wantedKey = (scope: string): Key => ({ pk: `${WANTED_PREFIX}${scope}`, sk: 'WANT' });
export const causeKey = (scope: string, key: string): Key => ({ pk: wantedKey(scope).pk, sk: `${CAUSE_PREFIX}${key}` });
export const behindKey = (scope: string): Key => ({ pk: BEHIND, sk: scope });

export const BEAT_PREFIX = 'H#';
export const beatKey = (heart: number): Key => ({ pk: `${BEAT_PREFIX}${heart}`, sk: 'BEAT' });
/** Returns the number of the heartbeat item with this partition key. */
export const beatIn = (pk: string): number | undefined => (/^H#\d{1,2}$/.test(pk) ? Number(pk.slice(BEAT_PREFIX.length)) : undefined);
export const receivedBeatKey = (heart: number): Key => ({ pk: `${WANTED_PREFIX}~`, sk: `BEAT#${heart}` });
export const ALL_KEY: Key = { pk: `${WANTED_PREFIX}~`, sk: 'ALL' };

/** Whether a text names a scope: an account, or the organization. */
export const isScope = (text: string): boolean => text === ORGANIZATION || /^\d{12}$/.test(text);

/** Returns the account in the partition key of a resource, a list card or an organization's card. */
export const accountInKey = (pk: string): string | undefined => /^[A-Z]#(\d{12})(#|$)/.exec(pk)?.[1];

export const statusesPartition = (shard: number): string => `S#${shard}`;
export const statusesKey = (accountId: string): Key => ({ pk: statusesPartition(shardOf(accountId, STATUS_SHARDS)), sk: accountId });

/** Returns the shard of a text, from 0. Equal texts have equal shards. */
export const shardOf = (text: string, shards: number): number => createHash('sha256').update(text).digest().readUInt32BE() % shards;
