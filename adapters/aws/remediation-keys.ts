import { createHash } from 'node:crypto';
import type { ResourceRef } from '../../core/model.ts';
import { lockName } from '../../core/remediation/model/record.ts';
import type { Scope, Stop, StopKind } from '../../core/remediation/model/stop.ts';
import { type Key, shardOf } from './keys.ts';

/**
 * Keys of the table of remediations.
 *
 * | pk                | sk               | item                                                     |
 * |-------------------|------------------|----------------------------------------------------------|
 * | `M#<account>`     | `<control>#<id>` | a remediation                                            |
 * | `I#<id>`          | `ID`             | the key of the remediation with that ID; it never changes |
 * | `X#<execution>`   | `EXECUTION`      | the remediation that started the execution               |
 * | `L#<SHA-256>`     | `LOCK`           | the remediation that holds the lock of a resource        |
 * | `B#<control>`     | `LIMITS`         | recent starts, outcomes and denials of a control         |
 * | `B#A#<account>`   | `REHEARSALS`     | dry-run periods of an account                            |
 * | `B#`              | `HEARTBEAT`      | ticks                                                    |
 * | `K#`              | `SWITCH`         | the kill switch                                          |
 * | `K#STOP`          | `<scope>`, `R#<scope>` | a stop of starts or of rollbacks; its presence stops |
 * | `P#<SHA-256>`     | `BASELINE`       | the approved document of a policy                        |
 *
 * One query returns the remediations of an account, or of one control in it. A scan returns those of every account. A remediation with a
 * due time is also in the index {@link DUE_INDEX}, which has a few shards.
 */

/** The index of the remediations that wait for a time. Both keys are strings, and it projects only keys. */
export const DUE_INDEX = { indexName: 'due', partitionKey: 'dueShard', sortKey: 'dueAt' } as const;

/** Prefix of the partition keys of remediations. Other items of the table and its stream are not remediations. */
export const REMEDIATION_PREFIX = 'M#';

export const remediationPartition = (accountId: string): string => `${REMEDIATION_PREFIX}${accountId}`;

/** Returns the prefix of the sort keys of the remediations of a control. */
export const controlPrefix = (controlId: string): string => `${controlId}#`;

/** The properties that determine the key of a remediation. */
export interface Place {
  readonly id: string;
  readonly controlId: string;
  readonly accountId: string;
}

export const placeKey = ({ id, controlId, accountId }: Place): Key => ({
  pk: remediationPartition(accountId),
  sk: `${controlPrefix(controlId)}${id}`,
});

/** Returns the properties that determined the key of a remediation. */
export const placeOfKey = ({ pk, sk }: Key): Place => ({
  id: sk.slice(sk.lastIndexOf('#') + 1),
  controlId: sk.slice(0, sk.lastIndexOf('#')),
  accountId: pk.slice(REMEDIATION_PREFIX.length),
});

export const idKey = (id: string): Key => ({ pk: `I#${id}`, sk: 'ID' });
export const executionKey = (executionId: string): Key => ({ pk: `X#${executionId}`, sk: 'EXECUTION' });
export const ledgerKey = (controlId: string): Key => ({ pk: `B#${controlId}`, sk: 'LIMITS' });
export const rehearsalsKey = (accountId: string): Key => ({ pk: `B#A#${accountId}`, sk: 'REHEARSALS' });
export const HEARTBEAT_KEY: Key = { pk: 'B#', sk: 'HEARTBEAT' };
export const SWITCH_KEY: Key = { pk: 'K#', sk: 'SWITCH' };

/** Partition key of all stops. An operator may write items with this key, and no others. */
export const STOP_PARTITION = 'K#STOP';

/** Returns the key of the stop of a scope. */
export const stopKey = (kind: StopKind, { accountId, controlId }: Scope): Key => {
  const parts = [...(accountId === undefined ? [] : [`A#${accountId}`]), ...(controlId === undefined ? [] : [`C#${controlId}`])];
  return { pk: STOP_PARTITION, sk: `${kind === 'rollbacks' ? 'R#' : ''}${parts.join('#') || 'ALL'}` };
};

/** Returns kind and scope of a stop by its sort key. Returns `undefined` for any other sort key. */
export function stopOf(sk: string): Pick<Stop, 'kind' | 'scope'> | undefined {
  const [, rollbacks, all, accountId, controlId] = /^(R#)?(?:(ALL)|(?:A#(\d{12}))?#?(?:C#([A-Z0-9-]+))?)$/.exec(sk) ?? [];
  const scope = { ...(accountId !== undefined && { accountId }), ...(controlId !== undefined && { controlId }) };
  const kind: StopKind = rollbacks === undefined ? 'starts' : 'rollbacks';
  if (all === undefined && accountId === undefined && controlId === undefined) return undefined;
  return stopKey(kind, scope).sk === sk ? { kind, scope } : undefined;
}

/** Returns the key of a lock. It is a hash, because a resource ID can be longer than the limit of 2,048 bytes of a key. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const lockKey = (resource: ResourceRef): Key => ({ pk: `L#${digestOf(resource)}`, sk: 'LOCK' });
export const baselineKey = (resource: ResourceRef): Key => ({ pk: `P#${digestOf(resource)}`, sk: 'BASELINE' });

const digestOf = (resource: ResourceRef): string => createHash('sha256').update(lockName(resource)).digest('hex');

/** Number of shards of the index. With one shard, all writes would go to one partition. */
export const DUE_SHARDS = 4;

export const dueShardOf = (id: string): string => String(shardOf(id, DUE_SHARDS));
