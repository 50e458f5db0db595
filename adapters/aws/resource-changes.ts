import { CloudTrailClient, type Event, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { View } from '../../core/facts/view.ts';
import { millisecondsOf } from '../../core/instant.ts';
import { GLOBAL, type ResourceRef } from '../../core/model.ts';
import { isPolicyRef, roleAndPolicy } from '../../core/remediation/policy-drift/policy-document.ts';
import type { Clients } from './clients.ts';

/** The IAM action that {@link whoChanged} calls. */
export const CHANGE_PERMISSIONS = ['cloudtrail:LookupEvents'] as const;

/**
 * Returns a sentence that names the last actor, apart from csmm, that changed the resource since a time (ISO-8601). Returns
 * `undefined` if CloudTrail's event history has no such event. It reads the newest 50 events. csmm's own sessions are those of exactly the
 * roles in `ownRoles`, in the account of the resource.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 *
 * @throws the SDK's error.
 */
export async function whoChanged(
  resource: ResourceRef,
  since: string,
  { clients, globalRegion, partition, ownRoles }: ChangesPlace,
): Promise<string | undefined> {
  const { region, accountId } = resource;
  const client = clients(CloudTrailClient, region === GLOBAL ? globalRegion : region);
  const { Events = [] } = await client.send(
    new LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: nameIn(resource) }],
      StartTime: new Date(millisecondsOf(since)),
      MaxResults: 50,
    }),
  );
  const own = new Set(ownRoles.map((name) => `arn:${partition}:iam::${accountId}:role/${name}`));
  return Events.filter(({ ReadOnly }) => ReadOnly !== 'true')
    .map(actOf)
    .find(({ role }) => role === undefined || !own.has(role))?.act;
}

/** Access to the account of the resource. */
export interface ChangesPlace {
  readonly clients: Clients;
  readonly partition: string;
  readonly globalRegion: string;
  /** Names of the roles that csmm and its runbooks use in the account. */
  readonly ownRoles: readonly string[];
}

/** Returns CloudTrail's name of a resource. CloudTrail reports an inline policy under its role. */
const nameIn = (resource: ResourceRef): string =>
  isPolicyRef(resource) && resource.resourceType === 'AWS::IAM::RolePolicy' ? roleAndPolicy(resource).role : resource.resourceId;

/** Returns the act of an event, and the ARN of the role if the actor is a session. */
function actOf({ CloudTrailEvent, EventName, EventTime, Username }: Event): { readonly role: string | undefined; readonly act: string } {
  const identity = new View(CloudTrailEvent, { last: undefined }).json().at('userIdentity');
  const who = identity.at('arn').text() ?? Username ?? 'an actor that CloudTrail does not name';
  const act = `${plain(who)} called ${plain(EventName ?? 'something')} at ${EventTime?.toISOString() ?? 'an unknown time'}`;
  return { role: identity.at('sessionContext').at('sessionIssuer').at('arn').text(), act };
}

/** Returns a name on one line. Any user may have chosen it. */
const plain = (name: string): string => name.replaceAll(/[\p{C}\p{Z}]+/gu, ' ').slice(0, MAX_NAME);

/** Longer than the ARN of a session, and short enough for a reason. Characters. */
const MAX_NAME = 200;
