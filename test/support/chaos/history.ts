import fc from 'fast-check';
import type { ConfigItem } from '../../../core/facts/parser.ts';
import type { AccountSettings } from '../../../core/settings/account-settings.ts';
import { randomFrom } from '../../bench/scale/clock.ts';
import { configItem, SHAPES, settingsItem } from '../histories.ts';

/**
 * Events in a few accounts over some days, and the faults of that time. It is plain data that a seed decides, so that a failing
 * history can lose parts and be tried again. Times are milliseconds since its start.
 */
export interface History {
  readonly seed: number;
  readonly accountIds: readonly string[];
  readonly steps: readonly Step[];
  readonly faults: readonly Fault[];
  /** Whether everything is read once more at the end: something was lost for which nothing else makes up. */
  readonly endsWithSweep: boolean;
  /** Steps after the tombstones have left by their time to live. Nothing goes wrong any more. */
  readonly later: readonly Step[];
}

export type Step = Change | Declaration | Unit | Poison;

/** A resource becomes another one, or is deleted, and AWS Config reports it. */
export interface Change {
  readonly kind: 'change';
  readonly at: number;
  readonly item: Pick<ConfigItem, 'resource' | 'configuration' | 'supplementaryConfiguration'> & { readonly state: 'recorded' | 'deleted' };
  /** Delay of each delivery. None: the event is lost. */
  readonly deliveries: readonly number[];
}

/** An account gets other settings. */
export interface Declaration {
  readonly kind: 'settings';
  readonly at: number;
  readonly accountId: string;
  readonly settings: AccountSettings;
  readonly deliveries: readonly number[];
}

/** All resources of an account in one Region are read. More copies are second deliveries that read at the same time. */
export interface Unit {
  readonly kind: 'unit';
  readonly at: number;
  readonly accountId: string;
  readonly region: string;
  readonly copies: readonly {
    readonly delay: number;
    /** Types whose list is incomplete, with the reason; `*` for all. */
    readonly gaps: Readonly<Record<string, string>>;
  }[];
}

/** Unreadable input, on one of the ways in. */
export interface Poison {
  readonly kind: 'poison';
  readonly at: number;
  /** A change of something, a record of the STATE table, a message to `score`, an item from a clock that is ahead. */
  readonly what: 'change' | 'record' | 'run' | 'ahead';
  readonly accountId: string;
  readonly number: number;
}

export const SERVICES = ['collect', 'relay', 'score', 'read', 'tick', 'heal'] as const;
export type Service = (typeof SERVICES)[number];

export type Fault =
  /** The call of a service with this number: it is throttled, or the process dies before or after it has had its effect. */
  | { readonly kind: 'call'; readonly service: Service; readonly call: number; readonly what: 'throttled' | 'dies before' | 'dies after' }
  /** The run of a service with this number waits before one of its calls, or ends well without an answer. */
  | { readonly kind: 'slow'; readonly service: Service; readonly run: number; readonly call: number; readonly milliseconds: number }
  | { readonly kind: 'unanswered'; readonly service: Service; readonly run: number }
  /** A table or the relay does not answer. */
  | { readonly kind: 'away'; readonly what: 'state' | 'scores' | 'relay'; readonly from: number; readonly until: number }
  | { readonly kind: 'skew'; readonly service: Service; readonly milliseconds: number }
  | { readonly kind: 'shards'; readonly table: 'state' | 'scores'; readonly at: number; readonly what: 'split' | 'merge' }
  /** Until then every run, and a while later some runs, are of an older release: with another version, or without a control. */
  | { readonly kind: 'release'; readonly from: number; readonly until: number; readonly lacks: string | undefined };

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const REGIONS = ['eu-west-1', 'us-east-1'];
/** An account has one, and its deletion is evidence too, which a list cannot tell from one that there never was. */
const ONE_BY_ACCOUNT = 'AWS::S3::AccountPublicAccessBlock';

export const TYPES = SHAPES.map(({ resourceType }) => resourceType);
const ACCOUNTS = ['111111111111', '222222222222', '333333333333'];
/** Controls with rules on the types of the histories. */
const LACKING = ['CMP-L1-02', 'NET-L1-01', 'STR-L1-06', 'NET-L2-01', undefined, undefined];

