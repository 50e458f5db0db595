import { describe, expect, it } from 'vitest';
import control from '../../../controls/storage/str-l1-02-s3-bucket-not-public.ts';
import type { Listing } from '../../../core/control.ts';
import { evaluateJoins } from '../../../core/evaluation/evaluate.ts';
import type { AccessPointFacts } from '../../../core/facts/s3-access-point.ts';
import type { AccountPublicAccessBlockFacts } from '../../../core/facts/s3-account-public-access-block.ts';
import type { BucketFacts } from '../../../core/facts/s3-bucket.ts';
import { CAPTURED_AT, codeOf, type Estate, inventoryOf, inventoryWith, joinCodes } from '../../support/control.ts';

const ON = { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true };
const OFF = { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: false };
const IGNORING = { ...OFF, ignorePublicAcls: true };
const RESTRICTING = { ...OFF, restrictPublicBuckets: true };
/** New public policies and ACLs are refused, and existing ones stay public. */
const REFUSING = { ...OFF, blockPublicAcls: true, blockPublicPolicy: true };
const PRIVATE = { policyIsPublic: false, publicAclGrantee: 'none' };
const BY_POLICY = { policyIsPublic: true, publicAclGrantee: 'none' };
const BY_ACL = { policyIsPublic: false, publicAclGrantee: 'AllUsers' };

const ACCOUNT = 'AWS::S3::AccountPublicAccessBlock';
const gapOf = (...types: string[]) => ({
  listings: (type: string): Listing[] => (types.includes(type) ? [{ region: 'global', capturedAt: CAPTURED_AT, gap: 'denied' }] : []),
});

type Block = AccountPublicAccessBlockFacts | undefined;

function verdictOn(bucket: BucketFacts, account: Block, regions = {}, parts = {}) {
  const estate: Estate = { 'AWS::S3::Bucket': { bucket }, ...(account && { [ACCOUNT]: { account } }) };
  return joinCodes(control, estate, regions, parts);
}

