import { describe, expect, it } from 'vitest';
import { type MemoryStateStore, memoryStateStore } from '../../../adapters/memory/state-store.ts';
import { CONTROLS } from '../../../controls/index.ts';
import { across, insufficientData, verdictOnAccount } from '../../../core/control.ts';
import { indexRules } from '../../../core/evaluation/evaluate.ts';
import { type Heartbeats, noteBeat } from '../../../core/pipeline/heartbeat.ts';
import type { Catalogue } from '../../../core/pipeline/rescore.ts';
import { heal, markAll, retryBehind, runScoring } from '../../../core/pipeline/scoring-run.ts';
import { CARDS, DRIFT, EVERYTHING, mark } from '../../../core/pipeline/wanted.ts';
import { type Behind, ORGANIZATION, type StateStore } from '../../../core/ports.ts';

const ACCOUNT = '111111111111';
const START = Date.UTC(2026, 0, 1);
const VPC = 'AWS::EC2::VPC';

/** A catalogue with one join, and how often it was evaluated. */
function joined(reads: 'AWS::EC2::VPC' | 'AWS::EC2::Subnet' = VPC) {
  let evaluations = 0;
  const rule = across([reads], (inventory) => {
    evaluations++;
    return [verdictOnAccount(inventory, insufficientData('not-read', 'nothing is known'))];
  });
  const [control] = CONTROLS.filter(({ id }) => id === 'NET-L2-01');
  const controls = [{ ...control!, rules: [rule] }];
  const catalogue: Catalogue = { version: '1', controls, rules: indexRules(controls) };
  return { catalogue, evaluations: () => evaluations };
}

/** A scoring run in a world where a read of resources takes `seconds`. */
function world(seconds = 0, inner: MemoryStateStore = memoryStateStore()) {
  let time = START;
  const sent: [scope: string, version: number][] = [];
  const retried: Behind[] = [];
  const store: StateStore = {
    ...inner,
    listResources: async (...given) => {
      time += seconds * 1000;
      return inner.listResources(...given);
    },
  };
  const queue = {
    send: async (scope: string, version: number) => void sent.push([scope, version]),
    retry: async (behind: Behind) => void retried.push(behind),
  };
  const pass = (minutes: number): void => {
    time += minutes * 60_000;
  };
  return { store, queue, sent, retried, now: () => time, pass };
}

describe('a scoring run', () => {
  it('evaluates what was counted since the last committed one, and nothing else', async () => {
    const { catalogue, evaluations } = joined();
    const here = { ...world(), catalogue };
    await mark(ACCOUNT, ['AWS::EC2::Subnet'], here);
    expect(await runScoring(ACCOUNT, here)).toMatchObject({ kind: 'scored', score: { revision: 1 } });
    expect(evaluations()).toBe(1);
    await mark(ACCOUNT, ['AWS::EC2::Subnet'], here);
    await runScoring(ACCOUNT, here);
    expect(evaluations()).toBe(1);
    await mark(ACCOUNT, [VPC], here);
    await runScoring(ACCOUNT, here);
    expect(evaluations()).toBe(2);
    expect(here.sent).toEqual([
      [ACCOUNT, 0],
      [ACCOUNT, 1],
      [ACCOUNT, 2],
    ]);
  });

  it('asks for another run if something was counted while it ran', async () => {
    const { catalogue } = joined();
    const here = { ...world(), catalogue };
    await mark(ACCOUNT, [VPC], here);
    const commitScore: StateStore['commitScore'] = async (...given) => {
      await here.store.want(ACCOUNT, [VPC]);
      return here.store.commitScore(...given);
    };
    await runScoring(ACCOUNT, { ...here, store: { ...here.store, commitScore } });
    expect(here.sent).toEqual([
      [ACCOUNT, 0],
      [ACCOUNT, 1],
    ]);
  });

  it('that finds nothing reads little and raises the version', async () => {
    const { catalogue } = joined();
    const here = { ...world(), catalogue };
    await mark(ACCOUNT, [VPC], here);
    await runScoring(ACCOUNT, here);
    const unread = async () => expect.fail('it read more than it needs');
    const little = {
      ...here.store,
      readTallies: unread,
      readHeads: unread,
      readCards: unread,
      listResources: unread,
      readResource: unread,
    };
    expect(await runScoring(ACCOUNT, { ...here, store: little })).toEqual({ kind: 'scored', deferred: 0, drifted: false });
    expect((await here.store.beginScoring(ACCOUNT)).version).toBe(2);
  });

  it('evaluates everything after a release that did not count, and a join of another release', async () => {
    const { catalogue, evaluations } = joined();
    const here = { ...world(), catalogue };
    await runScoring(ACCOUNT, here);
    expect(evaluations()).toBe(1);
    await runScoring(ACCOUNT, { ...here, catalogue: { ...catalogue, version: '2' } });
    expect(evaluations()).toBe(2);
  });

  it('tells of a status that changed although nothing had', async () => {
    const { catalogue } = joined();
    const here = { ...world(), catalogue };
    await mark(ACCOUNT, [VPC], here);
    await runScoring(ACCOUNT, here);
    await mark(ACCOUNT, [DRIFT], here);
    expect(await runScoring(ACCOUNT, here)).toMatchObject({ drifted: false });
    const other = across([VPC], () => []);
    const controls = catalogue.controls.map((control) => ({ ...control, rules: [other] }));
    const scored = (await here.store.readScore(ACCOUNT))!;
    const statuses = new Map(scored.statuses).set('NET-L2-01', 'PASSED' as const);
    const turn = await here.store.beginScoring(ACCOUNT);
    await here.store.commitScore(turn, { seen: turn.seen ?? new Map(), score: { ...scored, statuses, revision: 2 } });
    await mark(ACCOUNT, [DRIFT], here);
    expect(await runScoring(ACCOUNT, { ...here, catalogue: { ...catalogue, controls, rules: indexRules(controls) } })).toMatchObject({
      drifted: true,
      score: { changes: [{ controlId: 'NET-L2-01' }] },
    });
  });
});

