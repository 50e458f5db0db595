import { GLOBAL, type ResourceRef } from '../model.ts';
import type { AccountSettings } from '../settings/account-settings.ts';
import { factParser } from './parser.ts';

/** The type of the resource that holds what an account's owners declare in `csmm.yaml`, as far as it concerns that account. */
export const SETTINGS = 'CSMM::Settings';

export interface SettingsFacts {
  settings?: AccountSettings;
}

/** The one resource of an account that holds its settings. */
export const settingsRef = (accountId: string): ResourceRef => ({
  accountId,
  region: GLOBAL,
  resourceType: SETTINGS,
  resourceId: 'csmm.yaml',
});

/** The settings were checked when their file was read. */
export const settingsParser = factParser<SettingsFacts>({
  settings: ({ configuration }) => configuration.at('settings').raw() as AccountSettings | undefined,
});
