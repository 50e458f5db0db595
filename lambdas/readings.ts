import type { Context } from 'aws-lambda';
import type { Clients } from '../adapters/aws/clients.ts';
import { failureKind, reasonOf } from '../adapters/aws/failures.ts';
import type { ReadContext, Reader } from '../adapters/aws/readers/reader.ts';
import { runReader, unreadItems } from '../adapters/aws/readers/run.ts';
import type { ConfigItem } from '../core/facts/parser.ts';
import { GLOBAL } from '../core/model.ts';
import type { CollectDependencies } from '../core/pipeline/collect.ts';
import { collectRun, type ReadAgain, type Reading, type RunOutcome } from '../core/pipeline/sweep.ts';
import type { Estate } from './estate.ts';

/** Time that a run needs to complete what it began, in milliseconds. */
const MILLISECONDS_TO_END = 60_000;

/** Thrown if the function has no time left. */
export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTimeError';
}

/** Whether the function has time to begin a step that takes minutes. */
export const hasTime = (context: Pick<Context, 'getRemainingTimeInMillis'>): boolean =>
  context.getRemainingTimeInMillis() >= MILLISECONDS_TO_END;

export interface ReadingOptions {
  readonly estate: Estate;
  readonly context: Pick<Context, 'getRemainingTimeInMillis'>;
  /** Start time of the read, ISO-8601 UTC: the capture time of everything that it finds. */
  readonly startedAt: string;
  readonly dependencies: CollectDependencies;
}

/**
 * Runs a reader and commits what it finds.
 * @throws OutOfTimeError if no time is left to begin.
 */
export async function makeReading(reading: Reading, reader: Reader, options: ReadingOptions): Promise<RunOutcome> {
  if (!hasTime(options.context)) throw new OutOfTimeError('no time is left to begin');
  return collectRun(await itemsOf(reading, within(reader, options.context), options), options.dependencies);
}

/** Returns what a reader finds in an account. If csmm cannot read the account, returns inventory entries with the reason. */
async function itemsOf(
  { accountId, region, changed }: Reading,
  reader: Reader,
  { estate, startedAt }: ReadingOptions,
): Promise<AsyncIterable<ConfigItem | ReadAgain> | Iterable<ConfigItem>> {
  const place: Omit<ReadContext, 'clients'> = {
    accountId,
    region: region === GLOBAL ? estate.globalRegion : region,
    otherRegions: estate.regions,
    partition: estate.partition,
    startedAt,
    changed,
    accountIds: reader.scope === 'organization' ? await estate.accountIds() : [accountId],
  };
  try {
    return runReader(reader, { ...place, clients: await estate.clientsFor(accountId) });
  } catch (error) {
    if (failureKind(error) !== 'denied') throw error;
    return unreadItems(reader, { ...place, clients: NO_CLIENTS }, reasonOf(error));
  }
}

const NO_CLIENTS: Clients = () => {
  throw new TypeError('an account that cannot be read has no clients');
};

/** Returns a reader that ends, with an incomplete list, before the function times out. */
const within = (reader: Reader, context: ReadingOptions['context']): Reader => ({
  ...reader,
  read: async function* (place) {
    for await (const observation of reader.read(place)) {
      if (!hasTime(context)) throw new OutOfTimeError('the list is longer than one run can read');
      yield observation;
    }
  },
});
