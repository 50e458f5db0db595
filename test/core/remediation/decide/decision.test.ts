import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  APPROVAL_HOURS,
  type Decision,
  type DecisionInput,
  decide,
  FIGHT_DAYS,
  type FreshFinding,
  MAX_ATTEMPTS,
  minutesAfter,
} from '../../../../core/remediation/decide/decision.ts';
import { ACCOUNT_BREAKER, DENIED_MINUTES, HOLD_HOURS } from '../../../../core/remediation/decide/limits.ts';
import { DEFAULT_REVERSALS } from '../../../../core/remediation/decide/rules.ts';
import { known, unknown } from '../../../../core/remediation/model/known.ts';
import type { Attempt, Ledger, LedgerOutcome, PlannedRun, Rehearsals, Remediation } from '../../../../core/remediation/model/record.ts';
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
  denials: [],
  ...changed,
});

const rehearsals = (since: string, conditions = {}): Rehearsals => ({
  accountId: RESOURCE.accountId,
  revision: 1,
  entries: [{ controlId: 'STR-L2-01', conditions: JSON.stringify(conditions), since }],
});
const NEVER: Rehearsals = { accountId: RESOURCE.accountId, revision: 0, entries: [] };

const OTHER = '222222222222';
const starts = (count: number, accountId: string = RESOURCE.accountId, minutes = 5) =>
  times(count, { at: ago(minutes), accountId, resourceType: RESOURCE.resourceType });
/** Results of distinct resources in an account. */
const outcomes = (count: number, failed: boolean, accountId: string = RESOURCE.accountId, minutes = 5): LedgerOutcome[] =>
  Array.from({ length: count }, (_, index) => ({ at: ago(minutes), failed, accountId, resource: `${failed} ${index}` }));