describe('STR-L1-02 on a bucket', () => {
  it.each<[string, BucketFacts, Block]>([
    ['the bucket restricts its public policy', { ...BY_POLICY, publicAccessBlock: RESTRICTING }, OFF],
    ['the account restricts its public policy', { ...BY_POLICY, publicAccessBlock: OFF }, RESTRICTING],
    ['the bucket ignores its public ACL', { ...BY_ACL, publicAccessBlock: IGNORING }, OFF],
    ['the account ignores its public ACL', { ...BY_ACL, publicAccessBlock: OFF }, IGNORING],
    [
      'bucket and account each close a half',
      { policyIsPublic: true, publicAclGrantee: 'AuthenticatedUsers', publicAccessBlock: IGNORING },
      RESTRICTING,
    ],
    ['the account closes both halves, and nothing is known of the bucket', {}, ON],
    ['the bucket restricts its public policy, and the account was not read', { ...BY_POLICY, publicAccessBlock: RESTRICTING }, {}],
    ['its policy is unknown and restricted', { publicAclGrantee: 'none', publicAccessBlock: RESTRICTING }, OFF],
    ['its ACL is unknown and ignored', { policyIsPublic: false, publicAccessBlock: IGNORING }, OFF],
    ['nothing is public, with no block', { ...PRIVATE, publicAccessBlock: OFF }, OFF],
    ['nothing is public, and no block was read', PRIVATE, {}],
  ])('is COMPLIANT when %s', (_, bucket, account) => {
    expect(verdictOn(bucket, account)).toEqual({ bucket: 'COMPLIANT' });
  });

  it.each<[string, string, BucketFacts, Block]>([
    ['policy-public', 'the policy is public and nothing blocks', { ...BY_POLICY, publicAccessBlock: OFF }, OFF],
    ['policy-public', 'the policy is public and only ACLs are ignored', { ...BY_POLICY, publicAccessBlock: IGNORING }, IGNORING],
    ['policy-public', 'the policy is public and only new ones are refused', { ...BY_POLICY, publicAccessBlock: REFUSING }, REFUSING],
    ['acl-public', 'the ACL grants to everyone and nothing blocks', { ...BY_ACL, publicAccessBlock: OFF }, OFF],
    ['acl-public', 'the ACL grants to everyone and only policies are restricted', { ...BY_ACL, publicAccessBlock: RESTRICTING }, OFF],
    ['acl-public', 'the ACL grants to everyone and only new ones are refused', { ...BY_ACL, publicAccessBlock: REFUSING }, REFUSING],
    ['acl-public', 'the ACL grants to every AWS user', { ...PRIVATE, publicAclGrantee: 'AuthenticatedUsers', publicAccessBlock: OFF }, OFF],
    ['policy-public', 'the account has no settings, so that AWS Config has no item', { ...BY_POLICY, publicAccessBlock: OFF }, undefined],
    ['policy-public', 'the policy is public and the ACL is unknown', { policyIsPublic: true, publicAccessBlock: OFF }, OFF],
    ['acl-public', 'the ACL is public and the policy is unknown', { publicAclGrantee: 'AllUsers', publicAccessBlock: OFF }, OFF],
  ])('is NON_COMPLIANT (%s) when %s', (code, _, bucket, account) => {
    expect(verdictOn(bucket, account)).toEqual({ bucket: `NON_COMPLIANT ${code}` });
  });

  it.each<[string, BucketFacts, Block]>([
    ['the policy is not known', { publicAclGrantee: 'none', publicAccessBlock: OFF }, OFF],
    ['the ACL is not known', { policyIsPublic: false, publicAccessBlock: OFF }, OFF],
    ['the ACL has an unknown grantee', { policyIsPublic: false, publicAclGrantee: 'Neighbours', publicAccessBlock: OFF }, OFF],
    ['the policy is public, and the block of the bucket was not read', BY_POLICY, OFF],
    ['the ACL is public, and the block of the bucket was not read', BY_ACL, OFF],
    [
      'the policy is public, and a setting of the account was not read',
      { ...BY_POLICY, publicAccessBlock: OFF },
      { ignorePublicAcls: false },
    ],
    ['the policy is public, and neither block was read', BY_POLICY, {}],
    ['nothing is known', {}, undefined],
  ])('is INSUFFICIENT_DATA when %s', (_, bucket, account) => {
    expect(verdictOn(bucket, account)).toEqual({ bucket: 'INSUFFICIENT_DATA not-read' });
  });

  it("knows nothing of an account whose block could not be read, and the bucket's own block still decides", () => {
    const unread = gapOf(ACCOUNT);
    expect(verdictOn({ ...BY_POLICY, publicAccessBlock: OFF }, undefined, {}, unread)).toEqual({ bucket: 'INSUFFICIENT_DATA not-read' });
    expect(verdictOn({ ...BY_POLICY, publicAccessBlock: RESTRICTING }, undefined, {}, unread)).toEqual({ bucket: 'COMPLIANT' });
    expect(verdictOn({ ...PRIVATE, publicAccessBlock: OFF }, undefined, {}, unread)).toEqual({ bucket: 'COMPLIANT' });
  });

  it('keeps the known settings of an account when a later read fails', () => {
    expect(verdictOn({ ...BY_POLICY, publicAccessBlock: OFF }, ON, {}, gapOf(ACCOUNT))).toEqual({ bucket: 'COMPLIANT' });
  });

  it("applies the account's settings in every Region", () => {
    expect(verdictOn({ ...BY_POLICY, publicAccessBlock: OFF }, ON, { account: 'us-east-1' })).toEqual({ bucket: 'COMPLIANT' });
  });

  it('has no verdict on an account without buckets', () => {
    expect(joinCodes(control, { [ACCOUNT]: { account: OFF } })).toEqual({});
  });

  const item = (capturedAt: string, facts: AccountPublicAccessBlockFacts) => ({
    resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: ACCOUNT, resourceId: '1' },
    capturedAt,
    facts,
    missing: {},
  });

  it.each<[string, AccountPublicAccessBlockFacts[], string]>([
    ['all are on', [ON, ON], 'COMPLIANT'],
    ['one is off', [ON, OFF], 'NON_COMPLIANT policy-public'],
    ['one is unknown', [ON, {}], 'INSUFFICIENT_DATA not-read'],
  ])('uses the newest items of the account, of which %s', (_, newest, expected) => {
    const bucket = { ...item('2026-01-01T00:00:00.000Z', {}), facts: { ...BY_POLICY, publicAccessBlock: OFF } };
    const items = [
      item('2026-01-02T00:00:00.000Z', OFF),
      ...newest.map((facts) => item('2026-01-03T00:00:00.000Z', facts)),
      item('2026-01-01T00:00:00.000Z', OFF),
    ];
    const rule = control.rules[0]!;
    if (rule.kind !== 'join') throw new Error('not a join');
    const all = (type: string) => (type === 'AWS::S3::Bucket' ? [bucket] : type === ACCOUNT ? items : []);
    const inventory = inventoryWith({ all: (type) => all(type) as never });
    expect([...rule.evaluate(inventory)].map(codeOf)).toEqual([expected]);
  });

  it.each<[BucketFacts, string]>([
    [{ ...BY_POLICY, publicAccessBlock: IGNORING }, 'bucket policy is public, and RestrictPublicBuckets of Block Public Access is off'],
    [
      { ...BY_ACL, publicAccessBlock: RESTRICTING },
      'bucket ACL with a grant to AllUsers is public, and IgnorePublicAcls of Block Public Access is off',
    ],
    [BY_POLICY, 'bucket policy is public, and RestrictPublicBuckets of Block Public Access was not read everywhere'],
    [
      { ...BY_ACL, publicAccessBlock: IGNORING },
      'bucket policy is not public; IgnorePublicAcls of Block Public Access is on, so bucket ACL with a grant to AllUsers cannot make it public',
    ],
  ])('names the exposure and the setting: %o', (bucket, reason) => {
    const inventory = inventoryOf({ 'AWS::S3::Bucket': { bucket }, [ACCOUNT]: { account: OFF } });
    expect(evaluateJoins(control, inventory).map((verdict) => verdict.reason)).toEqual([reason]);
  });
});

