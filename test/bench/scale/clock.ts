import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

/** Time that does not pass by itself: the clock goes from event to event. The same seed gives the same run. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Ends after so much virtual time. */
  sleep(milliseconds: number): Promise<void>;
  /** Calls `work` at a time, or at once if it has passed. */
  at(time: number, work: () => void): void;
  /** From 0 up to 1, from the seed. */
  random(): number;
  /** Lets everything happen that is due until a time. */
  run(until: number): Promise<void>;
}

interface Event {
  readonly time: number;
  readonly order: number;
  readonly work: () => void;
}

/** 1 November 2026, in milliseconds. */
export const START = Date.UTC(2026, 10, 1);

/**
 * @param seed any integer
 * @param start milliseconds since 1970
 */
export function createClock(seed = 1, start = START): Clock {
  const events: Event[] = [];
  let [now, order] = [start, 0];
  const random = randomFrom(seed);
  const at = (time: number, work: () => void): void => push(events, { time: Math.max(now, time), order: order++, work });
  return {
    now: () => now,
    sleep: (milliseconds) => new Promise((resolve) => at(now + milliseconds, resolve)),
    at,
    random,
    run: async (until) => {
      await settled();
      for (let next = events[0]; next && next.time <= until; next = events[0]) {
        now = next.time;
        while (events[0] && events[0].time <= now) pop(events)?.work();
        await settled();
      }
      now = Math.max(now, until);
    },
  };
}

/** Waits until no code can continue at this moment of virtual time. The code under test does no real input or output. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** https://en.wikipedia.org/wiki/Mulberry32 */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const isBefore = (a: Event, b: Event): boolean => a.time < b.time || (a.time === b.time && a.order < b.order);

/** Adds to a binary heap whose first element is the earliest event. */
function push(heap: Event[], event: Event): void {
  heap.push(event);
  for (let index = heap.length - 1; index > 0; ) {
    const parent = (index - 1) >> 1;
    if (!isBefore(heap[index]!, heap[parent]!)) return;
    swap(heap, index, parent);
    index = parent;
  }
}

function pop(heap: Event[]): Event | undefined {
  const [first, last] = [heap[0], heap.pop()];
  if (heap.length === 0 || !last) return first;
  heap[0] = last;
  for (let index = 0; ; ) {
    const [left, right] = [2 * index + 1, 2 * index + 2];
    let least = index;
    if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left;
    if (right < heap.length && isBefore(heap[right]!, heap[least]!)) least = right;
    if (least === index) return first;
    swap(heap, index, least);
    index = least;
  }
}

function swap(heap: Event[], a: number, b: number): void {
  const kept = heap[a]!;
  heap[a] = heap[b]!;
  heap[b] = kept;
}

const RealDate = Date;
const realRandom = Math.random;
const realSleep = timers.setTimeout;

let present: Clock | undefined;
let isPrepared = false;

/**
 * Lets this process live by a clock from now on: `Date`, `Math.random` and the `setTimeout` of `node:timers/promises`. The handlers
 * run as they are: they have no parameter for the time.
 *
 * @param clock `undefined` for the real ones
 */
export function liveBy(clock: Clock | undefined): void {
  prepare();
  present = clock;
}

/** Replaces the functions of this process by such that follow the clock. Call it before the code is loaded that keeps one of them. */
export function prepare(): void {
  if (isPrepared) return;
  isPrepared = true;
  globalThis.Date = class extends RealDate {
    constructor(...given: unknown[]) {
      super(...((given.length === 0 && present ? [present.now()] : given) as [number]));
    }
    static override now(): number {
      return present ? present.now() : RealDate.now();
    }
  } as DateConstructor;
  Math.random = () => (present ? present.random() : realRandom());
  timers.setTimeout = (async (milliseconds: number, value: unknown) => {
    if (!present) return realSleep(milliseconds, value);
    await present.sleep(milliseconds);
    return value;
  }) as typeof timers.setTimeout;
  syncBuiltinESMExports();
}
