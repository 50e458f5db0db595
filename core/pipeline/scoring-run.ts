import { acceptedStart } from '../characters.ts';
import { forEachAtOnce } from '../concurrency.ts';
import { isoOf } from '../instant.ts';
import { type Behind, ORGANIZATION, type ScoringQueue, type StoredScore } from '../ports.ts';
import { type RescoreDependencies, rescoreAccount, rescoreOrganization } from './rescore.ts';
import { CARDS, EVERYTHING, grown, mark } from './wanted.ts';

export interface ScoringRunDependencies extends RescoreDependencies {
  readonly queue: ScoringQueue;
  readonly now: () => number;
}

/** Outcome of a message that asks for a scoring run. */
export type ScoringOutcome =
  | { readonly kind: 'scored'; readonly score?: StoredScore; readonly deferred: number; readonly drifted: boolean }
  /** The scope could not be scored. The run notes that it lags, and a tick tries again. */
  | { readonly kind: 'behind'; readonly behind: Behind; readonly error: unknown };

/**
 * Makes the scoring run that a message asks for. A failure is noted, so that the message can go and the scope's next changes do not
 * wait behind it. If an earlier delivery of the message died, the note is written first.
 *
 * @param receives number of deliveries of the message, from 1
 * @throws if the note cannot be written. The message must then come again.
 */
export async function runScoring(scope: string, dependencies: ScoringRunDependencies, receives = 1): Promise<ScoringOutcome> {
  const { store, queue } = dependencies;
  const earlier = await store.readBehind(scope);
  if (receives > 1) await store.noteBehind(nextBehind(scope, earlier, 'an earlier run ended without a result', dependencies));
  try {
    const run = await (scope === ORGANIZATION ? rescoreOrganization(dependencies) : rescoreAccount(scope, dependencies));
    if ((earlier || receives > 1) && run.deferred === 0) await store.clearBehind(scope);
    // What was counted during the run had no other message: it was dropped as a repeat of this one.
    if (grown(await store.readWanted(scope), run.seen).size > 0) await queue.send(scope, run.version);
    return { kind: 'scored', ...(run.score && { score: run.score }), deferred: run.deferred, drifted: run.drifted };
  } catch (error) {
    const behind = nextBehind(scope, earlier, error instanceof Error ? error.message : String(error), dependencies);
    await store.noteBehind(behind);
    return { kind: 'behind', behind, error };
  }
}

/** Longest time between two attempts, in minutes. */
const LONGEST_MINUTES = 60;
/** Number of scopes that are looked at concurrently: each costs two calls, and two more if it is sent. */
const SCOPES_AT_ONCE = 16;
/** Maximum length of a noted reason, in characters. */
const MAX_REASON = 500;

function nextBehind(scope: string, earlier: Behind | undefined, reason: string, { now }: Pick<ScoringRunDependencies, 'now'>): Behind {
  const attempts = (earlier?.attempts ?? 0) + 1;
  const present = now();
  const minutes = Math.min(LONGEST_MINUTES, 2 ** Math.min(attempts - 1, 10));
  return {
    scope,
    since: earlier && earlier.attempts > 0 ? earlier.since : isoOf(present),
    attempts,
    nextAt: isoOf(present + minutes * 60_000),
    reason: acceptedStart(reason, MAX_REASON),
  };
}

/** Sends a message for each scope that is behind and due. @returns the scopes that failed, due or not. */
export async function retryBehind({
  store,
  queue,
  now,
}: Pick<ScoringRunDependencies, 'store' | 'now'> & { readonly queue: RetryQueue }): Promise<readonly Behind[]> {
  const present = isoOf(now());
  const behind = await store.listBehind();
  for (const each of behind) if (each.nextAt <= present) await queue.retry(each);
  return behind.filter(({ attempts }) => attempts > 0);
}

/** Asks for another run of a scope that lags. */
export interface RetryQueue {
  /** A repeat for the same attempt may be dropped. */
  retry(behind: Behind): Promise<void>;
}

/**
 * Compares what was counted with what was scored, and sends a message where a run is missing. A score of another release is missing too:
 * during an upgrade, a run of the older one can commit last. A message in flight is harmless: a run that finds nothing costs a few reads.
 *
 * @returns the number of scopes without a current run.
 */
export async function heal(
  scopes: Iterable<string>,
  { store, queue, now, catalogue }: Pick<ScoringRunDependencies, 'store' | 'queue' | 'now' | 'catalogue'>,
): Promise<number> {
  const present = isoOf(now());
  const isOfOtherRelease = async (scope: string): Promise<boolean> => {
    const score = await store.readScore(scope);
    return score !== undefined && score.catalogueVersion !== catalogue.version;
  };
  let healed = 0;
  await forEachAtOnce(scopes, SCOPES_AT_ONCE, async (scope) => {
    const { version, seen, due } = await store.beginScoring(scope);
    const wanted = await store.readWanted(scope);
    const isDue = [...due.values()].some((time) => time <= present);
    const isWanted = wanted.size > 0 && grown(wanted, seen).size > 0;
    if (!isWanted && !isDue && !(await isOfOtherRelease(scope))) return;
    healed++;
    await queue.send(scope, version);
  });
  return healed;
}

/** Marks scopes for a full evaluation, such as after an upgrade or a long outage. @returns their number. */
export async function markAll(scopes: Iterable<string>, dependencies: Pick<ScoringRunDependencies, 'store' | 'queue'>): Promise<number> {
  let marked = 0;
  await forEachAtOnce(scopes, SCOPES_AT_ONCE, async (scope) => {
    await mark(scope, [scope === ORGANIZATION ? CARDS : EVERYTHING], dependencies);
    marked++;
  });
  return marked;
}
