import { factParser } from './parser.ts';

/**
 * The type of a SAML provider with what AWS Config's `AWS::IAM::SAMLProvider` lacks: until when it is valid. Its id is the
 * provider's ARN.
 */
export const SAML_PROVIDER_STATUS = 'AWS::IAM::SAMLProviderStatus';

export interface SamlProviderStatusFacts {
  /** When the provider's metadata expires, ISO-8601 UTC. */
  validUntil?: string;
}

export const samlProviderStatusParser = factParser<SamlProviderStatusFacts>({
  validUntil: ({ configuration }) => {
    const time = configuration.at('validUntil').text();
    return time !== undefined && !Number.isNaN(Date.parse(time)) ? time : undefined;
  },
});
