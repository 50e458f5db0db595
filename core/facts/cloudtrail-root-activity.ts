import { isoTimeOf } from '../instant.ts';
import { factParser } from './parser.ts';
import { instant, listOf, type Shapes } from './shape.ts';

/** Activity of the root user in the CloudTrail event history of one Region. */
export interface RootActivityFacts {
  /** Times at which the root user acted, newest first, ISO-8601 UTC. One time for each minute with an event, at most the newest 100. */
  usedAt?: readonly string[];
  /** Time from which `usedAt` is complete, ISO-8601 UTC. */
  completeSince?: string;
}

const SHAPES: Shapes<RootActivityFacts> = { usedAt: listOf(instant), completeSince: instant };

export const rootActivityParser = factParser<RootActivityFacts>(SHAPES, {
  usedAt: ({ configuration }) => {
    const times = configuration
      .at('usedAt')
      .list()
      ?.map((time) => isoTimeOf(time.text()));
    return times?.every((time) => time !== undefined) ? times : undefined;
  },
  completeSince: ({ configuration }) => isoTimeOf(configuration.at('completeSince').text()),
});
