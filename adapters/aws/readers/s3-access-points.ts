import {
  type AccessPoint,
  GetAccessPointCommand,
  GetAccessPointPolicyCommand,
  GetAccessPointPolicyStatusCommand,
  paginateListAccessPoints,
  S3ControlClient,
} from '@aws-sdk/client-s3-control';
import { attempt, factIn } from '../failures.ts';
import { S3_LAG } from './lags.ts';
import { publicPolicy } from './public-policy.ts';
import { describeEach, type Observation, type ReadContext, type Reader } from './reader.ts';

/** Access points of S3 in a Region, in the form that AWS Config gives them. */
export const s3AccessPoints: Reader = {
  id: 's3-access-points',
  scope: 'region',
  lists: ['AWS::S3::AccessPoint'],
  permissions: ['s3:ListAccessPoints', 's3:GetAccessPoint', 's3:GetAccessPointPolicy', 's3:GetAccessPointPolicyStatus'],
  // AWS Config reports an access point, and CloudTrail a change of its policy.
  refreshedBy: [{ source: 's3.amazonaws.com', names: ['PutAccessPointPolicy', 'DeleteAccessPointPolicy'] }],
  lag: S3_LAG,
  read: async function* (context) {
    const client = context.clients(S3ControlClient, context.region);
    for await (const { AccessPointList = [] } of paginateListAccessPoints({ client, pageSize: 1000 }, { AccountId: context.accountId })) {
      yield* describeEach(AccessPointList, (point) => describe(point, context));
    }
  },
};

async function describe(point: AccessPoint, { clients, region, accountId: AccountId }: ReadContext): Promise<Observation> {
  const client = clients(S3ControlClient, region);
  const named = { AccountId, Name: point.Name };
  const [details, policy] = await Promise.all([
    attempt(() => client.send(new GetAccessPointCommand(named))),
    publicPolicy(
      async () => (await client.send(new GetAccessPointPolicyStatusCommand(named))).PolicyStatus,
      async () => (await client.send(new GetAccessPointPolicyCommand(named))).Policy,
      'NoSuchAccessPointPolicy',
    ),
  ]);
  return {
    resourceType: 'AWS::S3::AccessPoint',
    resourceId: point.Name ?? '',
    configuration: {
      ...point,
      PublicAccessBlockConfiguration: factIn(details, ({ PublicAccessBlockConfiguration }) => PublicAccessBlockConfiguration),
      ...policy,
    },
  };
}
