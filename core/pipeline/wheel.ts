import { millisecondsOf } from '../instant.ts';

/**
 * The planner's day has {@link SLOTS} slots of five minutes. Each account has one, by the hash of its id, so every step of the planner is
 * small and the load is even. A turn is the five minutes of a slot on one day, counted since 1970.
 */
export const SLOTS = 288;
const TURN_MILLISECONDS = 5 * 60_000;

/** Returns the turn at a time, ISO-8601 UTC. */
export const turnAt = (now: string): number => Math.floor(millisecondsOf(now) / TURN_MILLISECONDS);

/** The latest first turn that csmm believes: that of a clock which is ahead by an hour. */
const MAX_TURNS_AHEAD = 13;

/** Progress of a task over all slots. */
export interface Wheel {
  /** Number of commits, from 1. */
  readonly revision: number;
  /** The first turn whose work is not done. */
  readonly cursor: number;
  /** The walk over all slots that a deployment begins. Absent if the task has none. */
  readonly walk?: Walk;
}

/** A walk over all slots as fast as the queue drains. */
export interface Walk {
  /** Number of walks that began, from 1. */
  readonly generation: number;
  /** The next slot. */
  readonly next: number;
  /** Number of slots that the walk has still to visit. */
  readonly left: number;
}

/** Stores wheels by name. */
export interface WheelStore {
  readWheel(name: string): Promise<Wheel | undefined>;
  /** @returns false if the stored wheel is no longer `previous`, because another run is under way. */
  commitWheel(name: string, previous: Wheel | undefined, next: Wheel): Promise<boolean>;
}

/** One step of a wheel: the slots to work on, and the wheel once that is done. */
export interface WheelStep {
  readonly slots: readonly number[];
  readonly after: Wheel;
}

export interface WheelTask {
  /** Key of the wheel in the store. */
  readonly name: string;
  /** Number of turns in which the task visits each slot once: {@link SLOTS} for once a day. It divides SLOTS. */
  readonly period: number;
  /** Whether the task begins with a walk over all slots. @default false */
  readonly walks?: boolean;
}

/**
 * Returns the next step; `undefined` if nothing is due. During a walk the turns rest, because the walk visits every slot anyway. Goes
 * back over missed turns as far as one period, which has every slot.
 */
export function nextStep({ revision, cursor, walk }: Wheel, now: number, period: number): WheelStep | undefined {
  if (walk && walk.left > 0) {
    const next = { ...walk, next: (walk.next + 1) % SLOTS, left: walk.left - 1 };
    return { slots: [walk.next], after: { revision: revision + 1, cursor: Math.max(cursor, now + 1), walk: next } };
  }
  // A turn far from now is of a clock that was wrong. Nothing else would end its wait.
  const turn = cursor > now + MAX_TURNS_AHEAD ? now : Math.max(cursor, now - period + 1);
  if (turn > now) return undefined;
  return { slots: slotsOf(turn, period), after: { revision: revision + 1, cursor: turn + 1, ...(walk && { walk }) } };
}

/** Returns the slots of a turn: those that leave the same remainder. */
const slotsOf = (turn: number, period: number): number[] =>
  Array.from({ length: SLOTS / period }, (_, index) => (turn % period) + index * period);

/** Returns the wheel of a task that has none: nothing is missed, and a walk is due if the task walks. */
const firstWheel = (now: number, walks: boolean): Wheel => ({
  revision: 0,
  cursor: now,
  ...(walks && { walk: { generation: 1, next: now % SLOTS, left: SLOTS } }),
});

/** Returns the wheel with a new walk over all slots. It continues where the current walk is, so that no slot waits for ever. */
const walkAgain = ({ revision, cursor, walk }: Wheel, now: number): Wheel => ({
  revision: revision + 1,
  cursor,
  walk: { generation: (walk?.generation ?? 0) + 1, next: walk && walk.left > 0 ? walk.next : now % SLOTS, left: SLOTS },
});

export interface WheelDependencies {
  readonly store: WheelStore;
  /** Returns the current time, ISO-8601 UTC. */
  readonly now: () => string;
}

/**
 * Does the steps that are due, one after another, and notes each before the next. A run that dies repeats at most the step that it was
 * in. Ends early if `work` returns false, because there is no room or no time for the step, or if another run has taken over.
 *
 * @param work does the work of some slots completely, or nothing of it
 * @returns the number of steps done, and the wheel.
 */
export async function turnWheel(
  { name, period, walks = false }: WheelTask,
  work: (slots: readonly number[], wheel: Wheel) => Promise<boolean>,
  { store, now }: WheelDependencies,
): Promise<{ readonly steps: number; readonly wheel: Wheel }> {
  const stored = await store.readWheel(name);
  let wheel = stored ?? firstWheel(turnAt(now()), walks);
  let previous = stored;
  for (let steps = 0; ; steps++) {
    const step = nextStep(wheel, turnAt(now()), period);
    if (!step || !(await work(step.slots, wheel))) return { steps, wheel };
    if (!(await store.commitWheel(name, previous, step.after))) return { steps, wheel };
    wheel = step.after;
    previous = wheel;
  }
}

/** Number of attempts to begin a walk while the planner moves the wheel. */
const MAX_ATTEMPTS = 25;

/** Begins a walk over all slots. @throws WheelContentionError if other runs keep moving the wheel. */
export async function beginWalk({ name }: Pick<WheelTask, 'name'>, { store, now }: WheelDependencies): Promise<Wheel> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const stored = await store.readWheel(name);
    const next = stored ? walkAgain(stored, turnAt(now())) : { ...firstWheel(turnAt(now()), true), revision: 1 };
    if (await store.commitWheel(name, stored, next)) return next;
  }
  throw new WheelContentionError(`the wheel ${name} was moved by others ${MAX_ATTEMPTS} times`);
}

export class WheelContentionError extends Error {
  override readonly name = 'WheelContentionError';
}

/** Turns whose work is late, for a metric. */
export const lateTurns = ({ cursor }: Wheel, now: number): number => Math.max(0, now - cursor);
