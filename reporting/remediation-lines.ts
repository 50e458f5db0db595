import type { RollbackList, WindowRequest } from '../core/remediation/commands/window.ts';
import type { Attempt, KillSwitch, PlannedRun, Remediation, RemediationStatus } from '../core/remediation/model/record.ts';
import type { Change } from '../core/remediation/model/remedy.ts';
import { describeScope, type Stop } from '../core/remediation/model/stop.ts';
import { BLANK, type Canvas, type Line, type Style, span } from './lines.ts';
import { cutMiddle, plainText, wrap } from './plain-text.ts';
import { usableColumns } from './terminal.ts';

const TONES: Readonly<Partial<Record<RemediationStatus, Style>>> = {
  SUCCEEDED: 'good',
  QUARANTINED: 'bad',
  CORRUPT: 'bad',
  HALF_APPROVED: 'accent',
  WAITING_FOR_APPROVAL: 'accent',
  RUNNING: 'accent',
  STARTING: 'accent',
  VERIFYING: 'accent',
};

/** Returns the state of the kill switch, with the time and the actor of its last change. */
export const switchLine = (killSwitch: KillSwitch | undefined): Line =>
  killSwitch
    ? [
        span(killSwitch.running ? ' Running' : ' STOPPED', killSwitch.running ? 'good' : 'bad'),
        span(` since ${killSwitch.since} by ${killSwitch.by}`),
        span(`  ${killSwitch.reason}`, 'dim'),
      ]
    : [span(' STOPPED', 'bad'), span(' remediation was never started. Fix: run csmm remediation resume')];

/** Returns a stop, with its scope, its time and the operator. */
export const stopLine = ({ kind, scope, by, at, reason }: Stop): Line => [
  span(` STOPPED ${kind === 'starts' ? '' : 'rollbacks of '}${describeScope(scope)}`, 'bad'),
  span(` since ${plainText(at)} by ${plainText(by)}`),
  span(`  ${plainText(reason)}`, 'dim'),
];

/** Returns the list of a rollback of a time window, with the hash that confirms it. */
export function rollbackListLines(
  { rollbacks, others, hash }: RollbackList,
  { from, to, scope }: WindowRequest,
  { columns }: Pick<Canvas, 'columns'>,
): Line[] {
  const width = usableColumns(columns);
  return [
    [span(` ${rollbacks.length} rollbacks`, 'bold'), span(` of ${describeScope(scope)}, from ${from} to ${to}, newest first`)],
    ...rollbacks.map(({ id, controlId, resource, runbook, intendedAt, waitMinutes }) => [
      span(` ${intendedAt}  `, 'dim'),
      span(`${id}  ${controlId}  ${runbook}  `),
      span(cutMiddle(plainText(resource.resourceId), Math.max(12, width - 110))),
      span(`  ${resource.accountId} ${resource.region}${waitMinutes === 0 ? '' : `  in ${waitMinutes} minutes`}`, 'dim'),
    ]),
    ...others.map(({ id, reason }) => [span(` not ${id}: ${plainText(reason)}`, 'bad')]),
    ...(rollbacks.length === 0 ? [] : [[span(` hash ${hash.slice(0, 12)}`, 'bold')]]),
  ];
}

/** Returns two lines for each remediation. */
export function remediationListLines(remediations: readonly Remediation[], { columns }: Pick<Canvas, 'columns'>): Line[] {
  const width = usableColumns(columns);
  if (remediations.length === 0) return [BLANK, [span(' No remediations found', 'dim')]];
  return [BLANK, ...remediations.flatMap((remediation) => listed(remediation, width))];
}

function listed({ id, controlId, status, resource, reason, updatedAt }: Remediation, width: number): Line[] {
  const place = `  ${resource.accountId} ${resource.region}`;
  const fixed = ` ${id}  ${controlId}  ${status.padEnd(20)}`.length + place.length;
  const [first = '', second] = wrap(plainText(reason), width - 3);
  return [
    [
      span(` ${id}`, 'bold'),
      span(`  ${controlId}  `),
      span(status.padEnd(20), TONES[status]),
      span(`  ${cutMiddle(plainText(resource.resourceId), Math.max(12, width - fixed - 2))}`),
      span(place, 'dim'),
    ],
    [span(`   ${first}${second === undefined ? '' : ' …'}`, 'dim'), span(`  ${updatedAt}`, 'dim')],
  ];
}

