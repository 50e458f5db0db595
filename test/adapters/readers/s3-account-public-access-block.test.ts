import { GetPublicAccessBlockCommand, S3ControlClient, S3ControlServiceException } from '@aws-sdk/client-s3-control';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { s3AccountPublicAccessBlock } from '../../../adapters/aws/readers/s3-account-public-access-block.ts';
import { factsOf } from '../../support/facts.ts';
import { readContext, readFacts, readInventory } from '../../support/readers.ts';

const s3 = mockClient(S3ControlClient);
const failure = (name: string) => new S3ControlServiceException({ name, $fault: 'client', $metadata: {}, message: name });
const context = readContext({ region: 'us-east-1' });
const TYPE = 'AWS::S3::AccountPublicAccessBlock';
const OFF = { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: false };

beforeEach(() => s3.reset());

it('gives the settings as the one resource that AWS Config has of them', async () => {
  s3.on(GetPublicAccessBlockCommand, { AccountId: '111111111111' }).resolves({
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: false,
    },
  });
  const item = { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: false };
  const facts = await readFacts(s3AccountPublicAccessBlock, context);
  expect(Object.keys(facts)).toEqual([`${TYPE} us-east-1 111111111111`, `CSMM::Inventory global ${TYPE}`]);
  expect(facts[`${TYPE} us-east-1 111111111111`]).toEqual(factsOf(TYPE, item));
});

it('has every setting off where S3 says that there are none', async () => {
  s3.on(GetPublicAccessBlockCommand).rejects(failure('NoSuchPublicAccessBlockConfiguration'));
  expect((await readFacts(s3AccountPublicAccessBlock, context))[`${TYPE} us-east-1 111111111111`]).toEqual({ facts: OFF, missing: {} });
});

it('does not know a setting that is not in the answer', async () => {
  s3.on(GetPublicAccessBlockCommand).resolves({ PublicAccessBlockConfiguration: { BlockPublicAcls: true } });
  expect((await readFacts(s3AccountPublicAccessBlock, context))[`${TYPE} us-east-1 111111111111`]?.facts).toEqual({
    blockPublicAcls: true,
  });
});

it('asks another Region if the organization has closed that of the global services', async () => {
  s3.on(GetPublicAccessBlockCommand)
    .rejectsOnce(failure('AccessDenied'))
    .rejectsOnce(failure('AccessDenied'))
    .rejects(failure('NoSuchPublicAccessBlockConfiguration'));
  const recovered: Error[] = [];
  const there = {
    ...context,
    otherRegions: ['us-east-1', 'ap-south-1', 'eu-west-1'],
    recovered: (error: Error) => void recovered.push(error),
  };
  expect(await readFacts(s3AccountPublicAccessBlock, there)).toMatchObject({ [`${TYPE} us-east-1 111111111111`]: { facts: OFF } });
  const regions = s3.calls().map(({ thisValue }) => (thisValue as S3ControlClient).config.region());
  expect(await Promise.all(regions)).toEqual(['us-east-1', 'ap-south-1', 'eu-west-1']);
  expect(recovered.map(({ name }) => name)).toEqual(['AccessDenied', 'AccessDenied']);
});

it('asks no other Region after another failure, and names the denial if all deny the call', async () => {
  const there = { ...context, otherRegions: ['eu-west-1'], recovered: () => expect.unreachable() };
  s3.on(GetPublicAccessBlockCommand).rejects(failure('InternalError'));
  await readFacts(s3AccountPublicAccessBlock, there);
  expect(s3.calls()).toHaveLength(1);
  s3.reset();
  s3.on(GetPublicAccessBlockCommand).rejectsOnce(failure('AccessDenied')).rejects(failure('UnauthorizedAccess'));
  expect(await readInventory(s3AccountPublicAccessBlock, there)).toEqual({
    [TYPE]: expect.stringContaining('was denied (AccessDenied)'),
  });
});

it('says that the settings were not read where the call was denied, and nothing of them', async () => {
  s3.on(GetPublicAccessBlockCommand).rejects(failure('AccessDenied'));
  expect(Object.keys(await readFacts(s3AccountPublicAccessBlock, context))).toEqual([`CSMM::Inventory global ${TYPE}`]);
  expect(await readInventory(s3AccountPublicAccessBlock, context)).toEqual({
    [TYPE]: expect.stringContaining('AccessDenied'),
  });
});
