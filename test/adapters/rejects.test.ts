import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { sqsRejects } from '../../adapters/aws/rejects.ts';

const client = mockClient(SQSClient);
afterEach(() => client.reset());
const rejects = sqsRejects(new SQSClient({ region: 'eu-west-1' }), 'https://queue');
const sent = () => client.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => input);

describe('rejects', () => {
  it('are kept as they came, with the reason beside them', async () => {
    client.on(SendMessageCommand).resolves({});
    await rejects.keep('{"a":', 'not valid JSON');
    expect(sent()).toEqual([
      {
        QueueUrl: 'https://queue',
        MessageBody: '{"a":',
        MessageAttributes: { reason: { DataType: 'String', StringValue: 'not valid JSON' } },
      },
    ]);
  });

  it('may be empty, which SQS does not take, and have a long reason', async () => {
    client.on(SendMessageCommand).resolves({});
    await rejects.keep('', 'x'.repeat(5000));
    expect(sent()[0]).toMatchObject({ MessageBody: '(empty)', MessageAttributes: { reason: { StringValue: 'x'.repeat(1024) } } });
  });

  it('are not let go of where the queue does not take them', async () => {
    client.on(SendMessageCommand).rejects(new Error('no'));
    await expect(rejects.keep('{}', 'holds no configuration item')).rejects.toThrow('no');
  });
});
