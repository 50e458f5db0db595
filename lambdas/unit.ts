import type { Clients } from '../adapters/aws/clients.ts';
import { failureKind, reasonOf } from '../adapters/aws/failures.ts';
import { READERS } from '../adapters/aws/readers/index.ts';
import type { ReadContext, Reader } from '../adapters/aws/readers/reader.ts';
import { hasNotEnabled, unreadItems } from '../adapters/aws/readers/run.ts';
import { type SettingsFacts, settingsRef } from '../core/facts/csmm-settings.ts';
import { GLOBAL } from '../core/model.ts';
import { collectRun, type RunOutcome } from '../core/pipeline/sweep.ts';
import {
  MAX_RETRIES,
  newReport,
  ORGANIZATION_PLACE,
  readersOf,
  type Unit,
  type UnitReport,
  type UnitSteps,
  unitItems,
} from '../core/pipeline/unit.ts';
import { hasTime, NO_CLIENTS, placeIn, type ReadingOptions, runWithin } from './readings.ts';

/** Readers of three services that are in every Region. If all are denied in a Region, so are the others. */
export const PROBES = ['ec2-vpcs', 'lambda-functions', 'sns-topics'];

/**
 * Readers whose calls answer in a Region that an organization has closed, because the policies that AWS gives for it exempt them.
 * https://docs.aws.amazon.com/controltower/latest/controlreference/primary-region-deny-policy.html
 */
export const EXEMPT = ['cloudtrail-root-activity', 'sso-instances'];

/** Maximum number of concurrent readers of a unit, and the number to which throttling lowers it. */
const READERS_AT_ONCE = 12;
const FEWEST_AT_ONCE = 2;
/** Throttled calls within this time count as one, in milliseconds: those that were under way together. */
const THROTTLED_TOGETHER = 1000;

export interface UnitOptions extends Omit<ReadingOptions, 'startedAt' | 'attempt'> {
  readonly now: () => Date;
}

export interface UnitOutcome extends RunOutcome, UnitReport {
  /** Number of readers. */
  readonly readers: number;
}

/**
 * Runs the readers of an account in one place with one set of credentials, and commits what they find. `failed` and `rest` are to be sent
 * again.
 *
 * @throws the error of AssumeRole unless it was denied or this is the last attempt.
 */
export async function readUnit(unit: Unit, options: UnitOptions): Promise<UnitOutcome> {
  const { accountId, region } = unit;
  const { estate, dependencies, now } = options;
  const readers = readersOf(unit, READERS);
  const report = newReport();
  const accountIds = region === ORGANIZATION_PLACE ? (options.accountIds ?? (await estate.accountIds())) : [accountId];
  const place = { ...placeIn(estate, accountId, region === ORGANIZATION_PLACE ? GLOBAL : region), accountIds };
  const unread = (reader: Reader, reason: string) =>
    unreadItems(reader, { ...place, startedAt: now().toISOString(), clients: NO_CLIENTS }, reason);
  const atOnce = throttledLimit(now);
  let clients: Clients;
  try {
    clients = await estate.clientsFor(accountId, { called: () => undefined, failed: () => undefined, throttled: atOnce.throttled });
  } catch (error) {
    if (failureKind(error) !== 'denied' && !isLast(unit)) throw error;
    const reason = reasonOf(error);
    if (failureKind(error) !== 'denied') for (const { id } of readers) report.failed.set(id, reason);
    return {
      ...(await collectRun(
        allOf(readers, (reader) => unread(reader, reason)),
        dependencies,
      )),
      ...report,
      readers: readers.length,
    };
  }
  const found = unitItems(stepsOf(unit, readers, { ...place, clients, atOnce: atOnce.current, unread }, options), report);
  return { ...(await collectRun(found, dependencies)), ...report, readers: readers.length };
}

/** Whether a unit that fails is not sent again. */
export const isLast = ({ attempt = 0 }: Unit): boolean => attempt >= MAX_RETRIES;

type Place = Omit<ReadContext, 'startedAt'> & {
  readonly atOnce: () => number;
  readonly unread: (reader: Reader, reason: string) => ReturnType<typeof unreadItems>;
};

function stepsOf(unit: Unit, readers: readonly Reader[], { atOnce, unread, ...place }: Place, options: UnitOptions): UnitSteps {
  const { context, now } = options;
  const byId = new Map(readers.map((reader) => [reader.id, reader]));
  const reader = (id: string): Reader => {
    const found = byId.get(id);
    if (!found) throw new TypeError(`there is no reader ${id}`);
    return found;
  };
  return {
    readers: [...byId.keys()],
    probes: unit.region === GLOBAL || unit.region === ORGANIZATION_PLACE ? [] : PROBES,
    exempt: EXEMPT,
    run: (id) =>
      runWithin(reader(id), { ...place, startedAt: now().toISOString() }, context, isLast(unit) ? undefined : (unit.attempt ?? 0)),
    shuts: (reasons) => shuts(unit, reasons, options),
    unread: (id, reason) => unread(reader(id), reason),
    hasTime: () => hasTime(context),
    atOnce,
  };
}

/** Whether denials mean that the account has no use for the Region: it has not enabled it, or its settings do not approve it. */
async function shuts({ accountId, region }: Unit, reasons: readonly string[], { dependencies }: UnitOptions): Promise<boolean> {
  if (reasons.every((reason) => reason.includes(hasNotEnabled(region)))) return true;
  const stored = await dependencies.store.readResource(settingsRef(accountId));
  const { settings }: SettingsFacts = stored?.parsed?.facts ?? {};
  return settings?.approvedRegions !== undefined && !settings.approvedRegions.includes(region);
}

/** Returns the number of readers that may run: half as many after calls were throttled. */
function throttledLimit(now: () => Date) {
  let atOnce = READERS_AT_ONCE;
  let lastAt = Number.NEGATIVE_INFINITY;
  return {
    current: () => atOnce,
    throttled: () => {
      if (now().getTime() - lastAt < THROTTLED_TOGETHER) return;
      lastAt = now().getTime();
      atOnce = Math.max(FEWEST_AT_ONCE, Math.floor(atOnce / 2));
    },
  };
}

function* allOf<T, U>(items: Iterable<T>, of: (item: T) => Iterable<U>): Generator<U> {
  for (const item of items) yield* of(item);
}
