/**
 * What may go wrong when a remedy is applied: nothing that works today (`safe`), something that relies on the insecure
 * setting (`disruptive`), or something that no inverse brings back (`destructive`, never automatic).
 */
export const RISKS = ['safe', 'disruptive', 'destructive'] as const;
export type Risk = (typeof RISKS)[number];
