/**
 * `npm run bench:unit` measures a unit of the sweep: all readers of an account in one Region, and in `global`. With `-- --write` it puts
 * the time of a unit into test/bench/service-times.json, from which `npm run bench:scale` computes how long a sweep takes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { CreateSecurityGroupCommand, CreateVolumeCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import pLimit from 'p-limit';
import { type CallObserver, clientsOf, FUNCTION_LIMITS, newRequestHandler } from '../../adapters/aws/clients.ts';
import { dynamoStateStore } from '../../adapters/aws/dynamo-state-store.ts';
import { memoryStateStore } from '../../adapters/memory/state-store.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { GLOBAL } from '../../core/model.ts';
import type { StateStore } from '../../core/ports.ts';
import type { Estate } from '../../lambdas/estate.ts';
import { readUnit } from '../../lambdas/unit.ts';
import { createTable, dynamoDbClient, startDynamoDbLocal } from '../support/dynamodb-local.ts';
import { ESTATE_REGION, seedWeakly } from '../support/estate.ts';
import { credentialsOf, startMoto } from '../support/moto-server.ts';
import { expectThat, machine, median, table } from './report.ts';
import { ASSUMED } from './scale/times.ts';

const ACCOUNT = '111111111111';
/** Resources besides one of each kind, as in the estates of `npm run bench:scale`. */
const RESOURCES = { volumes: 120, groups: 80, topics: 50, queues: 50 };
/** Time between a call and its answer, in milliseconds: from the next Region, and from the other side of the world. */
const ROUND_TRIPS = [60, 250];
const ROUNDS = 5;
/** Factor of all delays while the wait is measured. */
const SLOWER = 10;
const FILE = 'test/bench/service-times.json';

interface Cost {
  readonly elapsed: number;
  readonly processor: number;
  readonly calls: number;
  readonly found: number;
}

