import type { BackupSettings, RootTask, RootTaskEntry, SettingsDocument, Targets } from './document.ts';
import { type Exception, exceptionsOf } from './exception.ts';
import { instantOf } from './instant.ts';

/** The settings of one account. Plain JSON, and always the same JSON for the same document. */
export interface AccountSettings {
  /** Absent if the settings do not declare it. */
  readonly approvedRegions?: readonly string[];
  readonly breakGlassPrincipals: readonly string[];
  readonly pipelinePrincipals: readonly string[];
  readonly exemptPrincipals: readonly string[];
  readonly trustedAccounts: readonly string[];
  readonly expectedNetworks: readonly string[];
  /** Times are ISO-8601 UTC with milliseconds. */
  readonly rootTasks: readonly RootTask[];
  readonly backup: BackupSettings;
  readonly targets: Targets;
  /** All exceptions, including expired ones. The caller checks the expiry time. */
  readonly exceptions: readonly Exception[];
}

/**
 * Default values, from control STR-L2-02. A daily backup of AWS Backup can start up to 8 hours late (its default start window) and
 * becomes a recovery point when it completes, so the newest one can be older than a day: 24 + 8 hours, and 4 hours to complete.
 */
const BACKUP: BackupSettings = { recoveryPointHours: 36, minRetentionDays: 7 };

/** Returns the settings of one account from a document that fits the schema. @throws RangeError if a time is invalid. */
export function settingsFor(document: SettingsDocument, accountId: string): AccountSettings {
  const here = ({ accounts }: { readonly accounts?: readonly string[] }) => accounts?.includes(accountId) ?? true;
  return {
    ...(document.approvedRegions && { approvedRegions: document.approvedRegions }),
    breakGlassPrincipals: document.breakGlassPrincipals ?? [],
    pipelinePrincipals: document.pipelinePrincipals ?? [],
    exemptPrincipals: document.exemptPrincipals ?? [],
    trustedAccounts: document.trustedAccounts ?? [],
    expectedNetworks: document.expectedNetworks ?? [],
    rootTasks: (document.rootTasks ?? []).filter(here).map(rootTaskOf),
    backup: { ...BACKUP, ...document.backup },
    targets: { ...document.targets },
    exceptions: (document.exceptions ?? []).filter(here).flatMap(exceptionsOf),
  };
}

const rootTaskOf = ({ from, to, reason, ticket }: RootTaskEntry): RootTask => ({
  from: instantOf(from),
  to: instantOf(to),
  reason,
  ticket,
});

/** Settings of an account without a settings file. */
export const EMPTY_SETTINGS: AccountSettings = settingsFor({ version: 1 }, '');

/** Maximum number of exceptions of one account. An exception counts once for every control that it names. */
export const MAX_EXCEPTIONS = 1000;
/** Maximum size of the settings of one account, in bytes of JSON. Every store must hold a record of this size. */
export const MAX_SETTINGS_BYTES = 300_000;

/** The size of the settings of one account. */
export interface SettingsSize {
  /** Absent for accounts that the document does not name. */
  readonly accountId?: string;
  readonly exceptions: number;
  /** Size of the settings as JSON in UTF-8, including a comma after each element. */
  readonly bytes: number;
}

/** Returns the size of the settings of each named account and of all other accounts. Does not create the settings of each account. */
export function settingsSizes(document: SettingsDocument): SettingsSize[] {
  const everywhere = { exceptions: 0, bytes: bytesOf(settingsFor({ ...document, rootTasks: [], exceptions: [] }, '')) };
  const named = new Map<string, { exceptions: number; bytes: number }>();
  const add = (accounts: readonly string[] | undefined, parts: readonly object[], exceptions: number): void => {
    const bytes = parts.reduce((sum, part) => sum + bytesOf(part) + ','.length, 0);
    for (const size of accounts ? accounts.map((accountId) => sizeOf(named, accountId)) : [everywhere]) {
      size.exceptions += exceptions;
      size.bytes += bytes;
    }
  };
  for (const task of document.rootTasks ?? []) add(task.accounts, [rootTaskOf(task)], 0);
  for (const entry of document.exceptions ?? []) {
    const exceptions = exceptionsOf(entry);
    add(entry.accounts, exceptions, exceptions.length);
  }
  const sum = ([accountId, { exceptions, bytes }]: [string, { exceptions: number; bytes: number }]): SettingsSize => ({
    accountId,
    exceptions: exceptions + everywhere.exceptions,
    bytes: bytes + everywhere.bytes,
  });
  return [everywhere, ...[...named].map(sum)];
}

function sizeOf(sizes: Map<string, { exceptions: number; bytes: number }>, accountId: string): { exceptions: number; bytes: number } {
  const size = sizes.get(accountId) ?? { exceptions: 0, bytes: 0 };
  sizes.set(accountId, size);
  return size;
}

const bytesOf = (value: object): number => new TextEncoder().encode(JSON.stringify(value)).length;
