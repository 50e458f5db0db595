import { factParser } from './parser.ts';

/** An AMI that the account owns. */
export interface ImageFacts {
  /** Whether everyone may launch instances from it. */
  public?: boolean;
}

export const imageParser = factParser<ImageFacts>({
  public: ({ configuration }) => configuration.at('Public').flag(),
});
