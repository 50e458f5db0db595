import { APIGatewayClient, paginateGetDomainNames } from '@aws-sdk/client-api-gateway';
import type { Reader } from './reader.ts';

/**
 * Custom domain names of REST, HTTP and WebSocket APIs. This API also lists the names that API Gateway V2 created, and only this
 * API returns all endpoints and policies (https://github.com/snyk/driftctl/issues/1257). AWS Config has no item for them.
 */
export const apiGatewayDomainNames: Reader = {
  id: 'api-gateway-domain-names',
  scope: 'region',
  lists: ['AWS::ApiGateway::DomainName'],
  permissions: ['apigateway:GET'],
  refreshedBy: [{ source: 'apigateway.amazonaws.com', names: ['CreateDomainName', 'UpdateDomainName', 'DeleteDomainName'] }],
  read: async function* ({ clients, region }) {
    const client = clients(APIGatewayClient, region);
    for await (const { items = [] } of paginateGetDomainNames({ client, pageSize: 500 }, { resourceOwner: 'SELF' })) {
      for (const { domainName = '', domainNameId, securityPolicy, tags } of items) {
        // Private domain names need not be unique.
        const resourceId = domainNameId === undefined ? domainName : `${domainName}+${domainNameId}`;
        yield { resourceType: 'AWS::ApiGateway::DomainName', resourceId, configuration: { securityPolicy }, tags };
      }
    }
  },
};
