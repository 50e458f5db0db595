import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  APPROVAL_HOURS,
  BREAKER_FAILURES,
  type Decision,
  type DecisionInput,
  decide,
  FLAPPING_FIXES,
  type FreshFinding,
  LATE_MINUTES,
  MAX_ATTEMPTS,
  minutesAfter,
} from '../../../../core/remediation/decide/decision.ts';
import { known, unknown } from '../../../../core/remediation/model/known.ts';
import type { Attempt, Ledger, PlannedRun, Remediation } from '../../../../core/remediation/model/record.ts';
import type { Risk } from '../../../../core/remediation/model/remedy.ts';
import type { RemediationDocument, RemediationMode, RemediationRule } from '../../../../core/settings/document.ts';
import { runs } from '../../../support/runs.ts';
import { signedBy } from '../../../support/seals.ts';

const NOW = '2026-11-18T12:00:00.000Z';
const ago = (minutes: number): string => minutesAfter(NOW, -minutes);

const RESOURCE = { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId: 'orders' } as const;

const remediation = (changed: Partial<Remediation> = {}): Remediation => ({
  id: 'abc',
  controlId: 'STR-L2-01',
  resource: RESOURCE,
  status: 'NEW',
  reason: 'versioning is Off',
  revision: 1,
  failingSince: ago(3),
  updatedAt: ago(3),
  attempts: [],
  trail: [],
  ...changed,
});

const PLAN: PlannedRun = {
  mode: 'off',
  runbook: 'CSMM-EnableBucketVersioning',
  parameters: { BucketName: ['orders'] },
  region: 'eu-west-1',
  risk: 'safe',
  reversible: true,
  impact: 'costs',
  stateHash: 'hash',
  finding: 'versioning is Off',
};

const ledger = (changed: Partial<Ledger> = {}): Ledger => ({
  controlId: 'STR-L2-01',
  revision: 1,
  starts: [],
  outcomes: [],
  rehearsedSince: ago(10_000),
  ...changed,
});

const settings = (changed: Partial<RemediationDocument> = {}, rule: Partial<RemediationRule> = {}): RemediationDocument => ({
  rules: [{ mode: 'auto', controls: ['STR-L2-01'], ...rule }],
  ...changed,
});

const SWITCH = { running: true, since: ago(1000), by: 'arn:aws:iam::111111111111:user/ops', reason: 'begin', revision: 1 };

/** Input that every guard passes. */
const YES: DecisionInput = {
  now: NOW,
  remediation: remediation(),
  dueSince: ago(1),
  finding: known({ kind: 'failing', reason: 'versioning is Off', capturedAt: ago(0) }),
  settings: known(settings()),
  tags: known({}),
  touched: known([]),
  units: known([]),
  exception: known(undefined),
  plan: known(PLAN),
  killSwitch: known(SWITCH),
  ledger: known(ledger()),
  runbook: known({ parameters: ['AutomationAssumeRole', 'BucketName'] }),
};

const attempt = (changed: Partial<Attempt>): Attempt => ({
  kind: 'fix',
  runbook: PLAN.runbook,
  parameters: {},
  region: 'eu-west-1',
  stateHash: 'hash',
  token: 'token',
  intendedAt: ago(0.5),
  executionId: 'execution',
  outcome: 'failed',
  at: ago(0.25),
  reason: 'no permission',
  ...changed,
});

const approved = (at: string, stateHash = 'hash') =>
  remediation({ status: 'APPROVED', approval: { ...signedBy('arn:of:ops', at), stateHash } });
const times = <T>(count: number, entry: T): T[] => Array.from({ length: count }, () => entry);

