import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { TRAIL_STATUS } from '../../../core/facts/cloudtrail-trail-status.ts';
import { attempt, factIn } from '../failures.ts';
import { describeEach, type Observation, type ReadContext, type Reader } from './reader.ts';

/**
 * Trails that cover the account's global Region: every multi-Region trail does, also the organization's, as a shadow trail. A
 * trail of another single Region does not, and is not listed.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
 */
export const cloudtrailTrails: Reader = {
  id: 'cloudtrail-trails',
  scope: 'account',
  lists: [TRAIL_STATUS],
  permissions: ['cloudtrail:DescribeTrails', 'cloudtrail:GetEventSelectors', 'cloudtrail:GetTrailStatus'],
  refreshedBy: [
    {
      source: 'cloudtrail.amazonaws.com',
      names: ['CreateTrail', 'UpdateTrail', 'DeleteTrail', 'StartLogging', 'StopLogging', 'PutEventSelectors'],
    },
  ],
  read: async function* (context) {
    const client = context.clients(CloudTrailClient, context.region);
    const { trailList = [] } = await client.send(new DescribeTrailsCommand({ includeShadowTrails: true }));
    yield* describeEach(trailList, (trail) => describeTrail(trail, context));
  },
};

/** Returns a trail with its status and its event selectors. */
export async function describeTrail(trail: Trail, { clients, region: here }: ReadContext): Promise<Observation> {
  const region = trail.HomeRegion ?? here;
  const client = clients(CloudTrailClient, region);
  const arn = trail.TrailARN ?? '';
  const [status, selectors] = await Promise.all([
    attempt(() => client.send(new GetTrailStatusCommand({ Name: arn }))),
    attempt(() => client.send(new GetEventSelectorsCommand({ TrailName: arn }))),
  ]);
  return {
    resourceType: TRAIL_STATUS,
    resourceId: arn,
    region,
    configuration: {
      trail,
      status: factIn(status, ({ IsLogging, LatestDeliveryTime, LatestCloudWatchLogsDeliveryTime }) => ({
        IsLogging,
        LatestDeliveryTime,
        LatestCloudWatchLogsDeliveryTime,
      })),
      selectors: factIn(selectors, ({ EventSelectors, AdvancedEventSelectors }) => ({ EventSelectors, AdvancedEventSelectors })),
    },
  };
}
