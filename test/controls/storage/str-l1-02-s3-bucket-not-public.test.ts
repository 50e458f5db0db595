import { describe, expect, it } from 'vitest';
import control from '../../../controls/storage/str-l1-02-s3-bucket-not-public.ts';
import { evaluateJoins } from '../../../core/evaluation/evaluate.ts';
import type { AccountPublicAccessBlockFacts } from '../../../core/facts/s3-account-public-access-block.ts';
import type { BucketFacts } from '../../../core/facts/s3-bucket.ts';
import { codeOf, type Estate, inventoryOf, inventoryWith, joinCodes } from '../../support/control.ts';

const ON = { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true };
const OFF = { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: false };
const PRIVATE = { policyIsPublic: false, publicAclGrantee: 'none' };
const PUBLIC = { policyIsPublic: true, publicAclGrantee: 'none' };

function verdictOn(bucket: BucketFacts, account?: AccountPublicAccessBlockFacts, regions = {}) {
  const estate: Estate = { 'AWS::S3::Bucket': { bucket }, ...(account && { 'AWS::S3::AccountPublicAccessBlock': { account } }) };
  return joinCodes(control, estate, regions);
}

describe('STR-L1-02', () => {
  it.each<[string, BucketFacts, AccountPublicAccessBlockFacts | undefined]>([
    ['the bucket blocks public access', { ...PUBLIC, publicAccessBlock: ON }, OFF],
    ['the account blocks public access', { ...PUBLIC, publicAccessBlock: OFF }, ON],
    ['the account blocks and the bucket is unknown', {}, ON],
    ['the bucket blocks and the account is unknown', { ...PUBLIC, publicAccessBlock: ON }, undefined],
    [
      'bucket and account block together',
      { ...PUBLIC, publicAccessBlock: { ...OFF, blockPublicAcls: true, ignorePublicAcls: true } },
      { ...OFF, blockPublicPolicy: true, restrictPublicBuckets: true },
    ],
    ['neither policy nor ACL is public, with no block', { ...PRIVATE, publicAccessBlock: OFF }, OFF],
    ['neither policy nor ACL is public and no block is known', PRIVATE, undefined],
  ])('is COMPLIANT when %s', (_, bucket, account) => {
    expect(verdictOn(bucket, account)).toEqual({ bucket: 'COMPLIANT' });
  });

  it.each<[string, string, BucketFacts, AccountPublicAccessBlockFacts | undefined]>([
    ['policy-public', 'the policy is public and nothing blocks', { ...PUBLIC, publicAccessBlock: OFF }, OFF],
    [
      'acl-public',
      'the ACL grants to everyone and nothing blocks',
      { ...PRIVATE, publicAclGrantee: 'AllUsers', publicAccessBlock: OFF },
      OFF,
    ],
    ['acl-public', 'the ACL grants to every AWS user', { ...PRIVATE, publicAclGrantee: 'AuthenticatedUsers', publicAccessBlock: OFF }, OFF],
    ['policy-public', 'one of four settings is off', { ...PUBLIC, publicAccessBlock: { ...ON, blockPublicAcls: false } }, OFF],
    [
      'policy-public',
      'one of four settings is off and the others are unknown',
      { ...PUBLIC, publicAccessBlock: OFF },
      { blockPublicAcls: false },
    ],
    ['policy-public', 'the policy is public and the bucket has no block', PUBLIC, OFF],
    ['policy-public', "the policy is public and the account's block was never read", { ...PUBLIC, publicAccessBlock: OFF }, undefined],
    ['policy-public', 'the policy is public and the ACL is unknown', { policyIsPublic: true, publicAccessBlock: OFF }, OFF],
  ])('is NON_COMPLIANT (%s) when %s', (code, _, bucket, account) => {
    expect(verdictOn(bucket, account)).toEqual({ bucket: `NON_COMPLIANT ${code}` });
  });

  it.each<[string, BucketFacts, AccountPublicAccessBlockFacts | undefined]>([
    ['the policy is not known', { publicAclGrantee: 'none', publicAccessBlock: OFF }, OFF],
    ['the ACL is not known', { policyIsPublic: false, publicAccessBlock: OFF }, OFF],
    ['nothing is known', {}, undefined],
  ])('is INSUFFICIENT_DATA when %s', (_, bucket, account) => {
    expect(verdictOn(bucket, account)).toEqual({ bucket: 'INSUFFICIENT_DATA not-read' });
  });

  it("applies the account's settings in every Region", () => {
    expect(verdictOn({ ...PUBLIC, publicAccessBlock: OFF }, ON, { account: 'us-east-1' })).toEqual({ bucket: 'COMPLIANT' });
  });

  it('has no verdict on an account without buckets', () => {
    expect(joinCodes(control, { 'AWS::S3::AccountPublicAccessBlock': { account: OFF } })).toEqual({});
  });

  it('uses the newest of several items of the account', () => {
    const item = (capturedAt: string, facts: AccountPublicAccessBlockFacts) => ({
      resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::S3::AccountPublicAccessBlock', resourceId: '1' },
      capturedAt,
      facts,
      missing: {},
    });
    const bucket = { ...item('2026-01-01T00:00:00.000Z', {}), facts: { ...PUBLIC, publicAccessBlock: OFF } };
    const items = [item('2026-01-02T00:00:00.000Z', OFF), item('2026-01-03T00:00:00.000Z', ON), item('2026-01-01T00:00:00.000Z', OFF)];
    const rule = control.rules[0]!;
    if (rule.kind !== 'join') throw new Error('not a join');
    const inventory = inventoryWith({ all: (type) => (type === 'AWS::S3::Bucket' ? [bucket] : items) as never });
    expect([...rule.evaluate(inventory)].map(codeOf)).toEqual(['COMPLIANT']);
  });

  it.each<[BucketFacts, string]>([
    [PUBLIC, 'bucket policy is public, and Block Public Access is off or unknown in 2 of 4 settings'],
    [
      { ...PRIVATE, publicAclGrantee: 'AllUsers' },
      'bucket ACL grants access to AllUsers, and Block Public Access is off or unknown in 2 of 4 settings',
    ],
  ])('names the exposure and the number of open settings: %o', (bucket, reason) => {
    const account = { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: false };
    const inventory = inventoryOf({ 'AWS::S3::Bucket': { bucket }, 'AWS::S3::AccountPublicAccessBlock': { account } });
    expect(evaluateJoins(control, inventory).map((verdict) => verdict.reason)).toEqual([reason]);
  });
});
