import { millisecondsOf } from '../instant.ts';

/**
 * A stream keeps changes for a day. An item that is written each hour shows whether its reader was away for longer: then the one that it
 * received before is a day old when it receives the next, and changes between them may be lost. docs/adr/0027-one-scoring-at-a-time.md
 */

/** Number of heartbeat items, so that they are on several shards of the stream. */
export const HEARTS = 16;

/** Age of the beat before a received one after which changes may have been lost, in hours. A stream keeps them for 24. */
const MAX_GAP_HOURS = 23;

export interface Heartbeats {
  /** Writes the heartbeat items to the stream's table. `at`: ISO-8601 UTC. */
  beat(at: string): Promise<void>;
  /** Keeps the time of a received item. @returns the time of the one before. */
  note(heart: number, at: string): Promise<string | undefined>;
  /** Asks to score all accounts. */
  ask(at: string): Promise<void>;
  /** Returns the time at which all accounts were asked for. */
  asked(): Promise<string | undefined>;
  /** Ends a request. A newer one stays. */
  answer(at: string): Promise<void>;
}

/**
 * Notes a heartbeat that the reader of the stream has received. If the one before is too old, it asks to score all accounts: the
 * stream may have dropped what was written between them. Only the times of the two do not show it. After an outage of a little more
 * than a day, the stream still has the beat that follows the dropped changes, an hour after the last received one.
 *
 * @param now ISO-8601 UTC
 * @returns whether it was too old.
 */
export async function noteBeat(heart: number, at: string, heartbeats: Heartbeats, now: string): Promise<boolean> {
  const earlier = await heartbeats.note(heart, at);
  if (earlier === undefined) return false;
  // A time that cannot be read is too old, too.
  const isLate = !(millisecondsOf(now) - millisecondsOf(earlier) <= MAX_GAP_HOURS * 3_600_000);
  if (isLate) await heartbeats.ask(at);
  return isLate;
}
