import { factParser } from './parser.ts';

/** Encryption default of a Region for new EBS volumes. */
export interface EbsEncryptionDefaultFacts {
  enabled?: boolean;
}

export const ebsEncryptionDefaultParser = factParser<EbsEncryptionDefaultFacts>({
  enabled: ({ configuration }) => configuration.at('EbsEncryptionByDefault').flag(),
});
