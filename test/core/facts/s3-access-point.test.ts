import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

const ON = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };
const BLOCK = { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true };
const POLICY = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:eu-west-1:111111111111:accesspoint/a/object/*' },
  ],
};
const POINT = { Name: 'a', Bucket: 'data', NetworkOrigin: 'Internet', PublicAccessBlockConfiguration: ON, Policy: POLICY };

describe('facts of an access point', () => {
  const facts = (change: object) => factsOf('AWS::S3::AccessPoint', { ...POINT, ...change });

  it.each([
    ['an item', {}],
    ['an item with its policy as text', { Policy: JSON.stringify(POLICY) }],
    ['an API answer with the word of S3', { Policy: undefined, PolicyStatus: { IsPublic: true } }],
    ['an item with the word of S3 as text', { Policy: undefined, PolicyStatus: { IsPublic: 'true' } }],
  ])('are read from %s', (_, change) => {
    expect(facts(change)).toEqual({
      facts: { buckets: ['data'], onlyFromVpc: false, publicAccessBlock: BLOCK, policyIsPublic: true },
      missing: {},
    });
  });

  it.each([
    ['its network', { NetworkOrigin: 'VPC' }, { onlyFromVpc: true }],
    ['its VPC', { NetworkOrigin: undefined, VpcConfiguration: { VpcId: 'vpc-1' } }, { onlyFromVpc: true }],
    ['no policy', { Policy: null }, { policyIsPublic: false }],
    [
      'one setting',
      { PublicAccessBlockConfiguration: { RestrictPublicBuckets: true } },
      { publicAccessBlock: { restrictPublicBuckets: true } },
    ],
    ['the word of S3 before its policy', { PolicyStatus: { IsPublic: false } }, { policyIsPublic: false }],
  ])('follow from %s', (_, change, expected) => {
    expect(facts(change).facts).toMatchObject(expected);
  });

  it.each([
    ['onlyFromVpc', { NetworkOrigin: 'Moon' }],
    ['onlyFromVpc', { NetworkOrigin: undefined }],
    ['policyIsPublic', { Policy: undefined }],
    ['policyIsPublic', { Policy: { Statement: [] } }],
    ['policyIsPublic', { Policy: '{' }],
    ['policyIsPublic', { PolicyStatus: { IsPublic: 'perhaps' } }],
    ['publicAccessBlock', { PublicAccessBlockConfiguration: {} }],
    ['buckets', { Bucket: 1 }],
  ])('lack %s with %o', (name, change) => {
    const { facts: found, missing } = facts(change);
    expect(found).not.toHaveProperty(name);
    expect(missing[name]).toMatch(/\S/);
  });
});

describe('facts of a Multi-Region Access Point', () => {
  const facts = (configuration: object) => factsOf('AWS::S3::MultiRegionAccessPoint', configuration);

  it('are its buckets, its block and, from the API, whether its policy is public', () => {
    const Regions = [{ Bucket: 'one', BucketAccountId: '111111111111' }, { Bucket: 'two' }];
    const known = { buckets: ['one', 'two'], onlyFromVpc: false, publicAccessBlock: BLOCK };
    expect(facts({ Name: 'm', Regions, PublicAccessBlockConfiguration: ON })).toEqual({
      facts: known,
      missing: { policyIsPublic: 'not in the configuration item' },
    });
    expect(facts({ Name: 'm', Regions, PublicAccessBlock: ON, PolicyStatus: { IsPublic: true } }).facts).toEqual({
      ...known,
      policyIsPublic: true,
    });
  });

  it('are bounded, and lack the buckets of which one has no name', () => {
    expect(facts({ Regions: Array.from({ length: 1000 }, (_, index) => ({ Bucket: `b${index}` })) }).facts.buckets).toHaveLength(50);
    expect(facts({ Regions: [{ Bucket: 'one' }, {}] }).facts).not.toHaveProperty('buckets');
  });
});
