import { forEachAtOnce } from '../concurrency.ts';
import { settingsRef } from '../facts/csmm-settings.ts';
import type { AppliedSettings, SettingsStore } from '../ports.ts';
import { settingsFor } from '../settings/account-settings.ts';
import type { SettingsDocument } from '../settings/document.ts';
import { accountsWithExpiries, lastExpiries } from '../settings/expiry.ts';
import { type CollectDependencies, ContentionError, collectFacts, MAX_ATTEMPTS, type ResourceEvidence } from './collect.ts';

/** Returns a document's settings for one account, as evidence with a capture time (ISO-8601 UTC with milliseconds). */
export const settingsEvidence = (document: SettingsDocument, accountId: string, capturedAt: string): ResourceEvidence => ({
  resource: settingsRef(accountId),
  capturedAt,
  parsed: { facts: { settings: settingsFor(document, accountId) }, missing: {} },
});

/** Capture time of settings in a replay in which no exception has expired: earlier than all evidence. */
const BEFORE_ALL = new Date(0).toISOString();

/**
 * Returns settings for recorded evidence: a function that takes an account and the time of a piece of its evidence, and returns
 * the settings to collect with it, if any. Their capture time is the newest expiry of an exception before the account's newest
 * evidence. So every order of evidence ends in the same state, and no rule takes the time of a settings file for the current time.
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

/** Number of accounts whose settings are collected concurrently: each costs a read and a write. */
const ACCOUNTS_AT_ONCE = 16;

/**
 * Collects a document's settings for each account.
 *
 * @returns the number of accounts in which they were new.
 * @throws ContentionError if other writers keep changing the settings of one account.
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
  /** Returns the current time, ISO-8601 UTC with milliseconds. */
  readonly now: () => string;
}

/**
 * Collects the applied settings for these accounts. Repeats it if a user applied other settings in between.
 *
 * @returns the number of accounts; 0 if no settings are applied.
 * @throws ContentionError if users keep applying settings.
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
 * Ends the exceptions that have expired since the last call: collects the settings of their accounts again. `accountIds` returns
 * the accounts for exceptions that name none. The next call retries failures. Costs one read if nothing has expired.
 *
 * @returns the number of accounts.
 * @throws ContentionError if other writers keep changing the settings.
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
