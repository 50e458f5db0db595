import { EC2Client, paginateDescribeImages } from '@aws-sdk/client-ec2';
import { EC2_LAG } from './lags.ts';
import type { Reader } from './reader.ts';

/** AMIs that the account owns, including deprecated ones (which their owner always sees) and disabled ones. */
export const ec2Images: Reader = {
  id: 'ec2-images',
  scope: 'region',
  lists: ['AWS::EC2::Image'],
  permissions: ['ec2:DescribeImages'],
  refreshedBy: [
    {
      source: 'ec2.amazonaws.com',
      names: ['ModifyImageAttribute', 'ResetImageAttribute', 'CreateImage', 'RegisterImage', 'CopyImage', 'DeregisterImage'],
    },
  ],
  lag: EC2_LAG,
  read: async function* ({ clients, region }) {
    const client = clients(EC2Client, region);
    const input = { Owners: ['self'], IncludeDisabled: true, MaxResults: 500 };
    for await (const { Images = [] } of paginateDescribeImages({ client }, input)) {
      for (const { ImageId = '', Public } of Images) {
        yield { resourceType: 'AWS::EC2::Image', resourceId: ImageId, configuration: { Public } };
      }
    }
  },
};
