import { DescribeClustersCommand, RedshiftClient, RedshiftServiceException } from '@aws-sdk/client-redshift';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { redshiftClusters } from '../../../adapters/aws/readers/redshift-clusters.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const redshift = mockClient(RedshiftClient);
const denied = new RedshiftServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {}, message: 'no' });

beforeEach(() => redshift.reset());

it('gives a cluster the facts that AWS Config has of it', async () => {
  redshift
    .on(DescribeClustersCommand)
    .resolves({ Clusters: [{ ClusterIdentifier: 'warehouse', PubliclyAccessible: true, Encrypted: false }] });
  const item = { clusterIdentifier: 'warehouse', publiclyAccessible: true, encrypted: false };
  expect((await readFacts(redshiftClusters))['AWS::Redshift::Cluster eu-west-1 warehouse']).toEqual(
    factsOf('AWS::Redshift::Cluster', item),
  );
});

it('lists every page', async () => {
  redshift
    .on(DescribeClustersCommand)
    .resolvesOnce({ Clusters: [{ ClusterIdentifier: 'a' }], Marker: 'more' })
    .resolvesOnce({ Clusters: [{ ClusterIdentifier: 'b' }] });
  expect(await readInventory(redshiftClusters)).toEqual({ 'AWS::Redshift::Cluster': 2 });
});

it('says that the list is not complete where a page was denied', async () => {
  redshift
    .on(DescribeClustersCommand)
    .resolvesOnce({ Clusters: [{ ClusterIdentifier: 'a' }], Marker: 'more' })
    .rejectsOnce(denied);
  expect(await readInventory(redshiftClusters)).toEqual({ 'AWS::Redshift::Cluster': expect.stringContaining('AccessDenied') });
});
