import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

export interface FileSystemFacts {
  encrypted?: boolean;
  /** Whether automatic daily backups by AWS Backup are on. */
  automaticBackups?: boolean;
}

const SHAPES: Shapes<FileSystemFacts> = { encrypted: flag, automaticBackups: flag };

/**
 * Whether automatic backups are on, by the status of the backup policy:
 * https://docs.aws.amazon.com/efs/latest/APIReference/API_BackupPolicy.html
 */
const BACKUP_STATUS: ReadonlyMap<string, boolean> = new Map([
  ['ENABLED', true],
  ['ENABLING', false],
  ['DISABLED', false],
  ['DISABLING', false],
]);

export const fileSystemParser = factParser<FileSystemFacts>(SHAPES, {
  encrypted: ({ configuration }) => configuration.at('encrypted').flag(),
  automaticBackups: ({ configuration }) => {
    const status = configuration.at('backupPolicy').at('status').text();
    return status === undefined ? undefined : BACKUP_STATUS.get(status);
  },
});