describe('a join that takes long', () => {
  it('is not read again before twenty times its duration has passed, and says that it waits', async () => {
    const { catalogue, evaluations } = joined();
    const here = { ...world(4), catalogue };
    await mark(ACCOUNT, [VPC], here);
    await runScoring(ACCOUNT, here);
    let committed = 0;
    for (let change = 0; change < 60; change++) {
      here.pass(1 / 60);
      await mark(ACCOUNT, [VPC], here);
      const outcome = await runScoring(ACCOUNT, here);
      expect(outcome).toMatchObject({ kind: 'scored', deferred: 1 });
      committed++;
    }
    expect(committed).toBe(60);
    expect(evaluations()).toBe(1);
    expect(await here.store.readBehind(ACCOUNT)).toMatchObject({ attempts: 0, nextAt: '2026-01-01T00:01:24.000Z' });
    expect(await retryBehind(here)).toEqual([]);
    expect(here.retried).toEqual([]);

    here.pass(1);
    await retryBehind(here);
    expect(here.retried).toHaveLength(1);
    expect(await runScoring(ACCOUNT, here)).toMatchObject({ deferred: 0 });
    expect(evaluations()).toBe(2);
    expect(await here.store.readBehind(ACCOUNT)).toBeUndefined();
  });

  it('still waits after a run that finds nothing new, as after a message that comes twice', async () => {
    const { catalogue, evaluations } = joined();
    const here = { ...world(4), catalogue };
    await mark(ACCOUNT, [VPC], here);
    await runScoring(ACCOUNT, here);
    await mark(ACCOUNT, [VPC], here);
    expect(await runScoring(ACCOUNT, here)).toMatchObject({ deferred: 1 });
    expect(await runScoring(ACCOUNT, here)).toMatchObject({ deferred: 1 });
    expect(await runScoring(ACCOUNT, here, 2)).toMatchObject({ deferred: 1 });

    here.pass(2);
    await retryBehind(here);
    expect(here.retried).toHaveLength(1);
    await runScoring(ACCOUNT, here);
    expect(evaluations()).toBe(2);
    expect(await here.store.readBehind(ACCOUNT)).toBeUndefined();
  });

  it('waits for a quarter of an hour at most', async () => {
    const { catalogue, evaluations } = joined();
    const here = { ...world(120), catalogue };
    await mark(ACCOUNT, [VPC], here);
    await runScoring(ACCOUNT, here);
    here.pass(16);
    await mark(ACCOUNT, [VPC], here);
    await runScoring(ACCOUNT, here);
    expect(evaluations()).toBe(2);
  });

  it('holds up no other join', async () => {
    const { catalogue } = joined();
    const short = joined('AWS::EC2::Subnet');
    const controls = [...catalogue.controls, ...short.catalogue.controls.map((control) => ({ ...control, id: 'NET-L2-02' }))];
    const inner = memoryStateStore();
    const here = { ...world(0, inner), catalogue: { version: '1', controls, rules: indexRules(controls) } };
    let time = START;
    const listResources: StateStore['listResources'] = async (accountId, type, only) => {
      if (type === VPC) time += 4000;
      return inner.listResources(accountId, type, only);
    };
    const timed = { ...here, store: { ...inner, listResources }, now: () => time };
    await mark(ACCOUNT, [VPC, 'AWS::EC2::Subnet'], timed);
    await runScoring(ACCOUNT, timed);
    await mark(ACCOUNT, [VPC, 'AWS::EC2::Subnet'], timed);
    expect(await runScoring(ACCOUNT, timed)).toMatchObject({ deferred: 1 });
    expect(short.evaluations()).toBe(2);
  });
});

