import type { ConfigItem } from '../facts/parser.ts';
import { GLOBAL } from '../model.ts';
import { ReadAgain, type ReaderOutline } from './sweep.ts';

/** Place of the unit that reads the organization, with the credentials of the deploying account. */
export const ORGANIZATION_PLACE = 'organization';

/** The work that one message of the sweep asks for: all readers of an account in one place. */
export interface Unit {
  readonly accountId: string;
  /** A Region, {@link GLOBAL} for the readers of the account, or {@link ORGANIZATION_PLACE}. */
  readonly region: string;
  /** Number of the walk over all accounts that sent it, for the log. */
  readonly generation: number;
  /** Ids of the readers. @default - all of the place */
  readonly readers?: readonly string[];
  /** Number of attempts before this one. @default 0 */
  readonly attempt?: number;
}

/** Returns the readers of a unit. */
export const readersOf = <R extends Pick<ReaderOutline, 'id' | 'scope'>>({ region, readers: only }: Unit, readers: readonly R[]): R[] => {
  const scope = region === ORGANIZATION_PLACE ? 'organization' : region === GLOBAL ? 'account' : 'region';
  return readers.filter((reader) => reader.scope === scope && (only?.includes(reader.id) ?? true));
};

/** Yields the units of some accounts: those of one account together, so that its scoring runs coalesce. */
export function* unitsOf(accountIds: Iterable<string>, regions: readonly string[], generation: number): Generator<Unit> {
  for (const accountId of accountIds) {
    for (const region of [GLOBAL, ...regions]) yield { accountId, region, generation };
  }
}

/** Number of attempts after the first. With {@link retryDelay} between them, they take about half an hour. */
export const MAX_RETRIES = 6;
const FIRST_DELAY_SECONDS = 30;
/** The longest that SQS delays a message, in seconds. */
export const MAX_DELAY_SECONDS = 900;

/**
 * Returns the delay before the attempt after `attempt`, in seconds: it doubles, and up to a quarter of it is random.
 * @param random from 0 to 1
 */
export const retryDelay = (attempt: number, random: number): number =>
  Math.min(MAX_DELAY_SECONDS, Math.round(FIRST_DELAY_SECONDS * 2 ** attempt * (1 + random / 4)));

/** How a reader ended. `failed`: for a reason that passes. */
export type ReaderEnd = { readonly kind: 'read' } | { readonly kind: 'denied' | 'failed'; readonly reason: string };

/** A reader under way, and how it ended, once all items are taken. */
export interface ReaderRun {
  readonly items: AsyncIterable<ConfigItem | ReadAgain>;
  end(): ReaderEnd;
}

export interface UnitSteps {
  /** Ids of the readers, in the order in which they begin. */
  readonly readers: readonly string[];
  /** Readers of different services that run first. If all are denied, `shuts` decides whether the others run. */
  readonly probes: readonly string[];
  /** Readers that run even so, because the policies that close a Region exempt their calls. */
  readonly exempt: readonly string[];
  run(reader: string): ReaderRun;
  /** Whether these denials mean that the account does not use the Region. */
  shuts(reasons: readonly string[]): Promise<boolean>;
  /** Returns the inventory entries of a reader that did not run. */
  unread(reader: string, reason: string): Iterable<ConfigItem>;
  /** Whether the time suffices to begin another reader. */
  hasTime(): boolean;
  /** Number of readers that may run now. */
  atOnce(): number;
}

/** Messages to send after a unit was read. */
export interface FollowUp {
  /** The readers that had no time. */
  readonly rest?: Unit;
  /** The readers that failed for a passing reason, for another attempt. */
  readonly retry?: Unit;
  /** The readers that failed in the last attempt, to send to the dead-letter queue with the reason. Their gaps are stored. */
  readonly parked?: { readonly unit: Unit; readonly reason: string };
}

/** Returns the messages to send after a unit was read. If the sender dies before it has sent all, the unit comes again, which does no harm. */
export function followUpOf(unit: Unit, { failed, rest }: Pick<UnitReport, 'failed' | 'rest'>): FollowUp {
  const { attempt = 0, accountId, region, generation } = unit;
  const readers = [...failed.keys()];
  const others = { accountId, region, generation, readers };
  return {
    ...(rest.length > 0 && { rest: { ...unit, readers: rest } }),
    ...(readers.length > 0 && attempt < MAX_RETRIES && { retry: { ...others, attempt: attempt + 1 } }),
    ...(readers.length > 0 && attempt >= MAX_RETRIES && { parked: { unit: others, reason: [...new Set(failed.values())].join('; ') } }),
  };
}

