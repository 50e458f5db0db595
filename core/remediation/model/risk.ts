/**
 * Possible harm of a remedy. `safe` affects nothing that works today. `disruptive` can break something that relies on the insecure
 * setting. `destructive` changes something that no inverse runbook can restore, so it always requires an approval.
 */
export const RISKS = ['safe', 'disruptive', 'destructive'] as const;
export type Risk = (typeof RISKS)[number];
