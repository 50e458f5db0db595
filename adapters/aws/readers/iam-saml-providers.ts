import { IAMClient, ListSAMLProvidersCommand } from '@aws-sdk/client-iam';
import { SAML_PROVIDER_STATUS } from '../../../core/facts/iam-saml-provider-status.ts';
import { IAM_LAG } from './lags.ts';
import type { Reader } from './reader.ts';

/** SAML providers, with their expiry, which AWS Config does not record. */
export const iamSamlProviders: Reader = {
  id: 'iam-saml-providers',
  scope: 'account',
  lists: [SAML_PROVIDER_STATUS],
  permissions: ['iam:ListSAMLProviders'],
  refreshedBy: [{ source: 'iam.amazonaws.com', names: ['CreateSAMLProvider', 'UpdateSAMLProvider', 'DeleteSAMLProvider'] }],
  lag: IAM_LAG,
  read: async function* ({ clients, region }) {
    const { SAMLProviderList = [] } = await clients(IAMClient, region).send(new ListSAMLProvidersCommand({}));
    for (const provider of SAMLProviderList) {
      yield { resourceType: SAML_PROVIDER_STATUS, resourceId: provider.Arn ?? '', configuration: provider };
    }
  },
};
