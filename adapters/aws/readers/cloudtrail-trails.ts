import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { TRAIL_STATUS } from '../../../core/facts/cloudtrail-trail-status.ts';
import { Unread } from '../../../core/facts/view.ts';
import { attempt, factIn } from '../failures.ts';
import { describeEach, inOpenRegion, type Observation, type ReadContext, type Reader } from './reader.ts';

/**
 * Trails that cover the account's global Region: every multi-Region trail does, also the organization's, as a shadow trail. A
 * trail of another single Region does not, and is not listed. If the organization has closed the global Region, another Region lists
 * the multi-Region trails.
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
    for await (const { trails, place } of inOpenRegion(context, (region) => trailsIn(region, context))) {
      yield* describeEach(trails, (trail) => describeTrail(trail, place, context));
    }
  },
};

async function* trailsIn(place: string, { clients, region }: ReadContext) {
  const { trailList = [] } = await clients(CloudTrailClient, place).send(new DescribeTrailsCommand({ includeShadowTrails: true }));
  yield { place, trails: trailList.filter(({ IsMultiRegionTrail }) => place === region || IsMultiRegionTrail !== false) };
}

/** `place` is the Region that lists the trail. Its copy there has the status too, and no event selectors. */
export async function describeTrail(trail: Trail, place: string, { clients }: ReadContext): Promise<Observation> {
  const region = trail.HomeRegion ?? place;
  const client = clients(CloudTrailClient, region);
  const arn = trail.TrailARN ?? '';
  const statusIn = (from: CloudTrailClient) => attempt(() => from.send(new GetTrailStatusCommand({ Name: arn })));
  const [status, selectors] = await Promise.all([
    statusIn(client).then((known) => (known instanceof Unread && region !== place ? statusIn(clients(CloudTrailClient, place)) : known)),
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
