import { EC2Client, GetEbsEncryptionByDefaultCommand } from '@aws-sdk/client-ec2';
import { EC2_LAG } from './lags.ts';
import type { Reader } from './reader.ts';

/** Encryption by default of new EBS volumes in a Region. AWS Config has no item for it. */
export const ebsEncryptionDefault: Reader = {
  id: 'ec2-ebs-encryption-default',
  scope: 'region',
  lists: ['AWS::EC2::EBSEncryptionByDefault'],
  permissions: ['ec2:GetEbsEncryptionByDefault'],
  refreshedBy: [{ source: 'ec2.amazonaws.com', names: ['EnableEbsEncryptionByDefault', 'DisableEbsEncryptionByDefault'] }],
  lag: EC2_LAG,
  read: async function* ({ clients, region }) {
    const configuration = await clients(EC2Client, region).send(new GetEbsEncryptionByDefaultCommand({}));
    yield { resourceType: 'AWS::EC2::EBSEncryptionByDefault', resourceId: region, configuration };
  },
};
