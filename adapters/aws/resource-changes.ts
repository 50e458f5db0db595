import { CloudTrailClient, type Event, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { View } from '../../core/facts/view.ts';
import { millisecondsOf } from '../../core/instant.ts';
import { GLOBAL, type ResourceRef } from '../../core/model.ts';
import { isPolicyRef, roleAndPolicy } from '../../core/remediation/policy-drift/policy-document.ts';
import type { Clients } from './clients.ts';

/** The IAM action that {@link whoChanged} calls. */
export const CHANGE_PERMISSIONS = ['cloudtrail:LookupEvents'] as const;

/** Sessions of csmm's own roles: the role that starts runbooks, and the roles of runbooks, whose sessions SSM names. */
const OWN_SESSION = /:assumed-role\/(csmm-remediate\/|csmm-[A-Z])/;

/**
 * Returns a sentence that names the last actor, apart from csmm, that changed the resource since a time (ISO-8601). Returns
 * `undefined` if CloudTrail's event history has no such event. It reads the newest 50 events.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 *
 * @throws the SDK's error.
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
      StartTime: new Date(millisecondsOf(since)),
      MaxResults: 50,
    }),
  );
  return Events.filter(({ ReadOnly }) => ReadOnly !== 'true')
    .map(actOf)
    .find(({ who }) => !OWN_SESSION.test(who))?.act;
}

/** Returns CloudTrail's name of a resource. CloudTrail reports an inline policy under its role. */
const nameIn = (resource: ResourceRef): string =>
  isPolicyRef(resource) && resource.resourceType === 'AWS::IAM::RolePolicy' ? roleAndPolicy(resource).role : resource.resourceId;

function actOf({ CloudTrailEvent, EventName, EventTime, Username }: Event): { readonly who: string; readonly act: string } {
  const event = new View(CloudTrailEvent, { last: undefined }).json();
  const who = event.at('userIdentity').at('arn').text() ?? Username ?? 'an actor that CloudTrail does not name';
  const act = `${plain(who)} called ${plain(EventName ?? 'something')} at ${EventTime?.toISOString() ?? 'an unknown time'}`;
  return { who, act };
}

/** Returns a name on one line. Any user may have chosen it. */
const plain = (name: string): string => name.replaceAll(/[\p{C}\p{Z}]+/gu, ' ').slice(0, MAX_NAME);

/** Longer than the ARN of a session, and short enough for a reason. Characters. */
const MAX_NAME = 200;
