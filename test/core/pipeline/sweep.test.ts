import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryStateStore } from '../../../adapters/memory/state-store.ts';
import { CATALOGUE } from '../../../controls/catalogue.ts';
import { inventoryOf } from '../../../core/facts/inventory.ts';
import type { ConfigItem } from '../../../core/facts/parser.ts';
import { Unread } from '../../../core/facts/view.ts';
import { latestBelieved } from '../../../core/instant.ts';
import { collectItem, collectLists } from '../../../core/pipeline/collect.ts';
import { listsOf } from '../../../core/pipeline/lists.ts';
import { collectRun, expiredLists, isSwept, LISTING_MARGIN_MINUTES, ReadAgain, type ReaderOutline } from '../../../core/pipeline/sweep.ts';
import type { ListCard } from '../../../core/ports.ts';

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
    card: async () => store.readCard(ACCOUNT, 'eu-west-1'),
    listed: async () => (await store.readCard(ACCOUNT, 'eu-west-1'))?.lists.get(VOLUME),
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
    expect(await listed()).toEqual({ capturedAt: at(0), resources: 2 });
  });

  it('as of an earlier time ends what did not exist then, and nothing that was seen since', async () => {
    const { collect, sweep, volumes } = estate();
    for (const [id, minutes] of [
      ['vol-old', -300],
      ['vol-listed', -120],
      ['vol-close', -130],
      ['vol-new', -60],
    ] as const)
      await collect(item(id, minutes));
    const list = { ...entry(0, 1), configuration: { resources: 1, asOf: at(-120) } };
    expect(await sweep([item('vol-listed', -120), list])).toMatchObject({ found: 1, removed: 1, undecided: 1, complete: true });
    expect(await volumes()).toEqual(['vol-close', 'vol-listed', 'vol-new']);
  });

  it('as of a time after it is a list of its own time', async () => {
    const { collect, sweep, volumes } = estate();
    await collect(item('vol-new', 5));
    await sweep([{ ...entry(0, 0), configuration: { resources: 0, asOf: at(60) } }]);
    expect(await volumes()).toEqual(['vol-new']);
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

  it('ends what it does not show although its time is ahead of the clock', async () => {
    const { store, collect, volumes } = estate();
    await collect(item('vol-ahead', 60 * 24 * 365));
    const dependencies = { store, rules: CATALOGUE.rules, latest: () => latestBelieved(START) };
    expect(await collectRun(run(0, []), dependencies)).toMatchObject({ removed: 1, undecided: 0 });
    expect(await volumes()).toEqual([]);
  });

  it('replaces what it shows although its time is ahead of the clock, and a list of such a time', async () => {
    const { store, sweep, listed } = estate();
    await sweep(run(60 * 24 * 365, ['vol-1', 'vol-2']));
    const dependencies = { store, rules: CATALOGUE.rules, latest: () => latestBelieved(START) };
    expect(await collectRun(run(0, ['vol-1']), dependencies)).toMatchObject({ found: 1, removed: 1 });
    expect((await store.readResource(item('vol-1', 0).resource))?.capturedAt).toBe(at(0));
    expect(await listed()).toEqual({ capturedAt: at(0), resources: 1 });
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
    const before: number[] = [];
    const { commitCard } = store;
    store.commitCard = async (previous, next) => {
      before.push(store.takeStateChanges().length);
      return commitCard(previous, next);
    };
    await sweep(run(0, ['vol-1']).reverse());
    expect(before).toEqual([2]);
    expect(store.takeStateChanges()).toEqual([]);
  });

  it('writes the card of its Region once, whatever the number of its lists', async () => {
    const { store, sweep, card } = estate();
    const others = ['AWS::EC2::Snapshot', 'AWS::EC2::VPC'].map((type) => ({
      ...entry(0, 1),
      resource: inventoryOf(ACCOUNT, 'eu-west-1', type),
    }));
    await sweep([...run(0, ['vol-1']), ...others]);
    expect(store.takeCardChanges()).toHaveLength(1);
    expect([...((await card())?.lists.keys() ?? [])]).toEqual([VOLUME, 'AWS::EC2::Snapshot', 'AWS::EC2::VPC']);
  });
});

