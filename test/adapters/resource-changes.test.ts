import { CloudTrailClient, type Event, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { type ClientClass, clientsOf } from '../../adapters/aws/clients.ts';
import { whoChanged } from '../../adapters/aws/resource-changes.ts';
import type { ResourceRef } from '../../core/model.ts';

const cloudTrail = mockClient(CloudTrailClient);
afterEach(() => cloudTrail.reset());

const SINCE = '2026-11-18T10:00:00.000Z';
const BUCKET: ResourceRef = { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId: 'orders' };
const PIPELINE = 'arn:aws:sts::111111111111:assumed-role/pipeline/deploy';

const event = (arn: unknown, changed: Partial<Event> = {}): Event => ({
  EventName: 'PutBucketVersioning',
  EventTime: new Date('2026-11-18T11:00:00.000Z'),
  ReadOnly: 'false',
  Username: 'deploy',
  CloudTrailEvent: JSON.stringify({ userIdentity: { arn } }),
  ...changed,
});

/** An event of a session. CloudTrail names its role with the path. */
const byRole = (role: string, accountId = '111111111111'): Event => {
  const arn = `arn:aws:sts::${accountId}:assumed-role/${role.slice(role.lastIndexOf('/') + 1)}/session`;
  const sessionContext = { sessionIssuer: { type: 'Role', arn: `arn:aws:iam::${accountId}:role/${role}` } };
  return event(arn, { CloudTrailEvent: JSON.stringify({ userIdentity: { arn, sessionContext } }) });
};

const regions: string[] = [];
const asked = (resource: ResourceRef = BUCKET) => {
  const made = clientsOf({ credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const clients = <C extends object>(client: ClientClass<C>, region: string): C => {
    regions.push(region);
    return made(client, region);
  };
  const ownRoles = ['csmm-remediate', 'csmm-EnableBucketVersioning'];
  return whoChanged(resource, SINCE, { clients, globalRegion: 'us-east-1', partition: 'aws', ownRoles });
};
const given = (...Events: Event[]) => cloudTrail.on(LookupEventsCommand).resolves({ Events });

describe('who has changed a resource', () => {
  it('is the newest who called a write, in a sentence', async () => {
    given(event(PIPELINE), event('arn:aws:iam::111111111111:user/older'));
    expect(await asked()).toBe(`${PIPELINE} called PutBucketVersioning at 2026-11-18T11:00:00.000Z`);
    expect(cloudTrail.commandCalls(LookupEventsCommand).map(({ args: [{ input }] }) => input)).toEqual([
      { LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: 'orders' }], StartTime: new Date(SINCE), MaxResults: 50 },
    ]);
  });

  it.each([
    ['eu-west-1', 'eu-west-1'],
    ['global', 'us-east-1'],
  ])('in %s is looked for in %s', async (region, expected) => {
    given();
    await asked({ ...BUCKET, region });
    expect(regions.at(-1)).toBe(expected);
  });

  it.each<[string, readonly Event[]]>([
    ['nobody', []],
    ['csmm itself', [byRole('csmm-EnableBucketVersioning')]],
    ['csmm that starts a runbook', [byRole('csmm-remediate')]],
    ['one who has only read', [event(PIPELINE, { EventName: 'GetBucketVersioning', ReadOnly: 'true' })]],
  ])('is nobody where CloudTrail names %s', async (_, events) => {
    given(...events);
    expect(await asked()).toBeUndefined();
  });

  it('is whoever comes behind csmm and those who read', async () => {
    given(byRole('csmm-remediate'), event(PIPELINE, { ReadOnly: 'true' }), event('arn:aws:iam::111111111111:user/ops'));
    expect(await asked()).toContain('arn:aws:iam::111111111111:user/ops called');
  });

  it.each<[string, Event]>([
    ['a user', event('arn:aws:iam::111111111111:user/csmm-remediate')],
    ['a role that only sounds like one of csmm', byRole('my-csmm-role')],
    ['a role that is named after csmm', byRole('csmm-Deploy')],
    ['a role with the name of one of csmm, in another path', byRole('team/csmm-remediate')],
    ['a role with the name of one of csmm, in another account', byRole('csmm-remediate', '222222222222')],
    ['a session that calls itself so', event('arn:aws:sts::111111111111:assumed-role/csmm-remediate/session')],
  ])('is told where it is %s', async (_, newest) => {
    given(newest);
    expect(await asked()).toMatch(/ called PutBucketVersioning at /);
  });

  it.each<[string, Partial<Event>, string]>([
    ['has no details', { CloudTrailEvent: undefined as never }, 'deploy called PutBucketVersioning'],
    ['is no JSON', { CloudTrailEvent: '{"userIdentity": ' }, 'deploy called PutBucketVersioning'],
    ['is another JSON', { CloudTrailEvent: '[1]' }, 'deploy called PutBucketVersioning'],
    ['names an identity that is none', { CloudTrailEvent: '{"userIdentity": {"arn": {"a": 1}}}' }, 'deploy called'],
    [
      'names nothing at all',
      { CloudTrailEvent: '{}', Username: undefined as never, EventName: undefined as never, EventTime: undefined as never },
      'an actor that CloudTrail does not name called something at an unknown time',
    ],
  ])('is told as far as it goes where an event %s', async (_, changed, told) => {
    given(event(PIPELINE, changed));
    expect(await asked()).toContain(told);
  });

  it('is told in one line that fits, whatever the names are', async () => {
    const name = `evil\n\u001b[31m\r\u2028${'x'.repeat(10_000)}`;
    given(event(undefined, { Username: name, EventName: name }));
    const told = (await asked()) ?? '';
    expect(told).not.toMatch(/\p{C}|\p{Zl}|\p{Zp}/u);
    expect(told).toContain('evil [31m xxx');
    expect(told.length).toBeLessThan(512);
  });

  it('is not known where CloudTrail cannot be asked', async () => {
    cloudTrail.on(LookupEventsCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    await expect(asked()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});
