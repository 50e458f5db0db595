import { DescribeDomainsCommand, type DomainStatus, ListDomainNamesCommand, OpenSearchClient } from '@aws-sdk/client-opensearch';
import type { Observation, Reader } from './reader.ts';

/** Domains of OpenSearch Service with either engine. AWS Config has one type for each engine, with different ids. */
export const openSearchDomains: Reader = {
  id: 'opensearch-domains',
  scope: 'region',
  lists: ['AWS::OpenSearch::Domain', 'AWS::Elasticsearch::Domain'],
  permissions: ['es:ListDomainNames', 'es:DescribeDomains'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(OpenSearchClient, region);
    const { DomainNames = [] } = await client.send(new ListDomainNamesCommand({}));
    const names = DomainNames.flatMap(({ DomainName }) => DomainName ?? []);
    for (let start = 0; start < names.length; start += DOMAINS_AT_ONCE) {
      const page = new DescribeDomainsCommand({ DomainNames: names.slice(start, start + DOMAINS_AT_ONCE) });
      const { DomainStatusList = [] } = await client.send(page);
      for (const domain of DomainStatusList) yield observe(domain);
    }
  },
};

/** https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DescribeDomains.html */
const DOMAINS_AT_ONCE = 5;

/**
 * Returns the domain under the type of its engine. The version is `Elasticsearch_X.Y` or `OpenSearch_X.Y`:
 * https://docs.aws.amazon.com/opensearch-service/latest/developerguide/rename.html
 */
const observe = (domain: DomainStatus): Observation =>
  domain.EngineVersion?.startsWith('Elasticsearch_')
    ? { resourceType: 'AWS::Elasticsearch::Domain', resourceId: domain.DomainId ?? '', configuration: domain }
    : { resourceType: 'AWS::OpenSearch::Domain', resourceId: domain.DomainName ?? '', configuration: domain };
