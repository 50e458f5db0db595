import { describe, expect, it } from 'vitest';
import { credentialReportReader } from '../../../adapters/aws/readers/iam-credential-report.ts';
import { runReader } from '../../../adapters/aws/readers/run.ts';
import { memoryStateStore } from '../../../adapters/memory/state-store.ts';
import { CATALOGUE } from '../../../controls/catalogue.ts';
import type { ConfigItem } from '../../../core/facts/parser.ts';
import { type Changed, collectRun, ReadAgain } from '../../../core/pipeline/sweep.ts';
import { IamAccount, type RealUser } from '../../support/iam-account.ts';
import { readContext } from '../../support/readers.ts';

/** The reader of the credential report, while the account changes: evidence is as old as its source, and never newer. */

const ACCOUNT = '111111111111';
const USER = 'AWS::IAM::UserCredentials';
const NOON = '2026-11-30T12:00:00.000Z';
const reader = credentialReportReader(async () => undefined);

/** An account that csmm reads, and what csmm then knows. */
function evaluated(users: Readonly<Record<string, Partial<RealUser>>> = {}) {
  const iam = new IamAccount(NOON);
  const store = memoryStateStore();
  for (const [name, user] of Object.entries(users)) iam.set(name, { createdAt: iam.now - 86_400_000, ...user });
  iam.pass(1);
  const itemsOf = (changed?: Changed) =>
    runReader(reader, readContext({ ...iam, startedAt: iam.startedAt, clients: iam.clients, changed }));
  return {
    iam,
    store,
    /** `changed`: the change that requests the read, or the users that changed at its time. */
    read: (changed?: Changed | readonly string[]) =>
      collectRun(itemsOf(changed && ('at' in changed && 'users' in changed ? changed : { at: iam.startedAt, users: changed })), {
        store,
        rules: CATALOGUE.rules,
      }),
    /** Everything that a run gives. */
    items: async (changed?: readonly string[]) => {
      const items: (ConfigItem | ReadAgain)[] = [];
      for await (const item of itemsOf(changed && { at: iam.startedAt, users: changed })) items.push(item);
      return items;
    },
    user: (resourceId: string) => store.readResource({ accountId: ACCOUNT, region: 'global', resourceType: USER, resourceId }),
    /** The verdict of a control on a user, and its time. */
    verdict: async (name: string, controlId = 'IAM-L1-04') => {
      const stored = await store.readResource({ accountId: ACCOUNT, region: 'global', resourceType: USER, resourceId: name });
      return [stored?.findings.find((finding) => finding.controlId === controlId)?.compliance ?? 'gone', stored?.capturedAt];
    },
    users: async () => (await store.listResources(ACCOUNT, USER)).map(({ resource }) => resource.resourceId).sort(),
  };
}

const PASSWORD = { createdAt: 0, changedAt: Date.parse('2026-11-29T12:00:00Z') };
const next = (reportedAt: string): string => new Date(Date.parse(reportedAt) + 4 * 3_600_000).toISOString();

