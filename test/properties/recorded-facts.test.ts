/** Anyone can write a record of facts. Facts that have their shapes make no rule throw, whatever they say. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { inProcessPipeline } from '../../cli/in-process.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { FACT_TYPES, parserOf } from '../../core/facts/index.ts';
import type { Shape } from '../../core/facts/shape.ts';
import { tellWeek } from '../../scripts/week/story.ts';
import { runs } from '../support/runs.ts';

const ACCOUNTS = ['111111111111', '222222222222', '333333333333'];
const REGIONS = ['eu-west-1', 'us-east-1', 'cn-north-1', 'global', 'zz-nowhere-9'];
/** A time ahead of the clock is not among them: such a record is rejected before a rule sees it. */
const TIMES = ['2006-01-01T00:00:00.000Z', '2026-11-29T08:00:00.000Z'];

const HOSTILE: readonly unknown[] = [
  ...[null, true, false, 0, -0, -1, 1, 0.5, 22, 65_536, 1e308, Number.MAX_SAFE_INTEGER],
  ...[
    '',
    ' ',
    '0',
    '-1',
    '*',
    '%',
    '{',
    '[',
    'never',
    'none',
    '__proto__',
    'constructor',
    'toString',
    '\u0000',
    '\ud800',
    '\u202e',
    'x'.repeat(5000),
  ],
  ...['0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '2024-02-29T00:00:00Z', '2026-02-31T00:00:00Z', '1970-01-01T00:00:00.000Z'],
  ...['arn:', ':::::', 'arn:aws:iam::111111111111:root', 'arn:aws:sns:::', '0.0.0.0/0', '::/0', '1.2.3.4/33', 'https://['],
  ...[[], {}, [[]], [null], JSON.parse('{"__proto__": []}'), JSON.parse('{"constructor": "x", "toString": true}')],
];

type Json = Record<string, unknown>;

/** Returns a value with one part of it replaced, or with one more member, such as a key that every object has. */
function withPart(value: unknown, { pick, below }: Chance, part: unknown): unknown {
  if (typeof value !== 'object' || value === null || below(4) === 0) return part;
  if (Array.isArray(value) && below(4) === 0) return [...value, part];
  const keys = Object.keys(value);
  if (keys.length === 0) return part;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  const key = Array.isArray(value) || below(4) > 0 ? pick(keys) : String(pick(['__proto__', 'constructor', 'toString', '']));
  const member = Object.hasOwn(value, key) ? (value as Json)[key] : (value as Json)[keys[0]!];
  Object.defineProperty(copy, key, {
    value: withPart(member, { pick, below }, part),
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return copy;
}

interface Chance {
  /** Returns a whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  pick<T>(values: readonly T[]): T;
}

/** Returns the choices that follow from a seed: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return { below, pick: (values) => values[below(values.length)]! };
}

/** Returns the facts of the sample week by name, whatever the type. */
async function factsOfWeek(): Promise<Map<string, unknown[]>> {
  const { store, feed } = inProcessPipeline(CATALOGUE);
  for (const line of tellWeek().filter(isJson)) await feed(JSON.parse(line));
  const known = new Map<string, unknown[]>();
  for (const accountId of ACCOUNTS) {
    for (const { parsed } of (await Promise.all(FACT_TYPES.map((type) => store.listResources(accountId, type)))).flat()) {
      for (const [name, value] of Object.entries(parsed?.facts ?? {})) {
        known.set(name, [...(known.get(name) ?? []), value]);
      }
    }
  }
  return known;
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

describe('facts that have their shapes', () => {
  let known: ReadonlyMap<string, unknown[]>;
  beforeAll(async () => {
    known = await factsOfWeek();
  });
  const tried = new Set<string>();

  /** Returns a value of a fact: of the week, one with a part that is hostile, or a hostile one. */
  function anyValue(name: string, shape: Shape<unknown>, chance: Chance): unknown {
    const usual = known.get(name) ?? [];
    const changed = Array.from({ length: usual.length > 0 ? 12 : 0 }, () => withPart(chance.pick(usual), chance, chance.pick(HOSTILE)));
    const values = [chance.pick(usual), chance.pick(HOSTILE), ...changed, ...HOSTILE].filter(
      (value) => value !== undefined && shape.matches(value),
    );
    return chance.pick(values);
  }

  /** Returns facts of a type. Each can be missing. */
  function factsOf(type: string, chance: Chance): Json {
    const facts: Json = {};
    for (const [name, shape] of Object.entries(parserOf(type)?.shapes ?? {})) {
      const value = chance.below(8) === 0 ? undefined : anyValue(name, shape, chance);
      if (value === undefined) continue;
      facts[name] = value;
      tried.add(`${type} ${name}`);
    }
    return facts;
  }

  const record = (resourceType: string, chance: Chance) => ({
    csmm: 'facts',
    version: 1,
    accountId: chance.pick(ACCOUNTS.slice(0, 2)),
    awsRegion: chance.pick(REGIONS),
    resourceType,
    resourceId: chance.pick(resourceType === 'CSMM::Inventory' ? FACT_TYPES : ['a', 'b', '111111111111', '__proto__', 'csmm.yaml']),
    capturedAt: chance.pick(TIMES),
    facts: factsOf(resourceType, chance),
    missing: {},
  });

  it('make no rule throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const chance = chanceOf(seed);
        const pipeline = inProcessPipeline(CATALOGUE);
        for (const type of [...FACT_TYPES, ...FACT_TYPES, ...FACT_TYPES]) {
          const document = record(type, chance);
          expect(await pipeline.feed(JSON.parse(JSON.stringify(document))), JSON.stringify(document).slice(0, 2000)).toEqual([]);
        }
        await pipeline.closeLists();
        await pipeline.settle();
        const { overall } = (await pipeline.result()).organization;
        expect(overall === null || (overall >= 0 && overall <= 100)).toBe(true);
      }),
      { numRuns: runs(60), seed: 20_261_130 },
    );
    const all = FACT_TYPES.flatMap((type) => Object.keys(parserOf(type)?.shapes ?? {}).map((name) => `${type} ${name}`));
    expect(all.filter((each) => !tried.has(each))).toEqual([]);
  });
});
