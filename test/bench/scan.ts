import { CreateSecurityGroupCommand, CreateVolumeCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import pLimit from 'p-limit';
import { type Clients, type Credentials, callLimit, clientsOf } from '../../adapters/aws/clients.ts';
import { READERS } from '../../adapters/aws/readers/index.ts';
import type { Reader } from '../../adapters/aws/readers/reader.ts';
import { runTasks, type ScanPlan, tasksOf } from '../../adapters/aws/scan.ts';
import { inProcessPipeline } from '../../cli/in-process.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { isEvaluated } from '../../core/control.ts';
import { parseFacts, parserOf } from '../../core/facts/index.ts';
import { credentialsOf, startMoto } from '../support/moto-server.ts';
import { heapUsed, median, seconds, table } from './report.ts';

const REGION = 'eu-west-1';
const ACCOUNT = '111111111111';
/** What the account holds: lists that tell all, and resources of which each is asked for its details. */
const RESOURCES = { volumes: 900, groups: 800, buckets: 100, topics: 100, queues: 100 };
const CALLS_AT_ONCE = 24;
const ROUNDS = 3;

/** A call as it was made: enough to make it again without any of this project's code. */
interface Call {
  readonly client: new (config: object) => { send(command: object): Promise<unknown> };
  readonly region: string;
  readonly command: object;
}

/** What a scan takes beside its calls themselves, and how many calls it makes. */
export async function scanning(): Promise<void> {
  const moto = await startMoto();
  if (!moto) {
    console.log('\nScan: left out, no moto_server on this machine');
    return;
  }
  try {
    process.env.AWS_ENDPOINT_URL = moto.endpoint;
    const credentials = await credentialsOf(ACCOUNT);
    await seed(credentials);
    const calls: Call[] = [];
    await scan(remembering(credentials, calls));
    const [scans, bare]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      scans.push(await seconds(() => scan(clientsOf({ credentials, limit: callLimit(CALLS_AT_ONCE), maxAttempts: 1 }))));
      bare.push(await seconds(() => callAgain(calls, credentials)));
    }
    const resources = Object.values(RESOURCES).reduce((sum, count) => sum + count, 0);
    const controls = CATALOGUE.controls.filter(isEvaluated).length;
    table(
      `Scan of ${resources.toLocaleString('en')} resources in one Region against an emulator, ${CALLS_AT_ONCE} calls at once, median of ${ROUNDS}`,
      [
        ['the same calls with the bare SDK', `${median(bare).toFixed(2)} s`],
        ['csmm scan', `${median(scans).toFixed(2)} s`, `${(median(scans) / median(bare)).toFixed(2)} × (target 1.3)`],
        [
          'calls',
          String(calls.length),
          `${(calls.length / resources).toFixed(2)} per resource, ${(calls.length / controls).toFixed(1)} per control`,
        ],
      ],
    );
  } finally {
    moto.stop();
    delete process.env.AWS_ENDPOINT_URL;
  }
  await memoryOfScan();
}

async function seed(credentials: Credentials): Promise<void> {
  const config = { region: REGION, credentials };
  const [ec2, s3, sns, sqs] = [
    new EC2Client(config),
    new S3Client({ ...config, forcePathStyle: true }),
    new SNSClient(config),
    new SQSClient(config),
  ];
  const limit = pLimit(16);
  const each = (count: number, create: (n: number) => Promise<unknown>) => Array.from({ length: count }, (_, n) => limit(() => create(n)));
  await Promise.all([
    ...each(RESOURCES.volumes, () => ec2.send(new CreateVolumeCommand({ AvailabilityZone: `${REGION}a`, Size: 1 }))),
    ...each(RESOURCES.groups, (n) => ec2.send(new CreateSecurityGroupCommand({ GroupName: `group-${n}`, Description: 'bench' }))),
    ...each(RESOURCES.buckets, (n) =>
      s3.send(new CreateBucketCommand({ Bucket: `bench-${n}`, CreateBucketConfiguration: { LocationConstraint: REGION } })),
    ),
    ...each(RESOURCES.topics, (n) => sns.send(new CreateTopicCommand({ Name: `topic-${n}` }))),
    ...each(RESOURCES.queues, (n) => sqs.send(new CreateQueueCommand({ QueueName: `queue-${n}` }))),
  ]);
}

const planOf = (clients: Clients, readers: readonly Reader[] = READERS): ScanPlan => ({
  targets: [{ accountId: ACCOUNT, clients }],
  regions: [REGION],
  partition: 'aws',
  globalRegion: 'us-east-1',
  readers,
  own: { accountId: ACCOUNT, clients },
});

/** What the command does between the credentials and the report. */
async function scan(clients: Clients, readers?: readonly Reader[]) {
  const pipeline = inProcessPipeline(CATALOGUE);
  const plan = planOf(clients, readers);
  await runTasks(
    tasksOf(plan),
    plan,
    {
      now: () => new Date(),
      began: () => {},
      ended: () => {},
      found: (item) => {
        const parser = parserOf(item.resource.resourceType);
        return pipeline.take({ resource: item.resource, capturedAt: item.capturedAt, parsed: parser && parseFacts(item, parser) });
      },
    },
    new AbortController().signal,
  );
  await pipeline.settle();
  return pipeline;
}

function remembering(credentials: Credentials, calls: Call[]): Clients {
  const clients = clientsOf({ credentials, limit: callLimit(CALLS_AT_ONCE), maxAttempts: 1 });
  return (client, region) => {
    const made = clients(client, region) as { send(command: object): Promise<unknown> };
    const send = made.send.bind(made);
    made.send = (command) => {
      calls.push({ client: client as unknown as Call['client'], region, command });
      return send(command);
    };
    return made as never;
  };
}

async function callAgain(calls: readonly Call[], credentials: Credentials): Promise<void> {
  const clients = new Map<string, InstanceType<Call['client']>>();
  const limit = pLimit(CALLS_AT_ONCE);
  await Promise.allSettled(
    calls.map(({ client, region, command }) =>
      limit(() => {
        const key = `${client.name} ${region}`;
        const made = clients.get(key) ?? new client({ region, credentials, maxAttempts: 1, forcePathStyle: true });
        clients.set(key, made);
        const Command = command.constructor as new (input: object) => object;
        return made.send(new Command((command as { input: object }).input));
      }),
    ),
  );
}

const MANY = 300_000;

async function memoryOfScan(): Promise<void> {
  const manyVolumes: Reader = {
    id: 'many-volumes',
    scope: 'region',
    lists: ['AWS::EC2::Volume'],
    permissions: [],
    refreshedBy: [],
    read: async function* () {
      for (let n = 0; n < MANY; n++) {
        const configuration = { Encrypted: n % 100 !== 0, State: 'in-use', Attachments: [{ InstanceId: `i-${n}`, State: 'attached' }] };
        yield { resourceType: 'AWS::EC2::Volume', resourceId: `vol-${n}`, configuration };
      }
    },
  };
  const before = heapUsed();
  const pipeline = await scan(clientsOf({}), [manyVolumes]);
  const bytes = heapUsed() - before;
  table(`Memory of a scan of ${MANY.toLocaleString('en')} resources`, [
    ['after it', `${(bytes / 1e6).toFixed(0)} MB`, `${(bytes / pipeline.counts.applied).toFixed(0)} bytes each`],
  ]);
}
