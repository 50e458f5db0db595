import { factParser } from './parser.ts';

export interface FileSystemFacts {
  encrypted?: boolean;
  /** Whether automatic daily backups by AWS Backup are on. */
  automaticBackups?: boolean;
}

export const fileSystemParser = factParser<FileSystemFacts>({
  encrypted: ({ configuration }) => configuration.at('encrypted').flag(),
  automaticBackups: ({ configuration }) => {
    const status = configuration.at('backupPolicy').at('status').text();
    return status === undefined ? undefined : status === 'ENABLED';
  },
});
