import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

export interface FileSystemFacts {
  encrypted?: boolean;
  /** Whether automatic daily backups by AWS Backup are on. */
  automaticBackups?: boolean;
}

const SHAPES: Shapes<FileSystemFacts> = { encrypted: flag, automaticBackups: flag };

export const fileSystemParser = factParser<FileSystemFacts>(SHAPES, {
  encrypted: ({ configuration }) => configuration.at('encrypted').flag(),
  automaticBackups: ({ configuration }) =>
    configuration.at('backupPolicy').at('status').meaning({ ENABLED: true, ENABLING: false, DISABLED: false, DISABLING: false }),
});
