import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

/** Facts of an AMI that the account owns. */
export interface ImageFacts {
  /** Whether every AWS account can launch instances from it. */
  public?: boolean;
}

const SHAPES: Shapes<ImageFacts> = { public: flag };

export const imageParser = factParser<ImageFacts>(SHAPES, {
  public: ({ configuration }) => configuration.at('Public').flag(),
});