const OWN_STACK = 'arn:aws:cloudformation:eu-west-1:111111111111:stack/csmm/11111111-2222-3333-4444-555555555555';
const OWN_TAGS = { 'aws:cloudformation:stack-id': OWN_STACK };
const HEARTBEAT = { at: ago(1), since: ago(5000), revision: 9 };

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
  rehearsals: known(rehearsals(ago(10_000))),
  heartbeat: known(HEARTBEAT),
  calendars: known({ open: true }),
  own: { stackIds: [OWN_STACK], roleNames: ['csmm-read'] },
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
        rehearsals: known(NEVER),
      },
    ],
    ['that waited long in the queue, without an outage', { dueSince: ago(300) }],
    ['after the grace period of the rule', { settings: known(settings({}, { grace: '2m' })) }],
    ['in the grace period, after an approval', { settings: known(settings({}, { grace: '7d' })), remediation: approved(ago(1)) }],
    ['on a resource that is named after csmm', { remediation: remediation({ resource: { ...RESOURCE, resourceId: 'csmm-open' } }) }],
    [
      'on a resource with a tag that its owner chose',
      { tags: known({ 'csmm:deployment': 'Csmm', 'aws:cloudformation:stack-name': 'csmm' }) },
    ],
    [
      'on a resource that looks like one of a landing zone, after an approval',
      { remediation: { ...approved(ago(5)), resource: { ...RESOURCE, resourceId: 'aws-controltower-logs' } } },
    ],
    ['in mode approve, after an approval', { settings: known(settings({}, { mode: 'approve' })), remediation: approved(ago(5)) }],
    ['for a backlog, after an approval', { remediation: { ...approved(ago(5)), backlog: 'as old as the estate' } }],
    [
      'late, after an approval',
      { remediation: approved(ago(300)), dueSince: ago(300), heartbeat: known({ ...HEARTBEAT, since: ago(200) }) },
    ],
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
      { remediation: remediation({ attempts: times(DEFAULT_REVERSALS - 1, attempt({ outcome: 'verified', at: ago(100) })) }) },
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
    ['on a resource of the deployment', { tags: known(OWN_TAGS) }, { kind: 'refuse', guard: 'platform' }],
    [
      'on a resource that a resource of the deployment depends on',
      { touched: known([{ resource: { ...RESOURCE, resourceId: 'other' }, tags: OWN_TAGS }]) },
      { kind: 'refuse', guard: 'platform' },
    ],
    [
      'on a resource that looks like one of a landing zone',
      { remediation: remediation({ resource: { ...RESOURCE, resourceId: 'aws-controltower-logs' } }) },
      { kind: 'ask', guard: 'approval' },
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
      { remediation: remediation({ attempts: times(DEFAULT_REVERSALS, attempt({ outcome: 'verified' })) }) },
      { kind: 'quarantine', guard: 'flapping' },
    ],
    ['for a backlog', { remediation: remediation({ backlog: 'as old as the estate' }) }, { kind: 'plan', guard: 'backlog' }],
    [
      'for what failed before it was switched on',
      { remediation: remediation({ failingSince: ago(2000) }) },
      { kind: 'plan', guard: 'backlog' },
    ],
    [
      'on an approval of one person if two are required',
      { settings: known(settings({ twoPerson: {} }, { mode: 'approve' })), remediation: approved(ago(5)) },
      { kind: 'ask', guard: 'approval', reason: 'the settings require the approval of two persons' },
    ],
    [
      'if an outage has delayed the decision',
      { dueSince: ago(60), heartbeat: known({ ...HEARTBEAT, since: ago(10) }) },
      { kind: 'plan', guard: 'backlog' },
    ],
    ['if the heartbeat was not read', { heartbeat: unknown('throttled') }, { kind: 'wait', guard: 'backlog' }],
    ['before the first tick', { heartbeat: known(undefined) }, { kind: 'wait', guard: 'backlog' }],
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
    ['if the ledger was not read', { ledger: unknown('throttled') }, { kind: 'wait', guard: 'place' }],
    ['if the dry-run periods were not read', { rehearsals: unknown('throttled') }, { kind: 'wait', guard: 'dryRun' }],
    ['in mode auto, where the rule never ran in plan', { rehearsals: known(NEVER) }, { kind: 'plan', guard: 'dryRun' }],
    ['in mode auto, before a whole day in plan', { rehearsals: known(rehearsals(ago(1000))) }, { kind: 'plan', guard: 'dryRun' }],
    [
      'where the account denies the runbook',
      { ledger: known(ledger({ denials: [{ at: ago(5), accountId: RESOURCE.accountId, runbook: PLAN.runbook, reason: 'no role' }] })) },
      { kind: 'hold', guard: 'place', until: minutesAfter(ago(5), DENIED_MINUTES) } as never,
    ],
    [
      'where enough resources of the account failed after a change',
      { ledger: known(ledger({ outcomes: outcomes(ACCOUNT_BREAKER.resources, true) })) },
      { kind: 'hold', guard: 'breaker' },
    ],
    [
      'where enough resources in enough accounts failed after a change',
      {
        ledger: known(
          ledger({
            outcomes: [...outcomes(3, true, '222222222222'), ...outcomes(1, true, '333333333333'), ...outcomes(1, true, '444444444444')],
          }),
        ),
      },
      { kind: 'hold', guard: 'breaker' },
    ],
    ['over the budget of the account', { ledger: known(ledger({ starts: starts(11) })) }, { kind: 'hold', guard: 'budget' }],
    ['over the budget of the control', { ledger: known(ledger({ starts: starts(55, OTHER) })) }, { kind: 'hold', guard: 'budget' }],
    [
      'over the budget, though a person agreed',
      { ledger: known(ledger({ starts: starts(11) })), remediation: approved(ago(1)) },
      { kind: 'hold', guard: 'budget' },
    ],
    [
      'that a limit has held back for too long',
      { ledger: known(ledger({ starts: starts(11) })), remediation: remediation({ heldSince: ago(HOLD_HOURS * 60 + 1) }) },
      { kind: 'plan', guard: 'budget' },
    ],
    [
      'that the runbook has refused in the same state',
      { remediation: remediation({ attempts: [attempt({ outcome: 'refused', reason: 'CSMM-REFUSES: a default topic' })] }) },
      {
        kind: 'refuse',
        guard: 'attempts',
        reason: `${PLAN.runbook} refuses the resource in its current state: CSMM-REFUSES: a default topic`,
      },
    ],
    [
      'that keeps changing during the start',
      { remediation: remediation({ attempts: ['a', 'b', 'c'].map((stateHash) => attempt({ outcome: 'refused', stateHash })) }) },
      { kind: 'hold', guard: 'attempts' },
    ],
    [
      'outside the change windows',
      { settings: known(settings({ changeWindows: [{ days: ['Sun'], from: '02:00', to: '03:00' }] })) },
      { kind: 'wait', guard: 'window', until: '2026-11-22T02:00:00.000Z' } as never,
    ],
    [
      'in a freeze',
      {
        settings: known(settings({ freezes: [{ from: '2026-11-18', to: '2026-11-19', reason: 'release' }] })),
        remediation: approved(ago(1)),
      },
      {
        kind: 'wait',
        guard: 'window',
        reason: 'changes are frozen from 2026-11-18 to 2026-11-19: release; runbooks may start at 2026-11-20T00:00:00.000Z',
      },
    ],
    [
      'in the grace period of the rule',
      { settings: known(settings({}, { grace: '24h' })) },
      { kind: 'wait', guard: 'grace', until: minutesAfter(ago(3), 20 * 60) } as never,
    ],
    [
      'after the reminder of the grace period',
      { settings: known(settings({}, { grace: '4m' })) },
      { kind: 'wait', guard: 'grace', reason: expect.stringContaining('ends soon'), until: minutesAfter(ago(3), 4) } as never,
    ],
    [
      'while a change calendar is closed',
      { calendars: known({ open: false, opensAt: minutesAfter(ago(0), 30) }) },
      {
        kind: 'wait',
        guard: 'window',
        reason: `a change calendar is closed until ${minutesAfter(ago(0), 30)}`,
        until: minutesAfter(ago(0), 30),
      } as never,
    ],
    [
      'while a change calendar is closed for long: it can change',
      { calendars: known({ open: false, opensAt: minutesAfter(ago(0), 9000) }) },
      { kind: 'wait', guard: 'window', until: minutesAfter(ago(0), 60) } as never,
    ],
    ['if the change calendars cannot be read', { calendars: unknown('denied') }, { kind: 'wait', guard: 'window', unread: true } as never],
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

  it('until the budget has refilled, evenly within an hour', () => {
    const used = (minutes: number) => decide({ ...YES, ledger: known(ledger({ starts: starts(10, RESOURCE.accountId, minutes) })) });
    expect([used(0).kind, used(5.9).kind, used(6.1).kind, used(61).kind]).toEqual(['hold', 'hold', 'start', 'start']);
    expect(used(0)).toMatchObject({ until: minutesAfter(NOW, 6) });
  });

  it('only if at least half of the remediated resources fail', () => {
    const all = [...outcomes(ACCOUNT_BREAKER.resources, true), ...outcomes(ACCOUNT_BREAKER.resources + 1, false)];
    expect(decide({ ...YES, ledger: known(ledger({ outcomes: all })) }).kind).toBe('start');
  });

  it('with a reason that names the resources and accounts of an open breaker', () => {
    const decision = decide({ ...YES, ledger: known(ledger({ outcomes: outcomes(ACCOUNT_BREAKER.resources, true) })) });
    expect(decision).toMatchObject({ reason: expect.stringContaining(`true 0 in ${RESOURCE.accountId}, true 1 in ${RESOURCE.accountId}`) });
  });

  it('while a breaker is open, which lets it try again after an hour, and after twice that for each further failure', () => {
    const failed = (count: number, minutes: number) =>
      decide({ ...YES, ledger: known(ledger({ outcomes: outcomes(count, true, RESOURCE.accountId, minutes) })) }).kind;
    expect([failed(3, 59), failed(3, 61), failed(4, 119), failed(4, 121), failed(12, 23 * 60)]).toEqual([
      'hold',
      'start',
      'hold',
      'start',
      'hold',
    ]);
  });

  it.each([1.5, 9, 13, 24, 24 * 4])('in a fight that another actor repeats every %s hours', (hours) => {
    const attempts = Array.from({ length: DEFAULT_REVERSALS }, (_, index) => {
      const at = ago((DEFAULT_REVERSALS - index) * hours * 60);
      return attempt({ outcome: 'verified', intendedAt: at, at });
    });
    const decision = decide({ ...YES, remediation: remediation({ attempts }) });
    expect(decision).toMatchObject({ kind: 'quarantine', guard: 'flapping' });
    expect(decision).toMatchObject({ reason: expect.stringMatching(/infrastructure code.*exempt/) });
    expect(decide({ ...YES, remediation: remediation({ attempts: attempts.slice(1) }) }).kind).toBe('start');
    const patient = known(settings({ maxReversals: DEFAULT_REVERSALS + 1 }));
    expect(decide({ ...YES, remediation: remediation({ attempts }), settings: patient }).kind).toBe('start');
  });

  it('but fixes older than the period of a fight do not count', () => {
    const at = ago(FIGHT_DAYS * 24 * 60 + 1);
    expect(
      decide({ ...YES, remediation: remediation({ attempts: times(9, attempt({ outcome: 'verified', intendedAt: at, at })) }) }).kind,
    ).toBe('start');
  });
});