describe('a scope that cannot be scored', () => {
  const broken = (here: ReturnType<typeof world>): StateStore => ({
    ...here.store,
    readTallies: async () => Promise.reject(new Error('no')),
  });

  it('is noted with the reason, tried again at growing distances, and forgotten once it is scored', async () => {
    const { catalogue } = joined();
    const here = { ...world(), catalogue };
    await mark(ACCOUNT, [VPC], here);
    const minutes = [];
    for (let attempt = 1; attempt <= 9; attempt++) {
      const outcome = await runScoring(ACCOUNT, { ...here, store: broken(here) });
      expect(outcome).toMatchObject({ kind: 'behind', behind: { attempts: attempt, since: '2026-01-01T00:00:00.000Z', reason: 'no' } });
      const { nextAt } = (await here.store.readBehind(ACCOUNT))!;
      const wait = (Date.parse(nextAt) - here.now()) / 60_000;
      minutes.push(wait);
      here.pass(wait - 0.1);
      expect(await retryBehind(here)).toHaveLength(1);
      expect(here.retried).toHaveLength(attempt - 1);
      here.pass(0.1);
      await retryBehind(here);
      expect(here.retried).toHaveLength(attempt);
    }
    expect(minutes).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(await runScoring(ACCOUNT, here)).toMatchObject({ kind: 'scored', score: { revision: 1 } });
    expect(await here.store.listBehind()).toEqual([]);
  });

  it('is noted with a reason that a table accepts', async () => {
    const { catalogue } = joined();
    const here = { ...world(), catalogue };
    const text = `\ufffe${'x'.repeat(498)}\u{1f600}`;
    const store: StateStore = { ...here.store, readTallies: async () => Promise.reject(new Error(text)) };
    await mark(ACCOUNT, [VPC], here);
    await runScoring(ACCOUNT, { ...here, store });
    expect((await here.store.readBehind(ACCOUNT))?.reason).toBe(`\ufffd${'x'.repeat(498)}`);
  });

  it('is noted before a run if an earlier delivery died', async () => {
    const { catalogue } = joined();
    const here = { ...world(), catalogue };
    await mark(ACCOUNT, [VPC], here);
    const dying = { ...here.store, beginScoring: async () => Promise.reject(new Error('dead')), noteBehind: here.store.noteBehind };
    await runScoring(ACCOUNT, { ...here, store: dying }, 2);
    expect(await here.store.readBehind(ACCOUNT)).toMatchObject({ attempts: 1 });
  });

  it('keeps its message if it cannot be noted', async () => {
    const { catalogue } = joined();
    const here = { ...world(), catalogue };
    const store = { ...broken(here), noteBehind: async () => Promise.reject(new Error('no table')) };
    await mark(ACCOUNT, [VPC], here);
    await expect(runScoring(ACCOUNT, { ...here, store })).rejects.toThrow('no table');
  });
});

