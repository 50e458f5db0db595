import { CloudFrontClient, paginateListDistributions } from '@aws-sdk/client-cloudfront';
import type { Reader } from './reader.ts';

/** CloudFront distributions, whose summaries hold the settings that AWS Config keeps in `distributionConfig`. */
export const cloudFrontDistributions: Reader = {
  id: 'cloudfront-distributions',
  scope: 'account',
  lists: ['AWS::CloudFront::Distribution'],
  permissions: ['cloudfront:ListDistributions'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(CloudFrontClient, region);
    for await (const { DistributionList } of paginateListDistributions({ client, pageSize: 100 }, {})) {
      for (const distributionConfig of DistributionList?.Items ?? []) {
        const resourceId = distributionConfig.Id ?? '';
        yield { resourceType: 'AWS::CloudFront::Distribution', resourceId, configuration: { distributionConfig } };
      }
    }
  },
};
