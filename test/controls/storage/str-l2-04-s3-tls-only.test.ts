import { describe, expect, it } from 'vitest';
import control from '../../../controls/storage/str-l2-04-s3-tls-only.ts';
import { evaluateJoins } from '../../../core/evaluation/evaluate.ts';
import type { OrganizationsAccountFacts } from '../../../core/facts/organizations-account.ts';
import type { BucketFacts } from '../../../core/facts/s3-bucket.ts';
import { CAPTURED_AT, type Estate, inventoryOf, joinCodes } from '../../support/control.ts';

const MEMBER: OrganizationsAccountFacts = { inOrganization: true, isManagementAccount: false };
const OPEN = { kind: 'open', reason: 'no resource control policy denies it' } as const;
const DENIES: BucketFacts = { deniesPlainHttp: true };
const ALLOWS: BucketFacts = { deniesPlainHttp: false };

const estateOf = (bucket: BucketFacts, account?: OrganizationsAccountFacts): Estate => ({
  'AWS::S3::Bucket': { bucket },
  ...(account && { 'AWS::Organizations::Account': { account } }),
});
const verdictOn = (bucket: BucketFacts, account?: OrganizationsAccountFacts, parts = {}) =>
  joinCodes(control, estateOf(bucket, account), {}, parts).bucket;

describe('STR-L2-04', () => {
  it.each<[string, BucketFacts, OrganizationsAccountFacts?]>([
    ['the bucket policy denies plain HTTP', DENIES],
    ['the bucket policy denies it, and the organization was not read', DENIES, {}],
    ['a resource control policy denies it', ALLOWS, { ...MEMBER, plainHttpToS3: { kind: 'denied' } }],
    ['a resource control policy denies it, and the bucket policy was not read', {}, { ...MEMBER, plainHttpToS3: { kind: 'denied' } }],
  ])('is COMPLIANT when %s', (_, bucket, account) => {
    expect(verdictOn(bucket, account)).toBe('COMPLIANT');
  });

  it.each<[string, OrganizationsAccountFacts?]>([
    ['nothing is known of an organization'],
    ['the account is in none', { inOrganization: false }],
    ['it is the management account, which these policies do not bind', { inOrganization: true, isManagementAccount: true }],
    ['no resource control policy does', { ...MEMBER, plainHttpToS3: OPEN }],
  ])('is NON_COMPLIANT when the bucket policy does not deny plain HTTP and %s', (_, account) => {
    expect(verdictOn(ALLOWS, account)).toBe('NON_COMPLIANT plain-http-not-denied');
  });

  it.each<[string, BucketFacts, OrganizationsAccountFacts?]>([
    ['the bucket policy was not read', {}],
    ['the bucket policy was not read, and no resource control policy denies it', {}, { ...MEMBER, plainHttpToS3: OPEN }],
    ['the bucket policy does not deny it, and a member cannot read the policies of its organization', ALLOWS, MEMBER],
    ['the bucket policy does not deny it, and nobody knows whether the account is in an organization', ALLOWS, {}],
    [
      'the bucket policy does not deny it, and the resource control policies are not understood',
      ALLOWS,
      { ...MEMBER, plainHttpToS3: { kind: 'unknown', reason: 'a resource control policy is malformed' } },
    ],
  ])('is INSUFFICIENT_DATA when %s', (_, bucket, account) => {
    expect(verdictOn(bucket, account)).toBe('INSUFFICIENT_DATA not-read');
  });

  it('is INSUFFICIENT_DATA when the organization could not be read, unless the bucket policy denies plain HTTP', () => {
    const listings = (type: string) =>
      type === 'AWS::Organizations::Account' ? [{ region: 'global', capturedAt: CAPTURED_AT, gap: 'the call failed' }] : [];
    expect(verdictOn(ALLOWS, undefined, { listings })).toBe('INSUFFICIENT_DATA not-read');
    expect(verdictOn(DENIES, undefined, { listings })).toBe('COMPLIANT');
  });

  it('says what the policies of the organization leave open', () => {
    const verdicts = evaluateJoins(control, inventoryOf(estateOf(ALLOWS, { ...MEMBER, plainHttpToS3: OPEN })));
    expect(verdicts.map(({ reason }) => reason)).toEqual([
      'bucket policy does not deny plain HTTP, and no resource control policy denies it',
    ]);
  });
});
