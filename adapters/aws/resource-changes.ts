import { CloudTrailClient, type Event, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { View } from '../../core/facts/view.ts';
import { GLOBAL, type ResourceRef } from '../../core/model.ts';
import { isPolicyRef, roleAndPolicy } from '../../core/remediation/policy-drift/policy-document.ts';
import type { Clients } from './clients.ts';

/** The IAM action that {@link whoChanged} calls. */
export const CHANGE_PERMISSIONS = ['cloudtrail:LookupEvents'] as const;

/** Sessions of the project's own roles: that which starts runbooks, and those that runbooks act as, whose sessions SSM names. */
const OWN_SESSION = /:assumed-role\/(csmm-remediate\/|csmm-[A-Z])/;

/**
 * Who has last changed a resource since a time (ISO-8601) beside csmm, in a sentence; `undefined` where CloudTrail's event history
 * names nobody. It looks at the newest 50 events.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 *
 * @throws what the SDK throws.
 */
export async function whoChanged(
  resource: ResourceRef,
  since: string,
  clients: Clients,
  globalRegion: string,
): Promise<string | undefined> {
  const { region } = resource;
  const client = clients(CloudTrailClient, region === GLOBAL ? globalRegion : region);
  const { Events = [] } = await client.send(
    new LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: nameIn(resource) }],
      StartTime: new Date(since),
      MaxResults: 50,
    }),
  );
  return Events.filter(({ ReadOnly }) => ReadOnly !== 'true')
    .map(actOf)
    .find(({ who }) => !OWN_SESSION.test(who))?.told;
}

/** What CloudTrail calls a resource: an inline policy is told as the role that it is in. */
const nameIn = (resource: ResourceRef): string =>
  isPolicyRef(resource) && resource.resourceType === 'AWS::IAM::RolePolicy' ? roleAndPolicy(resource).role : resource.resourceId;

function actOf({ CloudTrailEvent, EventName, EventTime, Username }: Event): { readonly who: string; readonly told: string } {
  const event = new View(CloudTrailEvent, { last: undefined }).json();
  const who = event.at('userIdentity').at('arn').text() ?? Username ?? 'somebody whom CloudTrail does not name';
  const told = `${plain(who)} called ${plain(EventName ?? 'something')} at ${EventTime?.toISOString() ?? 'an unknown time'}`;
  return { who, told };
}

/** A name that anybody may have given, in one line. */
const plain = (name: string): string => name.replaceAll(/[\p{C}\p{Z}]+/gu, ' ').slice(0, MAX_NAME);

/** Longer than the ARN of a session, and short enough for a reason. */
const MAX_NAME = 200;
