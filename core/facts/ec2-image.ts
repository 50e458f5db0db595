import { factParser } from './parser.ts';

/** Facts of an AMI that the account owns. */
export interface ImageFacts {
  /** Whether every AWS account can launch instances from it. */
  public?: boolean;
}

export const imageParser = factParser<ImageFacts>({
  public: ({ configuration }) => configuration.at('Public').flag(),
});
