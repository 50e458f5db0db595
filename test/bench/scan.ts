import { CreateSecurityGroupCommand, CreateVolumeCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import pLimit from 'p-limit';
import { type Clients, type Credentials, callLimit, clientsOf, newRequestHandler } from '../../adapters/aws/clients.ts';
import { READERS } from '../../adapters/aws/readers/index.ts';
import type { Reader } from '../../adapters/aws/readers/reader.ts';
import { runTasks, type ScanPlan, tasksOf } from '../../adapters/aws/scan.ts';
import { inProcessPipeline } from '../../cli/in-process.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { isEvaluated } from '../../core/control.ts';
import { parseFacts, parserOf } from '../../core/facts/index.ts';
import { INVENTORY } from '../../core/facts/inventory.ts';
import { credentialsOf, startMoto } from '../support/moto-server.ts';
import { type Cost, expectThat, heapUsed, inTurns, skip, table } from './report.ts';

const REGION = 'eu-west-1';
const ACCOUNT = '111111111111';
/** Resources of the account: some types need only a list, the others a call for the details of each resource. */
const RESOURCES = { volumes: 900, groups: 800, buckets: 100, topics: 100, queues: 100 };
const CALLS_AT_ONCE = 24;
const ROUNDS = 3;

/** A call as it was made: enough to make it again without any of this project's code. */
interface Call {
  readonly client: new (config: object) => { send(command: object): Promise<unknown> };
  readonly region: string;
  readonly command: object;
  /** The emulator does not know every call. */
  failed: boolean;
}

/** Measures what a scan takes in addition to its calls, and how many calls it makes. */
export async function scanning(): Promise<void> {
  const moto = await startMoto();
  if (!moto) return skip('scan', 'no moto_server on this machine');
  try {
    process.env.AWS_ENDPOINT_URL = moto.endpoint;
    const credentials = await credentialsOf(ACCOUNT);
    await seed(credentials);
    // The first scan of an account has IAM make its credential report, and the recorded one does not.
    await scan(observed(credentials).clients);
    const { calls, found } = await recordedCalls(credentials);
    const costs = await inTurns(ROUNDS, {
      bare: async () => {
        const failed = await callAgain(calls, credentials);
        const others = calls.filter((call, index) => call.failed !== failed[index]).map(({ command }) => command.constructor.name);
        expectThat(others.length === 0, `${others.length} of the calls ended differently with the bare SDK: ${others.slice(0, 5)}`);
      },
      csmm: async () => {
        const { clients, counted } = observed(credentials);
        await scan(clients);
        expectThat(counted.called === calls.length, `a scan made ${counted.called} calls, and the recorded one ${calls.length}`);
      },
    });
    const resources = Object.values(RESOURCES).reduce((sum, count) => sum + count, 0);
    expectThat(found >= resources, `the scan found ${found} of ${resources} resources`);
    const controls = CATALOGUE.controls.filter(isEvaluated).length;
    const row = (name: string, { processor, elapsed }: Cost) => [
      name,
      `${processor.toFixed(2)} s of processor time, ${(processor / costs.bare.processor).toFixed(2)} ×`,
      `${elapsed.toFixed(2)} s elapsed, ${(elapsed / costs.bare.elapsed).toFixed(2)} ×`,
    ];
    table(
      `Scan of ${found.toLocaleString('en')} resources in one Region of an emulator, ${CALLS_AT_ONCE} calls at once, median of ${ROUNDS} rounds in turns`,
      'The bare SDK makes the same calls, all at once, and does nothing with the answers. A scan must wait for a list before it asks for ' +
        'details. Processor time is that of this process; the elapsed time is mostly that of the emulator, the same for both.',
      [
        row('the same calls with the bare SDK', costs.bare),
        row('a scan by csmm (target: at most 1.3 × elapsed)', costs.csmm),
        [
          'calls',
          `${calls.length} on the wire, ${calls.filter(({ failed }) => failed).length} answered with an error, as settings that do not exist are`,
          `${(calls.length / found).toFixed(2)} per resource, ${(calls.length / controls).toFixed(1)} per control`,
        ],
      ],
    );
  } finally {
    moto.stop();
    delete process.env.AWS_ENDPOINT_URL;
  }
}

/** Makes clients of a scan that count the calls that reach the service. */
function observed(credentials: Credentials): { readonly clients: Clients; readonly counted: { called: number; failed: number } } {
  const counted = { called: 0, failed: 0 };
  const clients = clientsOf({
    credentials,
    limit: callLimit(CALLS_AT_ONCE),
    maxAttempts: 1,
    observer: { called: () => counted.called++, failed: () => counted.failed++ },
  });
  return { clients, counted };
}

/** Records the calls of one scan, each once, and counts the resources that it finds. */
async function recordedCalls(credentials: Credentials): Promise<{ readonly calls: readonly Call[]; readonly found: number }> {
  const { clients, counted } = observed(credentials);
  const calls: Call[] = [];
  const { resources } = await scan(remembering(clients, calls));
  const failed = calls.filter((call) => call.failed).length;
  expectThat(calls.length === counted.called, `${calls.length} calls were recorded, and ${counted.called} were made`);
  expectThat(failed === counted.failed, `${failed} failures were recorded, and there were ${counted.failed}`);
  return { calls, found: resources };
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

/** Does the work of the command between the credentials and the report. */
async function scan(clients: Clients, readers?: readonly Reader[]) {
  const pipeline = inProcessPipeline(CATALOGUE);
  let resources = 0;
  const plan = planOf(clients, readers);
  await runTasks(
    tasksOf(plan),
    plan,
    {
      now: () => new Date(),
      began: () => {},
      ended: () => {},
      found: (item) => {
        if (item.resource.resourceType !== INVENTORY) resources++;
        const parser = parserOf(item.resource.resourceType);
        return pipeline.take({ resource: item.resource, capturedAt: item.capturedAt, parsed: parser && parseFacts(item, parser) });
      },
    },
    new AbortController().signal,
  );
  await pipeline.settle();
  return { pipeline, resources };
}

/** Records the calls of the clients. `clients` hands out the same client many times: each is wrapped once. */
function remembering(clients: Clients, calls: Call[]): Clients {
  const wrapped = new WeakSet<object>();
  return (client, region) => {
    const made = clients(client, region) as { send(command: object): Promise<unknown> };
    if (wrapped.has(made)) return made as never;
    wrapped.add(made);
    const send = made.send.bind(made);
    made.send = async (command) => {
      const call: Call = { client: client as unknown as Call['client'], region, command, failed: false };
      calls.push(call);
      try {
        return await send(command);
      } catch (error) {
        call.failed = true;
        throw error;
      }
    };
    return made as never;
  };
}

/** Makes the calls again, with clients of its own that share the HTTP connections as those of a scan do. Returns which of them failed. */
async function callAgain(calls: readonly Call[], credentials: Credentials): Promise<boolean[]> {
  const clients = new Map<string, InstanceType<Call['client']>>();
  const requestHandler = newRequestHandler();
  const limit = pLimit(CALLS_AT_ONCE);
  const answers = await Promise.allSettled(
    calls.map(({ client, region, command }) =>
      limit(() => {
        const key = `${client.name} ${region}`;
        const made = clients.get(key) ?? new client({ region, credentials, maxAttempts: 1, forcePathStyle: true, requestHandler });
        clients.set(key, made);
        const Command = command.constructor as new (input: object) => object;
        return made.send(new Command((command as { input: object }).input));
      }),
    ),
  );
  return answers.map(({ status }) => status === 'rejected');
}

const MANY = 300_000;

/** Measures what a scan of very many resources keeps in memory. */
export async function scanMemory(): Promise<void> {
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
  const { pipeline } = await scan(clientsOf({}), [manyVolumes]);
  const bytes = heapUsed() - before;
  expectThat(pipeline.counts.applied >= MANY, `the scan took ${pipeline.counts.applied} of ${MANY} resources`);
  table(
    `Memory of a scan of ${MANY.toLocaleString('en')} resources`,
    'The heap after a full collection. One invented reader lists volumes, each attached to an instance, one in a hundred not encrypted.',
    [['after it', `${(bytes / 1e6).toFixed(0)} MB`, `${(bytes / MANY).toFixed(0)} bytes each (target 1,024)`]],
  );
}
