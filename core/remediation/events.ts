import { millisecondsOf } from '../instant.ts';
import type { ResourceRef } from '../model.ts';
import type { Remediation, RemediationChange, RemediationStatus } from './model/record.ts';
import type { Change, Risk, RunbookParameters } from './model/remedy.ts';

export interface RemediationChangedDetail {
  readonly schemaVersion: string;
  /** Unique ID of the event. A repeated event has the same ID. */
  readonly id: string;
  readonly remediationId: string;
  /** Revision of the remediation. It grows with every change, but not every change is published. */
  readonly revision: number;
  readonly accountId: string;
  readonly controlId: string;
  readonly resource: ResourceRef;
  /** Previous status. `null` for a new remediation. */
  readonly from: RemediationStatus | null;
  readonly to: RemediationStatus;
  readonly reason: string;
  /** Time of the change, ISO-8601 UTC. */
  readonly at: string;
  readonly failingSince: string;
  /** Planned or started run. `null` if there is no plan. */
  readonly plan: {
    readonly mode: string;
    readonly runbook: string;
    readonly parameters: RunbookParameters;
    readonly region: string;
    readonly risk: Risk;
    readonly reversible: boolean;
    /** Values that the runbook changes. Absent in plans of an earlier release. */
    readonly changes?: readonly Change[];
    readonly impact: string;
  } | null;
  /** Value of the owner tag of the resource. `null` if it has none, or if csmm has not planned yet. */
  readonly owner: string | null;
  /** Commands with which people can act on it now, by name. */
  readonly commands: Readonly<Partial<Record<CommandName, string>>>;
  readonly approvedBy: string | null;
  readonly executionId: string | null;
}

export type CommandName = 'approve' | 'reject' | 'exempt' | 'release' | 'rollback';

export const REMEDIATION_EVENT = 'CSMM Remediation Changed';
const SCHEMA_VERSION = '1';

/** Returns the event for a change. Returns `undefined` if neither the status nor the reason has changed. */
export function remediationEventOf({ before, after }: RemediationChange): RemediationChangedDetail | undefined {
  if (before && before.revision >= after.revision) return undefined;
  const executionId = after.execution?.executionId ?? after.attempts.at(-1)?.executionId ?? null;
  if (before?.status === after.status && before.reason === after.reason) return undefined;
  return {
    schemaVersion: SCHEMA_VERSION,
    id: `${after.id}/${after.revision}`,
    remediationId: after.id,
    revision: after.revision,
    accountId: after.resource.accountId,
    controlId: after.controlId,
    resource: after.resource,
    from: before?.status ?? null,
    to: after.status,
    reason: after.reason,
    at: after.updatedAt,
    failingSince: after.failingSince,
    plan: after.plan ? planOf(after.plan) : null,
    owner: after.plan?.owner ?? null,
    commands: commandsFor(after),
    approvedBy: after.approval?.by ?? null,
    executionId,
  };
}

/** Commands by status. A remediation in another status needs no one. */
const COMMANDS: Readonly<Partial<Record<RemediationStatus, readonly CommandName[]>>> = {
  WAITING: ['exempt'],
  HELD: ['exempt'],
  PLANNED: ['approve', 'exempt'],
  WAITING_FOR_APPROVAL: ['approve', 'reject', 'exempt'],
  HALF_APPROVED: ['approve', 'reject', 'exempt'],
  SUCCEEDED: ['rollback'],
  QUARANTINED: ['release', 'exempt'],
};
const OPTIONS: Readonly<Record<CommandName, string>> = {
  approve: '',
  reject: " --reason 'why'",
  exempt: " --until 30d --reason 'why'",
  release: '',
  rollback: '',
};

function commandsFor({ id, status, plan }: Remediation): Partial<Record<CommandName, string>> {
  const names = (COMMANDS[status] ?? []).filter((name) => name !== 'rollback' || plan?.reversible);
  return Object.fromEntries(names.map((name) => [name, `csmm remediation ${name} ${id}${OPTIONS[name]}`]));
}

const planOf = ({ mode, runbook, parameters, region, risk, reversible, changes, impact }: NonNullable<Remediation['plan']>) => ({
  mode,
  runbook,
  parameters,
  region,
  risk,
  reversible,
  ...(changes && { changes }),
  impact,
});

/** Names of the metrics. */
export type RemediationMetric =
  | 'RemediationsPlanned'
  | 'RemediationsStarted'
  | 'RunbooksSucceeded'
  | 'RunbooksFailed'
  | 'RemediationsVerified'
  | 'RemediationsRolledBack'
  | 'RemediationsQuarantined'
  | 'RemediationsCorrupt';

/** Returns the metrics that a change increments. */
export function metricsOf({ before, after }: RemediationChange): RemediationMetric[] {
  if (before && before.revision >= after.revision) return [];
  const entered = before?.status !== after.status ? after.status : undefined;
  const newAttempt = (after.attempts.at(-1)?.at ?? '') > (before?.attempts.at(-1)?.at ?? '') ? after.attempts.at(-1) : undefined;
  return [
    ...(entered === 'PLANNED' || entered === 'WAITING_FOR_APPROVAL' ? (['RemediationsPlanned'] as const) : []),
    ...(entered === 'RUNNING' ? (['RemediationsStarted'] as const) : []),
    ...(entered === 'VERIFYING' ? (['RunbooksSucceeded'] as const) : []),
    ...(newAttempt && newAttempt.outcome !== 'verified' ? (['RunbooksFailed'] as const) : []),
    ...(entered === 'SUCCEEDED' ? (['RemediationsVerified'] as const) : []),
    ...(entered === 'ROLLED_BACK' ? (['RemediationsRolledBack'] as const) : []),
    ...(entered === 'QUARANTINED' ? (['RemediationsQuarantined'] as const) : []),
    ...(entered === 'CORRUPT' ? (['RemediationsCorrupt'] as const) : []),
  ];
}

/** Returns the seconds from the failure to the read after which the control passed. Returns `undefined` for any other change. */
export function secondsToRemediate({ before, after }: RemediationChange): number | undefined {
  if (after.status !== 'SUCCEEDED' || before?.status === 'SUCCEEDED') return undefined;
  return Math.max(0, (millisecondsOf(after.updatedAt) - millisecondsOf(after.failingSince)) / 1000);
}
