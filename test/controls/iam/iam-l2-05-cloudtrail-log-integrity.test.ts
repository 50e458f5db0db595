import { describe, expect, it } from 'vitest';
import control from '../../../controls/iam/iam-l2-05-cloudtrail-log-integrity.ts';
import type { Inventory } from '../../../core/control.ts';
import { TRAIL_STATUS, type TrailStatusFacts } from '../../../core/facts/cloudtrail-trail-status.ts';
import type { BucketFacts } from '../../../core/facts/s3-bucket.ts';
import { inventoryOf, joinCodes } from '../../support/control.ts';
import { brokenSince, daysAgo, listed } from './support.ts';

const KEY = 'arn:aws:kms:eu-west-1:444444444444:key/0';
const TRAIL: TrailStatusFacts = {
  multiRegion: true,
  organizationTrail: true,
  ownerAccountId: '222222222222',
  logging: true,
  managementEvents: { read: 'all', write: 'all' },
  latestDeliveryAt: daysAgo(0),
  logFileValidation: true,
  kmsKeyId: KEY,
  bucketName: 'trail-logs',
  logGroupArn: 'arn:aws:logs:eu-west-1:333333333333:log-group:trail:*',
  logGroupAccountId: '333333333333',
  latestLogGroupDeliveryAt: daysAgo(0.5),
};
const PRIVATE: BucketFacts = { policyIsPublic: false, publicAclGrantee: 'none' };
const OFF = { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: false };
const PUBLIC: BucketFacts = { policyIsPublic: true, publicAclGrantee: 'none', publicAccessBlock: OFF };

type Buckets = Record<string, BucketFacts>;
const verdicts = (trails: Record<string, TrailStatusFacts>, buckets: Buckets = { 'trail-logs': PRIVATE }, parts: Partial<Inventory> = {}) =>
  joinCodes(control, { [TRAIL_STATUS]: trails, 'AWS::S3::Bucket': buckets }, {}, { ...listed(), ...parts });

/** Returns one other evaluated account with these buckets. */
const account = (accountId: string, buckets: Buckets, parts: Partial<Inventory> = listed()): Partial<Inventory> => ({
  in: (id) => (id === accountId ? inventoryOf({ 'AWS::S3::Bucket': buckets }, {}, parts) : undefined),
});

describe('IAM-L2-05', () => {
  it('is COMPLIANT when the trail has everything and its own account has the bucket', () => {
    expect(verdicts({ trail: TRAIL })).toEqual({ trail: 'COMPLIANT' });
    // A bucket that nothing makes public needs no block.
    const denied = listed({ 'AWS::S3::AccountPublicAccessBlock': 'denied' });
    expect(verdicts({ trail: TRAIL }, undefined, denied)).toEqual({ trail: 'COMPLIANT' });
  });

  it.each(['222222222222', '333333333333', '444444444444'])('looks for the bucket in account %s, which the trail names', (id) => {
    expect(verdicts({ trail: TRAIL }, {}, account(id, { 'trail-logs': PRIVATE }))).toEqual({ trail: 'COMPLIANT' });
    expect(verdicts({ trail: TRAIL }, {}, account(id, { 'trail-logs': PUBLIC }))).toEqual({ trail: 'NON_COMPLIANT bucket-public' });
  });

  it.each<[string, string, TrailStatusFacts, Buckets?]>([
    ['validation-off', 'log files are not validated', { ...TRAIL, logFileValidation: false }],
    ['not-encrypted', 'there is no key', { ...TRAIL, kmsKeyId: 'none' }],
    [
      'no-log-group',
      'there is no log group',
      { ...TRAIL, logGroupArn: 'none', logGroupAccountId: 'none', latestLogGroupDeliveryAt: 'never' },
    ],
    ['log-group-delivery-outdated', 'the log group has received nothing for a day', { ...TRAIL, latestLogGroupDeliveryAt: daysAgo(1.01) }],
    ['log-group-delivery-outdated', 'the log group has never received anything', { ...TRAIL, latestLogGroupDeliveryAt: 'never' }],
    ['bucket-public', 'the bucket is public', TRAIL, { 'trail-logs': PUBLIC, other: PRIVATE }],
    ['validation-off', 'log files are not validated and the bucket is nowhere', { ...TRAIL, logFileValidation: false }, {}],
  ])('is NON_COMPLIANT (%s) when %s', (code, _, trail, buckets) => {
    expect(verdicts({ trail }, buckets)).toEqual({ trail: `NON_COMPLIANT ${code}` });
  });

  const { kmsKeyId: _key, ...WITHOUT_KEY } = TRAIL;
  const { managementEvents: _events, ...WITHOUT_SELECTORS } = TRAIL;
  it.each<[string, string, TrailStatusFacts, (Buckets | undefined)?, Partial<Inventory>?]>([
    ['bucket-not-found', 'the account of the bucket is not evaluated', TRAIL, { other: PRIVATE }],
    [
      'bucket-not-found',
      'the trail does not name the account of the bucket',
      TRAIL,
      {},
      account('555555555555', { 'trail-logs': PRIVATE }),
    ],
    ['bucket-access-unknown', 'the bucket could not be read', TRAIL, { 'trail-logs': {} }],
    ['bucket-not-found', 'the bucket was not read again', TRAIL, undefined, brokenSince('AWS::S3::Bucket')],
    [
      'bucket-access-unknown',
      'the bucket is public and the account block was denied',
      TRAIL,
      { 'trail-logs': PUBLIC },
      listed({ 'AWS::S3::AccountPublicAccessBlock': 'denied' }),
    ],
    ['not-read', 'the key is unknown', WITHOUT_KEY],
    ['not-read', 'it is unknown whether the trail counts', WITHOUT_SELECTORS],
  ])('is INSUFFICIENT_DATA (%s) when %s', (code, _, trail, buckets, parts) => {
    expect(verdicts({ trail }, buckets, parts)).toEqual({ trail: `INSUFFICIENT_DATA ${code}` });
  });

  it('is NOT_APPLICABLE when no trail counts for IAM-L2-04', () => {
    expect(verdicts({ trail: { ...TRAIL, multiRegion: false } })).toEqual({ '111111111111': 'NOT_APPLICABLE' });
    expect(verdicts({})).toEqual({ '111111111111': 'NOT_APPLICABLE' });
  });

  it('evaluates each trail, and reports an incomplete list', () => {
    const both = { good: TRAIL, bad: { ...TRAIL, logFileValidation: false }, regional: { ...TRAIL, multiRegion: false } };
    expect(verdicts(both, undefined, listed({ [TRAIL_STATUS]: 'denied' }))).toEqual({
      good: 'COMPLIANT',
      bad: 'NON_COMPLIANT validation-off',
      '111111111111': 'INSUFFICIENT_DATA not-read',
    });
  });

  it('has no verdict if trails were never read', () => {
    expect(joinCodes(control, { 'AWS::S3::Bucket': { bucket: PRIVATE } })).toEqual({});
  });
});
