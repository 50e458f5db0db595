import { billOf, type Day, dayOf } from './bill.ts';
import { regionsOf } from './estate.ts';
import type { Outline } from './outline.ts';
import type { Results } from './results.ts';
import {
  type Base,
  flood,
  hugeJoin,
  liveDuringSweep,
  outage,
  type SweepResult,
  slowScoring,
  sweepOfAll,
  sweepOfOneAccount,
  worstOf,
} from './scenarios.ts';

/** The size of a run: all of it, or what a test can wait for. */
export interface Size {
  readonly seeds: number;
  /** Regions and workers of the sweeps of one account. */
  readonly sweeps: readonly (readonly [regions: number, workers: number])[];
  readonly resources: number;
  readonly live: { readonly accounts: number; readonly resources: number; readonly seconds: number; readonly shards: readonly number[] };
  readonly slowSeconds: number;
  readonly flood: number;
  readonly outageHours: readonly number[];
  /** Accounts whose day is lived through; the others of a larger deployment are copies. */
  readonly lived: number;
}

export const FULL: Size = {
  seeds: 5,
  sweeps: [
    [2, 4],
    [5, 4],
    [10, 4],
    [17, 4],
    [34, 4],
    [17, 2],
    [17, 10],
    [17, 20],
  ],
  resources: 300,
  live: { accounts: 60, resources: 60, seconds: 300, shards: [4, 16] },
  slowSeconds: 600,
  flood: 10_000,
  outageHours: [7, 20, 30],
  lived: 5,
};

/** As few seconds as find a regression. */
export const SMALL: Size = {
  seeds: 1,
  sweeps: [
    [2, 4],
    [17, 4],
  ],
  resources: 300,
  live: { accounts: 6, resources: 40, seconds: 40, shards: [4] },
  slowSeconds: 120,
  flood: 2000,
  outageHours: [7, 30],
  lived: 2,
};

/** The outlines of a deployment for one account, and of one for an organization. */
export interface Outlines {
  readonly alone: Outline;
  readonly organization: Outline;
}

/** Factor on the time that joins take, so that a few thousand resources stand for many more. */
const HUGE = { resources: 5000, factor: 20, seconds: 300 };

const ACCOUNTS = [1, 100, 1000, 10_000];
const WORKERS = [10, 15, 20];

/** A part of a run, that can be run in a process of its own. */
export interface Part {
  readonly name: string;
  /** Number of Regions that the planner reads: its handler takes them from the environment when it is loaded. */
  readonly regions: number;
  run(base: Base, size: Size, outlines: Outlines): Promise<Partial<Results>>;
}

export const PARTS: readonly Part[] = [
  {
    name: 'sweeps',
    regions: 2,
    run: async (base, { sweeps, seeds, resources }) => {
      const results: SweepResult[] = [];
      for (const [regions, workers] of sweeps) {
        const each: SweepResult[] = [];
        for (let seed = 1; seed <= seeds; seed++) each.push(await sweepOfOneAccount(base, { regions, resources, workers, seed }));
        results.push(worstOf(each));
      }
      return { sweeps: results };
    },
  },
  {
    name: 'live',
    regions: 2,
    run: async (base, { live }) => {
      const results: Results['live'][number][] = [];
      for (const shards of live.shards) results.push(...(await liveDuringSweep(base, { ...live, regions: 17, workers: 10, shards })));
      return { live: results };
    },
  },
  {
    name: 'slow',
    regions: 2,
    run: async (base, { slowSeconds }) => {
      const { times } = base;
      const compute = { ...times.compute, kilobyteRead: HUGE.factor * (times.compute.kilobyteRead ?? 0) };
      const huge = await hugeJoin({ ...base, times: { ...times, compute } }, HUGE);
      return { slow: [await slowScoring(base, { scoringSeconds: 4, seconds: slowSeconds })], huge };
    },
  },
  {
    name: 'floods',
    regions: 2,
    run: async (base, { flood: changes }) => {
      const floods: Results['floods'][number][] = [await flood(base, { reactionSeconds: 3, changes: 0 })];
      for (const reactionSeconds of [1, 3, null]) floods.push(await flood(base, { reactionSeconds, changes }));
      return { floods };
    },
  },
  {
    name: 'outages',
    regions: 2,
    run: async (base, { outageHours }) => {
      const outages: Results['outages'][number][] = [];
      for (const hours of outageHours) outages.push(await outage(base, { hours }));
      return { outages };
    },
  },
  ...[2, 17].map(
    (regions): Part => ({
      name: `bills of ${regions} Regions`,
      regions,
      run: async (base, { lived }, { alone, organization }) => {
        const idle = await dayOf(base, { accounts: 0, regions });
        const one = await dayOf(base, { accounts: 1, regions });
        const some = await dayOf(base, { accounts: lived, regions });
        const bill = (outline: Outline, day: Day, accounts: number) => billOf(outline, { idle, day, accounts });
        return { bills: ACCOUNTS.map((accounts) => (accounts === 1 ? bill(alone, one, 1) : bill(organization, some, accounts))) };
      },
    }),
  ),
  {
    name: 'sweep times',
    regions: 17,
    run: async (base) => {
      const sweepTimes: Results['sweepTimes'][number][] = [];
      for (const workers of WORKERS) sweepTimes.push(await sweepOfAll(base, { accounts: 10_000, regions: 17, workers }));
      return { sweepTimes };
    },
  },
];

/** The Regions that the handlers of a part are loaded with. */
export const regionsFor = ({ regions }: Part): string[] => regionsOf(regions);

/** Puts the results of the parts together. */
export function joined(parts: readonly Partial<Results>[], rest: Pick<Results, 'ranOn' | 'times'>): Results {
  const list = <K extends 'sweeps' | 'live' | 'slow' | 'floods' | 'outages' | 'bills' | 'sweepTimes'>(name: K) =>
    parts.flatMap((part): readonly unknown[] => part[name] ?? []) as unknown as Results[K];
  const huge = parts.find((part) => part.huge)?.huge;
  if (!huge) throw new Error('the part "slow" has not run');
  return {
    ...rest,
    sweeps: list('sweeps'),
    live: list('live'),
    slow: list('slow'),
    huge,
    floods: list('floods'),
    outages: list('outages'),
    bills: list('bills'),
    sweepTimes: list('sweepTimes'),
  };
}
