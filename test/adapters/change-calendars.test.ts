import { GetCalendarStateCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { readCalendars } from '../../adapters/aws/change-calendars.ts';

const ssm = mockClient(SSMClient);
beforeEach(() => ssm.reset());
const read = () =>
  readCalendars(new SSMClient({ region: 'eu-west-1' }), ['changes', 'arn:aws:ssm:eu-west-1:111111111111:document/releases']);

describe('change calendars', () => {
  it.each([
    ['open', { State: 'OPEN', NextTransitionTime: '2026-11-20T00:00:00Z' }, { open: true }],
    [
      'closed until a time',
      { State: 'CLOSED', NextTransitionTime: '2026-11-20T00:00:00Z' },
      { open: false, opensAt: '2026-11-20T00:00:00.000Z' },
    ],
    ['closed for good', { State: 'CLOSED' }, { open: false }],
    ['closed until no time', { State: 'CLOSED', NextTransitionTime: 'soon' }, { open: false }],
  ] as const)('are %s', async (_, answer, expected) => {
    ssm.on(GetCalendarStateCommand).resolves(answer);
    expect(await read()).toEqual(expected);
    expect(ssm.commandCalls(GetCalendarStateCommand)[0]?.args[0].input).toEqual({
      CalendarNames: ['changes', 'arn:aws:ssm:eu-west-1:111111111111:document/releases'],
    });
  });

  it('are unknown if SSM does not say, or denies', async () => {
    ssm.on(GetCalendarStateCommand).resolves({});
    await expect(read()).rejects.toThrow('the state of the change calendars is undefined');
    ssm.on(GetCalendarStateCommand).rejects(new Error('denied'));
    await expect(read()).rejects.toThrow('denied');
  });
});
