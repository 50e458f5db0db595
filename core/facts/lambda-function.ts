import { factParser } from './parser.ts';
import { type Shapes, text } from './shape.ts';

export interface LambdaFunctionFacts {
  /** Runtime, such as `nodejs22.x`, or `image` if the function is a container image, which includes its runtime. */
  runtime?: string;
}

const SHAPES: Shapes<LambdaFunctionFacts> = { runtime: text };

export const lambdaFunctionParser = factParser<LambdaFunctionFacts>(SHAPES, {
  runtime: ({ configuration }) => (configuration.at('packageType').text() === 'Image' ? 'image' : configuration.at('runtime').text()),
});
