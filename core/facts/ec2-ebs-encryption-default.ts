import { factParser } from './parser.ts';

/** A Region's default for new EBS volumes. */
export interface EbsEncryptionDefaultFacts {
  enabled?: boolean;
}

export const ebsEncryptionDefaultParser = factParser<EbsEncryptionDefaultFacts>({
  enabled: ({ configuration }) => configuration.at('EbsEncryptionByDefault').flag(),
});
