import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../core/deployment/options.ts';
import type { Placed } from '../../../core/doctor/account.ts';
import { brief, type Check, duration, listed, shellWord, warn, worstOf, worstOutcome } from '../../../core/doctor/check.ts';
import { type EvidenceFacts, evidenceChecks } from '../../../core/doctor/evidence.ts';
import { completedBy, isDeployed } from '../../../core/doctor/judge.ts';
import { eventSourceChecks, functionChecks, ruleChecks, streamChecks } from '../../../core/doctor/processing.ts';
import { type StackSetState, stackSetChecks } from '../../../core/doctor/stack-sets.ts';
import { type Deployed, expectedStacks, possibleStacks, type StackFacts, stackChecks } from '../../../core/doctor/stacks.ts';
import { type AlarmState, alarmChecks, limitsOf, queueChecks, tableChecks } from '../../../core/doctor/storage.ts';
import { Unread } from '../../../core/facts/view.ts';

const UNREAD = new Unread('the call was denied (AccessDenied)');
const OTHER = '111111111111';
const placed = (context: Readonly<Record<string, string>> = {}): Placed => ({
  homeRegion: 'eu-west-1',
  ...readSettings((key) => context[key], 'eu-west-1'),
});
const IN_ORGANIZATION = { organizationId: 'o-a1b2c3d4e5', organizationalUnits: 'ou-ab12-a1b2c3d4' };

const problems = (checks: readonly Check[]): string[] =>
  checks.filter(({ outcome }) => outcome !== 'ok').map(({ outcome, id, message }) => `${outcome} ${id}: ${message}`);

/** Every problem says what to do. */
function expectProblems(checks: readonly Check[], expected: readonly string[]): void {
  const found = problems(checks);
  expect(found.length, found.join('\n')).toBe(expected.length);
  for (const [index, words] of expected.entries()) expect(found[index]).toContain(words);
  for (const { outcome, fix } of checks) if (outcome !== 'ok') expect(fix).toMatch(/^[a-zA-Z].*[^.]$/);
}

/** A resource `One` of the stack. */
const deployed = <T>(value: Deployed<T>['value'], name = 'one'): Deployed<T> => ({
  stack: 'Csmm',
  region: 'eu-west-1',
  logicalId: 'One',
  name,
  value,
});

