import { factParser } from './parser.ts';

/** Block public access setting of a Region for AMIs. */
export interface ImageBlockPublicAccessFacts {
  /**
   * State of the setting: `block-new-sharing` or `unblocked`. Neither changes images that are already public:
   * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetImageBlockPublicAccessState.html
   */
  state?: string;
}

export const imageBlockPublicAccessParser = factParser<ImageBlockPublicAccessFacts>({
  state: ({ configuration }) => configuration.at('ImageBlockPublicAccessState').text(),
});