describe('a report that IAM wrote before the read', () => {
  it('does not overwrite what IAM says now, and is followed by a read when the next report can exist', async () => {
    const { iam, read, verdict } = evaluated({ ada: { password: PASSWORD, mfa: true }, bob: {} });
    await read();
    const reportedAt = iam.reportedAt;
    iam.pass(2);
    iam.allowConsole('bob');
    expect(await read(['bob'])).toMatchObject({ complete: true, readAgainAt: expect.any(String) });
    expect(await verdict('bob')).toEqual(['NON_COMPLIANT', iam.startedAt]);
    expect(await verdict('ada')).toEqual(['COMPLIANT', reportedAt]);
    iam.pass(60);
    await read();
    expect((await verdict('bob'))[0]).toBe('NON_COMPLIANT');
    iam.set('bob', { mfa: true });
    iam.pass(1);
    const { readAgainAt } = await read(['bob']);
    expect(await verdict('bob')).toEqual(['COMPLIANT', iam.startedAt]);
    expect(readAgainAt).toBe(new Date(iam.now + 5 * 60_000).toISOString());
  });

  it('gives each line and list the time of the report', async () => {
    const { iam, items } = evaluated(Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`user-${index}`, {}])));
    iam.generateReport();
    const reportedAt = iam.reportedAt;
    iam.pass(180);
    const given = await items();
    expect(given.filter((item) => !(item instanceof ReadAgain) && item.capturedAt === reportedAt)).toHaveLength(102);
    const lists = given.flatMap((item) => (item instanceof ReadAgain || item.resource.resourceType !== 'CSMM::Inventory' ? [] : [item]));
    expect(lists.map(({ capturedAt, configuration }) => ({ capturedAt, configuration }))).toEqual([
      { capturedAt: iam.startedAt, configuration: { resources: 1, asOf: reportedAt } },
      { capturedAt: iam.startedAt, configuration: { resources: 101, asOf: reportedAt } },
    ]);
    expect(given).toContainEqual(expect.objectContaining({ at: next(reportedAt), why: expect.stringContaining(reportedAt) }));
  });

  it('of another program is checked by calls for each user, if the account has few', async () => {
    const { iam, read, verdict } = evaluated({ ada: { password: PASSWORD, mfa: true } });
    iam.generateReport();
    iam.pass(60);
    iam.set('ada', { mfa: false });
    expect((await read()).readAgainAt).toBe(next(iam.reportedAt));
    expect(await verdict('ada')).toEqual(['NON_COMPLIANT', iam.startedAt]);
  });

  it('of the last minutes that nothing contradicts needs no other read', async () => {
    const { iam, read } = evaluated({ ada: { password: PASSWORD, mfa: true } });
    iam.generateReport();
    iam.pass(10);
    expect(await read()).not.toHaveProperty('readAgainAt');
  });

  it('that is far older than IAM repeats it does not keep the reader busy', async () => {
    const { iam, read } = evaluated({ ada: {} });
    iam.generateReport();
    iam.now += 30 * 86_400_000;
    iam.generateReport = () => undefined;
    expect(await read()).not.toHaveProperty('readAgainAt');
  });

  it('with an answer that is not complete leaves the user unknown', async () => {
    const { iam, read, verdict } = evaluated({ ada: { password: PASSWORD, mfa: true } });
    await read();
    expect((await verdict('ada'))[0]).toBe('COMPLIANT');
    for (const [action, error] of [
      ['GetLoginProfile', 'AccessDenied'],
      ['ListMFADevices', 'Throttling'],
    ] as const) {
      iam.pass(2);
      iam.failing.set(action, error);
      expect((await read()).readAgainAt).toBe(next(iam.reportedAt));
      expect(await verdict('ada')).toEqual(['INSUFFICIENT_DATA', iam.startedAt]);
      iam.failing.clear();
    }
    iam.pass(2);
    await read();
    expect((await verdict('ada'))[0]).toBe('COMPLIANT');
  });

  it('and no list of users: who appeared since is unknown, until a list answers', async () => {
    const { iam, read, store } = evaluated({ ada: { password: PASSWORD, mfa: true } });
    await read();
    const list = async () => (await store.readCard(ACCOUNT, 'global'))?.lists.get(USER);
    iam.failing.set('ListUsers', 'Throttling');
    iam.pass(2);
    expect(await read()).toMatchObject({ complete: false, readAgainAt: next(iam.reportedAt) });
    expect(await list()).toEqual({ capturedAt: iam.startedAt, gap: expect.stringContaining('Throttling') });
    iam.failing.clear();
    iam.pass(1);
    expect(await read()).toMatchObject({ complete: true });
    expect(await list()).toEqual({ capturedAt: iam.startedAt, resources: 1, asOf: iam.reportedAt });
  });
});

