import { isoTimeOf } from '../instant.ts';
import { factParser } from './parser.ts';
import { instant, type Shapes } from './shape.ts';

/**
 * Type of a SAML provider with its expiry time, which `AWS::IAM::SAMLProvider` of AWS Config lacks. The resource ID is the ARN of the
 * provider.
 */
export const SAML_PROVIDER_STATUS = 'AWS::IAM::SAMLProviderStatus';

export interface SamlProviderStatusFacts {
  /** Expiry time of the metadata of the provider, ISO-8601 UTC. */
  validUntil?: string;
}

const SHAPES: Shapes<SamlProviderStatusFacts> = { validUntil: instant };

export const samlProviderStatusParser = factParser<SamlProviderStatusFacts>(SHAPES, {
  validUntil: ({ configuration }) => isoTimeOf(configuration.at('validUntil').text()),
});
