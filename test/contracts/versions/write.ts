/**
 * Writes the items that a version of csmm stores into a fixture of this folder: its own code runs on DynamoDB Local.
 *
 *     npm run release-tables -- v0.2.0               # this checkout
 *     npm run release-tables -- v0.1.0 ../csmm-0.1   # a checkout of an earlier tag, after `npm ci` in it
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startDynamoDbLocal } from '../../support/dynamodb-local.ts';
import { deploy, TABLES } from './deployment.ts';
import { applySettings, createAndDelete, record, sweep } from './estate.ts';

const [version = '', root = '.', ...others] = process.argv.slice(2);
if (!/^v\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) || others.length > 0) {
  throw new RangeError('Usage: npm run release-tables -- VERSION [CHECKOUT], with a version such as v0.2.0');
}
/** JSON has no bytes: they become text, in base64. */
const withBinary = (key: string, value: unknown): unknown =>
  key === 'B' && value !== null && typeof value === 'object' ? Buffer.from(Object.values(value)).toString('base64') : value;

const engine = await startDynamoDbLocal();
if (!engine) throw new Error('DynamoDB Local needs a Java runtime');
try {
  const deployment = await deploy(resolve(root), engine.endpoint, (name, value) => {
    process.env[name] = value;
  });
  await applySettings(deployment, '2026-01-01T00:00:00.000Z');
  await record(deployment, '2026-01-01T01:00:00.000Z');
  await createAndDelete(deployment, ['2026-01-01T01:00:00.000Z', '2026-01-01T02:00:00.000Z']);
  await deployment.settle();
  await sweep(deployment, '2026-01-01T04:00:00.000Z');
  await deployment.settle();
  if (deployment.failed.length > 0 || deployment.parked.length > 0) {
    throw new Error(`the version could not process the estate: ${JSON.stringify([deployment.failed, deployment.parked])}`);
  }
  const tables: Record<string, unknown> = {};
  for (const table of TABLES) tables[table] = await deployment.items(table);
  const fixture = gzipSync(JSON.stringify({ version, tables }, withBinary), { level: 9 });
  writeFileSync(new URL(`${version}.json.gz`, import.meta.url), fixture);
  const items = Object.entries(tables).map(([name, rows]) => `${(rows as unknown[]).length} ${name}`);
  process.stdout.write(`${version}: ${items.join(', ')} items, ${fixture.length} bytes\n`);
  await deployment.end();
} finally {
  engine.stop();
}
