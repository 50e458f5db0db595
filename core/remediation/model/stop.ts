import type { Remediation } from './record.ts';

/** Part of the remediations: all of them, those of an account, of a control, or of a control in an account. */
export interface Scope {
  readonly accountId?: string;
  readonly controlId?: string;
}

/** A stop prevents new fixes, or rollbacks. A stop of one kind never prevents the other. */
export const STOP_KINDS = ['starts', 'rollbacks'] as const;
export type StopKind = (typeof STOP_KINDS)[number];

/**
 * A stop. Its presence stops, whatever its content is: the other properties are only for people.
 * An operator can write it. Only the command function removes it.
 */
export interface Stop {
  readonly kind: StopKind;
  readonly scope: Scope;
  /** ARN of the operator, as the operator's computer gave it. It is not verified. */
  readonly by: string;
  /** ISO-8601 UTC with milliseconds. */
  readonly at: string;
  readonly reason: string;
}

/** Account and control of a run. */
export type RunScope = Required<Scope>;

export const runScopeOf = ({ controlId, resource: { accountId } }: Pick<Remediation, 'controlId' | 'resource'>): RunScope => ({
  accountId,
  controlId,
});

/** Returns the scopes that a run is in, the widest first. */
export const scopesOf = ({ accountId, controlId }: RunScope): readonly Scope[] => [
  {},
  { accountId },
  { controlId },
  { accountId, controlId },
];

/** Whether a run is in a scope. */
export const isIn = (scope: Scope, { accountId, controlId }: RunScope): boolean =>
  (scope.accountId ?? accountId) === accountId && (scope.controlId ?? controlId) === controlId;

export const isSameScope = (a: Scope, b: Scope): boolean => a.accountId === b.accountId && a.controlId === b.controlId;

/** Returns the name of a scope for people, such as "NET-L1-01 in account 111111111111". */
export function describeScope({ accountId, controlId }: Scope): string {
  if (accountId === undefined) return controlId ?? 'all accounts';
  return controlId === undefined ? `account ${accountId}` : `${controlId} in account ${accountId}`;
}

/** Returns a sentence about a stop. */
export const describeStop = ({ kind, scope, by, at, reason }: Stop): string =>
  `${by} stopped ${kind === 'starts' ? 'remediation' : 'rollbacks'} of ${describeScope(scope)} at ${at}: ${reason}`;
