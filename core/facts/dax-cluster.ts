import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

export interface DaxClusterFacts {
  encrypted?: boolean;
}

const SHAPES: Shapes<DaxClusterFacts> = { encrypted: flag };

export const daxClusterParser = factParser<DaxClusterFacts>(SHAPES, {
  // The API describes the status of the encryption. Items in the form of CloudFormation have a flag. DAX is encrypted from its
  // creation or never: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAXEncryptionAtRest.html
  encrypted: ({ configuration }) =>
    configuration.at('SSEDescription').at('Status').meaning({ ENABLED: true, ENABLING: true, DISABLED: false, DISABLING: false }) ??
    configuration.at('SSESpecification').at('SSEEnabled').flag(),
});
