import { GetQueueAttributesCommand, paginateListQueues, SQSClient } from '@aws-sdk/client-sqs';
import { attempt, factIn } from '../failures.ts';
import { describeEach, type Observation, type Reader } from './reader.ts';

/** SQS queues, each with a call for its encryption. AWS Config identifies a queue by its URL. Lists include deleted queues for a minute. */
export const sqsQueues: Reader = {
  id: 'sqs-queues',
  scope: 'region',
  lists: ['AWS::SQS::Queue'],
  permissions: ['sqs:ListQueues', 'sqs:GetQueueAttributes'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(SQSClient, region);
    // Without MaxResults, ListQueues returns the first 1000 queues and no token:
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
    for await (const { QueueUrls = [] } of paginateListQueues({ client, pageSize: 1000 }, {})) {
      yield* describeEach(QueueUrls, (url) => describeQueue(url, client));
    }
  },
};

async function describeQueue(QueueUrl: string, client: SQSClient): Promise<Observation | []> {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['KmsMasterKeyId', 'SqsManagedSseEnabled'] });
  const queue = await attempt(() => client.send(command), ['QueueDoesNotExist']);
  if (queue === null) return [];
  return { resourceType: 'AWS::SQS::Queue', resourceId: QueueUrl, configuration: factIn(queue, ({ Attributes }) => Attributes) };
}
