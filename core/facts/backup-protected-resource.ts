import { factParser } from './parser.ts';

/** Facts of a resource that AWS Backup has backed up. Its ID is the ARN. */
export interface ProtectedResourceFacts {
  /** Time of the newest backup, ISO-8601 UTC. */
  lastBackupAt?: string;
}

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;

export const protectedResourceParser = factParser<ProtectedResourceFacts>({
  lastBackupAt: ({ configuration }) => {
    const time = configuration.at('lastBackupTime').text();
    return time !== undefined && ISO.test(time) && !Number.isNaN(Date.parse(time)) ? time : undefined;
  },
});
