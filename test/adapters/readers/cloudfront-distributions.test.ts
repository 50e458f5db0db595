import {
  CloudFrontClient,
  CloudFrontServiceException,
  type DistributionSummary,
  ListDistributionsCommand,
} from '@aws-sdk/client-cloudfront';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { cloudFrontDistributions } from '../../../adapters/aws/readers/cloudfront-distributions.ts';
import { factsOf } from '../../support/facts.ts';
import { readContext, readFacts, readInventory } from '../../support/readers.ts';

const cloudFront = mockClient(CloudFrontClient);
const TYPE = 'AWS::CloudFront::Distribution';
const denied = new CloudFrontServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {}, message: 'no' });

/** A distribution's facts, from the API's list. */
const summary = (Id: string) =>
  ({
    Id,
    Enabled: true,
    ViewerCertificate: { CloudFrontDefaultCertificate: false, MinimumProtocolVersion: 'TLSv1.2_2021' },
    DefaultCacheBehavior: { TargetOriginId: 'site', ViewerProtocolPolicy: 'redirect-to-https' },
    CacheBehaviors: { Quantity: 1, Items: [{ PathPattern: '/old', TargetOriginId: 'site', ViewerProtocolPolicy: 'allow-all' }] },
    Origins: {
      Quantity: 2,
      Items: [
        { Id: 'files', DomainName: 'files.s3.amazonaws.com', S3OriginConfig: { OriginAccessIdentity: '' } },
        {
          Id: 'site',
          DomainName: 'site.example.com',
          CustomOriginConfig: {
            HTTPPort: 80,
            HTTPSPort: 443,
            OriginProtocolPolicy: 'https-only',
            OriginSslProtocols: { Quantity: 1, Items: ['TLSv1.2'] },
          },
        },
      ],
    },
  }) as unknown as DistributionSummary;
const page = (items: DistributionSummary[], NextMarker?: string) => ({
  DistributionList: { Marker: '', MaxItems: 100, IsTruncated: NextMarker !== undefined, Quantity: items.length, Items: items, NextMarker },
});

beforeEach(() => cloudFront.reset());

describe('distributions that the API lists', () => {
  it('have the facts of the same distributions in AWS Config', async () => {
    cloudFront.on(ListDistributionsCommand).resolves(page([summary('E1')]));
    const distributionConfig = {
      enabled: true,
      viewerCertificate: { cloudFrontDefaultCertificate: false, minimumProtocolVersion: 'TLSv1.2_2021' },
      defaultCacheBehavior: { viewerProtocolPolicy: 'redirect-to-https' },
      cacheBehaviors: { quantity: 1, items: [{ viewerProtocolPolicy: 'allow-all' }] },
      origins: {
        quantity: 2,
        items: [
          { s3OriginConfig: {} },
          { customOriginConfig: { originProtocolPolicy: 'https-only', originSslProtocols: { quantity: 1, items: ['TLSv1.2'] } } },
        ],
      },
    };
    const inConfig = factsOf(TYPE, { distributionConfig });
    expect(inConfig.missing).toEqual({});
    expect((await readFacts(cloudFrontDistributions))[`${TYPE} global E1`]).toEqual(inConfig);
  });

  it('are listed page by page', async () => {
    cloudFront
      .on(ListDistributionsCommand)
      .resolvesOnce(page([summary('E1')], 'E2'))
      .resolvesOnce(page([summary('E2')]));
    expect(await readInventory(cloudFrontDistributions)).toEqual({ [TYPE]: 2 });
  });

  it('are not all known where a page was denied', async () => {
    cloudFront
      .on(ListDistributionsCommand)
      .resolvesOnce(page([summary('E1')], 'E2'))
      .rejectsOnce(denied);
    expect(await readInventory(cloudFrontDistributions)).toEqual({ [TYPE]: expect.stringContaining('AccessDenied') });
  });

  it('are none where the API lists none', async () => {
    cloudFront.on(ListDistributionsCommand).resolves({ DistributionList: { ...page([]).DistributionList, Items: undefined } });
    expect(await readInventory(cloudFrontDistributions)).toEqual({ [TYPE]: 0 });
  });

  it('are none in GovCloud, whose credentials CloudFront would reject', async () => {
    cloudFront.on(ListDistributionsCommand).rejects(denied);
    const govCloud = readContext({ partition: 'aws-us-gov', region: 'us-gov-west-1' });
    expect(await readInventory(cloudFrontDistributions, govCloud)).toEqual({ [TYPE]: 0 });
  });
});
