import {
  GetMultiRegionAccessPointPolicyCommand,
  GetMultiRegionAccessPointPolicyStatusCommand,
  type MultiRegionAccessPointReport,
  paginateListMultiRegionAccessPoints,
  S3ControlClient,
} from '@aws-sdk/client-s3-control';
import { S3_MULTI_REGION_LAG } from './lags.ts';
import { publicPolicy } from './public-policy.ts';
import { describeEach, type Observation, type ReadContext, type Reader } from './reader.ts';

/** The only Region that answers for Multi-Region Access Points. Only the partition `aws` has them. */
const HOME = 'us-west-2';

/**
 * Multi-Region Access Points of S3.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointRestrictions.html
 */
export const s3MultiRegionAccessPoints: Reader = {
  id: 's3-multi-region-access-points',
  scope: 'account',
  lists: ['AWS::S3::MultiRegionAccessPoint'],
  permissions: ['s3:ListMultiRegionAccessPoints', 's3:GetMultiRegionAccessPointPolicy', 's3:GetMultiRegionAccessPointPolicyStatus'],
  refreshedBy: [
    {
      source: 's3.amazonaws.com',
      names: ['CreateMultiRegionAccessPoint', 'DeleteMultiRegionAccessPoint', 'PutMultiRegionAccessPointPolicy'],
    },
  ],
  lag: S3_MULTI_REGION_LAG,
  read: async function* (context) {
    if (context.partition !== 'aws') return;
    const client = context.clients(S3ControlClient, HOME);
    for await (const { AccessPoints = [] } of paginateListMultiRegionAccessPoints({ client }, { AccountId: context.accountId })) {
      yield* describeEach(AccessPoints, (point) => describe(point, client, context));
    }
  },
};

async function describe(
  point: MultiRegionAccessPointReport,
  client: S3ControlClient,
  { accountId: AccountId }: ReadContext,
): Promise<Observation> {
  const named = { AccountId, Name: point.Name };
  const policy = await publicPolicy(
    async () => (await client.send(new GetMultiRegionAccessPointPolicyStatusCommand(named))).Established,
    async () => (await client.send(new GetMultiRegionAccessPointPolicyCommand(named))).Policy?.Established?.Policy,
    'NoSuchMultiRegionAccessPointPolicy',
  );
  return {
    resourceType: 'AWS::S3::MultiRegionAccessPoint',
    resourceId: point.Name ?? '',
    region: HOME,
    configuration: { ...point, ...policy },
  };
}
