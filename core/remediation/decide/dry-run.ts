import type { SettingsDocument } from '../../settings/document.ts';
import type { Ledger } from '../model/record.ts';
import type { RemediationDependencies } from '../ports.ts';

/**
 * Stores the start of the dry-run period of a control, unless it is already stored.
 *
 * @returns whether it is stored. `false` if another process wrote the ledger at the same time: call again later.
 */
export async function noteDryRun(ledger: Ledger, { store, now }: Pick<RemediationDependencies, 'store' | 'now'>): Promise<boolean> {
  if (ledger.rehearsedSince !== undefined) return true;
  return store.commitLedger(ledger, { ...ledger, revision: ledger.revision + 1, rehearsedSince: now() });
}

/**
 * Stores the start of the dry-run period of every control that a document puts in mode `plan` or `approve`, even if nothing fails.
 *
 * @returns whether it is stored for all of them. If not, call again later.
 */
export async function noteDryRuns(
  document: SettingsDocument,
  dependencies: Pick<RemediationDependencies, 'store' | 'now'>,
): Promise<boolean> {
  const rules = document.remediation?.rules ?? [];
  const controls = new Set(rules.filter(({ mode }) => mode === 'plan' || mode === 'approve').flatMap(({ controls }) => controls));
  let isNoted = true;
  for (const controlId of controls) {
    isNoted = (await noteDryRun(await dependencies.store.readLedger(controlId), dependencies)) && isNoted;
  }
  return isNoted;
}