describe('a runbook starts', () => {
  it('if every guard passes', () => {
    expect(decide(YES)).toMatchObject({ kind: 'start', plan: { ...PLAN, mode: 'auto' }, killSwitch: SWITCH });
  });

  it.each<[string, Partial<DecisionInput>]>([
    [
      'of a rule that says why it never ran in plan',
      {
        settings: known(settings({}, { withoutPlan: 'tested in staging' })),
        ledger: known(ledger({ rehearsedSince: undefined as never })),
      },
    ],
    ['in mode approve, after an approval', { settings: known(settings({}, { mode: 'approve' })), remediation: approved(ago(5)) }],
    ['for a backlog, after an approval', { remediation: { ...approved(ago(5)), backlog: 'as old as the estate' } }],
    ['late, after an approval', { remediation: approved(ago(300)), dueSince: ago(300) }],
    [
      'that has no inverse runbook, once a person agreed and the settings allow it',
      {
        plan: known({ ...PLAN, risk: 'destructive' }),
        settings: known(settings({ maxRisk: 'destructive' })),
        remediation: approved(ago(5)),
      },
    ],
    ['within a change window', { settings: known(settings({ changeWindows: [{ days: ['Wed'], from: '11:00', to: '13:00' }] })) }],
    [
      'after failures that are older than a release',
      {
        remediation: remediation({
          releasedAt: ago(2),
          failingSince: ago(2),
          attempts: times(5, attempt({ intendedAt: ago(9), at: ago(8) })),
        }),
      },
    ],
    [
      'after fixes that are no fight',
      { remediation: remediation({ attempts: times(FLAPPING_FIXES - 1, attempt({ outcome: 'verified', at: ago(100) })) }) },
    ],
  ])('%s', (_, changed) => {
    expect(decide({ ...YES, ...changed })).toMatchObject({ kind: 'start' });
  });
});