describe('a tag that nearly exempts a resource', () => {
  const exempt = known(settings({ exemptTags: { 'csmm-hands-off': 'true' } }));
  it.each([{ 'csmm-hands-off': 'True' }, { 'CSMM-hands-off': 'true' }, { 'csmm-hands-off': ' true' }])('is a warning: %o', (tags) => {
    expect(decide({ ...YES, settings: exempt, tags: known(tags as Record<string, string>) })).toMatchObject({
      kind: 'start',
      warning: expect.stringMatching(/does not exempt the resource \(exempt: "csmm-hands-off" with "true"; case-sensitive\)$/),
    });
  });

  it('is part of the reason of a plan', () => {
    const planned = known(settings({ exemptTags: { 'csmm-hands-off': 'true' } }, { mode: 'approve' }));
    expect(decide({ ...YES, settings: planned, tags: known({ 'csmm-hands-off': 'TRUE' }) })).toMatchObject({
      kind: 'ask',
      reason: expect.stringMatching(/^the mode is approve; the tag "csmm-hands-off" with the value "TRUE" does not exempt/),
    });
  });

  it.each([{ 'csmm-hands-off': 'yes' }, { other: 'true' }, {}])('is not any other: %o', (tags) => {
    expect(decide({ ...YES, settings: exempt, tags: known(tags as Record<string, string>) })).not.toHaveProperty('warning');
  });

  it('does not matter if another tag exempts', () => {
    expect(decide({ ...YES, settings: exempt, tags: known({ 'csmm-hands-off': 'true', 'CSMM-hands-off': 'True' }) }).kind).toBe('refuse');
  });
});