describe('a user who is not in the report', () => {
  it('is read by calls, and the list of the report does not end it', async () => {
    const { iam, read, verdict, users } = evaluated({ ada: {} });
    await read();
    iam.pass(2);
    iam.set('eve');
    iam.allowConsole('eve');
    await read(['eve']);
    expect(await verdict('eve')).toEqual(['NON_COMPLIANT', iam.startedAt]);
    iam.pass(100);
    expect(await read()).toMatchObject({ removed: 0, undecided: 0 });
    expect(await users()).toEqual(['ada', 'eve']);
  });

  it('is found in the list of users without an event, also in a large account', async () => {
    const many = Object.fromEntries(Array.from({ length: 2500 }, (_, index) => [`user-${index}`, {}]));
    const { iam, read, verdict } = evaluated(many);
    await read();
    iam.pass(2);
    iam.set('eve');
    iam.allowConsole('eve');
    iam.pass(2);
    await read();
    expect((await verdict('eve'))[0]).toBe('NON_COMPLIANT');
    expect(iam.calls.get('ListUsers')).toBe(3);
  });

  it('is read again if another user has its name now', async () => {
    const { iam, read, verdict } = evaluated({
      ...Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`u-${index}`, {}])),
      ada: { password: PASSWORD, mfa: true },
    });
    await read();
    iam.pass(2);
    iam.users.delete('ada');
    iam.set('ada');
    iam.allowConsole('ada');
    iam.pass(1);
    await read();
    expect(await verdict('ada')).toEqual(['NON_COMPLIANT', iam.startedAt]);
  });

  it('because it was renamed keeps no evidence under its old name', async () => {
    const { iam, read, users } = evaluated({ ada: { password: PASSWORD, mfa: true } });
    await read();
    iam.pass(2);
    const user = iam.users.get('ada');
    iam.users.delete('ada');
    iam.set('ada.new', user);
    await read(['ada', 'ada.new']);
    expect(await users()).toEqual(['ada.new']);
  });
});

describe('a user who was deleted after the report', () => {
  it('is gone at once, and the report does not bring it back', async () => {
    const { iam, read, users, user } = evaluated({ ada: {}, eve: { password: PASSWORD } });
    await read();
    iam.pass(2);
    iam.users.delete('eve');
    await read(['eve']);
    expect(await users()).toEqual(['ada']);
    const tombstone = await user('eve');
    iam.pass(30);
    await read();
    await read(['ada']);
    expect(await users()).toEqual(['ada']);
    expect((await user('eve'))?.parsed).toBeUndefined();
    expect(tombstone?.parsed).toBeUndefined();
  });

  it('is gone without an event too, and so is one who was never in a report', async () => {
    const { iam, read, users } = evaluated({ ada: {}, eve: {} });
    await read();
    iam.pass(2);
    iam.set('new');
    await read(['new']);
    iam.users.delete('eve');
    iam.users.delete('new');
    iam.pass(2);
    await read();
    expect(await users()).toEqual(['ada', 'new']);
    iam.now = Date.parse(next(iam.reportedAt)) + 60_000;
    await read();
    expect(await users()).toEqual(['ada']);
  });
});

describe('the number of calls', () => {
  const large = (users: number) =>
    evaluated(
      Object.fromEntries(Array.from({ length: users }, (_, index) => [`user-${index}`, { keys: [{ active: true, createdAt: 0 }] }])),
    );
  const total = (calls: ReadonlyMap<string, number>): number => [...calls.values()].reduce((sum, count) => sum + count, 0);

  it('is two while the report is new, and a few for a user in an event', async () => {
    const { iam, read } = large(5000);
    await read();
    expect(total(iam.calls)).toBe(2);
    iam.pass(2);
    iam.calls.clear();
    await read(['user-7']);
    expect(Object.fromEntries(iam.calls)).toEqual({
      GenerateCredentialReport: 1,
      GetCredentialReport: 1,
      ListUsers: 5,
      GetLoginProfile: 1,
      ListMFADevices: 1,
      ListAccessKeys: 1,
      GetAccessKeyLastUsed: 1,
    });
  });

  it('has a bound, and the users beyond it are unknown until the next report', async () => {
    const { iam, read, verdict } = large(20);
    await read();
    iam.pass(2);
    for (let index = 0; index < 150; index++) iam.set(`new-${index}`);
    iam.pass(1);
    iam.calls.clear();
    expect((await read()).readAgainAt).toBe(next(iam.reportedAt));
    expect(iam.calls.get('GetLoginProfile')).toBe(100);
    expect((await verdict('new-0'))[0]).toBe('NOT_APPLICABLE');
    expect((await verdict('new-149'))[0]).toBe('INSUFFICIENT_DATA');
  });
});

