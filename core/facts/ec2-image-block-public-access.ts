import { factParser } from './parser.ts';

/** A Region's block public access for AMIs. */
export interface ImageBlockPublicAccessFacts {
  /**
   * `block-new-sharing` or `unblocked`. Images that were public before stay so in either:
   * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetImageBlockPublicAccessState.html
   */
  state?: string;
}

export const imageBlockPublicAccessParser = factParser<ImageBlockPublicAccessFacts>({
  state: ({ configuration }) => configuration.at('ImageBlockPublicAccessState').text(),
});