describe('one account', () => {
  /** Everything that an account can write to the ledger of a control, as long as at most two accounts have failures. */
  const entries = (accountId: string) =>
    fc
      .record({
        starts: fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 10 }),
        outcomes: fc.array(fc.record({ minutes: fc.integer({ min: 0, max: 1400 }), failed: fc.boolean(), name: fc.nat(20) }), {
          maxLength: 40,
        }),
        denied: fc.boolean(),
      })
      .map(
        (given): Pick<Ledger, 'starts' | 'outcomes' | 'denials'> => ({
          starts: given.starts.map((minutes) => ({ at: ago(minutes), accountId, resourceType: RESOURCE.resourceType })),
          outcomes: given.outcomes.map(({ minutes, failed, name }) => ({ at: ago(minutes), failed, accountId, resource: `r${name}` })),
          denials: given.denied ? [{ at: ago(1), accountId, runbook: PLAN.runbook, reason: 'denied' }] : [],
        }),
      );

  it('changes no decision of another account by its failures, denials and starts', () => {
    fc.assert(
      fc.property(entries('222222222222'), entries('333333333333'), (a, b) => {
        const book = ledger({
          starts: [...a.starts, ...b.starts],
          outcomes: [...a.outcomes, ...b.outcomes],
          denials: [...a.denials, ...b.denials],
        });
        expect(decide({ ...YES, ledger: known(book) }).kind).toBe('start');
      }),
      { numRuns: runs(500) },
    );
  });

  it('cannot use the budget of its other resource types', () => {
    const queues = starts(11).map((start) => ({ ...start, resourceType: 'AWS::SQS::Queue' }));
    expect(decide({ ...YES, ledger: known(ledger({ starts: queues })) }).kind).toBe('start');
  });

  it('cannot use the part of the budget that is reserved for accounts with few starts', () => {
    const hostile = ['2', '3', '4', '5'].flatMap((digit) => starts(9, digit.repeat(12), 0.1));
    const now = (extra: readonly Ledger['starts'][number][] = []) =>
      decide({ ...YES, ledger: known(ledger({ starts: [...hostile, ...extra] })) });
    expect(now().kind).toBe('start');
    expect(now(starts(2, RESOURCE.accountId, 0.1))).toMatchObject({ kind: 'hold', guard: 'budget' });
  });
});

