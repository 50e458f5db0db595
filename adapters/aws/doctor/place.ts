import type { Identity, Placed } from '../../../core/doctor/account.ts';
import type { Known } from '../../../core/doctor/check.ts';
import { Unread } from '../../../core/facts/view.ts';
import type { Clients } from '../clients.ts';
import { attempt } from '../failures.ts';

/** The place that the doctor examines, and the clients for it. They only read. */
export interface DoctorPlace {
  readonly identity: Identity;
  readonly options: Placed;
  readonly clients: Clients;
  /** Current time. */
  readonly now: () => Date;
}

/**
 * Returns a value of AWS, `undefined` if AWS says by one of these errors that it does not exist, or why it was not read.
 * @throws CredentialsExpiredError
 */
export async function known<T>(call: () => Promise<T>, absent: readonly string[] = []): Promise<Known<T | undefined>> {
  return (await attempt(call, absent)) ?? undefined;
}

/** As {@link known}, for a value that always exists: an answer without it is not read. */
export async function needed<T>(call: () => Promise<T | undefined>): Promise<Known<T>> {
  return (await attempt(call)) ?? new Unread('not in the API response');
}

/** Returns the items of all pages of a list. */
export async function everyPage<P, T>(pages: AsyncIterable<P>, itemsOf: (page: P) => readonly T[] | undefined): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages) items.push(...(itemsOf(page) ?? []));
  return items;
}
