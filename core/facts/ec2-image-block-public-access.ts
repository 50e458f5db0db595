import { factParser } from './parser.ts';
import { type Shapes, text } from './shape.ts';

/** Block public access setting of a Region for AMIs. */
export interface ImageBlockPublicAccessFacts {
  /**
   * State of the setting: `block-new-sharing` or `unblocked`. Neither changes images that are already public:
   * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetImageBlockPublicAccessState.html
   */
  state?: string;
}

const SHAPES: Shapes<ImageBlockPublicAccessFacts> = { state: text };

export const imageBlockPublicAccessParser = factParser<ImageBlockPublicAccessFacts>(SHAPES, {
  state: ({ configuration }) => configuration.at('ImageBlockPublicAccessState').text(),
});