/** Returns a change as text: `versioning: Off → Enabled`. */
export const changeText = ({ what, before, after }: Change): string => `${what}: ${before} → ${after}`;

/** Returns the details of a remediation: its status and reason, the plan, the executions and every step. */
export function remediationLines(remediation: Remediation, { columns }: Pick<Canvas, 'columns'>): Line[] {
  const width = usableColumns(columns);
  const { id, controlId, status, resource, reason, failingSince, plan, approval, attempts, trail, dueAt, backlog } = remediation;
  const say = (name: string, text: string): Line[] =>
    wrap(plainText(text), width - 18).map((line, index) => [span(` ${(index === 0 ? name : '').padEnd(15)}`, 'dim'), span(` ${line}`)]);
  return [
    [span(` ${controlId}`, 'bold'), span('  '), span(status, TONES[status] ?? 'bold'), span(`  ${id}`, 'dim')],
    ...say('resource', `${resource.resourceType} ${resource.resourceId}`),
    ...say('where', `${resource.accountId} ${resource.region}`),
    ...say('reason', reason),
    ...say('failing since', failingSince),
    ...(backlog === undefined ? [] : say('backlog', backlog)),
    ...(dueAt === undefined ? [] : say('next step', dueAt)),
    ...(plan ? planLines(plan, say) : []),
    ...(approval?.first ? say('approved', `${approval.first.at} by ${approval.first.by}`) : []),
    ...(approval ? say('approved', `${approval.at} by ${approval.by}`) : []),
    ...(attempts.length > 0 ? [BLANK, [span(' Executions', 'bold')], ...attempts.flatMap((attempt) => attemptLines(attempt, width))] : []),
    BLANK,
    [span(' Steps', 'bold')],
    ...trail.flatMap(({ at, status: reached, reason: why, executionId }) => [
      [
        span(` ${at}  `, 'dim'),
        span(reached.padEnd(20), TONES[reached]),
        span(executionId === undefined ? '' : `  ${executionId}`, 'dim'),
      ] as Line,
      ...wrap(plainText(why), width - 6).map((line): Line => [span(`     ${line}`)]),
    ]),
  ];
}

/** Returns the lines of a planned run. */
function planLines(plan: PlannedRun, say: (name: string, text: string) => Line[]): Line[] {
  const parameters = Object.entries(plan.parameters).map(([key, values]) => `${key}=${values.join(',')}`);
  return [
    ...say('runbook', `${plan.runbook} in ${plan.region}, mode ${plan.mode}`),
    ...(plan.changes ?? []).flatMap((each, index) => say(index === 0 ? 'changes' : '', changeText(each))),
    ...(plan.touches ?? []).flatMap((each, index) => say(index === 0 ? 'touches' : '', `${each.resourceType} ${each.resourceId}`)),
    ...(plan.uses ?? []).flatMap((each, index) => say(index === 0 ? 'used by' : '', each)),
    ...(parameters.length > 0 ? say('parameters', parameters.join('  ')) : []),
    ...(plan.state ?? []).flatMap((line, index) => say(index === 0 ? 'state' : '', line)),
    ...say('risk', `${plan.risk}, ${plan.reversible ? 'reversible' : 'NOT REVERSIBLE'}. ${plan.impact}`),
    ...(plan.owner === undefined ? [] : say('owner', plan.owner)),
    ...(plan.cost === undefined ? [] : say('cost', plan.cost)),
    ...(plan.notRestored === undefined ? [] : say('after rollback', plan.notRestored)),
  ];
}

function attemptLines({ kind, runbook, executionId, outcome, at, reason, outputs }: Attempt, width: number): Line[] {
  const values = Object.entries(outputs ?? {}).map(([key, each]) => `${key}=${each.join(',')}`);
  const name = kind === 'undo' ? `${runbook} (rollback)` : runbook;
  return [
    [
      span(` ${at}  `, 'dim'),
      span(outcome.padEnd(9), outcome === 'verified' ? 'good' : 'bad'),
      span(`  ${name}`),
      span(`  ${executionId ?? 'never started'}`, 'dim'),
    ],
    ...wrap(plainText([reason, ...values].join('  ')), width - 6).map((line): Line => [span(`     ${line}`)]),
  ];
}
