import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { EventsNotAcceptedError, eventBridgeBus } from '../../adapters/aws/event-bus.ts';
import type { CsmmEvent } from '../../core/pipeline/events.ts';

const client = mockClient(EventBridgeClient);
afterEach(() => client.reset());

const bus = eventBridgeBus(new EventBridgeClient({ region: 'eu-west-1' }), 'csmm');
const events = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    detailType: 'CSMM Score Changed',
    detail: { id: String(index) },
  })) as unknown as CsmmEvent[];
const entries = () => client.commandCalls(PutEventsCommand).map(({ args: [{ input }] }) => input.Entries ?? []);

describe('the event bus', () => {
  it.each([
    [0, []],
    [1, [1]],
    [10, [10]],
    [25, [10, 10, 5]],
  ])('takes %i events in chunks of ten, in order', async (count, sizes) => {
    client.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
    await bus.publish(events(count));
    expect(entries().map((chunk) => chunk.length)).toEqual(sizes);
    expect(
      entries()
        .flat()
        .map(({ Detail }) => JSON.parse(Detail ?? '').id),
    ).toEqual(Array.from({ length: count }, (_, index) => String(index)));
  });

  it('is told the source, the detail-type and its own name', async () => {
    client.on(PutEventsCommand).resolves({});
    await bus.publish(events(1));
    expect(entries()).toEqual([[{ EventBusName: 'csmm', Source: 'csmm', DetailType: 'CSMM Score Changed', Detail: '{"id":"0"}' }]]);
  });

  it('gets no character that a queue behind it refuses', async () => {
    client.on(PutEventsCommand).resolves({});
    await bus.publish([{ detailType: 'CSMM Score Changed', detail: { reason: 'a\ufffe\ud800b' } }] as unknown as CsmmEvent[]);
    expect(entries()[0]?.[0]?.Detail).toBe('{"reason":"a\ufffd\ufffdb"}');
  });

  it('fails where it did not take all of a chunk, with the codes', async () => {
    client
      .on(PutEventsCommand)
      .resolvesOnce({ FailedEntryCount: 0 })
      .resolvesOnce({
        FailedEntryCount: 2,
        Entries: [{ EventId: '1' }, { ErrorCode: 'ThrottlingException' }, { ErrorCode: 'ThrottlingException' }],
      });
    const publishing = bus.publish(events(30));
    await expect(publishing).rejects.toThrow(EventsNotAcceptedError);
    await expect(publishing).rejects.toThrow('EventBridge refused 2 of 10 events: ThrottlingException');
    expect(entries()).toHaveLength(2);
  });

  it('lets the errors of the SDK escape', async () => {
    client.on(PutEventsCommand).rejects(new Error('AccessDenied'));
    await expect(bus.publish(events(1))).rejects.toThrow('AccessDenied');
  });
});