const [moto, engine] = [await startMoto(), await startDynamoDbLocal()];
if (!moto || !engine) throw new Error('the measurement needs moto_server and a Java runtime');
const slowAws = spawn(process.execPath, ['--import', 'tsx', new URL('./slow-aws.ts', import.meta.url).pathname, moto.endpoint], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  process.env.AWS_ENDPOINT_URL = moto.endpoint;
  const credentials = await credentialsOf(ACCOUNT);
  await seed(credentials);
  const [port] = await once(slowAws.stdout, 'data');
  process.env.AWS_ENDPOINT_URL = `http://localhost:${String(port).trim()}`;
  const delayBy = (milliseconds: number) => fetch(`${process.env.AWS_ENDPOINT_URL}/delay`, { method: 'PUT', body: String(milliseconds) });

  const dynamoDb = dynamoDbClient(engine.endpoint);
  const newStore = async () =>
    dynamoStateStore(dynamoDb, { stateTable: await createTable(dynamoDb, 'state'), scoresTable: await createTable(dynamoDb, 'scores') });
  const requestHandler = newRequestHandler(FUNCTION_LIMITS);

  async function measure(region: string, store: StateStore): Promise<Cost> {
    let calls = 0;
    const counting = (observer?: CallObserver): CallObserver => ({ failed: () => undefined, ...observer, called: () => calls++ });
    const estate = {
      ownAccountId: ACCOUNT,
      partition: 'aws',
      globalRegion: 'us-east-1',
      regions: [ESTATE_REGION],
      accountIds: async () => [ACCOUNT],
      clientsFor: async (_: string, observer?: CallObserver) =>
        clientsOf({ requestHandler, ...FUNCTION_LIMITS, credentials, maxAttempts: 1, observer: counting(observer) }),
    } as unknown as Estate;
    const context = { getRemainingTimeInMillis: () => 900_000 };
    const dependencies = { store, rules: CATALOGUE.rules };
    const [usage, start] = [process.cpuUsage(), performance.now()];
    const unit = { accountId: ACCOUNT, region, generation: 1 };
    const { found } = await readUnit(unit, { estate, context, dependencies, now: () => new Date() });
    const { user, system } = process.cpuUsage(usage);
    return { elapsed: (performance.now() - start) / 1000, processor: (user + system) / 1e6, calls, found };
  }

  /** A store that answers after the time that DynamoDB takes, and takes no time itself. */
  function slowStore(): StateStore {
    const store = memoryStateStore();
    const { read, transaction } = ASSUMED.answerMs;
    const after = async <T>(milliseconds: number, call: () => Promise<T>): Promise<T> => {
      await setTimeout(milliseconds * SLOWER);
      return call();
    };
    return {
      ...store,
      readResource: (...parts) => after(read, () => store.readResource(...parts)),
      listResources: (...parts) => after(read, () => store.listResources(...parts)),
      readCard: (...parts) => after(read, () => store.readCard(...parts)),
      commitResource: (...parts) => after(transaction, () => store.commitResource(...parts)),
      commitCard: (...parts) => after(transaction, () => store.commitCard(...parts)),
    };
  }

  machine();
  const rows: string[][] = [];
  const unchanged: number[] = [];
  await measure(ESTATE_REGION, await newStore());
  await measure(GLOBAL, await newStore());
  for (const region of [ESTATE_REGION, GLOBAL]) {
    await delayBy(0);
    const processor: { first: number[]; again: number[] } = { first: [], again: [] };
    for (let round = 0; round < ROUNDS; round++) {
      const store = await newStore();
      processor.first.push((await measure(region, store)).processor);
      processor.again.push((await measure(region, store)).processor);
    }
    for (const roundTrip of ROUND_TRIPS) {
      await delayBy(roundTrip * SLOWER);
      const store = slowStore();
      for (const name of ['first', 'again'] as const) {
        const { elapsed, calls, found } = await measure(region, store);
        expectThat(calls > 0 && found > 0, `${region} made ${calls} calls and found ${found} resources`);
        const [waiting, computing] = [elapsed / SLOWER, median(processor[name])];
        if (region === ESTATE_REGION && name === 'again') unchanged.push(waiting + computing);
        rows.push([
          `${region}, ${roundTrip} ms, ${name === 'first' ? 'for the first time' : 'unchanged'}`,
          `${waiting.toFixed(2)} s waiting`,
          `${computing.toFixed(2)} s of processor time`,
          `${calls} calls, ${found} resources`,
        ]);
      }
    }
  }
  table(
    'A unit of the sweep: all readers of an account in one Region',
    `The wait is that for an emulator's answers and for the tables with all delays ${SLOWER} times as long, divided by ${SLOWER}, so that ` +
      'the load of the machine does not count. Processor time is that with DynamoDB Local, the median of some rounds. A unit takes at most ' +
      'the sum. AssumeRole and TLS are not in it.',
    rows,
  );
  const unitSeconds = Number((unchanged.reduce((sum, seconds) => sum + seconds, 0) / unchanged.length).toFixed(2));
  console.log(`\nunitSeconds: ${unitSeconds} (an unchanged Region, mean of ${ROUND_TRIPS.join(' and ')} ms)`);
  if (process.argv.includes('--write')) {
    const known = JSON.parse(readFileSync(FILE, 'utf8'));
    writeFileSync(FILE, `${JSON.stringify({ ...known, unitSeconds, unitMeasured: true }, null, 2)}\n`);
  }
} finally {
  slowAws.kill();
  engine.stop();
  moto.stop();
}
process.exit(0);

async function seed(credentials: Awaited<ReturnType<typeof credentialsOf>>): Promise<void> {
  await seedWeakly({ accountId: ACCOUNT, credentials });
  const config = { region: ESTATE_REGION, credentials };
  const [ec2, sns, sqs] = [new EC2Client(config), new SNSClient(config), new SQSClient(config)];
  const limit = pLimit(8);
  const each = (count: number, create: (n: number) => Promise<unknown>) => Array.from({ length: count }, (_, n) => limit(() => create(n)));
  await Promise.all([
    ...each(RESOURCES.volumes, () => ec2.send(new CreateVolumeCommand({ AvailabilityZone: `${ESTATE_REGION}a`, Size: 1 }))),
    ...each(RESOURCES.groups, (n) => ec2.send(new CreateSecurityGroupCommand({ GroupName: `group-${n}`, Description: 'bench' }))),
    ...each(RESOURCES.topics, (n) => sns.send(new CreateTopicCommand({ Name: `topic-${n}` }))),
    ...each(RESOURCES.queues, (n) => sqs.send(new CreateQueueCommand({ QueueName: `queue-${n}` }))),
  ]);
}
