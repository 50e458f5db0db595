import { GetPublicAccessBlockCommand, S3ControlClient } from '@aws-sdk/client-s3-control';
import { NO_BLOCK } from '../../../core/facts/s3-bucket.ts';
import { Unread } from '../../../core/facts/view.ts';
import { attempt } from '../failures.ts';
import { S3_LAG } from './lags.ts';
import type { Reader } from './reader.ts';

/** The account's Block Public Access settings for S3. AWS Config records them in the Region of the partition's global services. */
export const s3AccountPublicAccessBlock: Reader = {
  id: 's3-account-public-access-block',
  scope: 'account',
  lists: ['AWS::S3::AccountPublicAccessBlock'],
  permissions: ['s3:GetAccountPublicAccessBlock'],
  refreshedBy: [{ source: 's3.amazonaws.com', names: ['PutAccountPublicAccessBlock', 'DeleteAccountPublicAccessBlock'] }],
  lag: S3_LAG,
  read: async function* ({ clients, region, accountId }) {
    const command = new GetPublicAccessBlockCommand({ AccountId: accountId });
    const block = await attempt(() => clients(S3ControlClient, region).send(command), ['NoSuchPublicAccessBlockConfiguration']);
    // Known settings outlive a failed call, because the rules for buckets depend on them.
    if (block instanceof Unread) throw new Error(block.reason);
    yield {
      resourceType: 'AWS::S3::AccountPublicAccessBlock',
      resourceId: accountId,
      region,
      configuration: block === null ? NO_BLOCK : block.PublicAccessBlockConfiguration,
    };
  },
};
