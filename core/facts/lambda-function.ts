import { factParser } from './parser.ts';

export interface LambdaFunctionFacts {
  /** Runtime, such as `nodejs22.x`, or `image` if the function is a container image, which includes its runtime. */
  runtime?: string;
}

export const lambdaFunctionParser = factParser<LambdaFunctionFacts>({
  runtime: ({ configuration }) => (configuration.at('packageType').text() === 'Image' ? 'image' : configuration.at('runtime').text()),
});
