import { DescribeStreamSummaryCommand, KinesisClient, paginateListStreams } from '@aws-sdk/client-kinesis';
import { attempt, factIn } from '../failures.ts';
import { describeEach, type Observation, type Reader } from './reader.ts';

/** Kinesis data streams, each with a call for its encryption. A stream that is deleted between the calls is left out. */
export const kinesisStreams: Reader = {
  id: 'kinesis-streams',
  scope: 'region',
  lists: ['AWS::Kinesis::Stream'],
  permissions: ['kinesis:ListStreams', 'kinesis:DescribeStreamSummary'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(KinesisClient, region);
    for await (const { StreamNames = [] } of paginateListStreams({ client, pageSize: 1000 }, {})) {
      yield* describeEach(StreamNames, (name) => describeStream(name, client));
    }
  },
};

async function describeStream(StreamName: string, client: KinesisClient): Promise<Observation | []> {
  const summary = await attempt(() => client.send(new DescribeStreamSummaryCommand({ StreamName })), ['ResourceNotFoundException']);
  if (summary === null) return [];
  return {
    resourceType: 'AWS::Kinesis::Stream',
    resourceId: StreamName,
    // In AWS Config's spelling.
    configuration: {
      Name: StreamName,
      StreamStatus: factIn(summary, (answer) => answer.StreamDescriptionSummary?.StreamStatus),
      StreamEncryption: factIn(summary, (answer) => ({ EncryptionType: answer.StreamDescriptionSummary?.EncryptionType })),
    },
  };
}
