import type { SettingsDocument } from '../../settings/document.ts';
import type { Ledger } from '../model/record.ts';
import type { RemediationDependencies } from '../ports.ts';

/** Notes that a control runs in mode `plan` or `approve`, unless that is noted. Where somebody else writes the ledger, the next does. */
export async function noteRehearsal(ledger: Ledger, { store, now }: Pick<RemediationDependencies, 'store' | 'now'>): Promise<boolean> {
  if (ledger.rehearsedSince !== undefined) return true;
  return store.commitLedger(ledger, { ...ledger, revision: ledger.revision + 1, rehearsedSince: now() });
}

/**
 * Notes of every control that a document puts in mode `plan` or `approve` that it runs so, though nothing of it fails.
 *
 * @returns whether all of it is noted; call again where not.
 */
export async function rehearse(document: SettingsDocument, dependencies: Pick<RemediationDependencies, 'store' | 'now'>): Promise<boolean> {
  const rules = document.remediation?.rules ?? [];
  const controls = new Set(rules.filter(({ mode }) => mode === 'plan' || mode === 'approve').flatMap(({ controls }) => controls));
  let isNoted = true;
  for (const controlId of controls) {
    isNoted = (await noteRehearsal(await dependencies.store.readLedger(controlId), dependencies)) && isNoted;
  }
  return isNoted;
}
