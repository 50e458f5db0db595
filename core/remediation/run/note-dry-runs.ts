import type { SettingsDocument } from '../../settings/document.ts';
import { conditionsOf } from '../decide/dry-run.ts';
import type { Known } from '../model/known.ts';
import type { Rehearsal } from '../model/record.ts';
import type { RemediationDependencies } from '../ports.ts';

/** An account with the organizational units above it. */
export interface RehearsedAccount {
  readonly accountId: string;
  readonly units: Known<readonly string[]>;
}

/**
 * Stores the start of the dry-run period of every rule in mode `plan` or `approve` that applies in an account, even if nothing fails there.
 *
 * @returns whether it is stored. `false` if another process wrote the item at the same time: call again later.
 */
export async function noteDryRuns(
  document: SettingsDocument,
  { accountId, units }: RehearsedAccount,
  { store, now }: Pick<RemediationDependencies, 'store' | 'now'>,
): Promise<boolean> {
  const rules = (document.remediation?.rules ?? []).filter(
    ({ mode, accounts, organizationalUnits }) =>
      (mode === 'plan' || mode === 'approve') &&
      (accounts?.includes(accountId) ?? true) &&
      (organizationalUnits === undefined || (units.known && organizationalUnits.some((id) => units.value.includes(id)))),
  );
  const rehearsed = rules.flatMap((rule) => rule.controls.map((controlId) => ({ controlId, conditions: conditionsOf(rule) })));
  const previous = await store.readRehearsals(accountId);
  const names = new Set(rehearsed.map(nameOf));
  const known = new Set(previous.entries.map(nameOf));
  const since = now();
  const added = [...new Map(rehearsed.map((each) => [nameOf(each), each])).values()].filter((each) => !known.has(nameOf(each)));
  if (added.length === 0) return true;
  // The entries of current rules come last, because only the newest are kept.
  const entries = [
    ...previous.entries.filter((entry) => !names.has(nameOf(entry))),
    ...previous.entries.filter((entry) => names.has(nameOf(entry))),
    ...added.map((each): Rehearsal => ({ ...each, since })),
  ];
  return store.commitRehearsals(previous, { accountId, revision: previous.revision + 1, entries: newest(entries) });
}

/** Returns the last entries that fit an item of DynamoDB. */
function newest(entries: readonly Rehearsal[]): Rehearsal[] {
  let size = 0;
  return entries
    .toReversed()
    .filter((entry) => {
      size += nameOf(entry).length + ENTRY_SIZE;
      return size <= MAX_SIZE;
    })
    .toReversed();
}

const nameOf = ({ controlId, conditions }: Pick<Rehearsal, 'controlId' | 'conditions'>): string => `${controlId} ${conditions}`;

/** Maximum characters of the dry-run periods of an account, and those of an entry in addition to its name. */
const MAX_SIZE = 100_000;
const ENTRY_SIZE = 60;