describe('what only a report tells', () => {
  const OLD = Date.parse('2026-01-01T00:00:00Z');
  const idle = { password: { createdAt: OLD, changedAt: OLD } };

  it('is unknown of a user who changed after it, and stands for one of whom no change is known', async () => {
    const { iam, read, verdict } = evaluated({ ada: idle, bob: idle });
    await read();
    iam.pass(2);
    await read();
    expect(await verdict('ada', 'IAM-L1-07')).toEqual(['NON_COMPLIANT', iam.startedAt]);
    iam.set('ada', { password: { createdAt: OLD, changedAt: iam.now } });
    iam.pass(1);
    await read(['ada']);
    expect(await verdict('ada', 'IAM-L1-07')).toEqual(['INSUFFICIENT_DATA', iam.startedAt]);
    iam.now = Date.parse(next(iam.reportedAt)) + 1;
    await read();
    expect((await verdict('ada', 'IAM-L1-07'))[0]).toBe('COMPLIANT');
  });

  it('is known from the report of another program that is younger than the change', async () => {
    const { iam, read, verdict } = evaluated({ ada: idle, bob: idle });
    await read();
    iam.pass(2);
    iam.set('ada', { password: { createdAt: OLD, changedAt: iam.now } });
    const changed = { at: iam.startedAt, users: ['ada'] };
    iam.pass(1);
    await read(changed);
    expect((await verdict('ada', 'IAM-L1-07'))[0]).toBe('INSUFFICIENT_DATA');
    iam.now = Date.parse(next(iam.reportedAt));
    iam.generateReport();
    iam.pass(1);
    expect(await read(changed)).not.toHaveProperty('readAgainAt');
    expect(await verdict('ada', 'IAM-L1-07')).toEqual(['COMPLIANT', iam.startedAt]);
  });

  it('is not known from a report of the first minutes after the change, which may not show it', async () => {
    const { iam, read, verdict } = evaluated({ ada: idle, bob: idle });
    const changed = { at: iam.startedAt, users: ['ada'] };
    iam.pass(2);
    iam.generateReport();
    iam.pass(1);
    await read(changed);
    expect((await verdict('ada', 'IAM-L1-07'))[0]).toBe('INSUFFICIENT_DATA');
  });

  it('is not needed where IAM says enough: a password that was used or made since', async () => {
    const { iam, read, verdict } = evaluated({ ada: idle, bob: {} });
    await read();
    iam.pass(2);
    iam.set('ada', { password: { createdAt: OLD, changedAt: iam.now, usedAt: iam.now } });
    iam.allowConsole('bob');
    iam.pass(1);
    await read(['ada', 'bob']);
    expect((await verdict('ada', 'IAM-L1-07'))[0]).toBe('COMPLIANT');
    expect((await verdict('bob', 'IAM-L1-07'))[0]).toBe('COMPLIANT');
  });
});

describe('the keys of a user who changed', () => {
  it.each<[string, RealUser['keys'], string, string]>([
    ['a new one', [{ active: true, createdAt: Date.parse(NOON) }], 'COMPLIANT', 'NON_COMPLIANT'],
    ['an old one', [{ active: true, createdAt: Date.parse('2026-01-01T00:00:00Z') }], 'NON_COMPLIANT', 'NON_COMPLIANT'],
    ['an old one that is not active', [{ active: false, createdAt: Date.parse('2026-01-01T00:00:00Z') }], 'NOT_APPLICABLE', 'COMPLIANT'],
    ['none', [], 'NOT_APPLICABLE', 'COMPLIANT'],
  ])('are as IAM lists them: %s', async (_, keys, rotation, temporary) => {
    const { iam, read, verdict } = evaluated({ ada: { keys: [{ active: true, createdAt: Date.parse('2026-11-01T00:00:00Z') }] } });
    await read();
    iam.pass(2);
    iam.set('ada', { keys });
    await read(['ada']);
    expect((await verdict('ada', 'IAM-L1-06'))[0]).toBe(rotation);
    expect((await verdict('ada', 'IAM-L2-03'))[0]).toBe(temporary);
  });

  it('are unknown when IAM does not say when they were used', async () => {
    const { iam, read, user } = evaluated({ ada: { keys: [{ active: true, createdAt: 0 }] } });
    await read();
    iam.pass(2);
    iam.failing.set('GetAccessKeyLastUsed', 'AccessDenied');
    await read(['ada']);
    expect((await user('ada'))?.parsed?.missing).toEqual({ accessKeys: expect.stringContaining('AccessDenied') });
  });
});