describe('no runbook starts', () => {
  it.each<[string, Partial<DecisionInput>, Partial<Extract<Decision, { guard: string }>>]>([
    ['if the resource was not read', { finding: unknown('denied') }, { kind: 'wait', guard: 'finding' }],
    [
      'where the resource passes',
      { finding: known({ kind: 'passing', reason: 'fine', capturedAt: NOW }) },
      { kind: 'close', guard: 'finding' },
    ],
    [
      'where the resource is gone',
      { finding: known({ kind: 'gone', reason: 'gone', capturedAt: NOW }) },
      { kind: 'close', guard: 'finding' },
    ],
    [
      'on evidence that is older than the last attempt',
      { remediation: remediation({ attempts: [attempt({ at: NOW })] }) },
      { kind: 'wait', guard: 'finding' },
    ],
    ['if the settings were not read', { settings: unknown('throttled') }, { kind: 'wait', guard: 'settings' }],
    ['if no settings are applied', { settings: known(undefined) }, { kind: 'refuse', guard: 'settings' }],
    ['if the tags were not read', { tags: unknown('denied') }, { kind: 'wait', guard: 'platform' }],
    [
      'on a resource with an exempt tag',
      { settings: known(settings({ exemptTags: { keep: '*' } })), tags: known({ keep: 'yes' }) },
      { kind: 'refuse', guard: 'platform' },
    ],
    [
      'on a resource of csmm itself',
      { remediation: remediation({ resource: { ...RESOURCE, resourceId: 'csmm-trail-1' } }) },
      { kind: 'refuse', guard: 'platform' },
    ],
    ['on a resource of the deployment', { tags: known({ 'csmm:deployment': 'Csmm' }) }, { kind: 'refuse', guard: 'platform' }],
    [
      'on a resource of a landing zone',
      { remediation: remediation({ resource: { ...RESOURCE, resourceId: 'aws-controltower-logs' } }) },
      { kind: 'refuse', guard: 'platform' },
    ],
    ['if no rule matches', { settings: known(settings({}, { controls: ['STR-L2-03'] })) }, { kind: 'refuse', guard: 'rule' }],
    ['in mode off', { settings: known(settings({}, { mode: 'off' })) }, { kind: 'refuse', guard: 'rule' }],
    [
      'where a rule asks for units that were not read',
      { settings: known(settings({}, { organizationalUnits: ['ou-ab12-a1b2c3d4'] })), units: unknown('denied') },
      { kind: 'wait', guard: 'rule' },
    ],
    ['under a live exception', { exception: known('excepted until tomorrow') }, { kind: 'refuse', guard: 'exception' }],
    ['if the exceptions were not read', { exception: unknown('throttled') }, { kind: 'wait', guard: 'exception' }],
    ['if there is no runbook', { plan: unknown('only a person') }, { kind: 'refuse', guard: 'remedy' }],
    ['in mode plan', { settings: known(settings({}, { mode: 'plan' })) }, { kind: 'plan', guard: 'mode' }],
    [
      'in mode plan, though a person agreed',
      { settings: known(settings({}, { mode: 'plan' })), remediation: approved(ago(1)) },
      { kind: 'plan', guard: 'mode' },
    ],
    ['above the risk that the settings allow', { plan: known({ ...PLAN, risk: 'disruptive' }) }, { kind: 'plan', guard: 'risk' }],
    [
      'above that risk, though a person agreed',
      { plan: known({ ...PLAN, risk: 'disruptive' }), remediation: approved(ago(1)) },
      { kind: 'plan', guard: 'risk' },
    ],
    ['if the kill switch was not read', { killSwitch: unknown('throttled') }, { kind: 'wait', guard: 'killSwitch' }],
    ['if remediation was never started', { killSwitch: known(undefined) }, { kind: 'plan', guard: 'killSwitch' }],
    ['while it is stopped', { killSwitch: known({ ...SWITCH, running: false }) }, { kind: 'plan', guard: 'killSwitch' }],
    [
      'while it is stopped, though a person agreed',
      { killSwitch: known({ ...SWITCH, running: false }), remediation: approved(ago(1)) },
      { kind: 'plan', guard: 'killSwitch' },
    ],
    [
      'after too many attempts that failed',
      { remediation: remediation({ attempts: times(MAX_ATTEMPTS, attempt({})) }) },
      { kind: 'quarantine', guard: 'attempts' },
    ],
    [
      'in a fight with whoever changes the resource back',
      { remediation: remediation({ attempts: times(FLAPPING_FIXES, attempt({ outcome: 'verified' })) }) },
      { kind: 'quarantine', guard: 'flapping' },
    ],
    ['for a backlog', { remediation: remediation({ backlog: 'as old as the estate' }) }, { kind: 'plan', guard: 'backlog' }],
    [
      'for what failed before it was switched on',
      { remediation: remediation({ failingSince: ago(2000) }) },
      { kind: 'plan', guard: 'backlog' },
    ],
    ['if an outage has delayed the decision', { dueSince: ago(LATE_MINUTES + 1) }, { kind: 'plan', guard: 'backlog' }],
    [
      'on an approval of one person if two are required',
      { settings: known(settings({ twoPerson: {} }, { mode: 'approve' })), remediation: approved(ago(5)) },
      { kind: 'ask', guard: 'approval', reason: 'the settings require the approval of two persons' },
    ],
    ['in mode approve', { settings: known(settings({}, { mode: 'approve' })) }, { kind: 'ask', guard: 'approval' }],
    [
      'on an approval of another state',
      { settings: known(settings({}, { mode: 'approve' })), remediation: approved(ago(1), 'other') },
      { kind: 'ask', guard: 'approval' },
    ],
    [
      'on an approval of the day before',
      { settings: known(settings({}, { mode: 'approve' })), remediation: approved(ago(APPROVAL_HOURS * 60 + 1)) },
      { kind: 'ask', guard: 'approval' },
    ],
    [
      'that has no inverse runbook, unasked',
      { plan: known({ ...PLAN, risk: 'destructive' }), settings: known(settings({ maxRisk: 'destructive' })) },
      { kind: 'ask', guard: 'approval' },
    ],
    ['if the ledger was not read', { ledger: unknown('throttled') }, { kind: 'wait', guard: 'dryRun' }],
    [
      'in mode auto, where the control never ran in plan',
      { ledger: known(ledger({ rehearsedSince: undefined as never })) },
      { kind: 'plan', guard: 'dryRun' },
    ],
    [
      'where most of the control’s remediations fail',
      { ledger: known(ledger({ outcomes: times(BREAKER_FAILURES, { at: ago(5), failed: true }) })) },
      { kind: 'plan', guard: 'breaker' },
    ],
    [
      'over the budget of the account',
      { ledger: known(ledger({ starts: times(10, { at: ago(5), accountId: RESOURCE.accountId }) })) },
      { kind: 'plan', guard: 'budget' },
    ],
    [
      'over the budget of the control',
      { ledger: known(ledger({ starts: times(50, { at: ago(5), accountId: '222222222222' }) })) },
      { kind: 'plan', guard: 'budget' },
    ],
    [
      'over the budget, though a person agreed',
      { ledger: known(ledger({ starts: times(10, { at: ago(5), accountId: RESOURCE.accountId }) })), remediation: approved(ago(1)) },
      { kind: 'wait', guard: 'budget' },
    ],
    [
      'outside the change windows',
      { settings: known(settings({ changeWindows: [{ days: ['Sun'], from: '02:00', to: '03:00' }] })) },
      { kind: 'wait', guard: 'window', until: '2026-11-22T02:00:00.000Z' } as never,
    ],
    ['if SSM does not return the runbook', { runbook: unknown('denied') }, { kind: 'wait', guard: 'runbook' }],
    ['if the Region has no such runbook', { runbook: known(undefined) }, { kind: 'refuse', guard: 'runbook' }],
    [
      'where the runbook there knows other parameters',
      { runbook: known({ parameters: ['AutomationAssumeRole'] }) },
      { kind: 'refuse', guard: 'runbook' },
    ],
  ])('%s', (_, changed, expected) => {
    expect(decide({ ...YES, ...changed })).toMatchObject(expected);
  });

  it('only if the budget of the last hour is used up, not that of the hour before', () => {
    expect(decide({ ...YES, ledger: known(ledger({ starts: times(50, { at: ago(61), accountId: RESOURCE.accountId }) })) }).kind).toBe(
      'start',
    );
  });

  it('only if at least half of the remediations fail', () => {
    const outcomes = [
      ...times(BREAKER_FAILURES, { at: ago(5), failed: true }),
      ...times(BREAKER_FAILURES + 1, { at: ago(5), failed: false }),
    ];
    expect(decide({ ...YES, ledger: known(ledger({ outcomes })) }).kind).toBe('start');
  });
});

