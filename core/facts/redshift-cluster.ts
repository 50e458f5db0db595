import { factParser } from './parser.ts';

export interface RedshiftClusterFacts {
  publiclyAccessible?: boolean;
  encrypted?: boolean;
}

export const redshiftClusterParser = factParser<RedshiftClusterFacts>({
  publiclyAccessible: ({ configuration }) => configuration.at('publiclyAccessible').flag(),
  encrypted: ({ configuration }) => configuration.at('encrypted').flag(),
});
