import { GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { NotSentError, sqsReadings, sqsSweep } from '../../adapters/aws/readings-queue.ts';

const sqs = mockClient(SQSClient);
afterEach(() => sqs.reset());

const queue = () => sqsReadings(new SQSClient({ region: 'eu-west-1' }), 'https://queue');
const readings = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ accountId: '111111111111', region: 'eu-west-1', reader: `r-${n}` }));

describe('the queue of readings', () => {
  it('takes ten at a time, each as a task with ids that differ', async () => {
    sqs.on(SendMessageBatchCommand).resolves({});
    expect(await queue().send(readings(23))).toBe(23);
    const batches = sqs.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input);
    expect(batches.map(({ Entries }) => Entries?.length).sort()).toEqual([10, 10, 3]);
    for (const { Entries = [] } of batches) expect(new Set(Entries.map(({ Id }) => Id)).size).toBe(Entries.length);
    const bodies = batches.flatMap(({ Entries = [] }) => Entries.map(({ MessageBody }) => JSON.parse(MessageBody ?? '')));
    expect(bodies.map(({ reader }) => reader).sort()).toEqual(
      readings(23)
        .map(({ reader }) => reader)
        .sort(),
    );
    expect(bodies[0]).toMatchObject({ task: 'read', accountId: '111111111111', region: 'eu-west-1' });
    expect(JSON.stringify(batches)).not.toContain('DelaySeconds');
  });

  it('delays what is to be read later', async () => {
    sqs.on(SendMessageBatchCommand).resolves({});
    await queue().send(readings(1), 900);
    expect(sqs.commandCalls(SendMessageBatchCommand)[0]?.args[0].input.Entries).toMatchObject([{ DelaySeconds: 900 }]);
  });

  it('is not called for nothing', async () => {
    expect(await queue().send([])).toBe(0);
    expect(sqs.calls()).toEqual([]);
  });

  it('fails where a message was not taken', async () => {
    sqs.on(SendMessageBatchCommand).resolves({ Failed: [{ Id: '0', Code: 'InternalError', SenderFault: false }] });
    await expect(queue().send(readings(2))).rejects.toThrow(NotSentError);
  });
});

describe('the queue of units', () => {
  const units = () => sqsSweep(new SQSClient({ region: 'eu-west-1' }), 'https://sweep');
  const unit = { accountId: '111111111111', region: 'eu-west-1', generation: 3 };

  it('takes units as tasks, with a delay for another attempt', async () => {
    sqs.on(SendMessageBatchCommand).resolves({});
    expect(await units().send([unit, { ...unit, readers: ['ec2-vpcs'], attempt: 1 }], 45)).toBe(2);
    const [{ Entries = [], QueueUrl } = {}] = sqs.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input);
    expect(QueueUrl).toBe('https://sweep');
    expect(Entries.map(({ MessageBody, DelaySeconds }) => [JSON.parse(MessageBody ?? ''), DelaySeconds])).toEqual([
      [{ task: 'unit', ...unit }, 45],
      [{ task: 'unit', ...unit, readers: ['ec2-vpcs'], attempt: 1 }, 45],
    ]);
  });

  it('says how many wait', async () => {
    sqs.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: '1234' } });
    expect(await units().waiting()).toBe(1234);
  });
});
