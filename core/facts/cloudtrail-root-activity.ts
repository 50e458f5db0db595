import { factParser } from './parser.ts';

/** What CloudTrail's event history of one Region shows of the root user. */
export interface RootActivityFacts {
  /** When the root user acted, newest first, ISO-8601 UTC: one time for each minute with an event, and not more than the newest hundred. */
  usedAt?: readonly string[];
  /** Since when all such times are in `usedAt`, ISO-8601 UTC. */
  completeSince?: string;
}

export const rootActivityParser = factParser<RootActivityFacts>({
  usedAt: ({ configuration }) => {
    const times = configuration
      .at('usedAt')
      .list()
      ?.map((time) => time.text());
    return times?.every(isTime) ? times : undefined;
  },
  completeSince: ({ configuration }) => {
    const time = configuration.at('completeSince').text();
    return isTime(time) ? time : undefined;
  },
});

const isTime = (time: string | undefined): time is string => time !== undefined && !Number.isNaN(Date.parse(time));
