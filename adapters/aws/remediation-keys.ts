import { createHash } from 'node:crypto';
import type { ResourceRef } from '../../core/model.ts';
import { lockName } from '../../core/remediation/model/record.ts';
import { type Key, shardOf } from './keys.ts';

/**
 * The keys of the table of remediations.
 *
 * | pk                | sk               | one item is                                              |
 * |-------------------|------------------|----------------------------------------------------------|
 * | `M#<account>`     | `<control>#<id>` | a remediation                                            |
 * | `I#<id>`          | `ID`             | where the remediation of that id is; it never changes    |
 * | `X#<execution>`   | `EXECUTION`      | whose execution that is                                  |
 * | `L#<SHA-256>`     | `LOCK`           | who holds the lock of a resource                         |
 * | `B#<control>`     | `LEDGER`         | what was lately done for a control                       |
 * | `K#`              | `SWITCH`         | the kill switch                                          |
 * | `P#<SHA-256>`     | `BASELINE`       | what is approved of a policy                             |
 *
 * The remediations of an account, or of one control in it, are one query; those of every account are a scan. Remediations
 * that are due at some time are in the index of what is due as well, over a few shards.
 */

/** The index of the remediations that wait for a time. Both keys are strings, and it projects only keys. */
export const DUE_INDEX = { indexName: 'due', partitionKey: 'dueShard', sortKey: 'dueAt' } as const;

/** Prefix of the partition keys of remediations. Other items of the table and its stream are not remediations. */
export const REMEDIATION_PREFIX = 'M#';

export const remediationPartition = (accountId: string): string => `${REMEDIATION_PREFIX}${accountId}`;

/** How the sort keys of a control's remediations begin. */
export const controlPrefix = (controlId: string): string => `${controlId}#`;

/** What places a remediation. */
export interface Place {
  readonly id: string;
  readonly controlId: string;
  readonly accountId: string;
}

export const placeKey = ({ id, controlId, accountId }: Place): Key => ({
  pk: remediationPartition(accountId),
  sk: `${controlPrefix(controlId)}${id}`,
});

/** The id in the sort key of a remediation. */
export const idOfSortKey = (sk: string): string => sk.slice(sk.lastIndexOf('#') + 1);

export const idKey = (id: string): Key => ({ pk: `I#${id}`, sk: 'ID' });
export const executionKey = (executionId: string): Key => ({ pk: `X#${executionId}`, sk: 'EXECUTION' });
export const ledgerKey = (controlId: string): Key => ({ pk: `B#${controlId}`, sk: 'LEDGER' });
export const SWITCH_KEY: Key = { pk: 'K#', sk: 'SWITCH' };

/** An id may be longer than the 2,048 bytes of a key. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const lockKey = (resource: ResourceRef): Key => ({ pk: `L#${digestOf(resource)}`, sk: 'LOCK' });
export const baselineKey = (resource: ResourceRef): Key => ({ pk: `P#${digestOf(resource)}`, sk: 'BASELINE' });

const digestOf = (resource: ResourceRef): string => createHash('sha256').update(lockName(resource)).digest('hex');

/** Shards of the index of what is due: all writes of one would go to one partition. */
export const DUE_SHARDS = 4;

export const dueShardOf = (id: string): string => String(shardOf(id, DUE_SHARDS));
