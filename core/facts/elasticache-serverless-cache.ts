import { factParser } from './parser.ts';

export interface ServerlessCacheFacts {
  encrypted?: boolean;
}

export const serverlessCacheParser = factParser<ServerlessCacheFacts>({
  // Always true: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html
  encrypted: ({ configuration }) => (configuration.at('ServerlessCacheName').exists ? true : undefined),
});
