import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { credentialReportReader } from '../../adapters/aws/readers/iam-credential-report.ts';
import { runReader } from '../../adapters/aws/readers/run.ts';
import { memoryStateStore } from '../../adapters/memory/state-store.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import type { ConfigItem } from '../../core/facts/parser.ts';
import { type Changed, collectRun, type ReadAgain } from '../../core/pipeline/sweep.ts';
import { IamAccount, type RealUser } from '../support/iam-account.ts';
import { readContext } from '../support/readers.ts';
import { runs } from '../support/runs.ts';

/**
 * Accounts that change at any time, with events that get lost, reports of other programs, calls that fail, and runs that overlap and
 * commit in any order. A verdict is true at the time of its evidence, and what csmm knows becomes what is.
 */

const ACCOUNT = '111111111111';
const USER = 'AWS::IAM::UserCredentials';
const CONTROL = 'IAM-L1-04';
const NAMES = ['ada', 'bob', 'eve'] as const;
const reader = credentialReportReader(async () => undefined);

const CALLS = ['GetLoginProfile', 'ListMFADevices', 'ListAccessKeys', 'ListUsers', 'GetCredentialReport'] as const;

type Step =
  | {
      readonly kind: 'change';
      readonly name: string;
      readonly to: 'create' | 'console' | 'no console' | 'mfa' | 'no mfa' | 'delete';
      readonly told: boolean;
    }
  | { readonly kind: 'sweep' }
  | { readonly kind: 'report' }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'fail'; readonly call: string }
  | { readonly kind: 'commit'; readonly which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      name: fc.constantFrom(...NAMES),
      to: fc.constantFrom('create', 'console', 'console', 'no console', 'mfa', 'no mfa', 'delete'),
      told: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'sweep' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'report' as const }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.constantFrom(1, 2, 7, 61, 241) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), call: fc.constantFrom(...CALLS) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('commit' as const), which: fc.nat(5) }) },
);

interface Run {
  readonly items: readonly (ConfigItem | ReadAgain)[];
  readonly changed: Changed | undefined;
}

class World {
  readonly iam = new IamAccount('2026-11-30T00:00:00.000Z');
  readonly store = memoryStateStore();
  /** The users after each change, by time. */
  private readonly past: { readonly at: string; readonly users: ReadonlyMap<string, RealUser> }[] = [];
  /** Runs that have read and not committed. */
  readonly reading: Run[] = [];
  /** API reads that are due later. */
  readonly due: { readonly at: string; readonly changed: Changed | undefined }[] = [];

  /** Whether an event told of each change. */
  isTold = true;

  remember(): void {
    this.past.push({ at: this.iam.startedAt, users: new Map(this.iam.users) });
  }

  change({ name, to, told }: Extract<Step, { kind: 'change' }>): void {
    const { iam } = this;
    if (to === 'create') iam.set(name);
    else if (to === 'delete') iam.users.delete(name);
    else if (iam.users.has(name)) {
      if (to === 'console') iam.allowConsole(name);
      else if (to === 'no console') iam.users.set(name, without(iam.users.get(name) as RealUser));
      else iam.set(name, { mfa: to === 'mfa' });
    }
    this.remember();
    this.isTold &&= told;
    if (told) this.due.push({ at: iam.startedAt, changed: { at: iam.startedAt, users: [name] } });
  }

  async read(changed?: Changed): Promise<void> {
    const items: (ConfigItem | ReadAgain)[] = [];
    const { startedAt, clients } = this.iam;
    for await (const item of runReader(reader, readContext({ startedAt, clients, changed }))) items.push(item);
    this.reading.push({ items, changed });
    // Nothing in the account happens at the time of a read.
    this.iam.now += 1000;
  }

  async commit(which: number): Promise<void> {
    const [run] = this.reading.splice(which % Math.max(1, this.reading.length), 1);
    if (!run) return;
    const { readAgainAt } = await collectRun(run.items, { store: this.store, rules: CATALOGUE.rules });
    if (readAgainAt !== undefined) this.due.push({ at: readAgainAt, changed: run.changed });
  }

