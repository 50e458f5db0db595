import { paginateListInstances, SSOAdminClient } from '@aws-sdk/client-sso-admin';
import { IDENTITY_CENTER_LAG } from './lags.ts';
import type { Reader } from './reader.ts';

/** Instances of IAM Identity Center that serve the account: its own, and its organization's. */
export const ssoInstances: Reader = {
  id: 'sso-instances',
  scope: 'region',
  notEverywhere: true,
  lists: ['AWS::SSO::Instance'],
  permissions: ['sso:ListInstances'],
  refreshedBy: [{ source: 'sso.amazonaws.com', names: ['CreateInstance', 'DeleteInstance'] }],
  lag: IDENTITY_CENTER_LAG,
  read: async function* ({ clients, region }) {
    const client = clients(SSOAdminClient, region);
    for await (const { Instances = [] } of paginateListInstances({ client, pageSize: 100 }, {})) {
      for (const instance of Instances) {
        yield { resourceType: 'AWS::SSO::Instance', resourceId: instance.InstanceArn ?? '', configuration: instance };
      }
    }
  },
};
