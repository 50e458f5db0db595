import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

export interface RedshiftClusterFacts {
  publiclyAccessible?: boolean;
  encrypted?: boolean;
}

const SHAPES: Shapes<RedshiftClusterFacts> = { publiclyAccessible: flag, encrypted: flag };

export const redshiftClusterParser = factParser<RedshiftClusterFacts>(SHAPES, {
  publiclyAccessible: ({ configuration }) => configuration.at('publiclyAccessible').flag(),
  encrypted: ({ configuration }) => configuration.at('encrypted').flag(),
});
