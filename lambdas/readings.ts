import type { Context } from 'aws-lambda';
import type { Clients } from '../adapters/aws/clients.ts';
import { failureKind, reasonOf } from '../adapters/aws/failures.ts';
import type { ReadContext, Reader } from '../adapters/aws/readers/reader.ts';
import { runReader, unreadItems } from '../adapters/aws/readers/run.ts';
import type { ConfigItem } from '../core/facts/parser.ts';
import { GLOBAL } from '../core/model.ts';
import type { CollectDependencies } from '../core/pipeline/collect.ts';
import { collectRun, type Reading, type RunOutcome } from '../core/pipeline/sweep.ts';
import type { Estate } from './estate.ts';

/** What a run needs to put an end to what it began. */
const MILLISECONDS_TO_END = 60_000;

/** A function has run out of its time. */
export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTimeError';
}

/** Whether a function may begin something that takes minutes. */
export const hasTime = (context: Pick<Context, 'getRemainingTimeInMillis'>): boolean =>
  context.getRemainingTimeInMillis() >= MILLISECONDS_TO_END;

export interface ReadingOptions {
  readonly estate: Estate;
  readonly context: Pick<Context, 'getRemainingTimeInMillis'>;
  /** When the reading began, ISO-8601 UTC: the capture time of all that it finds. */
  readonly startedAt: string;
  readonly dependencies: CollectDependencies;
}

/**
 * Runs a reader, and takes what it finds into the state.
 * @throws OutOfTimeError where no time is left to begin.
 */
export async function makeReading(reading: Reading, reader: Reader, options: ReadingOptions): Promise<RunOutcome> {
  if (!hasTime(options.context)) throw new OutOfTimeError('no time is left to begin');
  return collectRun(await itemsOf(reading, within(reader, options.context), options), options.dependencies);
}

/** What a reader gives in an account. Of one that does not let itself be read, that nothing was read, and why. */
async function itemsOf(
  { accountId, region }: Reading,
  reader: Reader,
  { estate, startedAt }: ReadingOptions,
): Promise<AsyncIterable<ConfigItem> | Iterable<ConfigItem>> {
  const place: Omit<ReadContext, 'clients'> = {
    accountId,
    region: region === GLOBAL ? estate.globalRegion : region,
    partition: estate.partition,
    startedAt,
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
  throw new TypeError('there are no clients for an account that cannot be read');
};

/** A reader that ends, with an incomplete list, before the function is ended. */
const within = (reader: Reader, context: ReadingOptions['context']): Reader => ({
  ...reader,
  read: async function* (place) {
    for await (const observation of reader.read(place)) {
      if (!hasTime(context)) throw new OutOfTimeError('the list is longer than one run can read');
      yield observation;
    }
  },
});
