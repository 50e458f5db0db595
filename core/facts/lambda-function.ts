import { factParser } from './parser.ts';

export interface LambdaFunctionFacts {
  /** Such as `nodejs22.x`; `image` where the function is a container image, which brings its own. */
  runtime?: string;
}

export const lambdaFunctionParser = factParser<LambdaFunctionFacts>({
  runtime: ({ configuration }) => (configuration.at('packageType').text() === 'Image' ? 'image' : configuration.at('runtime').text()),
});
