import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { reasonOf } from '../../adapters/aws/failures.ts';
import { assumeMemberRole, UnexpectedAnswerError } from '../../adapters/aws/member-role.ts';

const sts = mockClient(STSClient);
afterEach(() => sts.reset());

const assume = () =>
  assumeMemberRole('222222222222', {
    sts: new STSClient({ region: 'eu-west-1' }),
    partition: 'aws-cn',
    memberRole: { roleName: 'csmm-read', externalId: 'csmm-o-a1b2c3d4e5' },
    sessionName: 'csmm-read',
    durationSeconds: 3600,
  });

describe('the read role of a member', () => {
  it('is assumed in its partition, with the external id', async () => {
    sts
      .on(AssumeRoleCommand)
      .resolves({ Credentials: { AccessKeyId: 'a', SecretAccessKey: 'b', SessionToken: 'c', Expiration: undefined } });
    expect(await assume()).toEqual({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' });
    expect(sts.commandCalls(AssumeRoleCommand)[0]?.args[0].input).toEqual({
      RoleArn: 'arn:aws-cn:iam::222222222222:role/csmm-read',
      RoleSessionName: 'csmm-read',
      ExternalId: 'csmm-o-a1b2c3d4e5',
      DurationSeconds: 3600,
    });
  });

  it('says of itself why it was not given', async () => {
    sts.on(AssumeRoleCommand).rejects(Object.assign(new Error('User is not authorized'), { name: 'AccessDenied' }));
    const error = await assume().catch((caught: unknown) => caught);
    expect(reasonOf(error)).toBe('sts:AssumeRole was denied (AccessDenied)');
  });

  it('is refused without credentials', async () => {
    sts.on(AssumeRoleCommand).resolves({});
    await expect(assume()).rejects.toThrow(UnexpectedAnswerError);
  });
});
