import { GLOBAL, type ResourceRef } from '../model.ts';
import type { AccountSettings } from '../settings/account-settings.ts';
import type { BackupSettings, Targets } from '../settings/document.ts';
import type { Exception } from '../settings/exception.ts';
import { factParser } from './parser.ts';
import { instant, listOf, number, objectOf, type Shapes, text } from './shape.ts';

/** Type of the resource that holds the part of `csmm.yaml` that applies to an account. */
export const SETTINGS = 'CSMM::Settings';

export interface SettingsFacts {
  settings?: AccountSettings;
}

/** Returns the reference of the only settings resource of an account. */
export const settingsRef = (accountId: string): ResourceRef => ({
  accountId,
  region: GLOBAL,
  resourceType: SETTINGS,
  resourceId: 'csmm.yaml',
});

const BACKUP = objectOf<BackupSettings>({ recoveryPointHours: number, minRetentionDays: number });
const TARGETS = objectOf<object, Required<Targets>>(
  {},
  { overall: number, iam: number, networking: number, storage: number, compute: number, monitoring: number },
);
const EXCEPTION = objectOf<Omit<Exception, 'region' | 'resource'>, Required<Pick<Exception, 'region' | 'resource'>>>(
  { controlId: text, owner: text, reason: text, ticket: text, expires: instant },
  { region: text, resource: objectOf({ type: text, id: text }) },
);
const TEXTS = listOf(text);
const ROOT_TASK = objectOf({ from: instant, to: instant, reason: text, ticket: text });

const SETTINGS_SHAPE = objectOf<Omit<AccountSettings, 'approvedRegions'>, Required<Pick<AccountSettings, 'approvedRegions'>>>(
  {
    breakGlassPrincipals: TEXTS,
    pipelinePrincipals: TEXTS,
    exemptPrincipals: TEXTS,
    trustedAccounts: TEXTS,
    expectedNetworks: TEXTS,
    rootTasks: listOf(ROOT_TASK),
    backup: BACKUP,
    targets: TARGETS,
    exceptions: listOf(EXCEPTION),
  },
  { approvedRegions: TEXTS },
);

const SHAPES: Shapes<SettingsFacts> = { settings: SETTINGS_SHAPE };

/** Reads the settings without a check, because csmm validates the file before it stores them. */
export const settingsParser = factParser<SettingsFacts>(SHAPES, {
  settings: ({ configuration }) => configuration.at('settings').raw() as AccountSettings | undefined,
});
