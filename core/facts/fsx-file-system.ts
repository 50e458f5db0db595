import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

export interface FsxFileSystemFacts {
  encrypted?: boolean;
}

const SHAPES: Shapes<FsxFileSystemFacts> = { encrypted: flag };

export const fsxFileSystemParser = factParser<FsxFileSystemFacts>(SHAPES, {
  // FSx encrypts every file system of these types, a scratch file system of Lustre with a key of its own and the others with a KMS
  // key: https://docs.aws.amazon.com/fsx/latest/LustreGuide/encryption-at-rest.html
  encrypted: ({ configuration }) => configuration.at('FileSystemType').meaning({ LUSTRE: true, ONTAP: true, OPENZFS: true, WINDOWS: true }),
});
