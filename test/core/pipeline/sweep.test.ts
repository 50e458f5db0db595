import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryStateStore } from '../../../adapters/memory/state-store.ts';
import { CATALOGUE } from '../../../controls/catalogue.ts';
import { INVENTORY, inventoryOf } from '../../../core/facts/inventory.ts';
import type { ConfigItem } from '../../../core/facts/parser.ts';
import { Unread } from '../../../core/facts/view.ts';
import { collectItem } from '../../../core/pipeline/collect.ts';
import {
  collectRun,
  expiredEntries,
  isSwept,
  LISTING_MARGIN_MINUTES,
  ReadAgain,
  type ReaderOutline,
} from '../../../core/pipeline/sweep.ts';
import type { StoredResource } from '../../../core/ports.ts';

const ACCOUNT = '111111111111';
const VOLUME = 'AWS::EC2::Volume';
const START = Date.parse('2026-01-01T00:00:00.000Z');
const at = (minutes: number): string => new Date(START + minutes * 60_000).toISOString();

const item = (resourceId: string, minutes: number, changes: Partial<ConfigItem> & { region?: string } = {}): ConfigItem => {
  const { region = 'eu-west-1', ...rest } = changes;
  return {
    resource: { accountId: ACCOUNT, region, resourceType: VOLUME, resourceId },
    capturedAt: at(minutes),
    state: 'recorded',
    configuration: { encrypted: true, attachments: [] },
    supplementaryConfiguration: {},
    tags: {},
    relationships: [],
    ...rest,
  };
};

const entry = (minutes: number, resources: number | Unread, region = 'eu-west-1'): ConfigItem => ({
  ...item('', minutes),
  resource: inventoryOf(ACCOUNT, region, VOLUME),
  configuration: { resources },
});

/** The result of a run that begins after that many minutes and finds these volumes. Without a gap its list is complete. */
const run = (minutes: number, ids: readonly string[], gap?: string, region = 'eu-west-1'): ConfigItem[] => [
  ...ids.map((id) => item(id, minutes, { region: region === 'global' ? 'eu-west-1' : region })),
  entry(minutes, gap === undefined ? ids.length : new Unread(gap), region),
];

function estate() {
  const store = memoryStateStore();
  const dependencies = { store, rules: CATALOGUE.rules };
  return {
    store,
    collect: (each: ConfigItem) => collectItem(each, dependencies),
    sweep: (items: readonly ConfigItem[]) => collectRun(items, dependencies),
    volumes: async () => (await store.listResources(ACCOUNT, VOLUME)).map(({ resource }) => resource.resourceId).sort(),
    listed: async () => (await store.listResources(ACCOUNT, INVENTORY))[0]?.parsed,
  };
}

describe('a run that has listed everything', () => {
  it('reports the earliest time for which its reader asks to run again', async () => {
    const { store } = estate();
    const asked = [new ReadAgain('2026-01-01T04:00:00.000Z', 'late'), new ReadAgain('2026-01-01T01:00:00.000Z', 'early')];
    const outcome = await collectRun([...asked, ...run(0, ['vol-1'])], { store, rules: CATALOGUE.rules });
    expect(outcome).toEqual({ found: 1, removed: 0, undecided: 0, complete: true, readAgainAt: '2026-01-01T01:00:00.000Z' });
  });

  it('takes in what it shows and ends what it does not', async () => {
    const { collect, sweep, volumes, listed } = estate();
    await collect(item('vol-old', -60));
    expect(await sweep(run(0, ['vol-1', 'vol-2']))).toEqual({ found: 2, removed: 1, undecided: 0, complete: true });
    expect(await volumes()).toEqual(['vol-1', 'vol-2']);
    expect(await listed()).toEqual({ facts: { resources: 2 }, missing: {} });
  });

  it('ends nothing that was seen shortly before, since lists lag behind, and says that it did not', async () => {
    const { collect, sweep, volumes } = estate();
    await collect(item('vol-new', 1 - LISTING_MARGIN_MINUTES));
    expect(await sweep(run(0, []))).toMatchObject({ removed: 0, undecided: 1, undecidedTypes: [VOLUME] });
    expect(await volumes()).toEqual(['vol-new']);
    expect(await sweep(run(1, []))).toMatchObject({ removed: 1, undecided: 0 });
    expect(await volumes()).toEqual([]);
  });

  it('keeps what was captured after it began', async () => {
    const { collect, sweep, volumes } = estate();
    await collect(item('vol-newer', 5));
    await collect(item('vol-1', 5, { configuration: { encrypted: false, attachments: [] } }));
    expect(await sweep(run(0, ['vol-1']))).toMatchObject({ removed: 0, undecided: 0 });
    expect(await volumes()).toEqual(['vol-1', 'vol-newer']);
  });

  it('ends nothing in other Regions, unless it lists the whole account', async () => {
    const { collect, sweep, volumes } = estate();
    await collect(item('vol-far', -60, { region: 'us-east-1' }));
    await sweep(run(0, []));
    expect(await volumes()).toEqual(['vol-far']);
    await sweep(run(1, [], undefined, 'global'));
    expect(await volumes()).toEqual([]);
  });

  it('ends nothing in other accounts or of other types', async () => {
    const { store, collect, sweep } = estate();
    const other = { ...item('vol-1', -60), resource: { ...item('vol-1', 0).resource, accountId: '222222222222' } };
    const group = { ...item('sg-1', -60), resource: { ...item('sg-1', 0).resource, resourceType: 'AWS::EC2::SecurityGroup' } };
    await collect(other);
    await collect(group);
    await sweep(run(0, []));
    expect(await store.listResources('222222222222', VOLUME)).toHaveLength(1);
    expect(await store.listResources(ACCOUNT, 'AWS::EC2::SecurityGroup')).toHaveLength(1);
  });

  it('does not end again what is itself the statement of a deletion', async () => {
    const { store, collect, sweep } = estate();
    const type = 'AWS::S3::AccountPublicAccessBlock';
    const block = {
      ...item(ACCOUNT, -60, { state: 'deleted' }),
      resource: { accountId: ACCOUNT, region: 'eu-west-1', resourceType: type, resourceId: ACCOUNT },
    };
    await collect(block);
    const listed = { ...entry(0, 0, 'global'), resource: inventoryOf(ACCOUNT, 'global', type) };
    expect(await sweep([listed])).toMatchObject({ removed: 0, undecided: 0 });
    expect((await store.readResource(block.resource))?.revision).toBe(1);
  });

  it('is told of in the inventory only after everything else', async () => {
    const { store, collect, sweep } = estate();
    await collect(item('vol-old', -60));
    store.takeStateChanges();
    await sweep(run(0, ['vol-1']).reverse());
    expect(store.takeStateChanges().at(-1)?.after.resource.resourceType).toBe(INVENTORY);
  });
});

