import {
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { s3Buckets } from '../../../adapters/aws/readers/s3-buckets.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const s3 = mockClient(S3Client);
const failure = (name: string) => new S3ServiceException({ name, $fault: 'client', $metadata: {}, message: name });

const BLOCK = { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: false };
const POLICY = JSON.stringify({
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::shop-images/*' }],
});

beforeEach(() => {
  s3.reset();
  s3.on(ListBucketsCommand).resolves({ Buckets: [{ Name: 'shop-images', BucketRegion: 'eu-west-1' }] });
  s3.on(GetPublicAccessBlockCommand).resolves({
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: false,
    },
  });
  s3.on(GetBucketPolicyCommand).resolves({ Policy: POLICY });
  s3.on(GetBucketPolicyStatusCommand).resolves({ PolicyStatus: { IsPublic: true } });
  s3.on(GetBucketAclCommand).resolves({
    Grants: [{ Grantee: { Type: 'Group', URI: 'http://acs.amazonaws.com/groups/global/AllUsers' }, Permission: 'READ' }],
  });
  s3.on(GetBucketVersioningCommand).resolves({ Status: 'Enabled' });
  s3.on(GetBucketEncryptionCommand).resolves({
    ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }] },
  });
});

const bucket = async () => (await readFacts(s3Buckets))['AWS::S3::Bucket eu-west-1 shop-images'];

describe('a bucket that the API describes', () => {
  it('has the facts of the same bucket in AWS Config', async () => {
    const supplementaryConfiguration = {
      PublicAccessBlockConfiguration: JSON.stringify(BLOCK),
      BucketPolicy: { policyText: POLICY },
      AccessControlList: JSON.stringify({ grantList: [{ grantee: 'AllUsers', permission: 'Read' }] }),
      BucketVersioningConfiguration: { status: 'Enabled' },
      ServerSideEncryptionConfiguration: { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms' } }] },
    };
    expect(await bucket()).toEqual(factsOf('AWS::S3::Bucket', {}, { supplementaryConfiguration }));
  });

  it('has settings that are off where S3 says that there are none', async () => {
    s3.on(GetPublicAccessBlockCommand).rejects(failure('NoSuchPublicAccessBlockConfiguration'));
    s3.on(GetBucketPolicyCommand).rejects(failure('NoSuchBucketPolicy'));
    s3.on(GetBucketEncryptionCommand).rejects(failure('ServerSideEncryptionConfigurationNotFoundError'));
    s3.on(GetBucketVersioningCommand).resolves({});
    expect((await bucket())?.facts).toEqual({
      publicAccessBlock: { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: false },
      hasPolicy: false,
      policyIsPublic: false,
      deniesPlainHttp: false,
      publicAclGrantee: 'AllUsers',
      versioning: 'Off',
      defaultEncryption: 'none',
    });
  });

  it('loses the facts of the calls that were denied, and no other', async () => {
    s3.on(GetBucketPolicyCommand).rejects(failure('AccessDenied'));
    s3.on(GetBucketPolicyStatusCommand).rejects(failure('AccessDenied'));
    const found = await bucket();
    expect(Object.keys(found?.missing ?? {}).sort()).toEqual(['deniesPlainHttp', 'hasPolicy', 'policyIsPublic']);
    expect(found?.missing.policyIsPublic).toContain('AccessDenied');
    expect(found?.facts).toMatchObject({ versioning: 'Enabled', defaultEncryption: 'aws:kms' });
  });

  it('does not take the block of a bucket for off when the call was denied or its answer lacks it', async () => {
    s3.on(GetPublicAccessBlockCommand).rejects(failure('AccessDenied'));
    expect((await bucket())?.missing).toEqual({ publicAccessBlock: expect.stringContaining('AccessDenied') });
    s3.on(GetPublicAccessBlockCommand).resolves({});
    expect((await bucket())?.missing).toEqual({ publicAccessBlock: 'not in the API response' });
  });

  it('does not take the encryption or the ACL for none when the answer lacks it', async () => {
    s3.on(GetBucketEncryptionCommand).resolves({});
    s3.on(GetBucketAclCommand).resolves({});
    expect((await bucket())?.missing).toEqual({
      defaultEncryption: 'not in the API response',
      publicAclGrantee: 'not in the API response',
    });
  });

  it.each([
    ['the word of S3, when it differs from the policy', { PolicyStatus: { IsPublic: false } }, false],
    ['the policy, when S3 says nothing', {}, true],
  ])('is public by %s', async (_, status, expected) => {
    s3.on(GetBucketPolicyStatusCommand).resolves(status);
    expect(await bucket()).toMatchObject({ facts: { policyIsPublic: expected }, missing: {} });
  });

  it('is public by its policy when S3 may not be asked, and by the word of S3 when the policy may not be read', async () => {
    s3.on(GetBucketPolicyStatusCommand).rejects(failure('AccessDenied'));
    expect(await bucket()).toMatchObject({ facts: { policyIsPublic: true }, missing: {} });
    s3.on(GetBucketPolicyStatusCommand).resolves({ PolicyStatus: { IsPublic: true } });
    s3.on(GetBucketPolicyCommand).rejects(failure('AccessDenied'));
    expect((await bucket())?.facts.policyIsPublic).toBe(true);
    s3.on(GetBucketPolicyStatusCommand).rejects(failure('NoSuchBucketPolicy'));
    expect((await bucket())?.facts.policyIsPublic).toBe(false);
  });

  it('asks nothing about the policy of a bucket that has none', async () => {
    s3.on(GetBucketPolicyCommand).rejects(failure('NoSuchBucketPolicy'));
    await bucket();
    expect(s3.commandCalls(GetBucketPolicyStatusCommand)).toEqual([]);
  });
});

describe('the list of buckets', () => {
  it('is complete when all pages were read', async () => {
    s3.on(ListBucketsCommand)
      .resolvesOnce({ Buckets: [{ Name: 'a', BucketRegion: 'eu-west-1' }], ContinuationToken: 'more' })
      .resolvesOnce({ Buckets: [{ Name: 'b', BucketRegion: 'eu-west-1' }] });
    expect(await readInventory(s3Buckets)).toEqual({ 'AWS::S3::Bucket': 2 });
  });

  it('asks for the Region of a bucket that comes without one', async () => {
    s3.on(ListBucketsCommand).resolves({ Buckets: [{ Name: 'old' }, { Name: 'older' }, { Name: 'oldest' }] });
    s3.on(GetBucketLocationCommand, { Bucket: 'old' }).resolves({ LocationConstraint: 'eu-north-1' });
    s3.on(GetBucketLocationCommand, { Bucket: 'older' }).resolves({ LocationConstraint: 'EU' });
    s3.on(GetBucketLocationCommand, { Bucket: 'oldest' }).resolves({});
    const regions = Object.keys(await readFacts(s3Buckets)).flatMap((key) => (key.startsWith('AWS::S3::Bucket') ? key.split(' ')[1] : []));
    expect(regions).toEqual(['eu-north-1', 'eu-west-1', 'us-east-1']);
  });

  it('is not complete when a page was denied, and what was read before stands', async () => {
    s3.on(ListBucketsCommand)
      .resolvesOnce({ Buckets: [{ Name: 'a', BucketRegion: 'eu-west-1' }], ContinuationToken: 'more' })
      .rejectsOnce(failure('AccessDenied'));
    const facts = await readFacts(s3Buckets);
    expect(Object.keys(facts)).toEqual(['AWS::S3::Bucket eu-west-1 a', 'CSMM::Inventory global AWS::S3::Bucket']);
    expect(facts['CSMM::Inventory global AWS::S3::Bucket']?.missing.resources).toContain('AccessDenied');
  });
});
