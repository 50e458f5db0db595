import { GetPublicAccessBlockCommand, S3ControlClient } from '@aws-sdk/client-s3-control';
import { NO_BLOCK } from '../../../core/facts/s3-bucket.ts';
import { nameOf } from '../failures.ts';
import { S3_LAG } from './lags.ts';
import { inOpenRegion, type ReadContext, type Reader } from './reader.ts';

/** The account's Block Public Access settings for S3. AWS Config records them in the Region of the partition's global services. */
export const s3AccountPublicAccessBlock: Reader = {
  id: 's3-account-public-access-block',
  scope: 'account',
  lists: ['AWS::S3::AccountPublicAccessBlock'],
  permissions: ['s3:GetAccountPublicAccessBlock'],
  refreshedBy: [{ source: 's3.amazonaws.com', names: ['PutAccountPublicAccessBlock', 'DeleteAccountPublicAccessBlock'] }],
  lag: S3_LAG,
  // A failed call is thrown, so that known settings outlive it: the rules for buckets depend on them.
  read: async function* (context) {
    const { region, accountId } = context;
    for await (const configuration of inOpenRegion(context, (place) => settingsIn(place, context))) {
      yield { resourceType: 'AWS::S3::AccountPublicAccessBlock', resourceId: accountId, region, configuration };
    }
  },
};

async function* settingsIn(region: string, { clients, accountId }: ReadContext): AsyncGenerator<unknown> {
  const command = new GetPublicAccessBlockCommand({ AccountId: accountId });
  try {
    yield (await clients(S3ControlClient, region).send(command)).PublicAccessBlockConfiguration;
  } catch (error) {
    if (nameOf(error) !== 'NoSuchPublicAccessBlockConfiguration') throw error;
    yield NO_BLOCK;
  }
}
