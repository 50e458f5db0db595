import { factParser } from './parser.ts';
import { either, instant, oneOf, type Shapes } from './shape.ts';

/** Facts of a resource that AWS Backup has backed up. Its ID is the ARN. */
export interface ProtectedResourceFacts {
  /** Time of the newest backup, ISO-8601 UTC. */
  lastBackupAt?: string;
}

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;

const SHAPES: Shapes<ProtectedResourceFacts> = { lastBackupAt: either(instant, oneOf('never')) };

export const protectedResourceParser = factParser<ProtectedResourceFacts>(SHAPES, {
  lastBackupAt: ({ configuration }) => {
    const time = configuration.at('lastBackupTime').text();
    return time !== undefined && ISO.test(time) && !Number.isNaN(Date.parse(time)) ? time : undefined;
  },
});
