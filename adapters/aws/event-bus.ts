import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { acceptedJson } from '../../core/characters.ts';
import { type CsmmEvent, EVENT_SOURCE } from '../../core/pipeline/events.ts';

/** Thrown if EventBridge did not accept some of the events. */
export class EventsNotAcceptedError extends Error {
  override readonly name = 'EventsNotAcceptedError';
}

/** The bus on which csmm publishes its events. */
export interface EventBus {
  /**
   * Publishes events, in order, at least once.
   * @throws EventsNotAcceptedError if any was not accepted. Publish all of them again: consumers recognize repeats by their id.
   */
  publish(events: readonly CsmmEvent[]): Promise<void>;
}

/** Maximum number of entries in one PutEvents call. */
const MAX_ENTRIES = 10;

export function eventBridgeBus(client: EventBridgeClient, eventBusName: string): EventBus {
  return {
    publish: async (events) => {
      for (let from = 0; from < events.length; from += MAX_ENTRIES) {
        const entries = events.slice(from, from + MAX_ENTRIES).map(({ detailType, detail }) => ({
          EventBusName: eventBusName,
          Source: EVENT_SOURCE,
          DetailType: detailType,
          Detail: acceptedJson(detail),
        }));
        const { FailedEntryCount = 0, Entries = [] } = await client.send(new PutEventsCommand({ Entries: entries }));
        if (FailedEntryCount > 0) {
          const codes = [...new Set(Entries.flatMap((entry) => entry.ErrorCode ?? []))].join(', ');
          throw new EventsNotAcceptedError(`EventBridge refused ${FailedEntryCount} of ${entries.length} events: ${codes}`);
        }
      }
    },
  };
}
