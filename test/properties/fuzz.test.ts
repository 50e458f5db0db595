import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inProcessPipeline } from '../../cli/in-process.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { readDocument } from '../../core/events/intake.ts';
import { parseFacts, parserOf } from '../../core/facts/index.ts';
import { runs } from '../support/runs.ts';

type Json = Record<string, unknown>;

const isJson = (line: string): boolean => {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
};

/** Three events of every resource type that the example week has. */
const EVENTS: readonly string[] = (() => {
  const byType = new Map<string, string[]>();
  for (const line of readFileSync(new URL('../../examples/week.ndjson', import.meta.url), 'utf8')
    .split('\n')
    .filter(isJson)) {
    const [intake] = readDocument(JSON.parse(line));
    if (intake?.kind !== 'item' || intake.item.state !== 'recorded') continue;
    const { resourceType } = intake.item.resource;
    byType.set(resourceType, [...(byType.get(resourceType) ?? []), line]);
  }
  return [...byType.values()].flatMap((lines) => [lines[0]!, lines[Math.floor(lines.length / 2)]!, lines.at(-1)!]);
})();

const HOSTILE: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  65_536,
  '',
  ' ',
  'null',
  'true',
  '0',
  '-1',
  '{}',
  '[]',
  '"',
  '{"a":',
  '%7B%22Statement%22%3A%5B%5D%7D',
  '%',
  '%E0%A4%A',
  '__proto__',
  'constructor',
  '0.0.0.0/0',
  '::/0',
  '/0',
  '*',
  'a\u0000b',
  '\ud800',
  'x'.repeat(2000),
  [],
  [null],
  [[]],
  [{}],
  ['*'],
  {},
  { '': {} },
  JSON.parse('{"__proto__":{"encrypted":true}}'),
  { constructor: { prototype: { encrypted: true } } },
  JSON.parse('{"toString":1,"valueOf":null,"length":-1,"toJSON":"x","then":"y"}'),
  { Statement: { Effect: 'Allow', Principal: '*' } },
  { Statement: [null, 1, 'x', { Condition: { Bool: { 'aws:SecureTransport': [[]] } } }] },
];

interface Place {
  readonly holder: Json | unknown[];
  readonly key: string;
}

/** Every member and element of a document. */
function placesIn(value: unknown, found: Place[] = []): Place[] {
  if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) {
      found.push({ holder: value as Json, key });
      placesIn((value as Json)[key], found);
    }
  }
  return found;
}

const put = ({ holder, key }: Place, value: unknown) =>
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
const get = ({ holder, key }: Place): unknown => (holder as Json)[key];

type Mutation = (place: Place, hostile: unknown, other: Place) => void;

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  drop: ({ holder, key }) => {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  },
  replace: put,
  'replace by another part': (place, _, other) => put(place, structuredClone(get(other))),
  'wrap in a list': (place) => put(place, [get(place)]),
  'wrap in an object': (place) => put(place, { value: get(place) }),
  'take out of its list': (place) => {
    const value = get(place);
    if (Array.isArray(value)) put(place, value[0]);
  },
  'make text': (place) => put(place, JSON.stringify(get(place))),
  'cut text': (place) => {
    const text = JSON.stringify(get(place)) ?? '';
    put(place, text.slice(0, Math.floor(text.length / 2)));
  },
  'parse text': (place) => {
    const value = get(place);
    if (typeof value === 'string' && isJson(value)) put(place, JSON.parse(value));
  },
  'duplicate under another case': ({ holder, key }, hostile) => {
    if (!Array.isArray(holder)) put({ holder, key: key.charAt(0).toUpperCase() + key.slice(1) }, hostile);
  },
  'turn around': (place) => {
    const value = get(place);
    if (typeof value === 'boolean') put(place, !value);
    else if (typeof value === 'number') put(place, -value);
    else if (Array.isArray(value)) value.reverse();
  },
};

const step = fc.record({
  mutation: fc.constantFrom(...Object.keys(MUTATIONS)),
  at: fc.nat(),
  other: fc.nat(),
  hostile: fc.constantFrom(...HOSTILE),
});

