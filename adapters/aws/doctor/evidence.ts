import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { forEachAtOnce } from '../../../core/concurrency.ts';
import type { Known } from '../../../core/doctor/check.ts';
import { isKnown } from '../../../core/doctor/check.ts';
import type { AccountEvidence, EvidenceFacts, RegionEvidence } from '../../../core/doctor/evidence.ts';
import { INVENTORY, type InventoryFacts } from '../../../core/facts/inventory.ts';
import type { StateStore } from '../../../core/ports.ts';
import { dynamoStateStore, type TableNames } from '../dynamo-state-store.ts';
import { type DoctorPlace, needed } from './place.ts';

/** Accounts whose evidence is read at the same time. */
const ACCOUNTS_AT_ONCE = 24;

/** Reads what the tables know of each account: those with a score, and those that should have one. */
export async function readEvidence(
  { clients, options }: DoctorPlace,
  tables: Required<TableNames>,
  expected: Known<readonly string[]>,
): Promise<EvidenceFacts> {
  const store = dynamoStateStore(clients(DynamoDBClient, options.homeRegion), tables);
  const accounts = await needed(async () => {
    const scored = await store.listAccountStatuses();
    const ids = [...new Set([...scored.keys(), ...(isKnown(expected) ? expected : [])])].sort();
    const read: AccountEvidence[] = [];
    await forEachAtOnce(ids, ACCOUNTS_AT_ONCE, async (accountId) =>
      read.push(await readAccountEvidence(accountId, scored.get(accountId)?.asOf, store)),
    );
    return read.sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
  });
  return { accounts, expected, behind: await needed(() => store.listBehind()) };
}

async function readAccountEvidence(accountId: string, scoredAt: string | undefined, store: StateStore): Promise<AccountEvidence> {
  const regions = await needed(() => readRegions(accountId, store));
  return { accountId, ...(scoredAt !== undefined && { scoredAt }), regions };
}

async function readRegions(accountId: string, store: StateStore): Promise<RegionEvidence[]> {
  const regions = new Map<string, { newestAt: string; lists: number; gaps: string[] }>();
  for (const { resource, capturedAt, parsed } of await store.listResources(accountId, INVENTORY)) {
    const known = regions.get(resource.region) ?? { newestAt: '', lists: 0, gaps: [] };
    const { resources }: InventoryFacts = parsed?.facts ?? {};
    if (capturedAt > known.newestAt) known.newestAt = capturedAt;
    known.lists++;
    if (resources === undefined) known.gaps.push(parsed?.missing.resources ?? 'not read');
    regions.set(resource.region, known);
  }
  return [...regions].map(([region, known]) => ({ region, ...known }));
}
