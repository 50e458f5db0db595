import { createQueue, type Queue, type QueueChance } from '../../support/fifo.ts';
import { type Assembly, idsOf, propertiesOf, target } from './assembly.ts';
import type { Values } from './values.ts';

/** The queues of the templates, by their logical id. @throws Error for a property that is not known here */
export function createQueues(assembly: Assembly, values: Values, now: () => number, chance?: QueueChance): Map<string, Queue> {
  const queues = new Map<string, Queue>();
  const create = (id: string): Queue => {
    const known = queues.get(id);
    if (known) return known;
    const properties = propertiesOf(assembly, id);
    const unknown = Object.keys(properties).find((name) => !KNOWN.has(name));
    if (unknown) throw new Error(`the property ${unknown} of the queue ${id} is not known here`);
    const { RedrivePolicy, FifoQueue, ContentBasedDeduplication, DeduplicationScope } = properties;
    const redrive = RedrivePolicy as { deadLetterTargetArn: unknown; maxReceiveCount: number } | undefined;
    const queue = createQueue({
      name: values.nameOf(id),
      now,
      fifo: FifoQueue === true,
      contentBasedDeduplication: ContentBasedDeduplication === true,
      deduplicationScope: DeduplicationScope === 'messageGroup' ? 'messageGroup' : 'queue',
      ...seconds('delaySeconds', properties.DelaySeconds),
      ...seconds('visibilityTimeout', properties.VisibilityTimeout),
      ...seconds('retentionPeriod', properties.MessageRetentionPeriod),
      ...(redrive && { redrive: { queue: create(target(redrive.deadLetterTargetArn)), maxReceiveCount: redrive.maxReceiveCount } }),
      ...(chance && { chance }),
    });
    queues.set(id, queue);
    return queue;
  };
  for (const id of idsOf(assembly, 'AWS::SQS::Queue')) create(id);
  return queues;
}

const seconds = <K extends string>(name: K, value: unknown): { [Key in K]?: number } =>
  value === undefined ? {} : ({ [name]: Number(value) } as { [Key in K]: number });

const KNOWN = new Set([
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'DelaySeconds',
  'FifoQueue',
  'FifoThroughputLimit',
  'MessageRetentionPeriod',
  'QueueName',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
  'Tags',
  'VisibilityTimeout',
]);
