import { readResource } from '../../../core/events/intake.ts';
import { inventoryOf } from '../../../core/facts/inventory.ts';
import type { ConfigItem } from '../../../core/facts/parser.ts';
import { Unread } from '../../../core/facts/view.ts';
import { ReadAgain, scopeRegion } from '../../../core/pipeline/sweep.ts';
import { CredentialsExpiredError, reasonOf } from '../failures.ts';
import { NotOfferedError } from '../not-offered.ts';
import type { Observation, ReadContext, Reader } from './reader.ts';

/**
 * Runs a reader and yields its resources as configuration items. At the end it yields an inventory entry for each type: whether
 * the list is complete. An interrupted run yields an entry with the reason. A {@link ReadAgain} of the reader is passed on.
 *
 * @throws CredentialsExpiredError, and no other error: these credentials can read nothing more.
 */
export async function* runReader(reader: Reader, context: ReadContext): AsyncGenerator<ConfigItem | ReadAgain> {
  /** The found resources, by account and type. If the list changes between two pages, both can have a resource. */
  const found = new Map<string, Set<string> | Unread>();
  let gap: Unread | undefined;
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
      const item = toItem(observation, reader, context);
      const { accountId, region, resourceType, resourceId } = item.resource;
      const key = `${accountId} ${resourceType}`;
      const unnamed = whyUnnamed(item.resource);
      if (unnamed !== undefined) {
        found.set(key, new Unread(`one of them cannot be stored: ${unnamed}`));
        continue;
      }
      const ids = found.get(key) ?? new Set();
      if (!(ids instanceof Unread)) found.set(key, ids.add(`${region} ${resourceId}`));
      yield item;
    }
  } catch (error) {
    if (error instanceof CredentialsExpiredError) throw error;
    if (!reader.notEverywhere || !(error instanceof NotOfferedError)) gap ??= new Unread(reasonOf(error));
  }
  yield* inventoryItems(reader, context, (accountId, type) => {
    const ids = found.get(`${accountId} ${type}`);
    return gap ?? (ids instanceof Unread ? ids : (ids?.size ?? 0));
  });
}

/**
 * Returns why neither a table nor a record can store a resource under its id. Other people choose ids, and no resource may hide
 * behind one.
 */
function whyUnnamed({ accountId, region, resourceType, resourceId }: ConfigItem['resource']): string | undefined {
  const read = readResource({ accountId, awsRegion: region, resourceType, resourceId });
  return typeof read === 'string' ? read : undefined;
}

/** Returns the inventory entries of a reader that could not start. */
export const unreadItems = (reader: Reader, context: ReadContext, reason: string): Iterable<ConfigItem> =>
  inventoryItems(reader, context, () => new Unread(reason));

function* inventoryItems(
  reader: Reader,
  context: ReadContext,
  resourcesOf: (accountId: string, type: string) => number | Unread,
): Generator<ConfigItem> {
  const region = scopeRegion(reader, context.region);
  for (const accountId of reader.scope === 'organization' ? context.accountIds : [context.accountId]) {
    for (const type of reader.lists) {
      const configuration = { resources: resourcesOf(accountId, type) };
      yield recorded({ ...EMPTY, resource: inventoryOf(accountId, region, type), configuration }, context);
    }
  }
}

const EMPTY = { supplementaryConfiguration: {}, tags: {}, relationships: [] };

function toItem(observation: Observation, reader: Reader, context: ReadContext): ConfigItem {
  const { resourceType, resourceId } = observation;
  const region = observation.region ?? scopeRegion(reader, context.region);
  return recorded(
    {
      resource: { accountId: observation.accountId ?? context.accountId, region, resourceType, resourceId },
      configuration: plain(observation.configuration),
      supplementaryConfiguration: plain(observation.supplementaryConfiguration ?? {}),
      tags: plain(observation.tags ?? {}),
      relationships: observation.relationships ?? [],
      ...(observation.resourceName !== undefined && { resourceName: observation.resourceName }),
    },
    context,
  );
}

const recorded = (item: Omit<ConfigItem, 'capturedAt' | 'state'>, { startedAt }: ReadContext): ConfigItem => ({
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