describe('a run that has not listed everything', () => {
  it('takes in what it shows, ends nothing, and says why', async () => {
    const { collect, sweep, volumes, listed } = estate();
    await collect(item('vol-old', -60));
    expect(await sweep(run(0, ['vol-1'], 'denied'))).toEqual({ found: 1, removed: 0, undecided: 0, complete: false });
    expect(await volumes()).toEqual(['vol-1', 'vol-old']);
    expect(await listed()).toEqual({ facts: {}, missing: { resources: 'denied' } });
  });

  it('ends nothing where it broke off without a word', async () => {
    const { collect, sweep, volumes } = estate();
    await collect(item('vol-old', -60));
    expect(await sweep([item('vol-1', 0)])).toMatchObject({ removed: 0, complete: false });
    const broken = (async function* () {
      yield item('vol-2', 0);
      throw new RangeError('the credentials have expired');
    })();
    const { store } = estate();
    await expect(collectRun(broken, { store, rules: CATALOGUE.rules })).rejects.toThrow('expired');
    expect(await volumes()).toEqual(['vol-1', 'vol-old']);
  });
});

interface Step {
  readonly kind: 'item' | 'run';
  readonly minutes: number;
  /** The volumes that it speaks of. */
  readonly ids: readonly string[];
  /** Of an item, that the volume is gone; of a run, that the list is complete. */
  readonly flag: boolean;
}

/** When a volume was last seen, last deleted, and the last time at which a complete list shows that it was gone; in minutes. */
function lastWordsOn(id: string, steps: readonly Step[]): { seen: number; gone: number; unlisted: number } {
  const last = (matching: (step: Step) => boolean): number =>
    Math.max(Number.NEGATIVE_INFINITY, ...steps.filter(matching).map(({ minutes }) => minutes));
  return {
    seen: last(({ kind, ids, flag }) => ids.includes(id) && (kind === 'run' || !flag)),
    gone: last(({ kind, ids, flag }) => ids.includes(id) && kind === 'item' && flag),
    unlisted: last(({ kind, ids, flag }) => !ids.includes(id) && kind === 'run' && flag) - LISTING_MARGIN_MINUTES,
  };
}