export function drawHistory(seed: number): History {
  const random = randomFrom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const oneOf = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const maybe = (share: number): boolean => random() < share;
  const accountIds = ACCOUNTS.slice(0, 1 + below(3));
  const days = 1 + below(4);
  const losesEvents = maybe(0.4);
  const isCalm = maybe(0.1);
  /** Most changes come in bursts, so that runs meet. */
  const bursts = Array.from({ length: 2 + below(4) }, () => below(days * DAY));
  const [spread, lateness] = maybe(0.4) ? [30_000, 500] : [3000, 4000];
  const someTime = (): number => Math.floor(oneOf(bursts) - Math.log(1 - random()) * (maybe(0.7) ? spread : 20 * MINUTE));
  const delay = (): number => Math.floor(random() * (maybe(0.7) ? lateness : maybe(0.7) ? 30 * MINUTE : 3 * DAY));
  const deliveries = (): number[] => (losesEvents && maybe(0.2) ? [] : Array.from({ length: maybe(0.25) ? 2 + below(2) : 1 }, delay));

  const pool = fc.sample(configItem, { seed, numRuns: 60 }).filter(({ resource }) => TYPES.includes(resource.resourceType));
  const chosen = pool.slice(0, 8 + below(40));
  const times = new Set<number>();
  const distinct = (time: number): number => {
    let at = time;
    while (times.has(at)) at++;
    times.add(at);
    return at;
  };
  const changeOf = (item: ConfigItem, at: number, told: readonly number[]): Change => ({
    kind: 'change',
    at: distinct(at),
    item: {
      resource: {
        ...item.resource,
        accountId: oneOf(accountIds),
        ...(item.resource.resourceType === ONE_BY_ACCOUNT && { region: 'eu-west-1' }),
      },
      ...(item.state === 'deleted' && item.resource.resourceType !== ONE_BY_ACCOUNT
        ? { state: 'deleted', configuration: null, supplementaryConfiguration: {} }
        : {
            state: 'recorded',
            configuration: plain(item.configuration),
            supplementaryConfiguration: plain(item.supplementaryConfiguration),
          }),
    },
    deliveries: told,
  });
  const changes = chosen.map((item) => changeOf(item, someTime(), deliveries()));
  // A deleted resource often comes back, or what it was before comes late.
  const again = changes.flatMap(({ at, item }) => {
    const twin = pool.find(({ resource, state }) => state !== 'deleted' && resource.resourceType === item.resource.resourceType);
    if (!twin || !maybe(0.25)) return [];
    const next = changeOf(
      { ...twin, resource: item.resource, state: maybe(0.5) ? 'recorded' : 'deleted' },
      at + 1 + below(HOUR),
      deliveries(),
    );
    return [{ ...next, item: { ...next.item, resource: item.resource } }];
  });
  const declarations = fc.sample(settingsItem, { seed, numRuns: below(5) }).map(
    (item): Declaration => ({
      kind: 'settings',
      at: distinct(someTime()),
      accountId: oneOf(accountIds),
      settings: (item.configuration as { settings: AccountSettings }).settings,
      deliveries: losesEvents ? [delay()] : deliveries().concat(delay()),
    }),
  );
  const gaps = (): Record<string, string> => {
    if (maybe(0.6)) return {};
    if (maybe(0.3)) return { '*': 'ec2:Describe was denied (AccessDenied)' };
    return { [oneOf(TYPES)]: `the call failed (Throttling): ${below(3)}` };
  };
  const units: Unit[] = [];
  const sweepsFrom = maybe(0.8) ? 0 : days;
  for (let day = sweepsFrom; day < days; day++) {
    for (const accountId of accountIds) {
      for (const region of REGIONS) {
        if (losesEvents && maybe(0.15)) continue;
        const copies = Array.from({ length: maybe(0.3) ? 2 : 1 }, () => ({ delay: below(maybe(0.8) ? 5000 : 10 * MINUTE), gaps: gaps() }));
        units.push({ kind: 'unit', at: distinct(day * DAY + below(maybe(0.5) ? 10 * MINUTE : 8 * HOUR)), accountId, region, copies });
      }
    }
  }
  const poisons = Array.from(
    { length: maybe(0.4) ? 1 + below(4) : 0 },
    (_, number): Poison => ({
      kind: 'poison',
      at: distinct(someTime()),
      what: oneOf(['change', 'record', 'run', 'ahead'] as const),
      accountId: oneOf(accountIds),
      number,
    }),
  );

  const faults: Fault[] = [];
  if (!isCalm) {
    for (let n = below(40); n > 0; n--) {
      const call = below(maybe(0.5) ? 40 : 400);
      faults.push({ kind: 'call', service: oneOf(SERVICES), call, what: oneOf(['throttled', 'dies before', 'dies after'] as const) });
    }
    for (let n = below(10); n > 0; n--) {
      const service = oneOf(['score', 'score', 'score', 'relay', 'read', 'collect'] as const);
      // Often longer than a message of SQS is hidden.
      const milliseconds = below(maybe(0.5) ? 20_000 : 600_000);
      faults.push({ kind: 'slow', service, run: below(50), call: below(12), milliseconds });
      const unanswered = oneOf(['relay', 'relay', 'relay', 'score', 'collect', 'read'] as const);
      faults.push({ kind: 'unanswered', service: unanswered, run: below(60) });
    }
    if (maybe(0.3)) {
      const from = maybe(0.7) ? oneOf(bursts) : below(days * DAY);
      faults.push({ kind: 'away', what: oneOf(['state', 'scores'] as const), from, until: from + HOUR });
    }
    if (maybe(0.25)) {
      const from = Math.max(2 * HOUR, oneOf(bursts) - below(30 * MINUTE));
      faults.push({ kind: 'away', what: 'relay', from, until: from + DAY + below(maybe(0.5) ? HOUR : 10 * HOUR) });
    }
    for (const service of SERVICES) {
      // Minutes, but less than makes an item of the present a thing of the future.
      if (maybe(0.3)) faults.push({ kind: 'skew', service, milliseconds: below(8 * MINUTE) - 4 * MINUTE });
    }
    for (let n = below(5); n > 0; n--) {
      faults.push({
        kind: 'shards',
        table: oneOf(['state', 'state', 'scores'] as const),
        at: oneOf(bursts) + below(10_000),
        what: oneOf(['split', 'merge'] as const),
      });
    }
  }
  const lacks = oneOf(LACKING);
  const isUpgraded = !isCalm && maybe(0.3);
  if (isUpgraded) {
    const from = oneOf(bursts);
    faults.push({ kind: 'release', from, until: from + below(HOUR), lacks });
  }

  const later = pool
    .slice(-6)
    .map((item, n): Change => changeOf(item, n * 2000, [below(4000)]))
    .concat(
      changes
        .filter(({ item }) => item.state === 'deleted' && maybe(0.5))
        .map(({ item }, n): Change => {
          const twin = pool.find(({ resource, state }) => state !== 'deleted' && resource.resourceType === item.resource.resourceType);
          const next = changeOf(twin ?? (pool[0] as ConfigItem), 20_000 + n * 1000, [below(4000)]);
          return twin ? { ...next, item: { ...next.item, resource: item.resource } } : next;
        }),
    );
  const steps = [...changes, ...again, ...declarations, ...units, ...poisons].sort((a, b) => a.at - b.at);
  return { seed, accountIds, steps, faults, endsWithSweep: losesEvents || (isUpgraded && lacks !== undefined), later };
}