  /** Makes the API reads that are due by now. */
  async catchUp(): Promise<void> {
    const now = this.iam.startedAt;
    const waiting = this.due.splice(0);
    this.due.push(...waiting.filter(({ at }) => at > now));
    for (const { at, changed } of waiting) if (at <= now) await this.read(changed);
  }

  /** Takes a step, and makes the API reads that are due after it. */
  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'change':
        this.change(step);
        break;
      case 'sweep':
        await this.read();
        break;
      case 'report':
        this.iam.generateReport();
        break;
      case 'wait':
        this.iam.pass(step.minutes);
        break;
      case 'fail':
        this.iam.failing.set(step.call, 'ServiceUnavailable');
        break;
      case 'commit':
        await this.commit(step.which);
    }
    this.iam.now += 1000;
    await this.catchUp();
    if (step.kind !== 'fail') this.iam.failing.clear();
  }

  /** Lets time pass until no reading is due. */
  async settle(): Promise<void> {
    this.iam.failing.clear();
    for (let rounds = 0; this.due.length > 0 || this.reading.length > 0; rounds++) {
      expect(rounds, 'readings that never end').toBeLessThan(200);
      while (this.reading.length > 0) await this.commit(0);
      const [next = this.iam.startedAt] = this.due.map(({ at }) => at).sort();
      this.iam.now = Math.max(this.iam.now, Date.parse(next));
      await this.catchUp();
    }
  }

  async known(): Promise<{ name: string; capturedAt: string; compliance: string | undefined }[]> {
    return (await this.store.listResources(ACCOUNT, USER)).flatMap(({ resource, capturedAt, parsed, findings }) =>
      parsed
        ? [{ name: resource.resourceId, capturedAt, compliance: findings.find(({ controlId }) => controlId === CONTROL)?.compliance }]
        : [],
    );
  }

  /** Returns the verdict if csmm knew the account as it was at a time. */
  truth(name: string, at: string): string {
    const user = this.past
      .filter((each) => each.at <= at)
      .at(-1)
      ?.users.get(name);
    if (!user) return 'gone';
    if (!user.password) return 'NOT_APPLICABLE';
    return user.mfa ? 'COMPLIANT' : 'NON_COMPLIANT';
  }

  async expectTruth(): Promise<void> {
    for (const { name, capturedAt, compliance } of await this.known()) {
      if (compliance === 'INSUFFICIENT_DATA') continue;
      expect(compliance, `${name} at ${capturedAt}`).toBe(this.truth(name, capturedAt));
    }
  }

  async expectPresent(): Promise<void> {
    const now = this.iam.startedAt;
    const known = Object.fromEntries((await this.known()).map(({ name, compliance }) => [name, compliance]));
    expect(known).toEqual(Object.fromEntries([...this.iam.users.keys()].map((name) => [name, this.truth(name, now)])));
  }
}

const without = ({ password: _, ...user }: RealUser): RealUser => user;

describe('what csmm knows of the users of an account', () => {
  it('is true at the time of its evidence, and becomes what is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const world = new World();
        world.iam.set('ada', { mfa: true });
        world.iam.allowConsole('ada');
        world.remember();
        for (const each of steps) {
          await world.take(each);
          await world.expectTruth();
        }
        world.due.push({ at: world.iam.startedAt, changed: undefined });
        await world.settle();
        if (world.isTold) await world.expectPresent();
        await world.expectTruth();
        await world.read();
        await world.settle();
        await world.expectPresent();
      }),
      { numRuns: runs(300) },
    );
  });

  it('is what is as soon as an event was read, if no event gets lost and no call fails', async () => {
    const told = step
      .filter(({ kind }) => kind !== 'fail' && kind !== 'commit')
      .map((each) => (each.kind === 'change' ? { ...each, told: true } : each));
    await fc.assert(
      fc.asyncProperty(fc.array(told, { maxLength: 40 }), async (steps) => {
        const world = new World();
        world.remember();
        await world.read();
        await world.commit(0);
        for (const each of steps) {
          await world.take(each);
          while (world.reading.length > 0) await world.commit(0);
          await world.expectTruth();
          await world.expectPresent();
        }
      }),
      { numRuns: runs(100) },
    );
  });
});
