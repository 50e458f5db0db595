import { forEachAtOnce } from '../concurrency.ts';
import { settingsRef } from '../facts/csmm-settings.ts';
import type { AppliedSettings, SettingsStore } from '../ports.ts';
import { settingsFor } from '../settings/account-settings.ts';
import type { SettingsDocument } from '../settings/document.ts';
import { accountsWithExpiries, lastExpiries } from '../settings/expiry.ts';
import { type CollectDependencies, ContentionError, collectFacts, MAX_ATTEMPTS, type ResourceEvidence } from './collect.ts';

/** What a document says of one account, as evidence that was captured at a time (ISO-8601 UTC with milliseconds). */
export const settingsEvidence = (document: SettingsDocument, accountId: string, capturedAt: string): ResourceEvidence => ({
  resource: settingsRef(accountId),
  capturedAt,
  parsed: { facts: { settings: settingsFor(document, accountId) }, missing: {} },
});

/** Captured before all evidence: the time of settings in a replay in which no exception has expired. */
const BEFORE_ALL = new Date(0).toISOString();

/**
 * Settings for recorded evidence. Given an account and the time of a piece of its evidence, it gives the settings that are to be
 * collected with it, if any. They are captured when the last exception expired that had expired by the account's newest evidence;
 * so the end is the same in whatever order the evidence comes, and a rule takes no time of a settings file for the present.
 */
export function replayedSettings(document: SettingsDocument): (accountId: string, capturedAt: string) => ResourceEvidence | undefined {
  const expiryBefore = lastExpiries(document);
  const given = new Map<string, string>();
  return (accountId, capturedAt) => {
    const at = expiryBefore(capturedAt) ?? BEFORE_ALL;
    const known = given.get(accountId);
    if (known !== undefined && at <= known) return undefined;
    given.set(accountId, at);
    return settingsEvidence(document, accountId, at);
  };
}

/** Accounts whose settings are collected at once: each costs a read and a write. */
const ACCOUNTS_AT_ONCE = 16;

/**
 * Collects what a document says of each account.
 *
 * @returns in how many of them it was new.
 * @throws ContentionError when others keep changing the settings of one account.
 */
export async function collectSettings(
  document: SettingsDocument,
  accountIds: Iterable<string>,
  capturedAt: string,
  dependencies: CollectDependencies,
): Promise<number> {
  let applied = 0;
  await forEachAtOnce(accountIds, ACCOUNTS_AT_ONCE, async (accountId) => {
    if ((await collectFacts(settingsEvidence(document, accountId, capturedAt), dependencies)) === 'applied') applied++;
  });
  return applied;
}

export interface DeployedSettings extends CollectDependencies {
  readonly settings: SettingsStore;
  /** The present, ISO-8601 UTC with milliseconds. */
  readonly now: () => string;
}

/**
 * Collects the settings that are applied for these accounts, and once more where others were applied meanwhile.
 *
 * @returns for how many accounts; 0 where none are applied.
 * @throws ContentionError when settings are applied again and again.
 */
export async function spreadSettings(accountIds: readonly string[], dependencies: DeployedSettings): Promise<number> {
  const { settings, now } = dependencies;
  let applied = await settings.readSettings();
  for (let attempt = 0; attempt < MAX_ATTEMPTS && applied; attempt++) {
    await collectSettings(applied.document, accountIds, now(), dependencies);
    const current = await settings.readSettings();
    if (current?.revision === applied.revision) return accountIds.length;
    applied = current;
  }
  if (applied) throw new ContentionError('the settings', MAX_ATTEMPTS);
  return 0;
}

/**
 * Ends the exceptions that have expired since this was last done: collects the settings of their accounts anew. `accountIds`
 * gives the accounts of an exception that names none. What failed is made up for by the next call. Costs one read where nothing
 * has expired.
 *
 * @returns for how many accounts.
 * @throws ContentionError when others keep changing the settings.
 */
export async function endExceptions(accountIds: () => Promise<readonly string[]>, dependencies: DeployedSettings): Promise<number> {
  const { settings, now } = dependencies;
  const applied = await settings.readSettings();
  if (!applied) return 0;
  const until = now();
  const due = await accountsDue(applied, until, accountIds);
  if (due.length === 0) return 0;
  await spreadSettings(due, dependencies);
  await settings.noteExpired(applied, until);
  return due.length;
}

async function accountsDue(
  { document, expiredUntil }: AppliedSettings,
  until: string,
  accountIds: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const { everywhere, named } = accountsWithExpiries(document, expiredUntil, until);
  if (!everywhere && named.size === 0) return [];
  const known = await accountIds();
  return everywhere ? known : known.filter((accountId) => named.has(accountId));
}