describe('for any input', () => {
  const unreadable = [
    'finding',
    'settings',
    'tags',
    'exception',
    'plan',
    'killSwitch',
    'ledger',
    'rehearsals',
    'heartbeat',
    'runbook',
  ] as const;

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
        resourceId: mostly('orders', 'aws-controltower-x'),
      }),
      since: mostly(ago(5000), ago(0.5)),
      mode: mostly<RemediationMode>('auto', 'off', 'plan', 'approve', 'approve', 'approve'),
      maxRisk: mostly<Risk>('destructive', 'safe', 'disruptive'),
      risk: fc.constantFrom<Risk>('safe', 'disruptive', 'destructive'),
      withoutPlan: fc.option(fc.constant('tested in staging'), { nil: undefined }),
      window: mostly(undefined, 'Wed' as const, 'Sun' as const),
      exempt: mostly<Record<string, string>>({}, { keep: 'yes' }, OWN_TAGS),
      kind: mostly<FreshFinding['kind']>('failing', 'passing', 'gone'),
      exception: mostly(undefined, 'excepted'),
      running: mostly(true, false, undefined),
      starts: mostly(0, 9, 11, 12),
      failures: fc.nat(4),
      successes: fc.nat(4),
      denied: mostly(false, true),
      rehearsed: mostly(true, false),
      runbook: mostly(['BucketName'], undefined, ['Other']),
      unread: mostly<(typeof unreadable)[number][]>([], ...unreadable.map((name) => [name])),
    })
    .map((arbitrary): DecisionInput => {
      const { backlog, approval, resourceId, ...rest } = arbitrary.remediation;
      const book = ledger({
        starts: starts(arbitrary.starts),
        outcomes: [...outcomes(arbitrary.failures, true), ...outcomes(arbitrary.successes, false)],
        denials: arbitrary.denied ? [{ at: ago(1), accountId: RESOURCE.accountId, runbook: PLAN.runbook, reason: 'denied' }] : [],
      });
      const whole = {
        ...YES,
        remediation: remediation({
          ...rest,
          resource: { ...RESOURCE, resourceId },
          ...(backlog && { backlog }),
          ...(approval && { approval: { ...signedBy('a', approval.at), stateHash: approval.stateHash } }),
        }),
        heartbeat: known({ ...HEARTBEAT, since: arbitrary.since }),
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
        tags: known(arbitrary.exempt),
        exception: known(arbitrary.exception),
        plan: known({ ...PLAN, risk: arbitrary.risk }),
        killSwitch: known(arbitrary.running === undefined ? undefined : { ...SWITCH, running: arbitrary.running }),
        ledger: known(book),
        rehearsals: known(arbitrary.rehearsed ? rehearsals(ago(10_000)) : NEVER),
        runbook: known(arbitrary.runbook && { parameters: arbitrary.runbook }),
      };
      return { ...whole, ...Object.fromEntries(arbitrary.unread.map((name) => [name, unknown('not read')])) };
    });

  /** A name that looks like one of a landing zone needs an approval. */
  const namesAllowed = (isApproved: boolean) => (isApproved ? ['orders', 'aws-controltower-x'] : ['orders']);

  it('a start means that each guard passes on its own', () => {
    let starts = 0;
    fc.assert(
      fc.property(input, (asked) => {
        const decision = decide(asked);
        if (decision.kind !== 'start') return;
        starts++;
        const {
          remediation: of,
          settings: section,
          plan,
          killSwitch,
          ledger: book,
          finding,
          tags,
          exception,
          runbook,
          rehearsals: periods,
          heartbeat,
        } = asked;
        if (!section.known || !plan.known || !killSwitch.known || !book.known || !finding.known) throw new Error('a guard was not read');
        if (!tags.known || !exception.known || !runbook.known || !periods.known) throw new Error('a guard was not read');
        const rule = section.value?.rules[0];
        const approval = of.approval?.at === ago(1) && of.approval.stateHash === 'hash';
        expect(finding.value.kind).toBe('failing');
        expect(namesAllowed(approval)).toContain(of.resource.resourceId);
        expect(tags.value).toEqual({});
        expect(exception.value).toBeUndefined();
        expect(rule?.mode === 'auto' || (rule?.mode === 'approve' && approval)).toBe(true);
        expect(['safe', 'disruptive', 'destructive'].indexOf(plan.value.risk)).toBeLessThanOrEqual(
          ['safe', 'disruptive', 'destructive'].indexOf(section.value?.maxRisk ?? ''),
        );
        expect(plan.value.risk !== 'destructive' || approval).toBe(true);
        expect(killSwitch.value?.running).toBe(true);
        expect(of.attempts.filter(({ kind, outcome }) => kind === 'fix' && outcome !== 'verified').length).toBeLessThan(MAX_ATTEMPTS);
        expect(of.attempts.filter(({ kind, outcome }) => kind === 'fix' && outcome === 'verified').length).toBeLessThan(DEFAULT_REVERSALS);
        expect(
          approval ||
            (of.backlog === undefined && of.failingSince >= SWITCH.since && heartbeat.known && heartbeat.value?.since === ago(5000)),
        ).toBe(true);
        expect(approval || periods.value.entries.length > 0 || rule?.withoutPlan !== undefined).toBe(true);
        const failures = book.value.outcomes.filter(({ failed }) => failed).length;
        expect(failures < ACCOUNT_BREAKER.resources || failures * 2 < book.value.outcomes.length).toBe(true);
        expect(book.value.denials).toEqual([]);
        expect(book.value.starts.length).toBeLessThan(11);
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
