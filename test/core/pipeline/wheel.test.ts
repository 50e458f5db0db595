import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryPlanStore } from '../../../adapters/memory/plan-store.ts';
import {
  beginWalk,
  lateTurns,
  nextStep,
  SLOTS,
  turnAt,
  turnWheel,
  type Wheel,
  WheelContentionError,
  type WheelStore,
} from '../../../core/pipeline/wheel.ts';

const START = Date.parse('2026-03-01T00:00:00.000Z');
const TURN_MINUTES = 5;
const DAY = SLOTS * TURN_MINUTES;
const DAILY = { name: 'DAILY', period: SLOTS };
const WALKING = { ...DAILY, walks: true };

/** A planner whose clock a test moves, in minutes, and what it has worked on: slot → times, in minutes. */
function planner(store: WheelStore = memoryPlanStore()) {
  let minutes = 0;
  const visits = new Map<number, number[]>();
  const now = () => new Date(START + minutes * 60_000).toISOString();
  const note = (slots: readonly number[]) => {
    for (const slot of slots) visits.set(slot, [...(visits.get(slot) ?? []), minutes]);
  };
  return {
    visits,
    now,
    store,
    advance: (by: number) => {
      minutes += by;
    },
    note,
    run: (
      task = DAILY,
      work = async (slots: readonly number[]) => {
        note(slots);
        return true;
      },
    ) => turnWheel(task, work, { store, now }),
  };
}

const counts = (visits: ReadonlyMap<number, readonly number[]>): Set<number> =>
  new Set(Array.from({ length: SLOTS }, (_, slot) => visits.get(slot)?.length ?? 0));

