import { describe, expect, it } from 'vitest';
import { type MemoryStateStore, memoryStateStore } from '../../../adapters/memory/state-store.ts';
import { CATALOGUE } from '../../../controls/catalogue.ts';
import { nonCompliant, on } from '../../../core/control.ts';
import { indexRules, type RuleIndex } from '../../../core/evaluation/evaluate.ts';
import type { ConfigItem } from '../../../core/facts/parser.ts';
import { latestBelieved, millisecondsOf } from '../../../core/instant.ts';
import { type CollectDependencies, ContentionError, canonical, collectItem } from '../../../core/pipeline/collect.ts';
import type { ConfigHistory } from '../../../core/ports.ts';

const RESOURCE = { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::EC2::Volume', resourceId: 'vol-1' };
const at = (second: number): string => `2026-01-01T00:00:0${second}.000Z`;

const volume = (second: number, changes: Partial<ConfigItem> = {}): ConfigItem => ({
  resource: RESOURCE,
  capturedAt: at(second),
  state: 'recorded',
  configuration: { encrypted: true, attachments: [{ state: 'attached', deleteOnTermination: false }] },
  supplementaryConfiguration: {},
  tags: {},
  relationships: [],
  ...changes,
});
const FACTS = { encrypted: true, attached: true, instanceIds: [], deletedWithInstance: false, fleet: null, forClaim: false };
const open = { configuration: { encrypted: false, attachments: [{ state: 'attached', deleteOnTermination: false }] } };
const poor = { configuration: { encrypted: true } };
const block = {
  resource: {
    accountId: '111111111111',
    region: 'eu-west-1',
    resourceType: 'AWS::S3::AccountPublicAccessBlock',
    resourceId: '111111111111',
  },
};
const ALL_ON = { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true };
const deleted = { state: 'deleted', configuration: null } as const;
const oversized = { state: 'oversized', configuration: undefined } as const;
const unrecorded = { state: 'unrecorded', configuration: null } as const;

function collector(dependencies: Partial<CollectDependencies> = {}) {
  const store = memoryStateStore();
  return {
    store,
    collect: (item: ConfigItem) => collectItem(item, { store, rules: CATALOGUE.rules, ...dependencies }),
    stored: () => store.readResource(RESOURCE),
  };
}

describe('an item of a resource', () => {
  it('is applied with its facts and findings where the resource is new', async () => {
    const { collect, stored } = collector();
    expect(await collect(volume(1))).toBe('applied');
    expect(await stored()).toEqual({
      resource: RESOURCE,
      capturedAt: at(1),
      revision: 1,
      parsed: { facts: FACTS, missing: {} },
      findings: [{ controlId: 'CMP-L1-02', compliance: 'COMPLIANT', reason: expect.any(String) }],
    });
  });

  it.each<[string, ConfigItem, string, string]>([
    ['newer', volume(5, open), 'applied', at(5)],
    ['the same', volume(3), 'duplicate', at(3)],
    ['older', volume(2, open), 'stale', at(3)],
    ['a newer deletion', volume(4, deleted), 'applied', at(4)],
    ['an older deletion', volume(2, deleted), 'stale', at(3)],
    ['newer, though it says the same', volume(4), 'applied', at(4)],
    ['newer, though it says less', volume(4, unrecorded), 'applied', at(4)],
  ])('is judged against what is known: %s', async (_, item, outcome, capturedAt) => {
    const { collect, stored, store } = collector();
    await collect(volume(3));
    store.takeStateChanges();
    expect(await collect(item)).toBe(outcome);
    expect(await stored()).toMatchObject({ capturedAt, revision: outcome === 'applied' ? 2 : 1 });
    expect(store.takeStateChanges()).toHaveLength(outcome === 'applied' ? 1 : 0);
  });

  it('cannot come back after its deletion by an older item, but by a newer one', async () => {
    const { collect, stored } = collector();
    await collect(volume(3, deleted));
    expect(await collect(volume(2))).toBe('stale');
    expect(await stored()).toMatchObject({ parsed: undefined, findings: [] });
    expect(await collect(volume(4))).toBe('applied');
  });

  it.each<[string, Partial<ConfigItem>, Partial<ConfigItem>]>([
    ['a deletion comes after a description', {}, deleted],
    ['a description comes after one that says less', poor, {}],
    ['a description comes after a summary', oversized, {}],
    ['a description comes after a word that the resource is not recorded', unrecorded, {}],
    ['a deletion comes after a summary', oversized, deleted],
    ['a deletion that is a setting comes after a description', { ...block, configuration: ALL_ON }, { ...block, ...deleted }],
  ])('of the same time: %s', async (_, first, second) => {
    for (const [one, other, outcomes] of [
      [first, second, ['applied', 'applied']],
      [second, first, ['applied', 'stale']],
    ] as const) {
      const { collect, stored } = collector();
      expect([await collect(volume(1, one)), await collect(volume(1, other))]).toEqual(outcomes);
      const alone = collector();
      await alone.collect(volume(1, second));
      expect((await stored())?.parsed).toEqual((await alone.stored())?.parsed);
    }
  });

  it('of the same time that says as much, but something else, ends in the same state in either order', async () => {
    const ends = [];
    for (const order of [
      [{}, open],
      [open, {}],
    ]) {
      const { collect, stored } = collector();
      for (const changes of order) await collect(volume(1, changes));
      ends.push((await stored())?.parsed);
    }
    expect(ends[0]).toEqual(ends[1]);
  });

  it('is ignored where no control reads its type, and nothing is stored', async () => {
    const { collect, store } = collector();
    for (const resourceType of ['AWS::Example::Unknown', 'AWS::EC2::__proto__', 'Acme::Shop::Till']) {
      expect(await collect(volume(1, { resource: { ...RESOURCE, resourceType } }))).toBe('ignored');
    }
    expect(store.accountIds()).toEqual([]);
    const readByNobody = {
      resourceRules: new Map(),
      joinsReading: new Map(),
      restingOn: new Map(),
      joinsElsewhere: new Map(),
      joinsByTime: new Set<string>(),
      controls: new Map(),
    };
    expect(await collector({ rules: readByNobody }).collect(volume(1))).toBe('ignored');
  });
});

describe('an item that was too large to be delivered', () => {
  const answering = (item: ConfigItem | undefined): ConfigHistory & { asked: unknown[] } => {
    const asked: unknown[] = [];
    return {
      asked,
      fetchItem: async (...question) => {
        asked.push(question);
        return item;
      },
    };
  };

  it('is fetched', async () => {
    const history = answering(volume(1));
    const { collect, stored } = collector({ history });
    expect(await collect(volume(1, oversized))).toBe('applied');
    expect(history.asked).toEqual([[RESOURCE, at(1)]]);
    expect(await stored()).toMatchObject({ parsed: { facts: { encrypted: true } }, findings: [{ compliance: 'COMPLIANT' }] });
  });

  it.each([
    ['where nobody can fetch it', {}],
    ['where the history does not have it', { history: answering(undefined) }],
  ])('has no facts %s, and a control that needs one does not know', async (_, dependencies) => {
    const { collect, stored } = collector(dependencies);
    await collect(volume(1));
    expect(await collect(volume(2, oversized))).toBe('applied');
    expect(await stored()).toMatchObject({ parsed: { facts: {} }, findings: [{ compliance: 'INSUFFICIENT_DATA' }] });
    expect((await stored())?.findings[0]?.reason).toContain('too large');
  });

  it('is delivered again where fetching it fails', async () => {
    const history: ConfigHistory = { fetchItem: async () => Promise.reject(new Error('AccessDenied')) };
    const { collect, stored } = collector({ history });
    await expect(collect(volume(1, oversized))).rejects.toThrow('AccessDenied');
    expect(await stored()).toBeUndefined();
  });

  it('is the only one that is fetched', async () => {
    const history = answering(volume(9));
    const { collect } = collector({ history });
    for (const changes of [{}, deleted, unrecorded]) await collect(volume(1, changes));
    expect(history.asked).toEqual([]);
  });
});

describe('writers of one resource at one time', () => {
  it('decide again, from what the other wrote', async () => {
    const store = memoryStateStore();
    let races = 3;
    const contended = {
      ...store,
      commitResource: async (...args: Parameters<typeof store.commitResource>) => {
        if (races-- > 0) {
          await collectItem(volume(5 - races), { store, rules: CATALOGUE.rules });
          return false;
        }
        return store.commitResource(...args);
      },
    };
    expect(await collectItem(volume(9, open), { store: contended, rules: CATALOGUE.rules })).toBe('applied');
    expect(await store.readResource(RESOURCE)).toMatchObject({ capturedAt: at(9), revision: 4 });
    races = 1;
    expect(await collectItem(volume(9, { ...deleted, capturedAt: at(9) }), { store: contended, rules: CATALOGUE.rules })).toBe('applied');
  });

  it('give up after many lost races, naming the resource', async () => {
    let attempts = 0;
    const store = { ...memoryStateStore(), commitResource: async () => ++attempts < 0 };
    const collecting = collectItem(volume(1), { store, rules: CATALOGUE.rules });
    await expect(collecting).rejects.toThrow(ContentionError);
    await expect(collecting).rejects.toThrow('AWS::EC2::Volume vol-1 was changed by others 25 times');
    expect(attempts).toBe(25);
  });
});

describe('canonical text', () => {
  it('does not depend on the order of keys, but on that of elements', () => {
    expect(canonical({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
    expect(canonical([1, 2])).not.toBe(canonical([2, 1]));
    expect(canonical(undefined)).toBe('');
    expect(canonical(JSON.parse('{"__proto__":1}'))).toBe('{"__proto__":1}');
  });
});

describe('after an upgrade', () => {
  const judgedBy = (rules: RuleIndex, store: MemoryStateStore) => (item: ConfigItem) => collectItem(item, { store, rules });
  const volumes = CATALOGUE.controls.filter((control) => control.id === 'CMP-L1-02');
  const changed = volumes.map((control) => ({
    ...control,
    rules: [on('AWS::EC2::Volume', [], () => nonCompliant('the-new-rule', 'the new rule fails everything'))],
  }));

  it('the same item delivered again is judged by the new rules', async () => {
    const store = memoryStateStore();
    expect(await judgedBy(indexRules(volumes), store)(volume(1))).toBe('applied');
    expect(await judgedBy(indexRules(changed), store)(volume(1))).toBe('applied');
    expect((await store.readResource(RESOURCE))?.findings).toEqual([expect.objectContaining({ compliance: 'NON_COMPLIANT' })]);
    expect(await judgedBy(indexRules(changed), store)(volume(1))).toBe('duplicate');
  });

  it('the same item delivered again is read by a parser that knows other facts', async () => {
    const store = memoryStateStore();
    const old = {
      resource: RESOURCE,
      capturedAt: at(1),
      parsed: { facts: { encrypted: true, attached: true, zone: 'z' }, missing: {} },
      findings: [],
      revision: 1,
    };
    await store.commitResource(undefined, old);
    expect(await judgedBy(CATALOGUE.rules, store)(volume(1))).toBe('applied');
    expect((await store.readResource(RESOURCE))?.parsed?.facts).toEqual(FACTS);
    expect(await judgedBy(CATALOGUE.rules, store)(volume(1))).toBe('duplicate');
  });
});

describe('a summary of an oversized item', () => {
  it('is not fetched again where its resource is known with newer or the same evidence', async () => {
    const asked: string[] = [];
    const history: ConfigHistory = {
      fetchItem: async (_, capturedAt) => {
        asked.push(capturedAt);
        return volume(2);
      },
    };
    const { collect } = collector({ history });
    expect(await collect(volume(2, oversized))).toBe('applied');
    expect(await collect(volume(2, oversized))).toBe('stale');
    expect(await collect(volume(1, oversized))).toBe('stale');
    expect(asked).toEqual([at(2)]);
  });
});

describe('a capture time ahead of the clock', () => {
  const latest = () => latestBelieved(millisecondsOf('2026-01-01T00:00:00.000Z'));
  const minutes = (count: number): string => `2026-01-01T00:0${count}:00.000Z`;
  const taken = (capturedAt: string, changes: Partial<ConfigItem> = {}): ConfigItem => ({ ...volume(0, changes), capturedAt });

  it('is believed by up to five minutes', async () => {
    const { collect, stored } = collector({ latest });
    expect(await collect(taken(minutes(5)))).toBe('applied');
    expect(await collect(taken('2026-01-01T00:05:00.001Z', open))).toBe('ahead');
    expect(await stored()).toMatchObject({ capturedAt: minutes(5), revision: 1 });
  });

  it.each([
    ['a description', {}],
    ['a deletion', deleted],
  ])('that slipped in does not hide what comes later: %s', async (_, slipped) => {
    const store = memoryStateStore();
    await collector().collect(volume(1));
    await collectItem(taken('2026-09-09T00:00:00.000Z', slipped), { store, rules: CATALOGUE.rules });
    const dependencies = { store, rules: CATALOGUE.rules, latest };
    expect(await collectItem(volume(2, open), dependencies)).toBe('applied');
    expect(await store.readResource(RESOURCE)).toMatchObject({
      capturedAt: at(2),
      revision: 2,
      findings: [{ compliance: 'NON_COMPLIANT' }],
    });
    expect(await collectItem(volume(1), dependencies)).toBe('stale');
  });

  it('that slipped in is replaced by the full item behind a summary', async () => {
    const store = memoryStateStore();
    await collectItem(taken('2026-09-09T00:00:00.000Z'), { store, rules: CATALOGUE.rules });
    const history = { fetchItem: async () => volume(2, open) };
    expect(await collectItem(volume(2, oversized), { store, rules: CATALOGUE.rules, history, latest })).toBe('applied');
    expect(await store.readResource(RESOURCE)).toMatchObject({ capturedAt: at(2), findings: [{ compliance: 'NON_COMPLIANT' }] });
  });
});