const POINT: AccessPointFacts = { buckets: ['bucket'], onlyFromVpc: false, publicAccessBlock: OFF, policyIsPublic: true };
const CLOSED: BucketFacts = { ...PRIVATE, publicAccessBlock: OFF };

describe.each(['AWS::S3::AccessPoint', 'AWS::S3::MultiRegionAccessPoint'] as const)('STR-L1-02 on %s', (type) => {
  const verdictOnPoint = (point: AccessPointFacts, bucket: BucketFacts | undefined = CLOSED, account: Block = OFF) =>
    joinCodes(control, { ...(bucket && { 'AWS::S3::Bucket': { bucket } }), [ACCOUNT]: { account }, [type]: { point } }).point;

  it.each<[string, AccessPointFacts, BucketFacts?, Block?]>([
    ['its policy is not public', { ...POINT, policyIsPublic: false }],
    ['only a VPC can use it', { ...POINT, onlyFromVpc: true }],
    ['its own block restricts it', { ...POINT, publicAccessBlock: RESTRICTING }],
    ['the account restricts it', POINT, CLOSED, RESTRICTING],
    ['its bucket restricts it', POINT, { ...CLOSED, publicAccessBlock: RESTRICTING }],
    ['its own block restricts it, and nothing else is known', { publicAccessBlock: RESTRICTING }],
  ])('is COMPLIANT when %s', (_, point, bucket, account) => {
    expect(verdictOnPoint(point, bucket, account)).toBe('COMPLIANT');
  });

  it.each<[string, AccessPointFacts, BucketFacts?, Block?]>([
    ['nothing restricts it', POINT],
    ['only ACLs are ignored', { ...POINT, publicAccessBlock: IGNORING }, { ...CLOSED, publicAccessBlock: IGNORING }, IGNORING],
  ])('is NON_COMPLIANT when its policy is public and %s', (_, point, bucket, account) => {
    expect(verdictOnPoint(point, bucket, account)).toBe('NON_COMPLIANT access-point-policy-public');
  });

  it.each<[string, AccessPointFacts, BucketFacts?, Block?]>([
    ['its policy was not read', { buckets: ['bucket'], onlyFromVpc: false, publicAccessBlock: OFF }],
    ['its block was not read', { buckets: ['bucket'], onlyFromVpc: false, policyIsPublic: true }],
    ['the block of the account was not read', POINT, CLOSED, {}],
    ['the block of its bucket was not read', POINT, PRIVATE],
    ['its bucket is in another account', { ...POINT, buckets: ['elsewhere'] }],
    [
      'one of its buckets is in another account',
      { ...POINT, buckets: ['bucket', 'elsewhere'] },
      { ...CLOSED, publicAccessBlock: RESTRICTING },
    ],
    ['its bucket is not known', { onlyFromVpc: false, publicAccessBlock: OFF, policyIsPublic: true }],
    ['its network is not known', { buckets: ['bucket'], publicAccessBlock: OFF, policyIsPublic: true }],
  ])('is INSUFFICIENT_DATA when its policy is public or unknown and %s', (_, point, bucket, account) => {
    expect(verdictOnPoint(point, bucket, account)).toBe('INSUFFICIENT_DATA not-read');
  });

  it('is INSUFFICIENT_DATA for an account whose access points were not listed, unless the account restricts them all', () => {
    const verdicts = (account: Block) =>
      joinCodes(control, { 'AWS::S3::Bucket': { bucket: CLOSED }, ...(account && { [ACCOUNT]: { account } }) }, {}, gapOf(type));
    expect(verdicts(OFF)).toEqual({ bucket: 'COMPLIANT', '111111111111': 'INSUFFICIENT_DATA not-read' });
    expect(verdicts({})).toEqual({ bucket: 'COMPLIANT', '111111111111': 'INSUFFICIENT_DATA not-read' });
    expect(verdicts(RESTRICTING)).toEqual({ bucket: 'COMPLIANT' });
  });
});
