import { factParser } from './parser.ts';

export interface FileSystemFacts {
  encrypted?: boolean;
  /** Whether automatic daily backups by AWS Backup are on. */
  automaticBackups?: boolean;
}

export const fileSystemParser = factParser<FileSystemFacts>({
  encrypted: ({ configuration }) => configuration.at('encrypted').flag(),
  automaticBackups: ({ configuration }) =>
    configuration.at('backupPolicy').at('status').meaning({ ENABLED: true, ENABLING: true, DISABLED: false, DISABLING: false }),
});
