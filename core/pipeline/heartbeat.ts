import { millisecondsOf } from '../instant.ts';

/**
 * A stream keeps changes for a day. An item that is written each hour shows whether its reader was away for longer: then the times of
 * two items that it reads one after the other are far apart, and changes between them may be lost. docs/adr/0027-one-scoring-at-a-time.md
 */

/** Number of heartbeat items, so that they are on several shards of the stream. */
export const HEARTS = 16;

/** Distance of two heartbeats after which changes may have been lost, in hours. A stream keeps them for 24. */
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
 * Notes a heartbeat that the reader of the stream has received. After too long a gap it asks to score all accounts.
 *
 * @returns whether the gap was too long.
 */
export async function noteBeat(heart: number, at: string, heartbeats: Heartbeats): Promise<boolean> {
  const earlier = await heartbeats.note(heart, at);
  if (earlier === undefined) return false;
  const isLate = millisecondsOf(at) - millisecondsOf(earlier) > MAX_GAP_HOURS * 3_600_000;
  if (isLate) await heartbeats.ask(at);
  return isLate;
}
