import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

export interface ServerlessCacheFacts {
  encrypted?: boolean;
}

const SHAPES: Shapes<ServerlessCacheFacts> = { encrypted: flag };

export const serverlessCacheParser = factParser<ServerlessCacheFacts>(SHAPES, {
  // Always true: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html
  encrypted: ({ configuration }) => (configuration.at('ServerlessCacheName').exists ? true : undefined),
});