describe('the comparison of what was counted with what was scored', () => {
  it('finds a scope without a run, and sends for it', async () => {
    const { catalogue } = joined();
    const here = { ...world(), catalogue };
    await mark(ACCOUNT, [VPC], here);
    await mark('222222222222', [VPC], here);
    await runScoring('222222222222', here);
    here.sent.length = 0;
    expect(await heal([ACCOUNT, '222222222222', '333333333333', ORGANIZATION], here)).toBe(1);
    expect(here.sent).toEqual([[ACCOUNT, 0]]);
  });

  it('finds joins whose time has come although nobody noted them', async () => {
    const { catalogue } = joined();
    const here = { ...world(4), catalogue };
    for (let n = 0; n < 2; n++) {
      await mark(ACCOUNT, [VPC], here);
      await runScoring(ACCOUNT, here);
    }
    await here.store.clearBehind(ACCOUNT);
    expect(await heal([ACCOUNT], here)).toBe(0);
    here.pass(5);
    expect(await heal([ACCOUNT], here)).toBe(1);
  });

  it('finds a score that a run of another release committed last', async () => {
    const { catalogue } = joined();
    const here = { ...world(), catalogue };
    await mark(ACCOUNT, [VPC], here);
    await runScoring(ACCOUNT, { ...here, catalogue: { ...catalogue, version: 'older' } });
    await mark(ORGANIZATION, [CARDS], here);
    await runScoring(ORGANIZATION, here);
    here.sent.length = 0;
    expect(await heal([ACCOUNT, ORGANIZATION], here)).toBe(1);
    expect(here.sent).toEqual([[ACCOUNT, 1]]);
    await runScoring(ACCOUNT, here);
    expect(await heal([ACCOUNT, ORGANIZATION], here)).toBe(0);
  });

  it('marks all scopes after a long outage', async () => {
    const here = world();
    expect(await markAll([ACCOUNT, ORGANIZATION], here)).toBe(2);
    expect(await here.store.readWanted(ACCOUNT)).toEqual(new Map([[EVERYTHING, 1]]));
    expect(here.sent).toEqual([
      [ACCOUNT, 0],
      [ORGANIZATION, 0],
    ]);
  });
});

describe('heartbeats', () => {
  const heartbeats = () => {
    const received = new Map<number, string>();
    const asked: string[] = [];
    const note = async (heart: number, at: string) => {
      const earlier = received.get(heart);
      received.set(heart, at);
      return earlier;
    };
    return { asked, note, ask: async (at: string) => void asked.push(at) } as unknown as Heartbeats & { asked: string[] };
  };

  it('ask for a scoring of all accounts if the reader of the stream was away for so long that changes may be gone', async () => {
    const hearts = heartbeats();
    expect(await noteBeat(3, '2026-01-01T00:00:00.000Z', hearts, '2026-01-01T00:00:01.000Z')).toBe(false);
    expect(await noteBeat(3, '2026-01-01T01:00:00.000Z', hearts, '2026-01-01T01:00:01.000Z')).toBe(false);
    expect(await noteBeat(4, '2026-01-03T01:00:00.000Z', hearts, '2026-01-03T01:00:01.000Z')).toBe(false);
    expect(await noteBeat(3, '2026-01-02T01:00:00.000Z', hearts, '2026-01-02T01:00:01.000Z')).toBe(true);
    expect(hearts.asked).toEqual(['2026-01-02T01:00:00.000Z']);
  });

  it('ask if the time of the one before cannot be read', async () => {
    const hearts = heartbeats();
    await noteBeat(3, 'a while ago', hearts, '2026-01-01T00:00:01.000Z');
    expect(await noteBeat(3, '2026-01-01T01:00:00.000Z', hearts, '2026-01-01T01:00:01.000Z')).toBe(true);
  });

  it('ask after an outage of little more than a day, whose first beat the stream still has', async () => {
    const hearts = heartbeats();
    await noteBeat(3, '2026-01-01T10:00:00.000Z', hearts, '2026-01-01T10:00:01.000Z');
    // Away from 10:30 to 10:45 of the next day: the stream has dropped what came before 10:45.
    expect(await noteBeat(3, '2026-01-01T11:00:00.000Z', hearts, '2026-01-02T10:45:00.000Z')).toBe(true);
  });
});
