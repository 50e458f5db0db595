import { factParser } from './parser.ts';
import { type Shapes, text } from './shape.ts';

export interface EksClusterFacts {
  /** Kubernetes version, such as `1.33`. */
  version?: string;
}

const SHAPES: Shapes<EksClusterFacts> = { version: text };

export const eksClusterParser = factParser<EksClusterFacts>(SHAPES, {
  version: ({ configuration }) => configuration.at('version').text(),
});
