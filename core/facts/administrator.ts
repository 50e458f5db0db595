import type { View } from './view.ts';

/** The account that manages a security service in this one. */
export interface Administrator {
  readonly accountId: string;
  /** In upper case: `ENABLED` where the accounts are associated. */
  readonly relationship: string;
}

const ACCOUNT_ID = /^\d{12}$/;

/** `null` where the view says that there is none. */
export function readAdministrator(view: View): Administrator | null | undefined {
  if (view.raw() === null) return null;
  const accountId = view.at('accountId').text();
  const relationship = view.at('relationshipStatus', 'memberStatus').text()?.toUpperCase();
  return accountId !== undefined && ACCOUNT_ID.test(accountId) && relationship !== undefined ? { accountId, relationship } : undefined;
}
