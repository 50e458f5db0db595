import type { Inventory, Listing, ResourceType } from '../../../core/control.ts';
import { EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';
import type { RootTask } from '../../../core/settings/document.ts';
import { CAPTURED_AT } from '../../support/control.ts';

const complete: Listing = { region: 'global', capturedAt: CAPTURED_AT };

/** Returns complete lists of all types, except for the types in `gaps`. Types in `unlisted` have no list. */
export const listed = (
  gaps: { readonly [T in ResourceType]?: string } = {},
  unlisted: readonly ResourceType[] = [],
): Partial<Inventory> => ({
  listings: (type) => {
    const gap = gaps[type];
    if (unlisted.includes(type)) return [];
    return [gap === undefined ? complete : { ...complete, gap }];
  },
});

/** Returns complete lists, except one type whose read was interrupted after the capture of all evidence in a test. */
export const brokenSince = (broken: ResourceType): Partial<Inventory> => ({
  listings: (type) => [type === broken ? { region: 'global', capturedAt: '2026-01-01T06:00:00.000Z', gap: 'denied' } : complete],
});

export const task = (from: string, to: string): RootTask => ({ from, to, reason: 'close the account', ticket: 'OPS-1' });

export const settings = (parts: Partial<Inventory['settings']>): Partial<Inventory> => ({ settings: { ...EMPTY_SETTINGS, ...parts } });

/** Returns the time a number of days before the capture of the tests' evidence. */
export const daysAgo = (days: number): string => new Date(Date.parse(CAPTURED_AT) - days * 24 * 60 * 60 * 1000).toISOString();
