import { accountId, objectOf, text } from './shape.ts';
import type { View } from './view.ts';

/** The account that manages a security service for this account. */
export interface Administrator {
  readonly accountId: string;
  /** Status of the relationship, in upper case: `ENABLED` if the accounts are associated. */
  readonly relationship: string;
}

export const ADMINISTRATOR = objectOf<Administrator>({ accountId, relationship: text });

const ACCOUNT_ID = /^\d{12}$/;

/**
 * Returns the administrator, `null` if the view is `null` (the account has no administrator), or `undefined` if a part is missing or
 * malformed.
 */
export function readAdministrator(view: View): Administrator | null | undefined {
  if (view.raw() === null) return null;
  const accountId = view.at('accountId').text();
  const relationship = view.at('relationshipStatus', 'memberStatus').text()?.toUpperCase();
  return accountId !== undefined && ACCOUNT_ID.test(accountId) && relationship !== undefined ? { accountId, relationship } : undefined;
}
