import { EC2Client, paginateDescribeVolumes } from '@aws-sdk/client-ec2';
import type { Reader } from './reader.ts';

/** EBS volumes, including those that an AWS service manages and the account has hidden. */
export const ec2Volumes: Reader = {
  id: 'ec2-volumes',
  scope: 'region',
  lists: ['AWS::EC2::Volume'],
  permissions: ['ec2:DescribeVolumes'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(EC2Client, region);
    for await (const { Volumes = [] } of paginateDescribeVolumes({ client }, { MaxResults: 500, IncludeManagedResources: true })) {
      for (const volume of Volumes) {
        yield { resourceType: 'AWS::EC2::Volume', resourceId: volume.VolumeId ?? '', configuration: volume, tags: volume.Tags ?? [] };
      }
    }
  },
};
