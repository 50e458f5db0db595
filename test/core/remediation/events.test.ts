import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metricsOf, REMEDIATION_EVENT, remediationEventOf, secondsToRemediate } from '../../../core/remediation/events.ts';
import {
  type Attempt,
  type Execution,
  REMEDIATION_STATUSES,
  type Remediation,
  type RemediationStatus,
} from '../../../core/remediation/model/record.ts';
import { next } from '../../../core/remediation/run/commit.ts';
import { expectValidEvents } from '../../support/schemas.ts';
import { signedBy } from '../../support/seals.ts';

const time = (second: number): string => new Date(Date.UTC(2026, 10, 18, 12) + second * 1000).toISOString();

const EXECUTION: Execution = {
  kind: 'fix',
  runbook: 'CSMM-Test',
  parameters: { BucketName: ['orders'] },
  region: 'eu-west-1',
  stateHash: 'hash',
  token: '11111111-2222-3333-4444-555555555555',
  intendedAt: time(5),
  executionId: 'execution-2',
};
const attempt = (changed: Partial<Attempt> = {}): Attempt => ({
  ...EXECUTION,
  executionId: 'execution-1',
  outcome: 'failed',
  at: time(8),
  reason: 'Failed',
  ...changed,
});

const bare = (status: RemediationStatus, changed: Partial<Remediation> = {}): Remediation => ({
  id: '0123456789abcdef01234567',
  controlId: 'STR-L2-01',
  resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId: 'orders' },
  status,
  reason: 'versioning is Off',
  revision: 1,
  failingSince: time(0),
  updatedAt: time(10),
  attempts: [],
  trail: [],
  ...changed,
});

/** A remediation with every field. */
const full = (status: RemediationStatus, changed: Partial<Remediation> = {}): Remediation =>
  bare(status, {
    dueAt: time(60),
    retries: 2,
    releasedAt: time(1),
    backlog: 'of old',
    plan: {
      mode: 'auto',
      runbook: 'CSMM-Test',
      parameters: { BucketName: ['orders'], None: [] },
      region: 'eu-west-1',
      risk: 'safe',
      reversible: true,
      impact: 'It costs.',
      stateHash: 'hash',
      finding: 'versioning is Off',
      changes: [{ what: 'versioning', before: 'Off', after: 'Enabled' }],
      owner: 'team-orders',
    },
    approval: { ...signedBy('arn:aws:iam::111111111111:user/ops', time(2)), stateHash: 'hash' },
    execution: { ...EXECUTION, endedAt: time(9), outputs: { PreviousStatus: ['Off'] }, readings: 1 },
    stopAskedBy: 'arn:aws:iam::111111111111:user/ops',
    attempts: [attempt()],
    ...changed,
  });

const successor = (before: Remediation, changed: Partial<Remediation>): Remediation => ({
  ...before,
  revision: before.revision + 1,
  ...changed,
});

