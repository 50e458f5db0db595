import {
  GetAccessPointCommand,
  GetAccessPointPolicyCommand,
  GetAccessPointPolicyStatusCommand,
  GetMultiRegionAccessPointPolicyCommand,
  GetMultiRegionAccessPointPolicyStatusCommand,
  ListAccessPointsCommand,
  ListMultiRegionAccessPointsCommand,
  S3ControlClient,
  S3ControlServiceException,
} from '@aws-sdk/client-s3-control';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { s3AccessPoints } from '../../../adapters/aws/readers/s3-access-points.ts';
import { s3MultiRegionAccessPoints } from '../../../adapters/aws/readers/s3-multi-region-access-points.ts';
import { readContext, readFacts, readInventory } from '../../support/readers.ts';

const s3 = mockClient(S3ControlClient);
const failure = (name: string) => new S3ControlServiceException({ name, $fault: 'client', $metadata: {}, message: name });

const OFF = { BlockPublicAcls: false, IgnorePublicAcls: false, BlockPublicPolicy: false, RestrictPublicBuckets: false };
const BLOCK = { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: false };
const Policy = JSON.stringify({
  Statement: [
    { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:eu-west-1:111111111111:accesspoint/shop/object/*' },
  ],
});

beforeEach(() => s3.reset());

describe('access points', () => {
  const point = async () => (await readFacts(s3AccessPoints))['AWS::S3::AccessPoint eu-west-1 shop'];

  beforeEach(() => {
    s3.on(ListAccessPointsCommand).resolves({ AccessPointList: [{ Name: 'shop', NetworkOrigin: 'Internet', Bucket: 'images' }] });
    s3.on(GetAccessPointCommand).resolves({ Name: 'shop', PublicAccessBlockConfiguration: OFF });
    s3.on(GetAccessPointPolicyStatusCommand).resolves({ PolicyStatus: { IsPublic: true } });
    s3.on(GetAccessPointPolicyCommand).resolves({ Policy });
  });

  it('have their block and the word of S3 on their policy, which is then not read', async () => {
    expect(await point()).toEqual({
      facts: { buckets: ['images'], onlyFromVpc: false, publicAccessBlock: BLOCK, policyIsPublic: true },
      missing: {},
    });
    expect(s3.commandCalls(GetAccessPointPolicyCommand)).toEqual([]);
  });

  it.each([
    ['may not be asked', () => s3.on(GetAccessPointPolicyStatusCommand).rejects(failure('AccessDenied')), true],
    ['says nothing', () => s3.on(GetAccessPointPolicyStatusCommand).resolves({}), true],
    ['says that there is no policy', () => s3.on(GetAccessPointPolicyStatusCommand).rejects(failure('NoSuchAccessPointPolicy')), false],
  ])('are judged by their policy where S3 %s', async (_, arrange, expected) => {
    arrange();
    expect((await point())?.facts.policyIsPublic).toBe(expected);
  });

  it('have no policy that is public where S3 has none', async () => {
    s3.on(GetAccessPointPolicyStatusCommand).rejects(failure('AccessDenied'));
    s3.on(GetAccessPointPolicyCommand).rejects(failure('NoSuchAccessPointPolicy'));
    expect((await point())?.facts.policyIsPublic).toBe(false);
  });

  it('lose what was denied, and name it', async () => {
    s3.on(GetAccessPointCommand).rejects(failure('AccessDenied'));
    s3.on(GetAccessPointPolicyStatusCommand).rejects(failure('AccessDenied'));
    s3.on(GetAccessPointPolicyCommand).rejects(failure('SlowDown'));
    expect((await point())?.missing).toEqual({
      publicAccessBlock: expect.stringContaining('AccessDenied'),
      policyIsPublic: expect.stringContaining('SlowDown'),
    });
  });

  it('are not a complete list when a page was denied', async () => {
    s3.on(ListAccessPointsCommand)
      .resolvesOnce({ AccessPointList: [{ Name: 'shop', NetworkOrigin: 'VPC', Bucket: 'images' }], NextToken: 'more' })
      .rejectsOnce(failure('AccessDenied'));
    expect(await readInventory(s3AccessPoints)).toEqual({ 'AWS::S3::AccessPoint': expect.stringContaining('AccessDenied') });
  });
});

describe('Multi-Region Access Points', () => {
  const KEY = 'AWS::S3::MultiRegionAccessPoint us-west-2 worldwide';
  const point = async () => (await readFacts(s3MultiRegionAccessPoints))[KEY];

  beforeEach(() => {
    s3.on(ListMultiRegionAccessPointsCommand).resolves({
      AccessPoints: [{ Name: 'worldwide', PublicAccessBlock: OFF, Regions: [{ Bucket: 'here' }, { Bucket: 'there' }] }],
    });
    s3.on(GetMultiRegionAccessPointPolicyStatusCommand).resolves({ Established: { IsPublic: false } });
  });

  it('are read where they answer, with the word of S3 on the policy in force', async () => {
    expect(await point()).toEqual({
      facts: { buckets: ['here', 'there'], onlyFromVpc: false, publicAccessBlock: BLOCK, policyIsPublic: false },
      missing: {},
    });
    const [call] = s3.commandCalls(ListMultiRegionAccessPointsCommand);
    expect(await call?.thisValue.config.region()).toBe('us-west-2');
  });

  it.each([
    [
      'the policy in force, not by a proposed one',
      { Policy: { Established: { Policy }, Proposed: { Policy: '{}' } } },
      { policyIsPublic: true },
    ],
    ['nothing, without a policy in the answer', {}, {}],
  ])('are judged by %s where S3 may not be asked', async (_, answer, expected) => {
    s3.on(GetMultiRegionAccessPointPolicyStatusCommand).rejects(failure('AccessDenied'));
    s3.on(GetMultiRegionAccessPointPolicyCommand).resolves(answer);
    const { buckets: _b, onlyFromVpc: _o, publicAccessBlock: _p, ...rest } = (await point())?.facts ?? {};
    expect(rest).toEqual(expected);
  });

  it('are none in another partition, which is not asked', async () => {
    expect(await readInventory(s3MultiRegionAccessPoints, readContext({ partition: 'aws-cn', region: 'cn-north-1' }))).toEqual({
      'AWS::S3::MultiRegionAccessPoint': 0,
    });
    expect(s3.calls()).toEqual([]);
  });
});
