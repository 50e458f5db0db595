import type { ConfigItem } from '../../core/facts/parser.ts';
import { collectItem } from '../../core/pipeline/collect.ts';
import { affectsScore, type Catalogue, rescoreAccount, rescoreOrganization } from '../../core/pipeline/rescore.ts';
import { ORGANIZATION, type ScoreChange, type StateChange, type StateStore, type StoredScore } from '../../core/ports.ts';

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

/** The store as a process sees it that may die at any await, and the log of what was really committed. */
function unreliable(inner: StateStore, { crashes, delays }: Faults) {
  const stateLog: StateChange[] = [];
  const scoreLog: ScoreChange[] = [];
  const current = new Map<string, StoredScore>();
  let calls = 0;

  const call = async <T>(effect: () => Promise<T>): Promise<T> => {
    const number = calls++;
    for (let n = delays[number % delays.length] ?? 0; n > 0; n--) await Promise.resolve();
    if (crashes.get(number) === 'before') throw new Crash(`before call ${number}`);
    const result = await effect();
    if (crashes.get(number) === 'after') throw new Crash(`after call ${number}`);
    return result;
  };

  const store: StateStore = {
    readResource: (ref) => call(() => inner.readResource(ref)),
    commitResource: (previous, next) =>
      call(async () => {
        const done = await inner.commitResource(previous, next);
        if (done) stateLog.push({ before: previous, after: next });
        return done;
      }),
    listResources: (accountId, type, only) => call(() => inner.listResources(accountId, type, only)),
    hasResources: (accountId, type) => call(() => inner.hasResources(accountId, type)),
    readTallies: (accountId) => call(() => inner.readTallies(accountId)),
    listOpenFindings: (accountId, controlId) => call(() => inner.listOpenFindings(accountId, controlId)),
    beginScoring: (scope) => call(() => inner.beginScoring(scope)),
    readScore: (scope) => call(() => inner.readScore(scope)),
    readJoins: (accountId) => call(() => inner.readJoins(accountId)),
    commitScore: (turn, commit) =>
      call(async () => {
        const done = await inner.commitScore(turn, commit);
        if (done && commit.score) {
          scoreLog.push({ before: current.get(turn.scope), after: commit.score });
          current.set(turn.scope, commit.score);
        }
        return done;
      }),
    listAccountStatuses: () => call(() => inner.listAccountStatuses()),
  };
  return { store, stateLog, scoreLog };
}

/**
 * Delivers items at least once to concurrent workers that die now and then, and each committed change at least once to
 * concurrent scorers that do too. Ends when everything was handled once without dying.
 *
 * @returns every committed change of a scorecard, in order.
 */
export async function runUnreliably(
  inner: StateStore,
  catalogue: Catalogue,
  items: readonly ConfigItem[],
  faults: Faults,
): Promise<readonly ScoreChange[]> {
  const { store, stateLog, scoreLog } = unreliable(inner, faults);
  const dependencies = { store, catalogue };
  let collecting = faults.workers;
  let scoring = faults.workers;

  const collector = queueWorker([...items], async (item) => void (await collectItem(item, { store, rules: catalogue.rules })));
  const scorer = async () => {
    for (let next = 0; ; ) {
      const change = stateLog[next];
      if (change) {
        if (await survives(() => rescore(change))) next++;
      } else if (collecting === 0) return;
      else await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const rescore = async (change: StateChange) => {
    if (affectsScore(change, catalogue.rules)) await rescoreAccount(change.after.resource.accountId, [change], dependencies);
  };
  const organizationScorer = async () => {
    for (let next = 0; ; ) {
      const change = scoreLog[next];
      if (change) {
        if (change.after.scope === ORGANIZATION || (await survives(() => rescoreOrganization(change.after.asOf, dependencies)))) next++;
      } else if (scoring === 0) return;
      else await new Promise((resolve) => setImmediate(resolve));
    }
  };

  await Promise.all([
    ...Array.from({ length: faults.workers }, () => collector().finally(() => collecting--)),
    ...Array.from({ length: faults.workers }, () => scorer().finally(() => scoring--)),
    organizationScorer(),
  ]);
  return scoreLog;
}

/** A worker that takes from a queue, and puts back what it died over. */
function queueWorker<T>(queue: T[], handle: (message: T) => Promise<void>): () => Promise<void> {
  return async () => {
    for (let message = queue.shift(); message !== undefined; message = queue.shift()) {
      const taken = message;
      if (!(await survives(() => handle(taken)))) queue.push(taken);
    }
  };
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
