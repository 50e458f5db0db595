/** Work that is left for one pattern. One step takes about 10 nanoseconds. */
export interface Budget {
  left: number;
}

/**
 * Maximum number of steps for one pattern, in all accounts that it names. A pattern of the CIS benchmark needs 5,000 to 50,000. A pattern
 * can need hundreds of millions: it comes from an AWS account, and anyone who can write there can make it slow.
 */
const MAX_STEPS = 1_000_000;

/** Returns the budget of a new pattern. */
export const newBudget = (): Budget => ({ left: MAX_STEPS });

/** Returns the steps of a search for a part of a text. */
export const searchOf = (text: string): number => 1 + Math.ceil(text.length / 16);

/** Takes steps from the budget. Returns whether it had them. */
export function spend(budget: Budget, steps: number): boolean {
  budget.left -= steps;
  return budget.left >= 0;
}
