import type { ConfigItem } from '../../core/facts/parser.ts';
import { millisecondsOf } from '../../core/instant.ts';
import { collectItem } from '../../core/pipeline/collect.ts';
import type { Catalogue } from '../../core/pipeline/rescore.ts';
import { heal, retryBehind, runScoring } from '../../core/pipeline/scoring-run.ts';
import { CARDS, mark, markTouched, type Touched, touch, touchByLists } from '../../core/pipeline/wanted.ts';
import {
  type Behind,
  type CardChange,
  ORGANIZATION,
  type ScoreChange,
  type ScoringQueue,
  type StateChange,
  type StateStore,
  type StoredScore,
} from '../../core/ports.ts';
import { createQueue } from './fifo.ts';

/** The faults of an unreliable run. The property draws all of them, so that a failure can be replayed. */
export interface Faults {
  /** The calls of the store, by number, at which the process dies: before the call took effect, or after. */
  readonly crashes: ReadonlyMap<number, 'before' | 'after'>;
  /** How many other steps happen before each call takes effect, by call number modulo its length. */
  readonly delays: readonly number[];
  readonly workers: number;
}

class Crash extends Error {
  override readonly name = 'Crash';
}

/** A store that processes share, any of which may die, and the log of the real commits. */
function unreliable(inner: StateStore, { crashes, delays }: Faults) {
  const stateLog: (StateChange | CardChange)[] = [];
  const scoreLog: ScoreChange[] = [];
  const current = new Map<string, StoredScore>();
  let calls = 0;

  /** The store as one process sees it. Once dead, it does nothing more. */
  const process = (): StateStore => {
    let isDead = false;
    const call = async (effect: () => Promise<unknown>): Promise<unknown> => {
      if (isDead) throw new Crash('this process is dead');
      const number = calls++;
      for (let n = delays[number % delays.length] ?? 0; n > 0; n--) await Promise.resolve();
      isDead ||= crashes.has(number);
      if (crashes.get(number) === 'before') throw new Crash(`before call ${number}`);
      const result = await effect();
      if (crashes.get(number) === 'after') throw new Crash(`after call ${number}`);
      return result;
    };
    const logged: Partial<StateStore> = {
      commitResource: async (previous, next) => {
        const done = await inner.commitResource(previous, next);
        if (done) stateLog.push({ before: previous, after: next });
        return done;
      },
      commitCard: async (previous, next) => {
        const done = await inner.commitCard(previous, next);
        if (done) stateLog.push({ before: previous, after: next });
        return done;
      },
      commitScore: async (turn, commit) => {
        const done = await inner.commitScore(turn, commit);
        if (done && commit.score) {
          scoreLog.push({ before: current.get(turn.scope), after: commit.score });
          current.set(turn.scope, commit.score);
        }
        return done;
      },
    };
    const names = Object.keys(inner) as (keyof StateStore)[];
    const methods = names.map((name) => {
      if (name === 'digest') return [name, inner.digest];
      const method = (logged[name] ?? inner[name]) as (...parameters: unknown[]) => Promise<unknown>;
      return [name, (...parameters: unknown[]) => call(() => method(...parameters))];
    });
    return Object.fromEntries(methods) as StateStore;
  };
  return { process, stateLog, scoreLog };
}

/**
 * Delivers items at least once to concurrent collectors that die now and then, each committed change at least once and in order to a
 * relay that does too, and what it sends to concurrent scorers behind a FIFO queue. Ends when everything was handled once without
 * dying, and no scope lags.
 *
 * @returns every committed change of a scorecard, in order.
 */
