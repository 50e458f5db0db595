import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

/** Encryption default of a Region for new EBS volumes. */
export interface EbsEncryptionDefaultFacts {
  enabled?: boolean;
}

const SHAPES: Shapes<EbsEncryptionDefaultFacts> = { enabled: flag };

export const ebsEncryptionDefaultParser = factParser<EbsEncryptionDefaultFacts>(SHAPES, {
  enabled: ({ configuration }) => configuration.at('EbsEncryptionByDefault').flag(),
});
