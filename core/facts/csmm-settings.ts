import { GLOBAL, type ResourceRef } from '../model.ts';
import type { AccountSettings } from '../settings/account-settings.ts';
import { factParser } from './parser.ts';

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

/** Reads the settings without a check, because csmm validates the file before it stores them. */
export const settingsParser = factParser<SettingsFacts>({
  settings: ({ configuration }) => configuration.at('settings').raw() as AccountSettings | undefined,
});
