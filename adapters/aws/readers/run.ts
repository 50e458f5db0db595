import { readResource } from '../../../core/events/intake.ts';
import { INVENTORY, inventoryOf } from '../../../core/facts/inventory.ts';
import type { ConfigItem } from '../../../core/facts/parser.ts';
import { NotYetRead, Unread } from '../../../core/facts/view.ts';
import { failureIn } from '../../../core/failure.ts';
import { millisecondsOf } from '../../../core/instant.ts';
import { ended, ReadAgain, scopeRegion } from '../../../core/pipeline/sweep.ts';
import type { ReaderRun } from '../../../core/pipeline/unit.ts';
import { actionOf, CredentialsExpiredError, isPassing, nameOf, reasonOf, unreadAfter } from '../failures.ts';
import { NotOfferedError } from '../not-offered.ts';
import { AsOf, type Observation, type ReadContext, type Reader } from './reader.ts';

/**
 * Runs a reader and yields its resources as configuration items. At the end it yields an inventory entry for each type: whether
 * the list is complete. An interrupted run yields an entry with the reason. A {@link ReadAgain} of the reader is passed on. A run that
 * begins within the reader's lag after a change asks for another run.
 *
 * @throws CredentialsExpiredError, and no other error: these credentials can read nothing more.
 */
export async function* runReader(reader: Reader, context: ReadContext): AsyncGenerator<ConfigItem | ReadAgain> {
  /** The found resources, by account and type. If the list changes between two pages, both can have a resource. */
  const found = new Map<string, Set<string> | Unread>();
  let gap: Unread | undefined;
  let asOf: string | undefined;
  try {
    for await (const observation of reader.read(context)) {
      if (observation instanceof Unread) {
        gap ??= observation;
        continue;
      }
      if (observation instanceof ReadAgain) {
        yield observation;
        continue;
      }
      if (observation instanceof AsOf) {
        asOf = observation.at;
        continue;
      }
      const item = toItem(observation, reader, context);
      const { accountId, region, resourceType, resourceId } = item.resource;
      const key = `${accountId} ${resourceType}`;
      const unnamed = whyUnnamed(item.resource);
      if (unnamed !== undefined) {
        found.set(key, new Unread(`one of them cannot be stored: ${unnamed}`));
        continue;
      }
      const ids = found.get(key) ?? new Set();
      if (!(ids instanceof Unread) && !observation.gone) found.set(key, ids.add(`${region} ${resourceId}`));
      yield item;
    }
  } catch (error) {
    if (error instanceof CredentialsExpiredError) throw error;
    if (!reader.notEverywhere || !(error instanceof NotOfferedError)) gap ??= gapAfter(error, reader, context);
  }
  yield* tooEarly(reader, context);
  yield* inventoryItems(reader, context, (accountId, type) => {
    const ids = found.get(`${accountId} ${type}`);
    const resources = gap ?? (ids instanceof Unread ? ids : (ids?.size ?? 0));
    return asOf === undefined || resources instanceof Unread ? { resources } : { resources, asOf };
  });
}

/** Yields a request for another run if this one began so soon after a change that the source may not show it. */
function* tooEarly({ lag }: Reader, { changed, startedAt }: ReadContext): Generator<ReadAgain> {
  if (!lag || !changed) return;
  const settled = new Date(millisecondsOf(changed.at) + lag.minutes * 60_000).toISOString();
  if (startedAt < settled) yield new ReadAgain(settled, `AWS can take ${lag.minutes} minutes to show a change: ${lag.source}`);
}

/**
 * Errors by which services answer valid credentials in a Region that the account has not enabled.
 * https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
 */
const NOT_ENABLED: ReadonlySet<string> = new Set(['AuthFailure', 'InvalidClientTokenId', 'OptInRequired', 'UnrecognizedClientException']);

const gapAfter = (error: unknown, { scope }: Reader, { region }: ReadContext): Unread =>
  scope === 'region' && NOT_ENABLED.has(nameOf(error))
    ? new Unread(`${actionOf(error) ?? 'the call'} was denied (${nameOf(error)}): ${hasNotEnabled(region)}`)
    : unreadAfter(error);

/** Words of the reason for a Region that the account has not enabled. */
export const hasNotEnabled = (region: string): string => `the account has not enabled the Region ${region}`;

/**
 * Returns why neither a table nor a record can store a resource under its id. Other people choose ids, and no resource may hide
 * behind one.
 */
function whyUnnamed({ accountId, region, resourceType, resourceId }: ConfigItem['resource']): string | undefined {
  const read = readResource({ accountId, awsRegion: region, resourceType, resourceId });
  return typeof read === 'string' ? read : undefined;
}

