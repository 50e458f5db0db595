import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { forEachAtOnce } from '../../../core/concurrency.ts';
import type { Known } from '../../../core/doctor/check.ts';
import { isKnown } from '../../../core/doctor/check.ts';
import type { AccountEvidence, EvidenceFacts, RegionEvidence } from '../../../core/doctor/evidence.ts';
import { hasEnded, listsIn } from '../../../core/pipeline/lists.ts';
import type { StateStore } from '../../../core/ports.ts';
import type { AccountSettings } from '../../../core/settings/account-settings.ts';
import { dynamoStateStore, type TableNames } from '../dynamo-state-store.ts';
import { dynamoSettingsStore } from '../settings-store.ts';
import { type DoctorPlace, known, needed } from './place.ts';

type Closing = Pick<AccountSettings, 'approvedRegions'>;

/** Accounts whose evidence is read at the same time. */
const ACCOUNTS_AT_ONCE = 24;

/** Reads what the tables know of each account: those with a score, and those that should have one. */
export async function readEvidence(
  { clients, options }: DoctorPlace,
  tables: Required<TableNames>,
  expected: Known<readonly string[]>,
): Promise<EvidenceFacts> {
  const client = clients(DynamoDBClient, options.homeRegion);
  const store = dynamoStateStore(client, tables);
  const settings = await known(() => dynamoSettingsStore(client, tables.stateTable).readSettings());
  const approvedRegions = isKnown(settings) ? settings?.document.approvedRegions : settings;
  const accounts = await needed(async () => {
    const scored = await store.listAccountStatuses();
    const ids = [...new Set([...scored.keys(), ...(isKnown(expected) ? expected : [])])].sort();
    const closing = isKnown(approvedRegions) && approvedRegions ? { approvedRegions } : {};
    const read: AccountEvidence[] = [];
    await forEachAtOnce(ids, ACCOUNTS_AT_ONCE, async (accountId) =>
      read.push(await readAccountEvidence(accountId, scored.get(accountId)?.asOf, store, closing)),
    );
    return read.sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
  });
  return { accounts, expected, approvedRegions, behind: await needed(() => store.listBehind()) };
}

async function readAccountEvidence(
  accountId: string,
  scoredAt: string | undefined,
  store: StateStore,
  closing: Closing,
): Promise<AccountEvidence> {
  const regions = await needed(() => readRegions(accountId, store, closing));
  return { accountId, ...(scoredAt !== undefined && { scoredAt }), regions };
}

async function readRegions(accountId: string, store: StateStore, closing: Closing): Promise<RegionEvidence[]> {
  const cards = await store.readCards(accountId);
  const counted = [...listsIn(cards, closing)];
  return cards.flatMap(({ region, lists }) => {
    const times = [...lists.values()].filter((list) => !hasEnded(list)).map(({ capturedAt }) => capturedAt);
    const newestAt = times.sort().at(-1);
    const gaps = counted.flatMap(({ card, list }) => (card.region === region && list.gap !== undefined ? [list.gap] : []));
    return newestAt === undefined ? [] : { region, newestAt, gaps };
  });
}
