/**
 * Copies or deletes all items of a table of a deployment, for docs/operations.md#backup-and-restore. Pause csmm before.
 *
 *     npm run table -- copy FROM TO
 *     npm run table -- empty TABLE
 *
 * `AWS_REGION` and the credentials are those of the environment.
 */
import { copyItems, deleteItems, tableClient } from '../adapters/aws/table-items.ts';

const USAGE = 'Usage: npm run table -- copy FROM TO | empty TABLE';
const [task, table = '', to = '', ...others] = process.argv.slice(2);
const client = tableClient();
const progress = (items: number): void => void process.stderr.write(`\r${items} items`);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (task === 'copy' && table !== '' && to !== '' && table !== to && others.length === 0) {
  say(`\ncopied ${await copyItems(client, table, to, progress)} items from ${table} to ${to}`);
} else if (task === 'empty' && table !== '' && to === '') {
  say(`\ndeleted ${await deleteItems(client, table, progress)} items of ${table}`);
} else {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
}
