import { acceptedStart } from '../../characters.ts';
import { MAX_REASON } from './record.ts';

/** A value, or the reason why it is not known. An unknown value never counts as the desired one. */
export type Known<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly reason: string };

export const known = <T>(value: T): Known<T> => ({ known: true, value });
export const unknown = (reason: string): Known<never> => ({ known: false, reason });

/** Returns the value of a call. If the call throws, returns the error as the reason why the value is not known. */
export async function resultOf<T>(call: () => Promise<T>): Promise<Known<T>> {
  try {
    return known(await call());
  } catch (error) {
    return unknown(error instanceof Error ? acceptedStart(`${error.name}: ${error.message}`, MAX_REASON) : String(error));
  }
}

export const flat = <T>(result: Known<Known<T>>): Known<T> => (result.known ? result.value : result);
