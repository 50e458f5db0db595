/** The state of a clock, for the workers that read it. */
export interface SharedClock {
  /** Milliseconds since 1970 at which it began. */
  readonly startedAt: number;
  /** Milliseconds since then, in shared memory. */
  readonly elapsed: BigInt64Array;
}

/** A clock that real time does not move. Each look takes a millisecond, so that no two looks are at the same time; a test sets it ahead. */
export interface Clock {
  readonly shared: SharedClock;
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since 1970, without a look at it. */
  peek(): number;
  advance(milliseconds: number): void;
}

/** Starts a clock at the present. */
export function startClock(): Clock {
  const shared: SharedClock = { startedAt: Date.now(), elapsed: new BigInt64Array(new SharedArrayBuffer(8)) };
  return {
    shared,
    now: () => shared.startedAt + Number(Atomics.add(shared.elapsed, 0, 1n)),
    peek: () => shared.startedAt + Number(Atomics.load(shared.elapsed, 0)),
    advance: (milliseconds) => void Atomics.add(shared.elapsed, 0, BigInt(milliseconds)),
  };
}
