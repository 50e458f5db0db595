import { canonical } from '../../pipeline/collect.ts';
import type { RemediationRule, SettingsDocument } from '../../settings/document.ts';
import type { Known } from '../model/known.ts';
import type { Rehearsal, Rehearsals } from '../model/record.ts';
import type { RemediationDependencies } from '../ports.ts';
import { requiresTags } from './rules.ts';

/** Dry-run period: time in mode `plan` or `approve` that a rule needs in an account before mode `auto` starts runbooks there, in hours. */
export const DRY_RUN_HOURS = 24;

/** Conditions of a rule on resources. Its controls and accounts are not part of them: a dry-run period is of one control in one account. */
type Conditions = Pick<RemediationRule, 'regions' | 'tags'>;

const conditionsOf = ({ regions, tags }: Conditions): string =>
  canonical({ ...(regions && { regions: [...regions].sort() }), ...(tags && { tags }) });

/**
 * Returns the start of the dry-run period that covers a rule in an account: the earliest of a rule with the same or wider conditions.
 * Returns `undefined` if no period covers it.
 */
export function rehearsedSince({ entries }: Rehearsals, controlId: string, rule: Conditions): string | undefined {
  const covering = entries.filter((entry) => entry.controlId === controlId && isWithin(rule, JSON.parse(entry.conditions) as Conditions));
  return covering.map(({ since }) => since).sort()[0];
}

/** Whether the wider conditions match every resource that the narrower ones match. */
const isWithin = (narrow: Conditions, wide: Conditions): boolean =>
  (wide.regions === undefined || (narrow.regions?.every((region) => wide.regions?.includes(region)) ?? false)) &&
  requiresTags(narrow.tags ?? {}, wide.tags ?? {});

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