describe('the stacks', () => {
  const main: StackFacts = {
    name: 'Csmm',
    region: 'eu-west-1',
    state: { status: 'UPDATE_COMPLETE', drift: 'NOT_CHECKED', outputs: { Version: '1.2.0' } },
    resources: [{ logicalId: 'A', physicalId: 'a', type: 'AWS::SQS::Queue', status: 'CREATE_COMPLETE' }],
  };
  const forward = { ...main, name: 'Csmm-Forward-us-east-1-to-eu-west-1', region: 'us-east-1' };
  const missing: StackFacts = { ...forward, state: undefined, resources: [] };
  const withState = (state: Partial<Extract<StackFacts['state'], { status: string }>>): StackFacts => ({
    ...main,
    state: { status: 'UPDATE_COMPLETE', outputs: { Version: '1.2.0' }, ...state },
  });
  const of = (...stacks: readonly StackFacts[]) => stackChecks(stacks, placed(), '1.2.0');

  it('are one for the home Region and one for each other Region', () => {
    expect(expectedStacks(placed({ regions: 'eu-north-1', remediation: 'true' })).map(({ name }) => name)).toEqual([
      'Csmm',
      'Csmm-Forward-eu-north-1-to-eu-west-1',
      'Csmm-Forward-us-east-1-to-eu-west-1',
      'Csmm-Remediation',
      'Csmm-Runbooks-eu-north-1',
      'Csmm-Runbooks-us-east-1',
    ]);
    expect(expectedStacks(placed(IN_ORGANIZATION)).map(({ name }) => name)).toEqual(['Csmm']);
    expect(possibleStacks('eu-west-1', ['eu-west-1', 'us-east-1'])).toHaveLength(5);
  });

  it.each<[string, StackFacts]>([
    ['all are complete', main],
    ['they say the version of the program', withState({ outputs: { Version: '1.2.0' } })],
  ])('are fine if %s', (_, stack) => {
    expectProblems(of(stack, forward), []);
    expect(of(stack, forward)).toHaveLength(2);
  });

  it.each<[string, StackFacts, string[]]>([
    [
      'the last deployment failed',
      withState({ status: 'UPDATE_ROLLBACK_COMPLETE', reason: 'no role' }),
      ['warn stack: the stack Csmm is UPDATE_ROLLBACK_COMPLETE: no role'],
    ],
    ['the first deployment failed', withState({ status: 'ROLLBACK_COMPLETE' }), ['fail stack: the stack Csmm is ROLLBACK_COMPLETE']],
    ['a rollback failed', withState({ status: 'UPDATE_ROLLBACK_FAILED' }), ['fail stack']],
    ['a deployment runs', withState({ status: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' }), ['warn stack']],
    [
      'a status is unknown',
      withState({ status: 'REFRESHED' }),
      ['unread stack: the stack Csmm could not be checked: this version of csmm does not know "REFRESHED"'],
    ],
    ['somebody changed a resource', withState({ drift: 'DRIFTED' }), ['warn stack-drift']],
    [
      'they have another version',
      withState({ outputs: { Version: '1.1.0' } }),
      ['warn stack-version: the stack Csmm has csmm 1.1.0, and this program is 1.2.0'],
    ],
    [
      'they are of a release that did not say its version',
      withState({ outputs: {} }),
      ['warn stack-version: the stack Csmm has csmm of an earlier release'],
    ],
    [
      'a resource failed',
      { ...main, resources: [{ logicalId: 'A', physicalId: 'a', type: 't', status: 'UPDATE_FAILED', reason: 'gone' }] },
      ['fail stack-resources: 1 resource of the stack Csmm failed (A): gone'],
    ],
    ['the stack was not read', { ...main, state: UNREAD }, ['unread stack']],
    ['the resources were not read', { ...main, resources: UNREAD }, ['unread stack-resources']],
  ])('have a problem if %s', (_, stack, expected) => expectProblems(of(stack, forward), expected));

  it('have a problem if one is missing', () => {
    expectProblems(of(main, missing), ['fail stack: the stack Csmm-Forward-us-east-1-to-eu-west-1 does not exist']);
  });

  it('have a problem if one of an earlier release is left', () => {
    const former = { ...forward, name: 'Csmm-Forward-us-east-1' };
    expectProblems(of(main, forward, former), ['warn former-stack: the stack Csmm-Forward-us-east-1 is of an earlier release']);
    const found = { stackSets: [], organization: undefined, callAs: 'SELF' as const };
    expect(
      completedBy({ ...found, stacks: [{ ...former, region: 'eu-north-1', name: 'Csmm-Forward-eu-north-1' }] }, placed()).otherRegions,
    ).toContain('eu-north-1');
  });

  it('say nothing of a Region that csmm does not use, also if its stacks cannot be read', () => {
    const elsewhere = { ...forward, name: 'Csmm-Forward-sa-east-1-to-eu-west-1', region: 'sa-east-1' };
    expect(of(main, forward, { ...elsewhere, state: UNREAD }, { ...elsewhere, state: undefined })).toHaveLength(2);
  });

  it('name what the options leave out', () => {
    const set: StackSetState = {
      name: 'csmm-member',
      status: 'ACTIVE',
      deploysToNewAccounts: true,
      units: ['r-ab12'],
      regions: ['eu-west-1', 'eu-north-1'],
      failed: [],
      reached: [],
    };
    const organization = { id: 'o-a1b2c3d4e5', managementAccountId: OTHER, features: 'ALL' };
    const found = {
      stacks: [main, { ...main, name: 'Csmm-Remediation' }, missing],
      stackSets: [deployed(set)],
      organization,
      callAs: 'DELEGATED_ADMIN' as const,
    };
    expect(completedBy(found, placed())).toMatchObject({
      otherRegions: ['us-east-1', 'eu-north-1'],
      remediation: true,
      organization: { organizationId: 'o-a1b2c3d4e5', organizationalUnits: ['r-ab12'], callAs: 'DELEGATED_ADMIN' },
    });
    expect(completedBy({ ...found, stackSets: [] }, placed())).not.toHaveProperty('organization');
    expect(completedBy(found, placed(IN_ORGANIZATION)).organization?.organizationalUnits).toEqual(['ou-ab12-a1b2c3d4']);
  });

  it('are no deployment without the main one', () => {
    expect([isDeployed([main]), isDeployed([forward]), isDeployed([{ ...main, state: UNREAD }])]).toEqual([true, false, false]);
  });
});

describe('the rules', () => {
  const fine = { state: 'ENABLED', bus: 'default', rule: 'r', targets: 1 };
  it('are fine if enabled and with targets', () => {
    expectProblems(ruleChecks([deployed(fine), deployed({ ...fine, state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' })]), []);
    expect(ruleChecks([])).toEqual([]);
  });
  it.each<[string, Parameters<typeof ruleChecks>[0][number]['value'], string]>([
    ['disabled', { ...fine, state: 'DISABLED' }, 'fail event-rules: the rule One is disabled'],
    ['without a target', { ...fine, targets: 0 }, 'fail event-rules: the rule One has no target'],
    ['deleted', undefined, 'fail event-rules: the rule One (one) of the stack Csmm does not exist'],
    ['in an unknown state', { ...fine, state: 'PAUSED' }, 'unread event-rules'],
    ['not read', UNREAD, 'unread event-rules: the rule One could not be checked'],
    ['read without its targets', { ...fine, targets: UNREAD }, 'unread event-rules: the targets'],
  ])('have a problem if one is %s', (_, value, expected) => expectProblems(ruleChecks([deployed(value), deployed(fine)]), [expected]));

  it('have commands in which no name ends its word', () => {
    const [check] = ruleChecks([deployed({ ...fine, state: 'DISABLED', rule: "a'; rm -rf /" })]);
    expect(check?.command).toBe("aws events enable-rule --name 'a'\\''; rm -rf /' --event-bus-name default --region eu-west-1");
  });
});

describe('the functions', () => {
  const fine = { state: 'Active', lastUpdate: 'Successful', reserved: null };
  it.each([fine, { ...fine, state: 'Inactive' }, { ...fine, reserved: 5 }])('are fine: %j', (state) =>
    expectProblems(functionChecks([deployed(state)]), []),
  );
  it.each<[string, Parameters<typeof functionChecks>[0][number]['value'], string]>([
    ['failed', { ...fine, state: 'Failed', reason: 'no key' }, 'fail functions: the function One failed: no key'],
    ['not ready', { ...fine, state: 'Pending' }, 'warn functions'],
    ['in an unknown state', { ...fine, state: 'Asleep' }, 'unread functions'],
    [
      'not updated',
      { ...fine, lastUpdate: 'Failed', lastUpdateReason: 'no role' },
      'fail functions: the last update of the function One failed: no role',
    ],
    ['stopped by a reservation', { ...fine, reserved: 0 }, 'fail functions: the function One may not run'],
    ['deleted', undefined, 'does not exist'],
    ['not read', UNREAD, 'unread functions'],
    ['read without its concurrency', { ...fine, reserved: UNREAD }, 'unread functions: the concurrency'],
  ])('have a problem if one is %s', (_, value, expected) => expectProblems(functionChecks([deployed(value)]), [expected]));
});

describe('the event sources', () => {
  const fine = { state: 'Enabled', functionName: 'f', sourceArn: 'arn' };
  it.each([fine, { ...fine, lastResult: 'OK' }, { ...fine, lastResult: 'No records processed' }])('are fine: %j', (state) =>
    expectProblems(eventSourceChecks([deployed(state)]), []),
  );
  it.each<[string, Parameters<typeof eventSourceChecks>[0][number]['value'], string]>([
    [
      'disabled',
      { ...fine, state: 'Disabled', transitionReason: 'User action' },
      'fail event-sources: the event source One is disabled (User action)',
    ],
    ['changing', { ...fine, state: 'Updating' }, 'warn event-sources'],
    ['in an unknown state', { ...fine, state: 'Paused' }, 'unread event-sources'],
    [
      'failing',
      { ...fine, lastResult: 'PROBLEM: Function call failed' },
      'fail event-sources: the event source One reports: PROBLEM: Function call failed',
    ],
    ['reporting something else', { ...fine, lastResult: 'Slow' }, 'warn event-sources'],
    ['deleted', undefined, 'does not exist'],
    ['not read', UNREAD, 'unread event-sources'],
  ])('have a problem if one is %s', (_, value, expected) => expectProblems(eventSourceChecks([deployed(value)]), [expected]));
});

describe('the functions of streams', () => {
  const delay = (seconds: number | null | Unread, limitSeconds?: number) => [
    { region: 'eu-west-1', functionName: 'score', seconds, ...(limitSeconds !== undefined && { limitSeconds }) },
  ];
  it.each([delay(null), delay(300), delay(900, 3600)])('are fine: %j', (...delays) => expectProblems(streamChecks(delays), []));
  it('have a problem if one is late, by the limit of its alarm or by five minutes', () => {
    expectProblems(streamChecks(delay(301)), ['fail stream-delay: the function score is 5 minutes behind its stream (limit: 5 minutes)']);
    expectProblems(streamChecks(delay(61, 60)), ['fail stream-delay']);
    expectProblems(streamChecks(delay(UNREAD)), ['unread stream-delay']);
  });
});

describe('the queues', () => {
  const fine = { waiting: 0, inFlight: 0, delayed: 0, retentionSeconds: 1_209_600, hasDeadLetters: true, oldestSeconds: null };
  const deadLetters = { ...fine, hasDeadLetters: false };
  it.each([
    fine,
    deadLetters,
    { ...fine, waiting: 5000, oldestSeconds: 3600 },
    { ...fine, oldestSeconds: 20_000, limitSeconds: 21_600 },
    { ...deadLetters, oldestSeconds: UNREAD },
  ])('are fine: %j', (state) => expectProblems(queueChecks([deployed(state)]), []));
  it.each<[string, Parameters<typeof queueChecks>[0][number]['value'], string]>([
    [
      'for dead letters and has one',
      { ...deadLetters, waiting: 1, oldestSeconds: 7200 },
      'fail dead-letters: 1 message in the dead-letter queue One, the oldest for 2 hours',
    ],
    [
      'for dead letters that somebody looks at',
      { ...deadLetters, inFlight: 2, oldestSeconds: UNREAD },
      'fail dead-letters: 2 messages in the dead-letter queue One',
    ],
    [
      'late by its alarm',
      { ...fine, waiting: 3, oldestSeconds: 301, limitSeconds: 300 },
      'warn queues: 3 messages in the queue One, the oldest for 5 minutes (limit: 5 minutes)',
    ],
    ['late without an alarm', { ...fine, oldestSeconds: 3601 }, 'warn queues'],
    [
      'about to lose messages',
      { ...fine, retentionSeconds: 172_800, oldestSeconds: 90_000, limitSeconds: 100_000 },
      'SQS deletes messages after 2 days',
    ],
    ['without an age', { ...fine, oldestSeconds: UNREAD }, 'unread queues: the age'],
    ['deleted', undefined, 'does not exist'],
    ['not read', UNREAD, 'unread queues'],
  ])('have a problem if one is %s', (_, value, expected) => expectProblems(queueChecks([deployed(value)]), [expected]));
});

describe('the alarms', () => {
  const fine = { state: 'OK', reason: '', notifies: true };
  it.each([fine, { ...fine, state: 'INSUFFICIENT_DATA' }])('are fine: %j', (state) =>
    expectProblems(alarmChecks([deployed(state)], 'eu-west-1'), []),
  );
  it.each<[string, Parameters<typeof alarmChecks>[0][number]['value'], string]>([
    ['firing', { ...fine, state: 'ALARM', reason: 'Threshold Crossed' }, 'fail alarms: the alarm One fires: Threshold Crossed'],
    ['silent', { ...fine, notifies: false }, 'warn alarm-actions: 1 alarm without a notification'],
    ['in an unknown state', { ...fine, state: 'MUTED' }, 'unread alarms'],
    ['deleted', undefined, 'does not exist'],
    ['not read', UNREAD, 'unread alarms'],
  ])('have a problem if one is %s', (_, value, expected) => expectProblems(alarmChecks([deployed(value)], 'eu-west-1'), [expected]));

  it('of another Region need no action: their stack forwards their events', () => {
    expectProblems(alarmChecks([deployed({ ...fine, notifies: false })], 'eu-central-1'), []);
  });

  it('give the limits of queues and streams', () => {
    const alarm = (name: string, dimensions: Record<string, string>, threshold: number) =>
      deployed({ ...fine, metric: { name, dimensions, threshold } });
    const { queues, streams } = limitsOf([
      alarm('ApproximateAgeOfOldestMessage', { QueueName: 'changes' }, 300),
      alarm('IteratorAge', { FunctionName: 'score' }, 60_000),
      alarm('Errors', { FunctionName: 'collect' }, 0),
      deployed<AlarmState>(UNREAD),
      deployed<AlarmState>(undefined),
    ]);
    expect([[...queues], [...streams]]).toEqual([[['changes', 300]], [['score', 60]]]);
  });
});

describe('the tables', () => {
  const fine = { status: 'ACTIVE', isProtected: true };
  it('are fine if active and protected, or meant to be deleted', () => {
    expectProblems(tableChecks([deployed(fine)], false), []);
    expectProblems(tableChecks([deployed({ ...fine, isProtected: false })], true), []);
  });
  it.each<[string, Parameters<typeof tableChecks>[0][number]['value'], string]>([
    ['not protected', { ...fine, isProtected: false }, 'warn table-protection'],
    ['changing', { ...fine, status: 'UPDATING' }, 'warn tables'],
    ['archived', { ...fine, status: 'ARCHIVED' }, 'fail tables'],
    [
      'without its key',
      { ...fine, keyInaccessibleSince: '2026-03-01T00:00:00.000Z' },
      'fail tables: DynamoDB cannot use the key of the table One since 2026-03-01',
    ],
    ['closed', { ...fine, status: 'INACCESSIBLE_ENCRYPTION_CREDENTIALS' }, 'fail tables: DynamoDB cannot use the key'],
    ['in an unknown state', { ...fine, status: 'FROZEN' }, 'unread tables'],
    ['deleted', undefined, 'does not exist'],
    ['not read', UNREAD, 'unread tables'],
  ])('have a problem if one is %s', (_, value, expected) => expectProblems(tableChecks([deployed(value)], false), [expected]));
});

describe('the stack sets', () => {
  const fine: StackSetState = {
    name: 'csmm-member',
    status: 'ACTIVE',
    deploysToNewAccounts: true,
    units: ['ou-ab12-a1b2c3d4'],
    regions: ['eu-west-1', 'us-east-1'],
    failed: [],
    reached: [OTHER],
  };
  const { organization } = placed(IN_ORGANIZATION);
  if (!organization) throw new Error('the options have an organization');
  const of = (value: Partial<StackSetState> | undefined | Unread, members: readonly string[] | Unread = [OTHER]) =>
    stackSetChecks([deployed(value === undefined || value instanceof Unread ? value : { ...fine, ...value }, 'csmm-member:1')], {
      organization,
      homeRegion: 'eu-west-1',
      members,
    });
  const instance = (status: string, reason = 'CloudFormation gives no reason') => ({
    failed: [{ accountId: OTHER, region: 'us-east-1', status, reason }],
  });

  it('are fine if they stand everywhere', () => {
    expectProblems(of({}), []);
    expectProblems(of({}, UNREAD), []);
  });

  it.each<[string, Partial<StackSetState> | undefined | Unread, string[]]>([
    ['does not exist', undefined, ['fail stack-set: the stack set csmm-member:1 (One) does not exist']],
    ['was deleted', { status: 'DELETED' }, ['fail stack-set']],
    ['has an unknown status', { status: 'IDLE' }, ['unread stack-set']],
    ['was not read', UNREAD, ['unread stack-set']],
    ['ignores new accounts', { deploysToNewAccounts: false }, ['warn stack-set']],
    ['covers other units', { units: ['r-ab12'] }, ['warn stack-set: the stack set csmm-member covers r-ab12']],
    [
      'failed somewhere',
      instance('FAILED', 'Resource handler returned message'),
      ['fail stack-instances: the stack of csmm-member is FAILED: Resource handler returned message'],
    ],
    ['is lost somewhere', instance('INOPERABLE'), ['fail stack-instances']],
    ['has instances that were not read', { failed: UNREAD }, ['unread stack-instances']],
    ['does not reach an account', { reached: [] }, ['fail reached: 1 account without a stack of csmm-member in eu-west-1: 111111111111']],
    ['reaches nobody knows whom', { reached: UNREAD }, ['unread reached']],
  ])('have a problem if one %s', (_, value, expected) => expectProblems(of(value), expected));

  it.each([
    [
      'User: arn:aws:sts::111111111111:assumed-role/x is not authorized to perform: events:PutRule with an explicit deny in a service control policy',
      /exempt the role stacksets-exec-/,
    ],
    ['Region us-east-1 is not enabled for the account', /enable us-east-1 in that account/],
    ['csmm-read already exists', /remove the resource that has the name/],
    ['something else', /repair the cause in that account/],
  ])('have a fix for: %s', (reason, fix) => {
    const context = { organization, homeRegion: 'eu-west-1', members: [OTHER], approvedRegions: ['us-east-1'] };
    expect(stackSetChecks([deployed({ ...fine, ...instance('FAILED', reason) })], context)[0]?.fix).toMatch(fix);
  });

  it('need no stack in a closed Region', () => {
    const denied = instance('FAILED', 'x is not authorized to perform: events:PutRule');
    const closed = (approvedRegions: readonly string[]) =>
      stackSetChecks([deployed({ ...fine, ...denied })], { organization, homeRegion: 'eu-west-1', members: [OTHER], approvedRegions });
    expectProblems(closed(['eu-west-1']), []);
    expect(closed(['eu-west-1'])[0]?.message).toBe(
      'the stack set csmm-member is in 1 account and 2 Regions, apart from 1 stack in closed Regions',
    );
    expectProblems(closed(['eu-west-1', 'us-east-1']), ['fail stack-instances']);
  });

  it('show ten of many', () => {
    const failed = Array.from({ length: 30 }, (_, index) => ({
      accountId: String(100_000_000_000 + index),
      region: 'us-east-1',
      status: 'FAILED',
      reason: 'x',
    }));
    const checks = of({ failed });
    expect(checks.map(({ outcome }) => outcome)).toEqual(Array(11).fill('fail'));
    expect(checks[10]?.message).toBe('20 more stack instances have problems');
  });
});

describe('the evidence', () => {
  const NOW = '2026-03-10T12:00:00.000Z';
  const at = (region: string, newestAt = '2026-03-10T02:00:00.000Z', gaps: string[] = []) => ({ region, newestAt, gaps });
  const account = { accountId: OTHER, scoredAt: NOW, regions: [at('eu-west-1'), at('global')] };
  const fine: EvidenceFacts = { accounts: [account], expected: [OTHER], approvedRegions: undefined, behind: [] };
  const of = (facts: Partial<EvidenceFacts>) => evidenceChecks({ ...fine, ...facts }, { now: NOW, regions: ['eu-west-1'] });
  const withRegions = (...regions: ReturnType<typeof at>[]): Partial<EvidenceFacts> => ({ accounts: [{ ...account, regions }] });
  const behind = (since: string, attempts: number) => ({ behind: [{ scope: OTHER, since, attempts, nextAt: NOW, reason: 'throttled' }] });

  it('is fine if every account was read in every Region', () => {
    expectProblems(of({}), []);
    expect(of({})[0]?.message).toBe('1 account, each read in every Region, the last one 10 hours ago');
    expectProblems(of(behind(NOW, 0)), []);
  });

  it.each<[string, Partial<EvidenceFacts>, string[]]>([
    [
      'csmm never heard of an account',
      { accounts: [{ accountId: OTHER, regions: [] }] },
      ['fail account: csmm never heard of the account'],
    ],
    ['an account has a score and no list', withRegions(), ['fail account: csmm has no list of the account']],
    ['an account has no score', { accounts: [{ accountId: OTHER, regions: account.regions }] }, ['fail score: the account has no score']],
    ['a Region was never read', withRegions(at('global')), ['fail region: csmm never read eu-west-1']],
    ['a Region is late', withRegions(at('eu-west-1', '2026-03-08T23:00:00.000Z')), ['warn lag: csmm last read it 37 hours ago']],
    [
      'a Region has expired',
      withRegions(at('eu-west-1', '2026-03-08T11:00:00.000Z')),
      ['fail lag: csmm last read it 2 days ago: its evidence has expired'],
    ],
    [
      'a list is incomplete',
      withRegions(at('eu-west-1', NOW, ['ec2:DescribeVolumes was denied (UnauthorizedOperation)'])),
      ['warn gaps: 1 incomplete list in 111111111111 eu-west-1: ec2:DescribeVolumes was denied'],
    ],
    [
      'an account was not read',
      { accounts: [{ ...account, regions: UNREAD }] },
      ['unread account', 'warn accounts: no account to evaluate'].slice(0, 1),
    ],
    ['the accounts were not read', { accounts: UNREAD }, ['unread accounts']],
    ['nobody knows which accounts to expect', { expected: UNREAD }, ['unread expected-accounts']],
    ['there is no account', { accounts: [], expected: [] }, ['warn accounts']],
    [
      'an account left',
      { accounts: [account, { ...account, accountId: '333333333333' }] },
      ['warn left-accounts: 1 account with a score, but not evaluated any more: 333333333333'],
    ],
    ['a scoring fails', behind('2026-03-10T11:50:00.000Z', 3), ['warn scoring: 3 attempts to score 111111111111 failed since']],
    ['a scoring fails for long', behind('2026-03-10T10:00:00.000Z', 30), ['fail scoring']],
    ['the settings were not read', { approvedRegions: UNREAD }, ['unread settings']],
    ['the failing scorings were not read', { behind: UNREAD }, ['unread scoring']],
  ])('has a problem if %s', (_, facts, expected) => expectProblems(of(facts), expected));

  it('groups ten thousand accounts with one cause', () => {
    const accounts = Array.from({ length: 10_000 }, (_, index) => ({
      accountId: String(100_000_000_000 + index),
      scoredAt: NOW,
      regions: [at('eu-west-1', NOW, ['denied']), at('global', '2026-03-01T00:00:00.000Z')],
    }));
    const checks = of({ accounts, expected: accounts.map(({ accountId }) => accountId) });
    expect(checks).toHaveLength(12);
    expect(checks[10]?.message).toBe('9990 more accounts or Regions have problems');
    expect(checks[11]?.message).toBe('10000 incomplete lists in 100000000000 eu-west-1, 100000000001 eu-west-1 and 9998 more: denied');
  });
});

describe('a check', () => {
  it('is as bad as the worst', () => {
    const check = (outcome: Check['outcome']): Check => ({ group: 'stacks', id: 'x', outcome, message: 'm' });
    expect(worstOutcome([])).toBe('ok');
    expect(worstOutcome([check('ok'), check('warn')])).toBe('warn');
    expect(worstOutcome([check('warn'), check('unread'), check('ok')])).toBe('unread');
    expect(worstOutcome([check('unread'), check('fail')])).toBe('fail');
    expect(worstOf([], 'rules')).toEqual([]);
    expect(worstOf([warn({ group: 'rules', id: 'a' }, 'm', { fix: 'f' })], 'rules', check('ok'))).toHaveLength(1);
  });

  it('quotes little', () => {
    expect(brief(`a\n\tb ${'x'.repeat(1e6)}`)).toHaveLength(200);
    expect(brief(' a \n b ')).toBe('a b');
    expect(listed(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more');
    expect([duration(1), duration(119), duration(120), duration(7199), duration(7200), duration(172_800)]).toEqual([
      '1 second',
      '119 seconds',
      '2 minutes',
      '119 minutes',
      '2 hours',
      '2 days',
    ]);
    expect([shellWord('https://sqs.eu-west-1.amazonaws.com/1/q'), shellWord(''), shellWord('$(x)')]).toEqual([
      'https://sqs.eu-west-1.amazonaws.com/1/q',
      "''",
      "'$(x)'",
    ]);
  });
});
