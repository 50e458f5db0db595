import { GetCalendarStateCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { isoTimeOf } from '../../core/instant.ts';
import type { CalendarState } from '../../core/remediation/decide/calendar.ts';

/** Thrown if Systems Manager returns no known state of a change calendar. */
export class UnknownCalendarStateError extends Error {
  override readonly name = 'UnknownCalendarStateError';
}

/**
 * Reads change calendars of Systems Manager, by name or ARN. They are open if all of them are.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCalendarState.html
 *
 * @throws UnknownCalendarStateError, or the error of SSM, such as `InvalidDocument`.
 */
export async function readCalendars(client: SSMClient, names: readonly string[]): Promise<CalendarState> {
  const { State, NextTransitionTime } = await client.send(new GetCalendarStateCommand({ CalendarNames: [...names] }));
  if (State === 'OPEN') return { open: true };
  if (State !== 'CLOSED') throw new UnknownCalendarStateError(`the state of the change calendars is ${State} (known: OPEN, CLOSED)`);
  const opensAt = isoTimeOf(NextTransitionTime);
  return { open: false, ...(opensAt !== undefined && { opensAt }) };
}
