import type { Bill } from './bill.ts';
import type { FloodResult, HugeJoinResult, LiveResult, OutageResult, SlowResult, SweepResult, SweepTimeResult } from './scenarios.ts';
import type { ServiceTimes } from './times.ts';

/** Everything that `npm run bench:scale` finds. */
export interface Results {
  /** Day and machine of the run. */
  readonly ranOn: string;
  readonly times: ServiceTimes;
  /** (a), the worst of several seeds. */
  readonly sweeps: readonly SweepResult[];
  /** (b) */
  readonly live: readonly LiveResult[];
  /** (c) */
  readonly slow: readonly SlowResult[];
  readonly huge: HugeJoinResult;
  /** (d); without a flood at first. */
  readonly floods: readonly FloodResult[];
  /** (e) */
  readonly outages: readonly OutageResult[];
  /** (g) */
  readonly bills: readonly Bill[];
  readonly sweepTimes: readonly SweepTimeResult[];
}

/** A bound, and the figure that must keep it. */
export interface Target {
  readonly id: string;
  readonly what: string;
  readonly bound: string;
  readonly found: string;
  readonly holds: boolean;
}

/** The bill that this design had to cut to a third, in USD: 10,000 accounts in 17 Regions, by the same prices, before it. */
const BILL_BEFORE = 4200;

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
const usd = (amount: number): string => `${amount < 100 ? amount.toFixed(1) : Math.round(amount).toLocaleString('en')} USD`;

/** The targets, each with what the model found. A figure that is missing does not hold. */
export function targetsOf({ sweeps, live, slow, huge, floods, outages, bills, sweepTimes }: Results): Target[] {
  const usual = sweeps.find(({ regions, workers }) => regions === 17 && workers === 4);
  const of = (kind: 'first' | 'unchanged', scorings: number, units: number): Target => ({
    id: 'a',
    what: `${kind === 'first' ? 'first sweep' : 'sweep without changes'} of one account, 17 Regions, ${usual?.resources ?? 0} resources`,
    bound: `${scorings} runs, ${units.toLocaleString('en')} read units`,
    found: usual ? `${usual[kind].scorings} runs, ${usual[kind].readUnits.toLocaleString('en')} read units` : 'not run',
    holds: usual !== undefined && usual[kind].scorings <= scorings && usual[kind].readUnits <= units,
  });
  return [
    of('first', 12, 1500),
    of('unchanged', 3, 150),
    linear(sweeps),
    ...live.map(
      (each): Target => ({
        id: 'b',
        what: `change to score during the ${each.sweep} sweep, ${each.shards} shards, 99 of 100`,
        bound: '10 s',
        found: `${seconds(each.p99)} (half: ${seconds(each.p50)}, all: ${seconds(each.max)})`,
        holds: each.changes > 0 && each.unseen === 0 && each.p99 < 10_000,
      }),
    ),
    ...slow.map(
      (each): Target => ({
        id: 'c',
        what: `a run takes ${each.scoringSeconds} s, a change each second`,
        bound: 'all runs commit',
        found: `${each.commits} commits, ${each.failures} failures; 99 of 100 changes after ${seconds(each.p99)}`,
        holds: each.failures === 0 && each.unseen === 0 && each.commits > 0,
      }),
    ),
    {
      id: 'c',
      what: `a join that reads for ${huge.runSeconds.toFixed(1)} s, a change each second for ${huge.seconds} s`,
      bound: `${huge.allowed} reads`,
      found: `${huge.runs} reads`,
      holds: huge.runs > 0 && huge.runs <= huge.allowed && huge.unseen === 0,
    },
    ...floods.slice(1).map((each): Target => {
      const delay = each.total - (floods[0]?.total ?? 0);
      const promised = each.reactionSeconds !== null;
      return {
        id: 'd',
        what: `another account floods ${each.flood.toLocaleString('en')} changes; SQS holds them back ${promised ? `after ${each.reactionSeconds} s` : 'never'}`,
        bound: promised ? '5 s later' : 'none',
        found: `${seconds(Math.max(0, delay))} later`,
        holds: each.unseen === 0 && (!promised || delay <= 5000),
      };
    }),
    ...outages.map(
      (each): Target => ({
        id: 'e',
        what: `no scoring for ${each.hours} h`,
        bound: 'all verdicts true a day later',
        found: `${each.isTrue ? 'true' : 'not true'}; ${each.lost.toLocaleString('en')} stream records expired unread`,
        holds: each.isTrue && (each.hours >= 24 || each.lost === 0),
      }),
    ),
    bill(bills, 10_000, 17, BILL_BEFORE / 3),
    bill(bills, 1, 2, 16),
    bill(bills, 1, 17, 16),
    ...sweepTimes.map(
      (each): Target => ({
        id: 'h',
        what: `sweep of ${each.accounts.toLocaleString('en')} accounts, ${each.regions} Regions, ${each.workers} units at once`,
        bound: each.workers >= 20 ? '12 h' : 'none',
        found: `${each.hours.toFixed(1)} h; longest run of the planner ${each.plannerSeconds.toFixed(1)} s`,
        holds: each.plannerSeconds < 450 && (each.workers < 20 || each.hours <= 12),
      }),
    ),
  ];
}

/** From 2 to 34 Regions at most as many times the read units as Regions. */
function linear(sweeps: readonly SweepResult[]): Target {
  const usual = sweeps.filter(({ workers }) => workers === 4).sort((a, b) => a.regions - b.regions);
  const [first, last] = [usual[0], usual.at(-1)];
  const factor = first && last ? last.first.readUnits / first.first.readUnits : Number.POSITIVE_INFINITY;
  const regions = first && last ? last.regions / first.regions : 1;
  return {
    id: 'a',
    what: `read units of a first sweep, ${first?.regions ?? 0} to ${last?.regions ?? 0} Regions`,
    bound: `× ${regions}`,
    found: `× ${factor.toFixed(1)}`,
    holds: regions > 1 && factor <= regions,
  };
}

function bill(bills: readonly Bill[], accounts: number, regions: number, most: number): Target {
  const found = bills.find((each) => each.accounts === accounts && each.regions === regions);
  return {
    id: 'g',
    what: `a month, ${accounts.toLocaleString('en')} ${accounts === 1 ? 'account' : 'accounts'} in ${regions} Regions`,
    bound: usd(most),
    found: found ? usd(found.total) : 'not run',
    holds: found !== undefined && found.total <= most,
  };
}
