import { CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Known } from '../../../core/doctor/check.ts';
import { isKnown } from '../../../core/doctor/check.ts';
import type { EventSourceState, StreamDelay } from '../../../core/doctor/processing.ts';
import type { Deployed, StackFacts } from '../../../core/doctor/stacks.ts';
import type { AlarmState, Limits, QueueState, TableState } from '../../../core/doctor/storage.ts';
import { Unread } from '../../../core/facts/view.ts';
import { attempt } from '../failures.ts';
import { chunks, readNewest } from './metrics.ts';
import { type DoctorPlace, known } from './place.ts';
import { type Placed, readEach, resourcesOf } from './stacks.ts';

/** Reads the queues, and the age of their oldest messages. */
export async function readQueues(place: DoctorPlace, stacks: readonly StackFacts[], limits: Limits): Promise<Deployed<QueueState>[]> {
  const queues = resourcesOf(stacks, 'AWS::SQS::Queue');
  const ages = await readNewest(
    queues.map(({ name, region }) => ({
      region,
      namespace: 'AWS/SQS',
      metric: 'ApproximateAgeOfOldestMessage',
      dimension: 'QueueName',
      value: queueOf(name),
    })),
    place,
  );
  const ageOf = new Map(queues.map((queue, index) => [queue, ages[index] ?? null]));
  return readEach(queues, (queue) => readQueue(place, queue, ageOf.get(queue) ?? null, limits.queues.get(queueOf(queue.name))));
}

/** Returns the name in the URL of a queue. */
const queueOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

function readQueue(
  { clients }: DoctorPlace,
  { name: QueueUrl, region }: Placed,
  oldestSeconds: Known<number | null>,
  limitSeconds: number | undefined,
): Promise<Known<QueueState | undefined>> {
  return known(async () => {
    const { Attributes = {} } = await clients(SQSClient, region).send(
      new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
          'ApproximateNumberOfMessagesDelayed',
          'MessageRetentionPeriod',
          'RedrivePolicy',
        ],
      }),
    );
    return {
      waiting: Number(Attributes.ApproximateNumberOfMessages ?? 0),
      inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
      delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
      retentionSeconds: Number(Attributes.MessageRetentionPeriod ?? 0),
      hasDeadLetters: Attributes.RedrivePolicy !== undefined,
      oldestSeconds,
      ...(limitSeconds !== undefined && { limitSeconds }),
    };
  }, MISSING_QUEUE);
}

const MISSING_QUEUE = ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'];

/** Reads the delay of each function behind the streams of tables. */
export async function readStreams(
  place: DoctorPlace,
  sources: readonly Deployed<EventSourceState>[],
  limits: Limits,
): Promise<StreamDelay[]> {
  const found = sources.flatMap(({ region, value }) =>
    isKnown(value) && value?.sourceArn.includes('/stream/') ? [JSON.stringify([region, value.functionName])] : [],
  );
  const functions = [...new Set(found)].map((key): [region: string, name: string] => JSON.parse(key));
  const delays = await readNewest(
    functions.map(([region, value]) => ({ region, namespace: 'AWS/Lambda', metric: 'IteratorAge', dimension: 'FunctionName', value })),
    place,
  );
  return functions.map(([region, functionName], index) => {
    const [milliseconds, limitSeconds] = [delays[index] ?? null, limits.streams.get(functionName)];
    const seconds = typeof milliseconds === 'number' ? milliseconds / 1000 : milliseconds;
    return { region, functionName, seconds, ...(limitSeconds !== undefined && { limitSeconds }) };
  });
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html */
const ALARMS_AT_ONCE = 100;

/** Reads the alarms on metrics. */
export async function readAlarms({ clients }: DoctorPlace, stacks: readonly StackFacts[]): Promise<Deployed<AlarmState>[]> {
  const alarms = resourcesOf(stacks, 'AWS::CloudWatch::Alarm');
  const regions = [...new Set(alarms.map(({ region }) => region))];
  const groups = regions.flatMap((region) =>
    chunks(
      alarms.filter((alarm) => alarm.region === region),
      ALARMS_AT_ONCE,
    ),
  );
  const read = await Promise.all(
    groups.map(async (group) => {
      const command = new DescribeAlarmsCommand({ AlarmNames: group.map(({ name }) => name), MaxRecords: ALARMS_AT_ONCE });
      const answer = await attempt(() => clients(CloudWatchClient, group[0]?.region ?? '').send(command));
      return group.map((alarm): Deployed<AlarmState> => {
        if (answer instanceof Unread) return { ...alarm, value: answer };
        const state = answer?.MetricAlarms?.find(({ AlarmName }) => AlarmName === alarm.name);
        return { ...alarm, value: state && toAlarm(state) };
      });
    }),
  );
  return read.flat();
}

function toAlarm({
  StateValue = '' as never,
  StateReason = '',
  ActionsEnabled,
  AlarmActions = [],
  MetricName,
  Dimensions = [],
  Threshold,
}: MetricAlarm): AlarmState {
  const dimensions = Object.fromEntries(Dimensions.map(({ Name = '', Value = '' }) => [Name, Value]));
  return {
    state: StateValue,
    reason: StateReason,
    notifies: ActionsEnabled === true && AlarmActions.length > 0,
    ...(MetricName !== undefined && Threshold !== undefined && { metric: { name: MetricName, dimensions, threshold: Threshold } }),
  };
}

/** Reads the tables. */
export const readTables = ({ clients }: DoctorPlace, stacks: readonly StackFacts[]): Promise<Deployed<TableState>[]> =>
  readEach(resourcesOf(stacks, 'AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table'), ({ name, region }) =>
    known(async () => {
      const { Table = {} } = await clients(DynamoDBClient, region).send(new DescribeTableCommand({ TableName: name }));
      const since = Table.SSEDescription?.InaccessibleEncryptionDateTime;
      return {
        status: Table.TableStatus ?? '',
        isProtected: Table.DeletionProtectionEnabled === true,
        ...(since && { keyInaccessibleSince: since.toISOString() }),
      };
    }, ['ResourceNotFoundException']),
  );