describe('runs among items of AWS Config', () => {
  const ids = ['vol-1', 'vol-2', 'vol-3'];
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      kind: fc.constant('item' as const),
      minutes: fc.integer({ min: -90, max: 90 }),
      ids: fc.constantFrom(...ids).map((id) => [id]),
      flag: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('run' as const), minutes: fc.integer({ min: -60, max: 60 }), ids: fc.subarray(ids), flag: fc.boolean() }),
  );
  const play = async ({ collect, sweep }: ReturnType<typeof estate>, steps: readonly Step[]): Promise<void> => {
    for (const { kind, minutes, ids, flag } of steps) {
      if (kind === 'run') await sweep(run(minutes, ids, flag ? undefined : 'denied'));
      else await collect(item(ids[0]!, minutes, flag ? { state: 'deleted' } : {}));
    }
  };

  it('leave in every order what the newest word on each resource says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const system = estate();
        await play(system, steps);
        const live = await system.volumes();
        for (const id of ids) {
          const { seen, gone, unlisted } = lastWordsOn(id, steps);
          if (seen > Math.max(gone, unlisted)) expect(live).toContain(id);
          if (gone >= seen) expect(live).not.toContain(id);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('end, once no item comes any more, with what the last run showed; and another one changes capture times alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 10 }), fc.subarray(ids), async (steps, shown) => {
        const system = estate();
        const { store, sweep, volumes } = system;
        await play(system, steps);
        await sweep(run(200, shown));
        expect(await volumes()).toEqual([...shown].sort());
        const said = async () =>
          [...(await store.listResources(ACCOUNT, VOLUME)), ...(await store.listResources(ACCOUNT, INVENTORY))].map(
            ({ resource, parsed, findings }) => ({ resource, parsed, findings }),
          );
        const before = await said();
        expect(await sweep(run(300, shown))).toMatchObject({ removed: 0, undecided: 0 });
        expect(await said()).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });
});

describe('entries that nobody renews', () => {
  const stored = (hours: number, resources: number | undefined, region = 'eu-west-1'): StoredResource => ({
    resource: inventoryOf(ACCOUNT, region, VOLUME),
    capturedAt: at(hours * 60),
    parsed: resources === undefined ? { facts: {}, missing: { resources: 'denied' } } : { facts: { resources }, missing: {} },
    findings: [],
    revision: 1,
  });
  const now = at(0);

  it('are no longer known after 48 hours, from then on', async () => {
    const [expired, ...others] = expiredEntries([stored(-50, 3), stored(-48, 3), stored(-1, 3)], now);
    expect(others).toEqual([]);
    expect(expired).toMatchObject({ resource: stored(0, 0).resource, state: 'recorded', capturedAt: at(-120) });
    const { collect, listed } = estate();
    await collect(entry(-50 * 60, 3));
    await collect(expired!);
    expect(await listed()).toEqual({ facts: {}, missing: { resources: `last read at ${at(-3000)}, more than 48 hours ago` } });
    expect(await collect(expired!)).toBe('duplicate');
    await collect(entry(-1, 2));
    expect(await listed()).toMatchObject({ facts: { resources: 2 } });
  });

  it('make the controls that rest on them unknown', async () => {
    const { collect, store } = estate();
    await collect(entry(-50 * 60, 0));
    expect([...(await store.readTallies(ACCOUNT)).values()]).toContainEqual(
      expect.objectContaining({ notApplicable: 1, insufficientData: 0 }),
    );
    for (const each of expiredEntries(await store.listResources(ACCOUNT, INVENTORY), now)) await collect(each);
    for (const tally of (await store.readTallies(ACCOUNT)).values()) expect(tally).toMatchObject({ notApplicable: 0, insufficientData: 1 });
  });

  it('need no other word where they tell a gap already', () => {
    expect(expiredEntries([stored(-50, undefined)], now)).toEqual([]);
  });

  it('end where nobody lists them any more, gaps too', async () => {
    const entries = [stored(-50, 3, 'us-east-1'), stored(-50, undefined, 'us-east-1'), stored(-1, 3, 'us-east-1')];
    const expired = expiredEntries(entries, now, ({ region }) => region === 'eu-west-1');
    expect(expired.map(({ state, capturedAt }) => [state, capturedAt])).toEqual([
      ['deleted', at(-120)],
      ['deleted', at(-120)],
    ]);
  });
});

describe('a sweep', () => {
  const outline = (id: string, scope: ReaderOutline['scope'], lists: readonly string[] = []): ReaderOutline => ({
    id,
    scope,
    lists,
    refreshedBy: [],
  });
  const readers = [
    outline('volumes', 'region', [VOLUME]),
    outline('users', 'account', ['AWS::IAM::User']),
    outline('policies', 'organization', ['AWS::Organizations::Policy']),
  ];

  it.each([
    [VOLUME, 'eu-west-1', true],
    [VOLUME, 'eu-north-1', false],
    [VOLUME, 'global', false],
    ['AWS::IAM::User', 'global', true],
    ['AWS::IAM::User', 'us-east-1', false],
    ['AWS::Organizations::Policy', 'global', true],
    ['AWS::EC2::VPC', 'eu-west-1', false],
  ])('lists %s in %s: %s', (resourceId, region, expected) => {
    expect(isSwept({ region, resourceId }, readers, ['eu-west-1', 'us-east-1'])).toBe(expected);
  });
});
