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

  it('with characters that SQS refuses keep them as escapes of JSON, and their reason without them', async () => {
    client.on(SendMessageCommand).resolves({});
    await rejects.keep('{"sk":"a\ufffe\ud800"}', 'the name b\u0007\uffff');
    expect(sent()[0]).toMatchObject({
      MessageBody: '{"sk":"a\\ufffe\\ud800"}',
      MessageAttributes: { reason: { StringValue: 'the name b\ufffd\ufffd' } },
    });
  });

  it('without a reason have one, because SQS accepts no empty attribute', async () => {
    client.on(SendMessageCommand).resolves({});
    await rejects.keep('{}', '');
    expect(sent()[0]?.MessageAttributes?.reason?.StringValue).toBe('(no reason)');
  });

  it.each([
    ['x', 1_040_384],
    ['é', 1_040_384],
    ['👍', 1_040_384],
  ])('that fill a message (with %s) leave space for the reason, which says that they are cut', async (character, bytes) => {
    client.on(SendMessageCommand).resolves({});
    await rejects.keep(`a${character.repeat(1_048_576)}`, 'not valid JSON');
    const { MessageBody = '', MessageAttributes } = sent()[0] ?? {};
    expect(Buffer.byteLength(MessageBody)).toBeLessThanOrEqual(bytes);
    expect(Buffer.byteLength(MessageBody)).toBeGreaterThan(bytes - 4);
    expect(MessageBody).toMatch(new RegExp(`^a${character}+$`, 'u'));
    expect(MessageAttributes?.reason?.StringValue).toMatch(/^cut from \d+ bytes: not valid JSON$/);
  });

  it('are not let go of where the queue does not take them', async () => {
    client.on(SendMessageCommand).rejects(new Error('no'));
    await expect(rejects.keep('{}', 'holds no configuration item')).rejects.toThrow('no');
  });
});
