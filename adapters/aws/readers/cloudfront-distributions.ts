import { CloudFrontClient, paginateListDistributions } from '@aws-sdk/client-cloudfront';
import type { Reader } from './reader.ts';

/**
 * CloudFront distributions. Their summaries contain the settings that AWS Config keeps in `distributionConfig`. The GovCloud
 * partition has no CloudFront, and its credentials do not work in the partition that has:
 * https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/setting-up-credentials.html
 */
export const cloudFrontDistributions: Reader = {
  id: 'cloudfront-distributions',
  scope: 'account',
  lists: ['AWS::CloudFront::Distribution'],
  permissions: ['cloudfront:ListDistributions'],
  refreshedBy: [],
  read: async function* ({ clients, partition, region }) {
    if (partition === 'aws-us-gov') return;
    const client = clients(CloudFrontClient, region);
    for await (const { DistributionList } of paginateListDistributions({ client, pageSize: 100 }, {})) {
      for (const distributionConfig of DistributionList?.Items ?? []) {
        const resourceId = distributionConfig.Id ?? '';
        yield { resourceType: 'AWS::CloudFront::Distribution', resourceId, configuration: { distributionConfig } };
      }
    }
  },
};
