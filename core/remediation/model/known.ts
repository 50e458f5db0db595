import { MAX_REASON } from './record.ts';

/** What was asked, or why the answer could not be had. What is not known never counts as the answer that one hopes for. */
export type Known<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly reason: string };

export const known = <T>(value: T): Known<T> => ({ known: true, value });
export const unknown = (reason: string): Known<never> => ({ known: false, reason });

/** The answer of something that may fail: the failure is then the answer. */
export async function asked<T>(question: () => Promise<T>): Promise<Known<T>> {
  try {
    return known(await question());
  } catch (error) {
    return unknown(error instanceof Error ? `${error.name}: ${error.message}`.slice(0, MAX_REASON) : String(error));
  }
}

export const flat = <T>(answer: Known<Known<T>>): Known<T> => (answer.known ? answer.value : answer);
