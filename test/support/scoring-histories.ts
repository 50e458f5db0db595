import { memoryStateStore } from '../../adapters/memory/state-store.ts';
import { CONTROLS } from '../../controls/index.ts';
import { indexRules } from '../../core/evaluation/evaluate.ts';
import type { ConfigItem } from '../../core/facts/parser.ts';
import { collectItem } from '../../core/pipeline/collect.ts';
import type { Catalogue } from '../../core/pipeline/rescore.ts';
import { retryBehind, runScoring } from '../../core/pipeline/scoring-run.ts';
import { grown, type MarkDependencies, markTouched, type Touched, touch } from '../../core/pipeline/wanted.ts';
import type { Behind, ScoringQueue, StateChange, StateStore } from '../../core/ports.ts';
import { type Clock, createClock } from '../bench/scale/clock.ts';
import { createQueue, type Queue } from './fifo.ts';

/** One account between its first change and rest: the relay, the queue and two scorers in virtual time, which wait, die and come again. */

const ACCOUNT = '111111111111';
const controls = CONTROLS.filter(({ id }) => id === 'CMP-L1-02');
const catalogue: Catalogue = { version: '1', controls, rules: indexRules(controls) };

/** Parts of the protocol that a history may leave out, to see that they are needed. */
export interface Protocol {
  /** R1: counts, then reads the version, then sends. */
  readonly mark: (scope: string, touched: Touched, dependencies: MarkDependencies) => Promise<void>;
  /** R2: whether a run that found nothing raises the version. */
  readonly raisesAlways: boolean;
  /** R3: whether a run looks again after its commit. */
  readonly looksAgain: boolean;
}

export const PROTOCOL: Protocol = { mark: markTouched, raisesAlways: true, looksAgain: true };

/** A mutant of R1: the version is read before the change is counted. */
export const markAfterVersion: Protocol['mark'] = async (scope, { keys, causes }, { store, queue }) => {
  const { version } = await store.beginScoring(scope);
  const fixed: MarkDependencies['store'] = { ...store, beginScoring: async () => ({ scope, version, due: new Map() }) };
  await markTouched(scope, { keys, causes }, { store: fixed, queue });
};

export interface Ended {
  /** Whether a committed change was not scored. */
  readonly isLost: boolean;
  readonly scorings: number;
  readonly changes: number;
  /** Steps of the history, for a failing seed. */
  readonly story: readonly string[];
}

class Death extends Error {
  override readonly name = 'Death';
}

const volume = (id: string, second: number, encrypted: boolean): ConfigItem => ({
  resource: { accountId: ACCOUNT, region: 'eu-west-1', resourceType: 'AWS::EC2::Volume', resourceId: id },
  capturedAt: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString(),
  state: 'recorded',
  configuration: { encrypted, attachments: [{ state: 'attached' }] },
  supplementaryConfiguration: {},
  tags: {},
  relationships: [],
});