/** A valid event with one to four things wrong. */
const mutated = fc
  .record({ event: fc.constantFrom(...EVENTS), steps: fc.array(step, { minLength: 1, maxLength: 4 }) })
  .map(({ event, steps }) => {
    const root = { document: JSON.parse(event) };
    for (const { mutation, at, other, hostile } of steps) {
      const places = placesIn(root);
      if (places.length === 0) break;
      MUTATIONS[mutation]!(places[at % places.length]!, structuredClone(hostile), places[other % places.length]!);
    }
    return root.document as unknown;
  });

const SEED = 20_260_101;

describe('the pipeline, fed what nobody should send', () => {
  it('never throws, accounts for every record, and leaves Object.prototype as it is', async () => {
    const prototype = Object.getOwnPropertyNames(Object.prototype).join();
    const outcomes = { applied: 0, rejected: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(mutated, { minLength: 20, maxLength: 20 }), async (documents) => {
        const pipeline = inProcessPipeline(CATALOGUE);
        for (const document of documents) {
          const expected = readDocument(document).length;
          const { read } = pipeline.counts;
          await pipeline.feed(document);
          expect(pipeline.counts.read).toBe(read + expected);
        }
        await pipeline.settle();
        const { organization, accounts, input } = await pipeline.result();
        expect(input.read).toBe(input.applied + input.duplicate + input.stale + input.ignored + input.rejected);
        // Without any account, and only then, there is nothing to score.
        expect(organization.overall === null).toBe(Object.keys(accounts).length === 0);
        for (const { overall, coverage } of [organization, ...Object.values(accounts)]) {
          expect(overall === null || (overall >= 0 && overall <= 100)).toBe(true);
          expect(coverage >= 0 && coverage <= 100).toBe(true);
        }
        for (const key of ['applied', 'rejected'] as const) outcomes[key] += input[key];
      }),
      { numRuns: runs(60), seed: SEED, endOnFailure: true },
    );
    expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(prototype);
    expect(outcomes.applied).toBeGreaterThan(runs(600));
    expect(outcomes.rejected).toBeGreaterThan(runs(30));
  });

  it('gives a reason for every fact that it could not read, and a short one for every record', () => {
    fc.assert(
      fc.property(mutated, (document) => {
        for (const intake of readDocument(document)) {
          if (intake.kind !== 'item') {
            expect(intake.reason).toMatch(/^.{5,300}$/);
            continue;
          }
          const parser = parserOf(intake.item.resource.resourceType);
          const parsed = parser && parseFacts(intake.item, parser);
          if (!parser || !parsed || intake.item.state === 'deleted') continue;
          for (const name of parser.names) expect(Object.hasOwn(parsed.facts, name)).toBe(!Object.hasOwn(parsed.missing, name));
        }
      }),
      { numRuns: runs(1000), seed: SEED },
    );
  });
});

describe('an item that says nothing of its resource', () => {
  const NOTHING: readonly unknown[] = [{}, null, undefined, '', '{}', 'null', '[]', [], 0, true, 'garbage', '{"encrypted":tr', [[]], '%'];

  /** Each of them with itself and with an empty object. */
  const PAIRS = NOTHING.flatMap((nothing) => [[nothing, nothing] as const, [nothing, {}] as const, [{}, nothing] as const]);

  const onePerType = EVENTS.filter((_, index) => index % 3 === 0);

  it.each(onePerType.map((event): [string, string] => [JSON.parse(event).detail.configurationItem.resourceType, event]))(
    'gives no control a pass: %s',
    async (_, event) => {
      for (const [configuration, supplementaryConfiguration] of PAIRS) {
        const document = JSON.parse(event);
        Object.assign(document.detail.configurationItem, { configuration, supplementaryConfiguration });
        const pipeline = inProcessPipeline(CATALOGUE);
        await pipeline.feed(document);
        await pipeline.settle();
        const { organization } = await pipeline.result();
        const passed = Object.entries(organization.controls).filter(([, { status }]) => status === 'PASSED');
        expect(passed, JSON.stringify([configuration, supplementaryConfiguration])).toEqual([]);
      }
    },
  );
});
