import { isoTimeOf } from '../instant.ts';
import { factParser } from './parser.ts';
import { instant, type Shapes } from './shape.ts';

/** Facts of a resource that AWS Backup has backed up. Its ID is the ARN. */
export interface ProtectedResourceFacts {
  /** Time of the newest backup, ISO-8601 UTC. */
  lastBackupAt?: string;
}

const SHAPES: Shapes<ProtectedResourceFacts> = { lastBackupAt: instant };

export const protectedResourceParser = factParser<ProtectedResourceFacts>(SHAPES, {
  lastBackupAt: ({ configuration }) => isoTimeOf(configuration.at('lastBackupTime').text()),
});