describe('a run that has not listed everything', () => {
  it('takes in what it shows, ends nothing, and says why', async () => {
    const { collect, sweep, volumes, listed } = estate();
    await collect(item('vol-old', -60));
    expect(await sweep(run(0, ['vol-1'], 'denied'))).toEqual({ found: 1, removed: 0, undecided: 0, complete: false });
    expect(await volumes()).toEqual(['vol-1', 'vol-old']);
    expect(await listed()).toEqual({ capturedAt: at(0), gap: 'denied' });
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
          (await store.listResources(ACCOUNT, VOLUME)).map(({ resource, parsed, findings }) => ({ resource, parsed, findings }));
        const before = await said();
        const resources = (await system.listed())?.resources;
        expect(await sweep(run(300, shown))).toMatchObject({ removed: 0, undecided: 0 });
        expect(await said()).toEqual(before);
        expect(await system.listed()).toEqual({ capturedAt: at(300), resources });
      }),
      { numRuns: 300 },
    );
  });
});

describe('lists that no run renews', () => {
  type Known = readonly [hours: number, resources: number | undefined];
  const card = (known: readonly Known[], region = 'eu-west-1'): ListCard => ({
    accountId: ACCOUNT,
    region,
    lists: new Map(
      known.map(([hours, resources], index) => {
        const capturedAt = at(hours * 60);
        return [
          index === 0 ? VOLUME : `AWS::EC2::Other${index}`,
          resources === undefined ? { capturedAt, gap: 'denied' } : { capturedAt, resources },
        ];
      }),
    ),
    revision: 1,
  });
  const now = at(0);

  it('are no longer known after 48 hours, from then on', async () => {
    const known: Known[] = [
      [-50, 3],
      [-48, 3],
      [-1, 3],
    ];
    const [expired, ...others] = expiredLists(card(known), now);
    expect(others).toEqual([]);
    expect(expired).toMatchObject({ resource: entry(0, 0).resource, state: 'recorded', capturedAt: at(-120) });
    const { collect, listed } = estate();
    await collect(entry(-50 * 60, 3));
    await collect(expired!);
    expect(await listed()).toEqual({ capturedAt: at(-120), gap: `last read at ${at(-3000)}, more than 48 hours ago` });
    expect(await collect(expired!)).toBe('duplicate');
    await collect(entry(-1, 2));
    expect(await listed()).toEqual({ capturedAt: at(-1), resources: 2 });
  });

  it('make the controls that rest on them unknown', async () => {
    const { collect, store } = estate();
    const tallies = async () => [...listsOf(await store.readCards(ACCOUNT), CATALOGUE.rules, {}).tallies.values()];
    await collect(entry(-50 * 60, 0));
    expect(await tallies()).toContainEqual(expect.objectContaining({ notApplicable: 1, insufficientData: 0 }));
    for (const each of await store.readCards(ACCOUNT)) await collectLists(expiredLists(each, now), { store, rules: CATALOGUE.rules });
    for (const tally of await tallies()) expect(tally).toMatchObject({ notApplicable: 0, insufficientData: 1 });
  });

  it('are no longer known if their time is ahead of the clock', async () => {
    const { collect, listed, store } = estate();
    await collect(entry(60 * 24, 3));
    const dependencies = { store, rules: CATALOGUE.rules, latest: () => latestBelieved(START) };
    for (const each of await store.readCards(ACCOUNT)) await collectLists(expiredLists(each, now), dependencies);
    expect(await listed()).toEqual({ capturedAt: at(-48 * 60), gap: expect.stringContaining('ahead of the clock') });
    expect(expiredLists(card([[5 / 60, 3]]), now)).toEqual([]);
  });

  it('need no change if they have a gap already', () => {
    expect(expiredLists(card([[-50, undefined]]), now)).toEqual([]);
  });

  it('end if no reader makes them any more, also with a gap, and end only once', async () => {
    const known: Known[] = [
      [-50, 3],
      [-50, undefined],
      [-1, 3],
    ];
    const isListed = ({ region }: { readonly region: string }) => region === 'eu-west-1';
    const expired = expiredLists(card(known, 'us-east-1'), now, isListed);
    expect(expired.map(({ state, capturedAt }) => [state, capturedAt])).toEqual([
      ['deleted', at(-120)],
      ['deleted', at(-120)],
    ]);
    const { collect, store } = estate();
    await collect(entry(-50 * 60, 3, 'us-east-1'));
    await collect(expired[0]!);
    const [ended] = await store.readCards(ACCOUNT);
    expect(ended?.lists.get(VOLUME)).toEqual({ capturedAt: at(-120) });
    expect(expiredLists(ended!, at(60_000), isListed)).toEqual([]);
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
