import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

export interface StreamFacts {
  encrypted?: boolean;
}

const SHAPES: Shapes<StreamFacts> = { encrypted: flag };

export const streamParser = factParser<StreamFacts>(SHAPES, {
  // Items of an unencrypted stream have no StreamEncryption:
  // https://docs.aws.amazon.com/config/latest/developerguide/kinesis-stream-encrypted.html
  encrypted: ({ configuration }) => {
    const encryption = configuration.at('StreamEncryption');
    if (encryption.exists) return encryption.at('EncryptionType').meaning({ KMS: true, NONE: false });
    return configuration.at('Arn', 'Name').exists ? false : undefined;
  },
});
