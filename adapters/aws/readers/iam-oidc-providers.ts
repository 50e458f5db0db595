import { GetOpenIDConnectProviderCommand, IAMClient, ListOpenIDConnectProvidersCommand } from '@aws-sdk/client-iam';
import { OIDC_PROVIDER_AUDIENCE } from '../../../core/facts/iam-oidc-provider-audience.ts';
import { attempt } from '../failures.ts';
import { IAM_LAG } from './lags.ts';
import { describeEach, type Reader } from './reader.ts';

/** OpenID Connect providers, with their issuer and client IDs. */
export const iamOidcProviders: Reader = {
  id: 'iam-oidc-providers',
  scope: 'account',
  lists: [OIDC_PROVIDER_AUDIENCE],
  permissions: ['iam:GetOpenIDConnectProvider', 'iam:ListOpenIDConnectProviders'],
  refreshedBy: [
    {
      source: 'iam.amazonaws.com',
      names: [
        'CreateOpenIDConnectProvider',
        'DeleteOpenIDConnectProvider',
        'AddClientIDToOpenIDConnectProvider',
        'RemoveClientIDFromOpenIDConnectProvider',
      ],
    },
  ],
  lag: IAM_LAG,
  read: async function* ({ clients, region }) {
    const client = clients(IAMClient, region);
    const { OpenIDConnectProviderList = [] } = await client.send(new ListOpenIDConnectProvidersCommand({}));
    yield* describeEach(OpenIDConnectProviderList, async ({ Arn = '' }) => ({
      resourceType: OIDC_PROVIDER_AUDIENCE,
      resourceId: Arn,
      configuration: await attempt(() => client.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: Arn }))),
    }));
  },
};