describe('the event of a remediation', () => {
  it('fits its published schema after any change', () => {
    const changes = REMEDIATION_STATUSES.flatMap((to) => [
      { after: bare(to) },
      { after: full(to) },
      ...REMEDIATION_STATUSES.filter((from) => from !== to).flatMap((from) => [
        { before: bare(from), after: full(to, { revision: 2 }) },
        { before: full(from), after: bare(to, { revision: 2 }) },
      ]),
    ]);
    const details = changes.map((change) => remediationEventOf(change));
    expect(details).not.toContain(undefined);
    expectValidEvents(details.flatMap((detail) => (detail ? [{ detailType: REMEDIATION_EVENT, detail }] : [])));
  });

  it('contains the change and the plan', () => {
    const before = full('RUNNING');
    expect(remediationEventOf({ before, after: successor(before, { status: 'VERIFYING', reason: 'it succeeded' }) })).toEqual({
      schemaVersion: '1',
      id: '0123456789abcdef01234567/2',
      remediationId: '0123456789abcdef01234567',
      revision: 2,
      accountId: '111111111111',
      controlId: 'STR-L2-01',
      resource: before.resource,
      from: 'RUNNING',
      to: 'VERIFYING',
      reason: 'it succeeded',
      at: time(10),
      failingSince: time(0),
      plan: {
        mode: 'auto',
        runbook: 'CSMM-Test',
        parameters: { BucketName: ['orders'], None: [] },
        region: 'eu-west-1',
        risk: 'safe',
        reversible: true,
        changes: [{ what: 'versioning', before: 'Off', after: 'Enabled' }],
        impact: 'It costs.',
      },
      owner: 'team-orders',
      commands: {},
      approvedBy: 'arn:aws:iam::111111111111:user/ops',
      executionId: 'execution-2',
    });
  });

  it.each<[RemediationStatus, string[]]>([
    ['WAITING_FOR_APPROVAL', ['approve', 'reject', 'exempt']],
    ['WAITING', ['exempt']],
    ['SUCCEEDED', ['rollback']],
    ['QUARANTINED', ['release', 'exempt']],
    ['RUNNING', []],
  ])('of status %s says with which commands people act on it', (status, names) => {
    const { commands = {} } = remediationEventOf({ after: full(status) }) ?? {};
    expect(Object.keys(commands)).toEqual(names);
    for (const [name, line] of Object.entries(commands)) expect(line).toMatch(new RegExp(`^csmm remediation ${name} [0-9a-f]{24}`));
  });

  it('has the last execution if none is running, and none if nothing was ever run', () => {
    const { execution: _, ...ended } = full('SUCCEEDED');
    expect(remediationEventOf({ after: ended })).toMatchObject({ executionId: 'execution-1', from: null });
    expect(remediationEventOf({ after: bare('NEW') })).toMatchObject({ executionId: null, plan: null, approvedBy: null });
  });

  it.each<[string, Remediation | undefined, Remediation]>([
    ['only the due time has changed', bare('WAITING'), bare('WAITING', { revision: 2, dueAt: time(99) })],
    ['only a stop was requested', bare('RUNNING'), bare('RUNNING', { revision: 2, stopAskedBy: 'ops' })],
    ['the revisions are in reverse order', bare('SUCCEEDED', { revision: 3 }), bare('RUNNING', { revision: 2 })],
    ['nothing has changed', bare('RUNNING'), bare('RUNNING')],
  ])('is not published if %s', (_, before, after) => {
    const change = { ...(before && { before }), after };
    expect([remediationEventOf(change), metricsOf(change)]).toEqual([undefined, []]);
  });

  it('is published if only the reason has changed', () => {
    expect(remediationEventOf({ before: bare('WAITING'), after: bare('WAITING', { revision: 2, reason: 'denied' }) })).toMatchObject({
      from: 'WAITING',
      to: 'WAITING',
      reason: 'denied',
    });
  });

  it('has an ID that only its repeats share', () => {
    const steps = fc.array(fc.record({ status: fc.constantFrom(...REMEDIATION_STATUSES), reason: fc.constantFrom('a', 'b') }), {
      minLength: 2,
    });
    fc.assert(
      fc.property(steps, (given) => {
        const states: Remediation[] = [];
        for (const changed of given) {
          const previous = states.at(-1) ?? { ...bare('NEW'), revision: 0 };
          states.push(next(previous, { now: () => time(states.length) }, { ...previous, ...changed }));
        }
        const tell = () =>
          states.flatMap((after, index) => {
            const before = states[index - 1];
            return remediationEventOf({ ...(before && { before }), after })?.id ?? [];
          });
        const ids = tell();
        expect(new Set(ids).size).toBe(ids.length);
        expect(tell()).toEqual(ids);
      }),
    );
  });
});