/** Outcome of the readers of a unit, once all items are taken. */
export interface UnitReport {
  /** Why readers failed, for a reason that passes, by id. */
  readonly failed: Map<string, string>;
  /** Readers that had no time to begin. */
  readonly rest: string[];
  /** When readers ask to run again, by id: the earliest time. */
  readonly again: Map<string, string>;
  /** Why the Region was not read. */
  shut?: string;
}

export const newReport = (): UnitReport => ({ failed: new Map(), rest: [], again: new Map() });

/**
 * Runs the readers of a unit, some at once, and yields what all of them find. Takes the next item of a reader only when the consumer
 * has room for it, so that the consumer's limit is one for all readers.
 *
 * @throws the first error of a reader, after all readers under way have ended.
 */
export async function* unitItems(steps: UnitSteps, report: UnitReport): AsyncGenerator<ConfigItem> {
  const probes = steps.readers.filter((reader) => steps.probes.includes(reader));
  const denials: string[] = [];
  yield* inParallel(probes, steps, report, (reason) => denials.push(reason));
  const others = steps.readers.filter((reader) => !probes.includes(reader));
  if (denials.length > 0 && denials.length === steps.probes.length && (await steps.shuts(denials))) {
    const [reason = ''] = denials;
    report.shut = reason;
    for (const reader of others) if (!steps.exempt.includes(reader)) yield* steps.unread(reader, reason);
  }
  const open = report.shut === undefined ? others : others.filter((reader) => steps.exempt.includes(reader));
  yield* inParallel(open, steps, report, () => undefined);
}

/** A reader under way, with the item that it was asked for. */
interface Running {
  readonly reader: string;
  readonly iterator: AsyncIterator<ConfigItem | ReadAgain>;
  readonly end: () => ReaderEnd;
  next: Promise<{ readonly of: Running; readonly step: IteratorResult<ConfigItem | ReadAgain> }>;
}

async function* inParallel(
  readers: readonly string[],
  steps: UnitSteps,
  report: UnitReport,
  onDenied: (reason: string) => void,
): AsyncGenerator<ConfigItem> {
  const waiting = [...readers];
  const running = new Set<Running>();
  try {
    for (;;) {
      while (waiting.length > 0 && running.size < steps.atOnce() && steps.hasTime()) running.add(begin(waiting.shift() ?? '', steps));
      if (running.size === 0) break;
      const { of, step } = await Promise.race([...running].map(({ next }) => next));
      if (step.done) {
        running.delete(of);
        const end = of.end();
        if (end.kind === 'failed') report.failed.set(of.reader, end.reason);
        if (end.kind === 'denied') onDenied(end.reason);
        continue;
      }
      of.next = nextOf(of);
      // To the end of the queue: the race prefers the first, and a reader with many items would hold up the calls of the others.
      running.delete(of);
      running.add(of);
      if (step.value instanceof ReadAgain) noteAgain(report, of.reader, step.value);
      else yield step.value;
    }
    report.rest.push(...waiting);
  } finally {
    // If one failed or the consumer stopped, no consumer takes the items that they still find.
    await Promise.allSettled([...running].map(({ next }) => next));
    await Promise.allSettled([...running].map(({ iterator }) => iterator.return?.()));
  }
}

function noteAgain({ again }: UnitReport, reader: string, { at }: ReadAgain): void {
  const known = again.get(reader);
  if (known === undefined || at < known) again.set(reader, at);
}

function begin(reader: string, steps: UnitSteps): Running {
  const { items, end } = steps.run(reader);
  const running: Omit<Running, 'next'> = { reader, iterator: items[Symbol.asyncIterator](), end };
  const made = running as Running;
  made.next = nextOf(made);
  return made;
}

const nextOf = (of: Running): Running['next'] => {
  const next = of.iterator.next().then((step) => ({ of, step }));
  // Another reader may fail first. Then no code awaits this failure.
  next.catch(() => undefined);
  return next;
};
