import { EC2Client, GetImageBlockPublicAccessStateCommand } from '@aws-sdk/client-ec2';
import { IMAGE_BLOCK_LAG } from './lags.ts';
import type { Reader } from './reader.ts';

/** Block public access for the AMIs of a Region. AWS Config has no item for it. */
export const ec2ImageBlockPublicAccess: Reader = {
  id: 'ec2-image-block-public-access',
  scope: 'region',
  lists: ['AWS::EC2::ImageBlockPublicAccess'],
  permissions: ['ec2:GetImageBlockPublicAccessState'],
  refreshedBy: [{ source: 'ec2.amazonaws.com', names: ['EnableImageBlockPublicAccess', 'DisableImageBlockPublicAccess'] }],
  lag: IMAGE_BLOCK_LAG,
  read: async function* ({ clients, region }) {
    const configuration = await clients(EC2Client, region).send(new GetImageBlockPublicAccessStateCommand({}));
    yield { resourceType: 'AWS::EC2::ImageBlockPublicAccess', resourceId: region, configuration };
  },
};
