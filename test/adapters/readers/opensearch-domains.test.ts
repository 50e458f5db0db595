import { DescribeDomainsCommand, ListDomainNamesCommand, OpenSearchClient, OpenSearchServiceException } from '@aws-sdk/client-opensearch';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { openSearchDomains } from '../../../adapters/aws/readers/opensearch-domains.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const search = mockClient(OpenSearchClient);
const denied = new OpenSearchServiceException({ name: 'AccessDeniedException', $fault: 'client', $metadata: {}, message: 'no' });
const domain = (DomainName: string, EngineVersion: string, Enabled = true) => ({
  DomainId: `111111111111/${DomainName}`,
  DomainName,
  ARN: `arn:aws:es:eu-west-1:111111111111:domain/${DomainName}`,
  ClusterConfig: {},
  EngineVersion,
  EncryptionAtRestOptions: { Enabled },
});

beforeEach(() => {
  search.reset();
  search.on(ListDomainNamesCommand).resolves({ DomainNames: [{ DomainName: 'logs' }, { DomainName: 'legacy' }] });
  search
    .on(DescribeDomainsCommand)
    .resolves({ DomainStatusList: [domain('logs', 'OpenSearch_2.11'), domain('legacy', 'Elasticsearch_7.10', false)] });
});

describe('a search domain', () => {
  it('has the type, the id and the facts that AWS Config gives to its engine', async () => {
    const facts = await readFacts(openSearchDomains);
    expect(facts['AWS::OpenSearch::Domain eu-west-1 logs']).toEqual(
      factsOf('AWS::OpenSearch::Domain', { EncryptionAtRestOptions: { Enabled: true } }),
    );
    expect(facts['AWS::Elasticsearch::Domain eu-west-1 111111111111/legacy']).toEqual(
      factsOf('AWS::Elasticsearch::Domain', { encryptionAtRestOptions: { enabled: false } }),
    );
    expect(await readInventory(openSearchDomains)).toEqual({ 'AWS::OpenSearch::Domain': 1, 'AWS::Elasticsearch::Domain': 1 });
  });
});

describe('the list of domains', () => {
  it('is described by five at once', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `d${index}`);
    search.on(ListDomainNamesCommand).resolves({ DomainNames: names.map((DomainName) => ({ DomainName })) });
    search.on(DescribeDomainsCommand).callsFake(({ DomainNames }: { DomainNames: string[] }) => ({
      DomainStatusList: DomainNames.map((name) => domain(name, 'OpenSearch_1.3')),
    }));
    expect(await readInventory(openSearchDomains)).toEqual({ 'AWS::OpenSearch::Domain': 12, 'AWS::Elasticsearch::Domain': 0 });
    expect(search.commandCalls(DescribeDomainsCommand).map((call) => call.args[0].input.DomainNames?.length)).toEqual([5, 5, 2]);
  });

  it('is complete and empty without a domain, and nothing is described', async () => {
    search.on(ListDomainNamesCommand).resolves({});
    expect(await readInventory(openSearchDomains)).toEqual({ 'AWS::OpenSearch::Domain': 0, 'AWS::Elasticsearch::Domain': 0 });
    expect(search.commandCalls(DescribeDomainsCommand)).toHaveLength(0);
  });

  it.each([ListDomainNamesCommand, DescribeDomainsCommand] as const)(
    'is not complete, of either type, where a call was denied: %o',
    async (command) => {
      search.on(command as typeof ListDomainNamesCommand).rejects(denied);
      const reason = expect.stringContaining('AccessDeniedException');
      expect(await readInventory(openSearchDomains)).toEqual({ 'AWS::OpenSearch::Domain': reason, 'AWS::Elasticsearch::Domain': reason });
    },
  );
});
