import type { Context } from 'aws-lambda';
import type { Clients } from '../adapters/aws/clients.ts';
import { failureKind, isPassing, reasonOf } from '../adapters/aws/failures.ts';
import type { ReadContext, Reader } from '../adapters/aws/readers/reader.ts';
import { runSettled, unreadItems } from '../adapters/aws/readers/run.ts';
import { GLOBAL } from '../core/model.ts';
import type { CollectDependencies } from '../core/pipeline/collect.ts';
import { collectRun, type Reading, type RunOutcome } from '../core/pipeline/sweep.ts';
import type { ReaderRun } from '../core/pipeline/unit.ts';
import type { Estate } from './estate.ts';

/** Time that a run needs to complete what it began, in milliseconds. */
const MILLISECONDS_TO_END = 60_000;

/** Thrown if the function has no time left. */
export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTimeError';
}

type TimeLeft = Pick<Context, 'getRemainingTimeInMillis'>;

/** Whether the function has time to begin a step that takes minutes. */
export const hasTime = (context: TimeLeft): boolean => context.getRemainingTimeInMillis() >= MILLISECONDS_TO_END;

export interface ReadingOptions {
  readonly estate: Estate;
  readonly context: TimeLeft;
  /** Start time of the read, ISO-8601 UTC: the capture time of everything that it finds. */
  readonly startedAt: string;
  readonly dependencies: CollectDependencies;
  /** Number of attempts before this one, if there are later ones. @default - this attempt is the last */
  readonly attempt?: number;
  /** The accounts to read, for a reader of the organization. @default - the estate lists them */
  readonly accountIds?: readonly string[];
}

/** Outcome of a read. */
export interface ReadingOutcome extends RunOutcome {
  /** Why part of it failed, for a reason that passes. */
  readonly failed?: string;
}

/**
 * Runs a reader and commits what it finds.
 * @throws OutOfTimeError if no time is left to begin, and the error of AssumeRole unless it was denied.
 */
export async function makeReading(reading: Reading, reader: Reader, options: ReadingOptions): Promise<ReadingOutcome> {
  const { estate, context, startedAt, dependencies, attempt } = options;
  if (!hasTime(context)) throw new OutOfTimeError('no time is left to begin');
  const { accountId, region, changed } = reading;
  const accountIds = reader.scope === 'organization' ? (options.accountIds ?? (await estate.accountIds())) : [accountId];
  const place = { ...placeIn(estate, accountId, region), startedAt, changed, accountIds };
  const clients = await clientsIn(accountId, estate);
  if (typeof clients === 'string') return collectRun(unreadItems(reader, { ...place, clients: NO_CLIENTS }, clients), dependencies);
  const run = runWithin(reader, { ...place, clients }, context, attempt);
  const outcome = await collectRun(run.items, dependencies);
  const end = run.end();
  return { ...outcome, ...(end.kind === 'failed' && { failed: end.reason }) };
}

/** Returns where readers run, for an account and a Region or `global`. */
export const placeIn = (
  estate: Estate,
  accountId: string,
  region: string,
): Pick<ReadContext, 'accountId' | 'region' | 'otherRegions' | 'partition'> => ({
  accountId,
  region: region === GLOBAL ? estate.globalRegion : region,
  otherRegions: estate.regions,
  partition: estate.partition,
});

/** Returns clients in an account, or why csmm may not read it. @throws the error of AssumeRole unless it was denied. */
async function clientsIn(accountId: string, estate: Estate): Promise<Clients | string> {
  try {
    return await estate.clientsFor(accountId);
  } catch (error) {
    if (failureKind(error) !== 'denied') throw error;
    return reasonOf(error);
  }
}

export const NO_CLIENTS: Clients = () => {
  throw new TypeError('an account that cannot be read has no clients');
};

/**
 * Runs a reader that ends, with an incomplete list, before the function times out.
 *
 * @param attempt number of attempts before this one, if there are later ones
 */
export function runWithin(reader: Reader, place: ReadContext, context: TimeLeft, attempt?: number): ReaderRun {
  const within: Reader = {
    ...reader,
    read: async function* (at) {
      for await (const observation of reader.read(at)) {
        if (!hasTime(context)) throw new OutOfTimeError('the list is longer than one run can read');
        yield observation;
      }
    },
  };
  return runSettled(within, place, {
    isLast: attempt === undefined,
    // The first attempt may have begun late. The second one has all the time that there is.
    isPassing: (error) => isPassing(error) || (attempt === 0 && error instanceof OutOfTimeError),
  });
}
