import { DAXClient, DAXServiceException, DescribeClustersCommand } from '@aws-sdk/client-dax';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { NotOfferedError } from '../../../adapters/aws/not-offered.ts';
import { daxClusters } from '../../../adapters/aws/readers/dax-clusters.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const TYPE = 'AWS::DAX::Cluster';
const dax = mockClient(DAXClient);
const denied = new DAXServiceException({ name: 'AccessDeniedException', $fault: 'client', $metadata: {}, message: 'no' });

beforeEach(() => dax.reset());

it('gives a cluster the facts of an item in the form of CloudFormation', async () => {
  dax.on(DescribeClustersCommand).resolves({ Clusters: [{ ClusterName: 'carts', SSEDescription: { Status: 'DISABLED' } }] });
  expect((await readFacts(daxClusters))[`${TYPE} eu-west-1 carts`]).toEqual(factsOf(TYPE, { SSESpecification: { SSEEnabled: false } }));
});

it('lists every page', async () => {
  dax
    .on(DescribeClustersCommand)
    .resolvesOnce({ Clusters: [{ ClusterName: 'a' }], NextToken: 'more' })
    .resolvesOnce({ Clusters: [{ ClusterName: 'b' }] });
  expect(await readInventory(daxClusters)).toEqual({ [TYPE]: 2 });
  expect(dax.commandCalls(DescribeClustersCommand).map(({ args }) => args[0].input.NextToken)).toEqual([undefined, 'more']);
});

it('says that the list is not complete if a page was denied', async () => {
  dax
    .on(DescribeClustersCommand)
    .resolvesOnce({ Clusters: [{ ClusterName: 'a' }], NextToken: 'more' })
    .rejectsOnce(denied);
  expect(await readInventory(daxClusters)).toEqual({ [TYPE]: expect.stringContaining('AccessDeniedException') });
});

it('lists nothing in a Region without DAX', async () => {
  dax.on(DescribeClustersCommand).rejects(new NotOfferedError('dax.eu-south-2.amazonaws.com does not exist'));
  expect(await readInventory(daxClusters)).toEqual({ [TYPE]: 0 });
});
