import { DescribeClusterCommand, EKSClient, EKSServiceException, ListClustersCommand } from '@aws-sdk/client-eks';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { eksClusters } from '../../../adapters/aws/readers/eks-clusters.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const eks = mockClient(EKSClient);
const TYPE = 'AWS::EKS::Cluster';
const denied = new EKSServiceException({ name: 'AccessDeniedException', $fault: 'client', $metadata: {}, message: 'no' });

beforeEach(() => {
  eks.reset();
  eks.on(ListClustersCommand).resolves({ clusters: ['prod'] });
  eks.on(DescribeClusterCommand, { name: 'prod' }).resolves({ cluster: { name: 'prod', version: '1.33', createdAt: new Date(0) } });
});

describe('EKS clusters that the API describes', () => {
  it('have the facts of the same clusters in AWS Config', async () => {
    expect((await readFacts(eksClusters))[`${TYPE} eu-west-1 prod`]).toEqual(factsOf(TYPE, { Name: 'prod', Version: '1.33' }));
  });

  it('are there without a version where the description was denied', async () => {
    eks.on(DescribeClusterCommand).rejects(denied);
    expect(await readFacts(eksClusters)).toMatchObject({
      [`${TYPE} eu-west-1 prod`]: { facts: {}, missing: { version: expect.stringContaining('was denied (AccessDeniedException)') } },
    });
    expect(await readInventory(eksClusters)).toEqual({ [TYPE]: 1 });
  });

  it('are not all known where a page was denied', async () => {
    eks
      .on(ListClustersCommand)
      .resolvesOnce({ clusters: ['prod'], nextToken: 'more' })
      .rejectsOnce(denied);
    expect(await readInventory(eksClusters)).toEqual({ [TYPE]: expect.stringContaining('AccessDeniedException') });
  });
});
