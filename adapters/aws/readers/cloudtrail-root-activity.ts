import { CloudTrailClient, type Event, paginateLookupEvents } from '@aws-sdk/client-cloudtrail';
import { View } from '../../../core/facts/view.ts';
import { millisecondsOf } from '../../../core/instant.ts';
import { CLOUDTRAIL_LAG } from './lags.ts';
import type { Reader } from './reader.ts';

/**
 * Length of CloudTrail's event history, in milliseconds.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
 */
const HISTORY_MS = 90 * 24 * 60 * 60 * 1000;

/** Maximum number of pages. LookupEvents allows two calls a second in a Region: 20 pages of 50 events take ten seconds. */
const MAX_PAGES = 20;
const MAX_TIMES = 100;

/** Activity of the root user in a Region, as far back as CloudTrail's history or the page limit allow. */
export const cloudtrailRootActivity: Reader = {
  id: 'cloudtrail-root-activity',
  scope: 'region',
  lists: ['AWS::CloudTrail::RootActivity'],
  permissions: ['cloudtrail:LookupEvents'],
  // No list of event names covers everything else that the root user can do.
  refreshedBy: [{ source: 'signin.amazonaws.com', names: ['ConsoleLogin'] }],
  lag: CLOUDTRAIL_LAG,
  read: async function* ({ clients, region, startedAt }) {
    const from = new Date(millisecondsOf(startedAt) - HISTORY_MS);
    const input = { LookupAttributes: [{ AttributeKey: 'Username' as const, AttributeValue: 'root' }], StartTime: from };
    const usedAt: string[] = [];
    let completeSince = startedAt;
    let pages = 0;
    for await (const { Events = [], NextToken } of paginateLookupEvents(
      { client: clients(CloudTrailClient, region), pageSize: 50 },
      input,
    )) {
      for (const event of Events) {
        completeSince = event.EventTime?.toISOString() ?? startedAt;
        if (isUse(event) && minuteOf(usedAt.at(-1)) !== minuteOf(completeSince)) usedAt.push(completeSince);
        if (usedAt.length >= MAX_TIMES) break;
      }
      if (usedAt.length >= MAX_TIMES || ++pages >= MAX_PAGES) break;
      if (NextToken === undefined) completeSince = from.toISOString();
    }
    yield { resourceType: 'AWS::CloudTrail::RootActivity', resourceId: region, configuration: { usedAt, completeSince } };
  },
};

const minuteOf = (time: string | undefined): string | undefined => time?.slice(0, 'yyyy-mm-ddThh:mm'.length);

/**
 * Whether the root user itself acted, and not a service on its behalf or an IAM user with the name "root". The conditions are
 * those of
 * https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-1
 * An event that cannot be read counts as use.
 */
function isUse({ CloudTrailEvent }: Event): boolean {
  const event = new View(CloudTrailEvent, { last: undefined }).json();
  const identity = event.at('userIdentity');
  if (!identity.isObject) return true;
  return identity.at('type').text() === 'Root' && !identity.at('invokedBy').exists && event.at('eventType').text() !== 'AwsServiceEvent';
}