export async function scoringHistory(seed: number, { mark, raisesAlways, looksAgain }: Protocol = PROTOCOL): Promise<Ended> {
  const clock = createClock(seed);
  const { random, now, sleep } = clock;
  const story: string[] = [];
  const tell = (what: string) => story.push(`${((now() - start) / 1000).toFixed(2)} s: ${what}`);
  const start = now();
  const inner = memoryStateStore();
  const log: StateChange[] = [];
  const deadliness = random() < 0.5 ? 0.04 : 0;
  const latency = (): number => {
    const chance = random();
    return random() * (chance < 0.01 ? 400_000 : chance < 0.2 ? 6000 : 40);
  };
  let scorings = 0;

  /** The store as one process sees it: calls take time, now and then minutes, and at some the process dies. */
  const process = (name: string): StateStore => {
    let isDead = false;
    const call = async <T>(work: () => Promise<T>): Promise<T> => {
      await sleep(latency());
      if (isDead) throw new Death(name);
      const dies = random() < deadliness;
      if (dies && random() < 0.5) isDead = true;
      else {
        const result = await work();
        if (!dies) return result;
        isDead = true;
      }
      tell(`${name} dies`);
      throw new Death(name);
    };
    const names = Object.keys(inner) as (keyof StateStore)[];
    const methods = names.map((method) => [
      method,
      method === 'digest'
        ? inner.digest
        : (...given: never[]) => call(() => (inner[method] as (...given: never[]) => Promise<unknown>)(...given)),
    ]);
    const store = Object.fromEntries(methods) as StateStore;
    return {
      ...store,
      commitScore: (turn, commit) => {
        if (!raisesAlways && turn.seen && !commit.score && grown(commit.seen, turn.seen).size === 0) return Promise.resolve(true);
        return store.commitScore(turn, commit).then((done) => {
          if (done) scorings++;
          tell(`${name} ${done ? 'commits' : 'loses'} version ${turn.version + 1}`);
          return done;
        });
      },
    };
  };

  const dead = createQueue({ name: 'dead', now, fifo: true });
  const runs = createQueue({
    name: 'runs',
    now,
    fifo: true,
    deduplicationScope: 'messageGroup',
    delaySeconds: 2,
    visibilityTimeout: 360,
    redrive: { queue: dead, maxReceiveCount: 10 },
  });
  const sending = (by: string): ScoringQueue => ({
    send: async (scope, version) => {
      const { isNew } = runs.send({ body: scope, groupId: scope, deduplicationId: `${scope}-${version}-${Math.floor(now() / 60_000)}` });
      tell(`${by} sends version ${version}${isNew ? '' : ', which is dropped'}`);
    },
  });

  let isQuiet = false;
  let relayed = 0;
  let isChanging = true;
  const changes = 2 + Math.floor(random() * 14);
  const change = async () => {
    for (let n = 0; n < changes; n++) {
      await sleep(random() * (random() < 0.5 ? 1500 : random() < 0.9 ? 15_000 : 90_000));
      await collectItem(volume(random() < 0.5 ? 'vol-1' : 'vol-2', n, random() < 0.5), { store: inner, rules: catalogue.rules });
      log.push(...inner.takeStateChanges());
      tell('a change is committed');
    }
    isChanging = false;
  };
  const relay = async () => {
    while (isChanging || relayed < log.length) {
      await sleep(200 + 1000 * random());
      const batch = log.slice(relayed, relayed + 1 + Math.floor(random() * 4));
      if (batch.length === 0) continue;
      const touched: Touched = { keys: new Set(), causes: new Map() };
      for (const each of batch) touch(touched, each, catalogue.rules);
      if (await survives(mark(ACCOUNT, touched, { store: process('the relay'), queue: sending('the relay') }))) relayed += batch.length;
    }
  };
  const score = async (name: string) => {
    while (!isQuiet) {
      await sleep(Math.max(30 + 400 * random(), isChanging || relayed < log.length ? 0 : (runs.nextAt() ?? now() + 30_000) - now()));
      const [message] = runs.receive(1);
      if (!message) continue;
      const queue = looksAgain ? sending(name) : { send: async () => {} };
      const work = runScoring(message.body, { store: process(name), catalogue, queue, now }, message.receiveCount);
      if (await survives(work)) runs.delete(message.receiptHandle);
    }
  };
  const tick = async () => {
    while (!isQuiet) {
      await sleep(60_000);
      isQuiet = !isChanging && relayed === log.length && runs.size === 0 && (await inner.listBehind()).length === 0;
      await retryBehind({ store: inner, queue: retriesInto(runs, clock), now });
    }
  };
  const all = Promise.all([change(), relay(), score('scorer 1'), score('scorer 2'), tick()]);
  await clock.run(start + 30 * 86_400_000);
  await all;

  const wanted = await inner.readWanted(ACCOUNT);
  const { seen } = await inner.beginScoring(ACCOUNT);
  return { isLost: grown(wanted, seen).size > 0 || wanted.size === 0, scorings, changes: log.length, story };
}

const retriesInto = (runs: Queue, { now }: Clock) => ({
  retry: async ({ scope, attempts, nextAt }: Behind) => {
    runs.send({ body: scope, groupId: scope, deduplicationId: `${scope}-behind-${attempts}-${nextAt}-${Math.floor(now() / 300_000)}` });
  },
});

async function survives(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof Death) return false;
    throw error;
  }
}
