import { factParser } from './parser.ts';

export interface StreamFacts {
  encrypted?: boolean;
}

export const streamParser = factParser<StreamFacts>({
  // Items of an unencrypted stream have no StreamEncryption:
  // https://docs.aws.amazon.com/config/latest/developerguide/kinesis-stream-encrypted.html
  encrypted: ({ configuration }) => {
    const encryption = configuration.at('StreamEncryption');
    if (encryption.exists) return encryption.at('EncryptionType').meaning({ KMS: true, NONE: false });
    return configuration.at('Arn', 'Name').exists ? false : undefined;
  },
});