describe('a change counts as', () => {
  const from = (status: RemediationStatus, changed: Partial<Remediation> = {}) => full(status, changed);
  it.each<[string, Remediation | undefined, Partial<Remediation>, readonly string[]]>([
    ['planned, in mode plan', from('NEW'), { status: 'PLANNED' }, ['RemediationsPlanned']],
    ['planned, if an approval is requested', from('WAITING'), { status: 'WAITING_FOR_APPROVAL' }, ['RemediationsPlanned']],
    ['nothing, if it is still planned', from('PLANNED'), { reason: 'another' }, []],
    ['nothing, if it is new', undefined, { status: 'NEW' }, []],
    ['nothing, if only the intent is stored', from('NEW'), { status: 'STARTING' }, []],
    ['started', from('STARTING'), { status: 'RUNNING' }, ['RemediationsStarted']],
    ['a successful runbook', from('RUNNING'), { status: 'VERIFYING' }, ['RunbooksSucceeded']],
    ['a failed runbook', from('RUNNING'), { status: 'WAITING', attempts: [attempt(), attempt({ at: time(20) })] }, ['RunbooksFailed']],
    [
      'a runbook that was lost',
      from('RUNNING'),
      { status: 'WAITING', attempts: [attempt({ outcome: 'lost', at: time(20) })] },
      ['RunbooksFailed'],
    ],
    ['nothing, if the start was withheld', from('STARTING'), { status: 'WAITING' }, []],
    [
      'verified',
      from('VERIFYING'),
      { status: 'SUCCEEDED', attempts: [attempt({ outcome: 'verified', at: time(20) })] },
      ['RemediationsVerified'],
    ],
    [
      'rolled back',
      from('RUNNING'),
      { status: 'ROLLED_BACK', attempts: [attempt({ kind: 'undo', outcome: 'verified', at: time(20) })] },
      ['RemediationsRolledBack'],
    ],
    ['corrupt', from('ROLLBACK_REQUESTED'), { status: 'CORRUPT' }, ['RemediationsCorrupt']],
    ['quarantined', from('WAITING'), { status: 'QUARANTINED' }, ['RemediationsQuarantined']],
    [
      'failed and quarantined at once',
      from('RUNNING'),
      { status: 'QUARANTINED', attempts: [attempt({ outcome: 'lost', at: time(20) })] },
      ['RunbooksFailed', 'RemediationsQuarantined'],
    ],
    ['nothing, if it was closed', from('PLANNED'), { status: 'CLOSED' }, []],
  ])('%s', (_, before, changed, expected) => {
    const after = before ? successor(before, changed) : bare('NEW', changed);
    expect(metricsOf({ ...(before && { before }), after })).toEqual(expected);
  });

  it('a failed runbook, with any number of kept attempts', () => {
    const kept = Array.from({ length: 20 }, (_, index) => attempt({ at: time(index) }));
    const before = from('RUNNING', { attempts: kept });
    expect(
      metricsOf({ before, after: successor(before, { status: 'WAITING', attempts: [...kept.slice(1), attempt({ at: time(30) })] }) }),
    ).toEqual(['RunbooksFailed']);
  });
});

describe('the time to remediate', () => {
  it('is the time from the failure to the passing read, once', () => {
    const before = full('VERIFYING');
    const after = successor(before, { status: 'SUCCEEDED', updatedAt: time(93.5) });
    expect(secondsToRemediate({ before, after })).toBe(93.5);
    expect(secondsToRemediate({ before: after, after: successor(after, { reason: 'another' }) })).toBeUndefined();
    expect(secondsToRemediate({ before, after: successor(before, { status: 'WAITING' }) })).toBeUndefined();
  });

  it('is never negative, even if two clocks differ', () => {
    const before = full('VERIFYING', { failingSince: time(100) });
    expect(secondsToRemediate({ before, after: successor(before, { status: 'SUCCEEDED', updatedAt: time(93) }) })).toBe(0);
  });
});