export async function runUnreliably(
  inner: StateStore,
  catalogue: Catalogue,
  items: readonly ConfigItem[],
  faults: Faults,
): Promise<readonly ScoreChange[]> {
  const { process, stateLog, scoreLog } = unreliable(inner, faults);
  let time = Date.UTC(2026, 0, 1);
  const now = () => time++;
  const failures = createQueue({ name: 'failures', now, fifo: true });
  const redrive = { queue: failures, maxReceiveCount: 10 };
  const runs = createQueue({
    name: 'runs',
    now,
    fifo: true,
    deduplicationScope: 'messageGroup',
    delaySeconds: 2,
    visibilityTimeout: 360,
    redrive,
  });
  const send = (scope: string, deduplicationId: string) => void runs.send({ body: scope, groupId: scope, deduplicationId });
  const queue: ScoringQueue = { send: async (scope, version) => send(scope, `${scope}-${version}-${Math.floor(now() / 60_000)}`) };
  let open = faults.workers + 2;
  let collecting = faults.workers;
  let told = 0;
  const ended = () => void open--;
  const collected = () => {
    collecting--;
    open--;
  };

  const collector = async () => {
    for (let item = delivered.shift(); item; item = delivered.shift()) {
      const taken = item;
      if (!(await survives(() => collectItem(taken, { store: process(), rules: catalogue.rules })))) delivered.push(taken);
    }
  };
  const delivered = [...items];
  const follow = async <T>(log: readonly T[], isEnded: () => boolean, take: (change: T) => Promise<void>) => {
    for (let next = 0; ; ) {
      const change = log[next];
      if (change) {
        if (await survives(() => take(change))) next++;
      } else if (isEnded()) return;
      else await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const relay = (change: StateChange | CardChange) => {
    const touched: Touched = { keys: new Set(), causes: new Map() };
    const isCard = 'lists' in change.after;
    if (isCard) touchByLists(touched, change as CardChange, catalogue.rules);
    else touch(touched, change as StateChange, catalogue.rules);
    const { accountId } = isCard ? (change as CardChange).after : (change as StateChange).after.resource;
    return markTouched(accountId, touched, { store: process(), queue });
  };
  const relayCard = async ({ after }: ScoreChange) => {
    if (after.scope !== ORGANIZATION) await mark(ORGANIZATION, [CARDS], { store: process(), queue });
  };
  const scorer = async () => {
    while (open > 0 || runs.size > 0) {
      const [message] = runs.receive(1);
      if (message) {
        const { body, receiveCount, receiptHandle } = message;
        const dependencies = { store: process(), catalogue, queue, now };
        if (await survives(() => runScoring(body, dependencies, receiveCount))) runs.delete(receiptHandle);
      } else {
        time = Math.max(time, runs.nextAt() ?? time);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  };
  /** The tick of each minute: it retries the scopes that lag. The hourly heal finds what only the dead-letter queue still has. */
  const ticker = async () => {
    for (let healed = 0; ; ) {
      await new Promise((resolve) => setImmediate(resolve));
      if (open > 1 || runs.size > 0 || told < scoreLog.length) continue;
      const behind = await inner.listBehind();
      time = Math.max(time, ...behind.map(({ nextAt }) => millisecondsOf(nextAt)));
      const retry = async ({ scope, attempts }: Behind) => send(scope, `${scope}-behind-${attempts}-${now()}`);
      await retryBehind({ store: inner, queue: { retry }, now });
      const dead = failures.messages().slice(healed);
      healed += dead.length;
      await heal(new Set(dead.map(({ body }) => body)), { store: inner, queue, now, catalogue });
      if (behind.length === 0 && dead.length === 0) return ended();
    }
  };

  await Promise.all([
    ...Array.from({ length: faults.workers }, () => collector().finally(collected)),
    follow(stateLog, () => collecting === 0, relay).finally(ended),
    ...Array.from({ length: faults.workers }, () => scorer()),
    follow(
      scoreLog,
      () => open === 0,
      async (change) => {
        await relayCard(change);
        told++;
      },
    ),
    ticker(),
  ]);
  return scoreLog;
}

async function survives(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof Crash) return false;
    throw error;
  }
}
