import { APIGatewayClient, APIGatewayServiceException, GetDomainNamesCommand } from '@aws-sdk/client-api-gateway';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { apiGatewayDomainNames } from '../../../adapters/aws/readers/api-gateway-domain-names.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const api = mockClient(APIGatewayClient);
const TYPE = 'AWS::ApiGateway::DomainName';
const denied = new APIGatewayServiceException({ name: 'AccessDeniedException', $fault: 'client', $metadata: {}, message: 'no' });

beforeEach(() => api.reset());

describe('custom domain names of API Gateway', () => {
  it('have their security policy, and ids that tell private ones of the same name apart', async () => {
    api
      .on(GetDomainNamesCommand, { resourceOwner: 'SELF' })
      .resolvesOnce({ items: [{ domainName: 'api.example.com', securityPolicy: 'TLS_1_2' }], position: 'more' })
      .resolvesOnce({
        items: [
          { domainName: 'in.example.com', domainNameId: 'abc123', securityPolicy: 'TLS_1_0' },
          { domainName: 'in.example.com', domainNameId: 'def456' },
        ],
      });
    expect(await readFacts(apiGatewayDomainNames)).toMatchObject({
      [`${TYPE} eu-west-1 api.example.com`]: { facts: { securityPolicy: 'TLS_1_2' } },
      [`${TYPE} eu-west-1 in.example.com+abc123`]: { facts: { securityPolicy: 'TLS_1_0' } },
      [`${TYPE} eu-west-1 in.example.com+def456`]: { facts: {} },
    });
    api.on(GetDomainNamesCommand).resolves({});
    expect(await readInventory(apiGatewayDomainNames)).toEqual({ [TYPE]: 0 });
  });

  it('are not all known where a page was denied', async () => {
    api
      .on(GetDomainNamesCommand)
      .resolvesOnce({ items: [{ domainName: 'api.example.com' }], position: 'more' })
      .rejectsOnce(denied);
    expect(await readInventory(apiGatewayDomainNames)).toEqual({ [TYPE]: expect.stringContaining('AccessDeniedException') });
  });
});