/** As it is after a journey as JSON. */
const plain = (value: unknown): never => JSON.parse(JSON.stringify(value)) as never;

const timeOf = (milliseconds: number): string => {
  const day = Math.floor(milliseconds / DAY);
  return `day ${day} ${new Date(milliseconds - day * DAY).toISOString().slice(11, 23)}`;
};

const after = (delay: number): string =>
  delay < MINUTE
    ? `${(delay / 1000).toFixed(1)} s`
    : delay < HOUR
      ? `${(delay / MINUTE).toFixed(0)} min`
      : `${(delay / HOUR).toFixed(1)} h`;

/** Returns the steps and faults of a history in order, one a line. */
export function describeHistory({ seed, accountIds, steps, faults, endsWithSweep, later }: History): string[] {
  const timed: [number, string][] = [
    ...steps.map((step): [number, string] => [step.at, describeStep(step)]),
    ...faults.flatMap((fault): [number, string][] => {
      if (fault.kind === 'away') return [[fault.from, `${fault.what} is away for ${after(fault.until - fault.from)}`]];
      if (fault.kind === 'shards') return [[fault.at, `the stream of ${fault.table}: ${fault.what} of shards`]];
      if (fault.kind === 'release') {
        const older = fault.lacks === undefined ? 'of another version' : `without ${fault.lacks}`;
        return [
          [fault.from, `an upgrade begins, until then the catalogue is ${older}; some runs stay so for ${after(fault.until - fault.from)}`],
        ];
      }
      return [];
    }),
  ];
  const untimed = faults.flatMap((fault) => {
    if (fault.kind === 'call') return [`${fault.service}: ${fault.what} at call ${fault.call}`];
    if (fault.kind === 'slow') return [`${fault.service}: run ${fault.run} waits ${after(fault.milliseconds)} before call ${fault.call}`];
    if (fault.kind === 'unanswered') return [`${fault.service}: the answer of run ${fault.run} is lost`];
    if (fault.kind === 'skew') return [`${fault.service}: its clock is ${fault.milliseconds / 1000} s ahead`];
    return [];
  });
  return [
    `seed ${seed}, accounts ${accountIds.join(', ')}`,
    ...untimed,
    ...timed.sort(([a], [b]) => a - b).map(([at, what]) => `${timeOf(at)}  ${what}`),
    ...(endsWithSweep ? ['at the end everything is read once more'] : []),
    ...(later.length > 0 ? ['after the tombstones have left:', ...later.map((step) => `  ${after(step.at)}  ${describeStep(step)}`)] : []),
  ];
}

function describeStep(step: Step): string {
  if (step.kind === 'poison') return `poison: ${step.what}, account ${step.accountId}`;
  if (step.kind === 'unit') {
    const copies = step.copies.map(
      ({ delay, gaps }) => `after ${after(delay)}${Object.keys(gaps).length > 0 ? ` with gaps ${JSON.stringify(gaps)}` : ''}`,
    );
    return `${step.accountId} ${step.region} is read: ${copies.join('; ') || 'never'}`;
  }
  const told = step.deliveries.map(after).join(', ') || 'never';
  if (step.kind === 'settings') return `${step.accountId} gets settings ${JSON.stringify(step.settings)}, told after ${told}`;
  const { resource, state, configuration, supplementaryConfiguration } = step.item;
  const what = state === 'deleted' ? 'is deleted' : `is ${JSON.stringify(configuration)} ${JSON.stringify(supplementaryConfiguration)}`;
  return `${resource.accountId} ${resource.region} ${resource.resourceType} ${resource.resourceId} ${what}, told after ${told}`;
}
