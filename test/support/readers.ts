import { type ClientOptions, clientsOf } from '../../adapters/aws/clients.ts';
import { ReadAgain, type ReadContext, type Reader } from '../../adapters/aws/readers/reader.ts';
import { runReader } from '../../adapters/aws/readers/run.ts';
import { parseFacts, parserOf } from '../../core/facts/index.ts';
import { INVENTORY } from '../../core/facts/inventory.ts';
import type { ConfigItem, ParsedFacts } from '../../core/facts/parser.ts';

export const READ_AT = '2026-01-01T00:00:00.000Z';

/** The context of a reader in a test. The default is one account whose clients a test mocks. */
export const readContext = (parts: Partial<ReadContext> = {}, options: ClientOptions = MADE_UP): ReadContext => ({
  accountId: '111111111111',
  region: 'eu-west-1',
  partition: 'aws',
  startedAt: READ_AT,
  accountIds: ['111111111111'],
  clients: clientsOf(options),
  ...parts,
});

const MADE_UP: ClientOptions = { credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

/** Everything that a reader gives, the entries of the inventory included. */
export async function readAll(reader: Reader, context: ReadContext = readContext()): Promise<ConfigItem[]> {
  const items: ConfigItem[] = [];
  for await (const item of runReader(reader, context)) if (!(item instanceof ReadAgain)) items.push(item);
  return items;
}

/** The times at which the reader asks to run again, because its source may lag. */
export async function readAgains(reader: Reader, context: ReadContext = readContext()): Promise<ReadAgain[]> {
  const asked: ReadAgain[] = [];
  for await (const item of runReader(reader, context)) if (item instanceof ReadAgain) asked.push(item);
  return asked;
}

/** Returns a reader's facts: `<type> <region> <id>` → facts and missing facts. */
export async function readFacts(reader: Reader, context: ReadContext = readContext()): Promise<Record<string, ParsedFacts>> {
  const entries = (await readAll(reader, context)).map((item): [string, ParsedFacts] => {
    const { resourceType, region, resourceId } = item.resource;
    const parser = parserOf(resourceType);
    const parsed = parser && parseFacts(item, parser);
    if (!parsed) throw new Error(`no facts of ${resourceType}`);
    return [`${resourceType} ${region} ${resourceId}`, parsed as ParsedFacts];
  });
  return Object.fromEntries(entries);
}

/** The reader's own word on whether it has listed everything: type → how many, or why not. */
export async function readInventory(reader: Reader, context: ReadContext = readContext()): Promise<Record<string, number | string>> {
  const facts = await readFacts(reader, context);
  return Object.fromEntries(
    Object.entries(facts).flatMap(([key, { facts: found, missing }]) => {
      const [type, , id = ''] = key.split(' ');
      return type === INVENTORY ? [[id, (found.resources as number | undefined) ?? missing.resources ?? '']] : [];
    }),
  );
}
