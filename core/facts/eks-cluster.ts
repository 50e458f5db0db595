import { factParser } from './parser.ts';

export interface EksClusterFacts {
  /** Kubernetes version, such as `1.33`. */
  version?: string;
}

export const eksClusterParser = factParser<EksClusterFacts>({
  version: ({ configuration }) => configuration.at('version').text(),
});
