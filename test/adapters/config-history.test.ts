import { ConfigServiceClient, GetResourceConfigHistoryCommand, ResourceNotDiscoveredException } from '@aws-sdk/client-config-service';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { awsConfigHistory, type ConfigHistoryOptions } from '../../adapters/aws/config-history.ts';

const OWN = '111111111111';
const MEMBER = '222222222222';
const TIME = '2026-01-02T03:04:05.678Z';
const MEMBER_ROLE = { roleName: 'csmm-read', externalId: 'abc' };

const sts = mockClient(STSClient);
const config = mockClient(ConfigServiceClient);
afterEach(() => {
  sts.reset();
  config.reset();
});

const resource = (accountId = OWN, region = 'eu-west-1') => ({ accountId, region, resourceType: 'AWS::EC2::Volume', resourceId: 'vol-1' });
const answer = (changes: object = {}) => ({
  configurationItems: [
    {
      version: '1.3',
      accountId: OWN,
      awsRegion: 'eu-west-1',
      resourceType: 'AWS::EC2::Volume' as const,
      resourceId: 'vol-1',
      configurationItemCaptureTime: new Date(TIME),
      configurationItemStatus: 'OK' as const,
      configuration: '{"encrypted":true}',
      supplementaryConfiguration: {},
      tags: {},
      relationships: [],
      ...changes,
    },
  ],
});
const CREDENTIALS = { AccessKeyId: 'key', SecretAccessKey: 'secret', SessionToken: 'token', Expiration: new Date() };

function history(options: Partial<ConfigHistoryOptions> = {}) {
  const clients: unknown[] = [];
  const { fetchItem } = awsConfigHistory({
    sts: new STSClient({ region: 'eu-west-1' }),
    ownAccountId: OWN,
    partition: 'aws',
    clientFor: (...made) => {
      clients.push(made);
      return new ConfigServiceClient({ region: made[0] });
    },
    ...options,
  });
  return { fetchItem, clients };
}

describe('the history of AWS Config', () => {
  it('gives the item of the own account, without a role', async () => {
    config.on(GetResourceConfigHistoryCommand).resolves(answer());
    const { fetchItem, clients } = history({ memberRole: MEMBER_ROLE });
    expect(await fetchItem(resource(), TIME)).toMatchObject({
      resource: resource(),
      capturedAt: TIME,
      state: 'recorded',
      configuration: '{"encrypted":true}',
    });
    expect(clients).toEqual([['eu-west-1']]);
    expect(sts.calls()).toEqual([]);
    expect(config.commandCalls(GetResourceConfigHistoryCommand)[0]?.args[0].input).toEqual({
      resourceType: 'AWS::EC2::Volume',
      resourceId: 'vol-1',
      laterTime: new Date(Date.parse(TIME) + 1000),
      limit: 1,
    });
  });

  it('gives the item of a member, by its role and the external id', async () => {
    sts.on(AssumeRoleCommand).resolves({ Credentials: CREDENTIALS });
    config.on(GetResourceConfigHistoryCommand).resolves(answer({ accountId: MEMBER }));
    const { fetchItem, clients } = history({ memberRole: MEMBER_ROLE, partition: 'aws-us-gov' });
    expect(await fetchItem(resource(MEMBER), TIME)).toMatchObject({ resource: resource(MEMBER) });
    expect(clients).toEqual([['eu-west-1', { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' }]]);
    expect(sts.commandCalls(AssumeRoleCommand)[0]?.args[0].input).toMatchObject({
      RoleArn: 'arn:aws-us-gov:iam::222222222222:role/csmm-read',
      ExternalId: 'abc',
      DurationSeconds: 900,
    });
  });

  it('asks for nothing of other accounts outside of an organization', async () => {
    expect(await history().fetchItem(resource(MEMBER), TIME)).toBeUndefined();
    expect([...sts.calls(), ...config.calls()]).toEqual([]);
  });

  it('finds global resources in us-east-1', async () => {
    config.on(GetResourceConfigHistoryCommand).resolves(answer({ awsRegion: 'global' }));
    const { fetchItem, clients } = history();
    expect(await fetchItem(resource(OWN, 'global'), TIME)).toMatchObject({ resource: { region: 'global' } });
    expect(clients).toEqual([['us-east-1']]);
  });

  it.each<[string, object]>([
    ['is empty', { configurationItems: [] }],
    ['is missing', {}],
    ['is older than what was asked for', answer({ configurationItemCaptureTime: new Date(Date.parse(TIME) - 1) })],
    ['is of another resource', answer({ resourceId: 'vol-2' })],
    ['is of another account', answer({ accountId: MEMBER })],
    ['is of another Region', answer({ awsRegion: 'eu-west-2' })],
    ['has no time', answer({ configurationItemCaptureTime: undefined })],
    ['has a status that is not known', answer({ configurationItemStatus: 'Fine' })],
  ])('gives nothing where the answer %s', async (_, response) => {
    config.on(GetResourceConfigHistoryCommand).resolves(response);
    expect(await history().fetchItem(resource(), TIME)).toBeUndefined();
  });

  it('gives a deletion and a newer item as they are', async () => {
    config.on(GetResourceConfigHistoryCommand).resolves(answer({ configurationItemStatus: 'ResourceDeleted', configuration: 'null' }));
    expect(await history().fetchItem(resource(), TIME)).toMatchObject({ state: 'deleted' });
    config.on(GetResourceConfigHistoryCommand).resolves(answer({ configurationItemCaptureTime: new Date(Date.parse(TIME) + 900) }));
    expect(await history().fetchItem(resource(), TIME)).toMatchObject({ capturedAt: '2026-01-02T03:04:06.578Z' });
  });

  it('gives nothing where AWS Config does not know the resource', async () => {
    config.on(GetResourceConfigHistoryCommand).rejects(new ResourceNotDiscoveredException({ message: 'x', $metadata: {} }));
    expect(await history().fetchItem(resource(), TIME)).toBeUndefined();
  });

  it('lets every other error escape, so that the item is delivered again', async () => {
    config.on(GetResourceConfigHistoryCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    await expect(history().fetchItem(resource(), TIME)).rejects.toThrow('no');
    sts.on(AssumeRoleCommand).rejects(new Error('not you'));
    await expect(history({ memberRole: MEMBER_ROLE }).fetchItem(resource(MEMBER), TIME)).rejects.toThrow('not you');
    sts.on(AssumeRoleCommand).resolves({});
    await expect(history({ memberRole: MEMBER_ROLE }).fetchItem(resource(MEMBER), TIME)).rejects.toThrow(
      'AssumeRole in 222222222222 gave no credentials',
    );
  });
});