describe('for any input', () => {
  const unreadable = ['finding', 'settings', 'tags', 'exception', 'plan', 'killSwitch', 'ledger', 'runbook'] as const;

  /** The first value in 90 % of the cases. Otherwise all guards would rarely pass. */
  const mostly = <T>(yes: T, ...others: readonly T[]): fc.Arbitrary<T> =>
    fc.oneof({ weight: 9, arbitrary: fc.constant(yes) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

  const input: fc.Arbitrary<DecisionInput> = fc
    .record({
      remediation: fc.record({
        failingSince: mostly(ago(1), ago(2000)),
        backlog: mostly(undefined, 'old'),
        approval: fc.option(fc.record({ at: mostly(ago(1), ago(2000)), stateHash: mostly('hash', 'other') }), {
          nil: undefined,
        }),
        attempts: fc.array(
          fc.constantFrom(
            attempt({}),
            attempt({ outcome: 'verified' }),
            attempt({ outcome: 'lost' }),
            attempt({ kind: 'undo', outcome: 'verified' }),
          ),
          { maxLength: 4 },
        ),
        resourceId: mostly('orders', 'csmm-x', 'aws-controltower-x'),
      }),
      dueSince: mostly(ago(0), ago(LATE_MINUTES + 1)),
      mode: mostly<RemediationMode>('auto', 'off', 'plan', 'approve', 'approve', 'approve'),
      maxRisk: mostly<Risk>('destructive', 'safe', 'disruptive'),
      risk: fc.constantFrom<Risk>('safe', 'disruptive', 'destructive'),
      withoutPlan: fc.option(fc.constant('tested in staging'), { nil: undefined }),
      window: mostly(undefined, 'Wed' as const, 'Sun' as const),
      exempt: mostly(false, true),
      kind: mostly<FreshFinding['kind']>('failing', 'passing', 'gone'),
      exception: mostly(undefined, 'excepted'),
      running: mostly(true, false, undefined),
      starts: mostly(0, 9, 10, 12),
      failures: fc.nat(4),
      successes: fc.nat(4),
      rehearsed: mostly(true, false),
      runbook: mostly(['BucketName'], undefined, ['Other']),
      unread: mostly<(typeof unreadable)[number][]>([], ...unreadable.map((name) => [name])),
    })
    .map((arbitrary): DecisionInput => {
      const { backlog, approval, resourceId, ...rest } = arbitrary.remediation;
      const { rehearsedSince: _, ...unrehearsed } = ledger({
        starts: times(arbitrary.starts, { at: ago(5), accountId: RESOURCE.accountId }),
        outcomes: [
          ...times(arbitrary.failures, { at: ago(5), failed: true }),
          ...times(arbitrary.successes, { at: ago(5), failed: false }),
        ],
      });
      const whole = {
        ...YES,
        remediation: remediation({
          ...rest,
          resource: { ...RESOURCE, resourceId },
          ...(backlog && { backlog }),
          ...(approval && { approval: { ...signedBy('a', approval.at), stateHash: approval.stateHash } }),
        }),
        dueSince: arbitrary.dueSince,
        finding: known({ kind: arbitrary.kind, reason: 'it says so', capturedAt: ago(0) }),
        settings: known(
          settings(
            {
              maxRisk: arbitrary.maxRisk,
              exemptTags: { keep: '*' },
              ...(arbitrary.window && { changeWindows: [{ days: [arbitrary.window], from: '11:00', to: '13:00' }] }),
            },
            { mode: arbitrary.mode, ...(arbitrary.withoutPlan && { withoutPlan: arbitrary.withoutPlan }) },
          ),
        ),
        tags: known(arbitrary.exempt ? { keep: 'yes' } : {}),
        exception: known(arbitrary.exception),
        plan: known({ ...PLAN, risk: arbitrary.risk }),
        killSwitch: known(arbitrary.running === undefined ? undefined : { ...SWITCH, running: arbitrary.running }),
        ledger: known(arbitrary.rehearsed ? { ...unrehearsed, rehearsedSince: ago(10_000) } : unrehearsed),
        runbook: known(arbitrary.runbook && { parameters: arbitrary.runbook }),
      };
      return { ...whole, ...Object.fromEntries(arbitrary.unread.map((name) => [name, unknown('not read')])) };
    });

  it('a start means that each guard passes on its own', () => {
    let starts = 0;
    fc.assert(
      fc.property(input, (asked) => {
        const decision = decide(asked);
        if (decision.kind !== 'start') return;
        starts++;
        const { remediation: of, settings: section, plan, killSwitch, ledger: book, finding, tags, exception, runbook } = asked;
        if (!section.known || !plan.known || !killSwitch.known || !book.known || !finding.known) throw new Error('a guard was not read');
        if (!tags.known || !exception.known || !runbook.known) throw new Error('a guard was not read');
        const rule = section.value?.rules[0];
        const approval = of.approval?.at === ago(1) && of.approval.stateHash === 'hash';
        expect(finding.value.kind).toBe('failing');
        expect(of.resource.resourceId).toBe('orders');
        expect(tags.value).toEqual({});
        expect(exception.value).toBeUndefined();
        expect(rule?.mode === 'auto' || (rule?.mode === 'approve' && approval)).toBe(true);
        expect(['safe', 'disruptive', 'destructive'].indexOf(plan.value.risk)).toBeLessThanOrEqual(
          ['safe', 'disruptive', 'destructive'].indexOf(section.value?.maxRisk ?? ''),
        );
        expect(plan.value.risk !== 'destructive' || approval).toBe(true);
        expect(killSwitch.value?.running).toBe(true);
        expect(of.attempts.filter(({ kind, outcome }) => kind === 'fix' && outcome !== 'verified').length).toBeLessThan(MAX_ATTEMPTS);
        expect(of.attempts.filter(({ kind, outcome }) => kind === 'fix' && outcome === 'verified').length).toBeLessThan(FLAPPING_FIXES);
        expect(approval || (of.backlog === undefined && of.failingSince >= SWITCH.since && asked.dueSince === ago(0))).toBe(true);
        expect(approval || book.value.rehearsedSince !== undefined || rule?.withoutPlan !== undefined).toBe(true);
        const failures = book.value.outcomes.filter(({ failed }) => failed).length;
        expect(failures < BREAKER_FAILURES || failures * 2 < book.value.outcomes.length).toBe(true);
        expect(book.value.starts.length).toBeLessThan(10);
        expect(section.value?.changeWindows?.[0]?.days[0]).not.toBe('Sun');
        expect(runbook.value?.parameters).toEqual(['BucketName']);
      }),
      { numRuns: runs(3000) },
    );
    expect(starts).toBeGreaterThan(500);
  });

  it('one unreadable guard is enough to start nothing', () => {
    fc.assert(
      fc.property(fc.subarray([...unreadable], { minLength: 1 }), (names) => {
        const decision = decide({ ...YES, ...Object.fromEntries(names.map((name) => [name, unknown('not read')])) });
        expect(decision.kind).not.toBe('start');
      }),
    );
  });
});