describe('a wheel', () => {
  it('has nothing to make up where it starts, and takes its slot at once', async () => {
    const { run, visits } = planner();
    await run();
    expect([...visits]).toEqual([[turnAt(new Date(START).toISOString()) % SLOTS, [0]]]);
  });

  it('visits each slot exactly once a day, whenever it runs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: DAY - TURN_MINUTES }), { minLength: 5, maxLength: 60 }), async (gaps) => {
        const { run, visits, advance } = planner();
        await run();
        let passed = 0;
        for (const gap of gaps) {
          advance(gap);
          passed += gap;
          await run();
        }
        const turns = Math.floor(passed / TURN_MINUTES) + 1;
        const expected = Array.from({ length: SLOTS }, (_, slot) => Math.floor((turns - 1 - slot + SLOTS) / SLOTS));
        const first = turnAt(new Date(START).toISOString()) % SLOTS;
        expect(expected.map((_, slot) => visits.get((first + slot) % SLOTS)?.length ?? 0)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('visits each slot once after days without a run', async () => {
    const { run, visits, advance } = planner();
    await run();
    visits.clear();
    advance(3 * DAY + 17);
    const { wheel } = await run();
    expect(counts(visits)).toEqual(new Set([1]));
    expect(lateTurns(wheel, turnAt(new Date(START).toISOString()))).toBe(0);
  });

  it('loses no slot to runs that die or meet, and repeats at most the slot that one was in', async () => {
    const fault = fc.constantFrom('none', 'before', 'during', 'after', 'meets' as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fault, fc.nat(5)), { minLength: 1, maxLength: 40 }),
        async (runs) => {
          const store = memoryPlanStore();
          const { run, visits, advance, note } = planner(store);
          await run();
          let repeats = 0;
          for (const [gap, kind, step] of runs) {
            advance(gap);
            let steps = 0;
            const work = async (slots: readonly number[]): Promise<boolean> => {
              const isHit = steps++ === step;
              if (isHit && kind === 'before') throw new RangeError('died');
              note(slots);
              if (isHit && kind === 'after') {
                repeats++;
                throw new RangeError('died');
              }
              if (isHit && kind === 'meets') {
                repeats++;
                await run(DAILY);
              }
              return true;
            };
            await run(DAILY, work).catch(() => undefined);
          }
          await run();
          // Everything since the start is done, and nothing else.
          const visited = [...visits.values()].reduce((sum, times) => sum + times.length, 0);
          const wheel = await store.readWheel('DAILY');
          const due = (wheel?.cursor ?? 0) - turnAt(new Date(START).toISOString());
          expect(visited).toBeGreaterThanOrEqual(due);
          expect(visited).toBeLessThanOrEqual(due + repeats);
          for (let turn = 0; turn < Math.min(due, SLOTS); turn++)
            expect(visits.has((turnAt(new Date(START).toISOString()) + turn) % SLOTS)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps the step that had no room for later', async () => {
    const { run, visits, advance } = planner();
    await run();
    advance(20);
    expect((await run(DAILY, async () => false)).steps).toBe(0);
    advance(5);
    expect((await run()).steps).toBe(5);
    expect([...visits.values()].every((times) => times.length === 1)).toBe(true);
  });

  it('turns twelve times a day faster for a task of each hour, with all slots in an hour', () => {
    const wheel: Wheel = { revision: 1, cursor: 0 };
    const hour = Array.from({ length: 12 }, (_, turn) => nextStep({ ...wheel, cursor: 1200 + turn }, 1200 + turn, 12)?.slots ?? []);
    expect(hour.every((slots) => slots.length === SLOTS / 12)).toBe(true);
    expect(hour.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: SLOTS }, (_, slot) => slot));
  });

  it('does nothing where the clock went back', async () => {
    const { run, advance } = planner();
    advance(60);
    await run();
    advance(-60);
    expect((await run()).steps).toBe(0);
  });

  it.each([14, SLOTS, 100_000, Number.MAX_SAFE_INTEGER])('goes on by the clock where it was %i turns ahead', (ahead) => {
    const now = 6_000_000;
    const cursor = Math.min(now + ahead, Number.MAX_SAFE_INTEGER);
    const step = nextStep({ revision: 1, cursor }, now, SLOTS);
    expect(step).toEqual({ slots: [now % SLOTS], after: { revision: 2, cursor: now + 1 } });
    expect(nextStep(step!.after, now, SLOTS)).toBeUndefined();
    expect(nextStep(step!.after, now + 1, SLOTS)?.slots).toEqual([(now + 1) % SLOTS]);
  });
});

describe('a walk', () => {
  it('visits every slot once at the first run, and then goes on day by day', async () => {
    const { run, visits, advance } = planner();
    const { wheel } = await run(WALKING);
    expect(counts(visits)).toEqual(new Set([1]));
    expect(wheel.walk).toMatchObject({ generation: 1, left: 0 });
    visits.clear();
    for (let minutes = 0; minutes < DAY; minutes += 30) {
      advance(30);
      await run(WALKING);
    }
    expect(counts(visits)).toEqual(new Set([1]));
  });

  it('begins again with each deployment, goes on where it was, and leaves no slot out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.boolean()), { maxLength: 30 }), async (steps) => {
        const store = memoryPlanStore();
        const { run, visits, advance, note, now } = planner(store);
        let deployed = 0;
        for (const [room, isDeployed] of steps) {
          if (isDeployed) {
            await beginWalk(WALKING, { store, now });
            deployed++;
            visits.clear();
          }
          let left = room;
          await run(WALKING, async (slots) => {
            if (left-- <= 0) return false;
            note(slots);
            return true;
          });
          advance(1);
        }
        const { wheel } = await run(WALKING);
        // A deployment before the first run is the first walk.
        expect(wheel.walk?.generation).toBe(deployed + (steps[0]?.[1] === true || deployed === 0 ? (deployed === 0 ? 1 : 0) : 1));
        expect(counts(visits).has(0)).toBe(false);
        expect(wheel.walk?.left).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('makes the turns rest, and leaves none of them behind', async () => {
    const { run, visits, advance, store, now } = planner();
    await run(WALKING);
    advance(7);
    await beginWalk(WALKING, { store, now });
    visits.clear();
    let room = 100;
    const few = async (): Promise<boolean> => room-- > 0;
    await run(WALKING, few);
    advance(60);
    const { wheel } = await run(WALKING);
    expect(lateTurns(wheel, turnAt(now()))).toBe(0);
    expect((await run(WALKING)).steps).toBe(0);
  });

  it('is not begun against others for ever', async () => {
    const { now } = planner();
    const busy: WheelStore = { readWheel: async () => undefined, commitWheel: async () => false };
    await expect(beginWalk(WALKING, { store: busy, now })).rejects.toThrow(WheelContentionError);
  });
});