export interface SettledOptions {
  /** Whether the run is the last attempt: then it yields everything, with the reason of what is missing. */
  readonly isLast: boolean;
  /** @default {@link isPassing} */
  readonly isPassing?: (error: unknown) => boolean;
}

/**
 * Runs a reader that will run again soon if it fails for a passing reason. Such a run yields neither the resources that the failure
 * left incomplete nor inventory entries: what csmm read before stays, and does not flap.
 *
 * @throws CredentialsExpiredError
 */
export function runSettled(reader: Reader, context: ReadContext, { isLast, isPassing: passes = isPassing }: SettledOptions): ReaderRun {
  let failed: string | undefined;
  let denied: string | undefined;
  const watched: Reader = {
    ...reader,
    read: async function* (place) {
      try {
        for await (const observation of reader.read(place)) {
          const passing = passingIn(observation);
          failed ??= passing?.reason;
          if (!passing || isLast || observation instanceof Unread) yield observation;
        }
      } catch (error) {
        if (passes(error)) failed ??= reasonOf(error);
        throw error;
      }
    },
  };
  const settled = async function* (): AsyncGenerator<ConfigItem | ReadAgain> {
    for await (const item of runReader(watched, context)) {
      if (!(item instanceof ReadAgain) && item.resource.resourceType === INVENTORY) {
        if (failed !== undefined && !isLast) continue;
        denied ??= deniedIn(item);
      }
      yield item;
    }
  };
  return {
    items: settled(),
    end: () => {
      if (failed !== undefined) return { kind: 'failed', reason: failed };
      return denied === undefined ? { kind: 'read' } : { kind: 'denied', reason: denied };
    },
  };
}

/** Returns the first part of what a reader yielded that could not be read for a passing reason. */
function passingIn(value: unknown): NotYetRead | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (value instanceof NotYetRead) return value;
  for (const member of Object.values(value)) {
    const passing = passingIn(member);
    if (passing) return passing;
  }
  return undefined;
}

/** Returns the reason of an inventory entry whose list was denied. */
function deniedIn({ configuration }: ConfigItem): string | undefined {
  const { resources } = configuration as { readonly resources?: unknown };
  return resources instanceof Unread && failureIn(resources.reason)?.kind === 'denied' ? resources.reason : undefined;
}

/** Returns the inventory entries of a reader that could not start. */
export const unreadItems = (reader: Reader, context: ReadContext, reason: string): Iterable<ConfigItem> =>
  inventoryItems(reader, context, () => ({ resources: new Unread(reason) }));

function* inventoryItems(
  reader: Reader,
  context: ReadContext,
  listOf: (accountId: string, type: string) => { readonly resources: number | Unread; readonly asOf?: string },
): Generator<ConfigItem> {
  const region = scopeRegion(reader, context.region);
  for (const accountId of reader.scope === 'organization' ? context.accountIds : [context.accountId]) {
    for (const type of reader.lists) {
      const configuration = listOf(accountId, type);
      yield recorded({ ...EMPTY, resource: inventoryOf(accountId, region, type), configuration }, context);
    }
  }
}

const EMPTY = { supplementaryConfiguration: {}, tags: {}, relationships: [] };

function toItem(observation: Observation, reader: Reader, context: ReadContext): ConfigItem {
  const { resourceType, resourceId } = observation;
  const region = observation.region ?? scopeRegion(reader, context.region);
  const { capturedAt = context.startedAt } = observation;
  // A source cannot be newer than the run that read it.
  const startedAt = capturedAt < context.startedAt ? capturedAt : context.startedAt;
  const resource = { accountId: observation.accountId ?? context.accountId, region, resourceType, resourceId };
  if (observation.gone) return ended(resource, startedAt);
  return recorded(
    {
      resource,
      configuration: plain(observation.configuration),
      supplementaryConfiguration: plain(observation.supplementaryConfiguration ?? {}),
      tags: plain(observation.tags ?? {}),
      relationships: observation.relationships ?? [],
      ...(observation.resourceName !== undefined && { resourceName: observation.resourceName }),
    },
    { startedAt },
  );
}

const recorded = (item: Omit<ConfigItem, 'capturedAt' | 'state'>, { startedAt }: Pick<ReadContext, 'startedAt'>): ConfigItem => ({
  ...item,
  capturedAt: startedAt,
  state: 'recorded',
  source: 'api',
});

/** Returns an answer of the SDK in AWS Config's form: dates as text. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  if (typeof value !== 'object' || value === null || value instanceof Unread) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}
