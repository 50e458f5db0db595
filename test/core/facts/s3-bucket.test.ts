import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

const TYPE = 'AWS::S3::Bucket';
const BLOCK = { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: false, restrictPublicBuckets: false };
const OFF = { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: false };
const OWNER = { grantee: { id: '8ac813c8', displayName: null }, permission: 'FullControl' };
const POLICY = JSON.stringify({
  Statement: [
    { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::example/*' },
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: 'arn:aws:s3:::example/*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ],
});

const SETTINGS = {
  AccessControlList: JSON.stringify({ grantSet: null, grantList: [OWNER] }),
  BucketPolicy: { policyText: POLICY },
  BucketVersioningConfiguration: { status: 'Enabled', isMfaDeleteEnabled: null },
  PublicAccessBlockConfiguration: BLOCK,
  ServerSideEncryptionConfiguration: { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256', kmsMasterKeyID: null } }] },
};

const bucketFacts = (supplementaryConfiguration: unknown) => factsOf(TYPE, { name: 'example' }, { supplementaryConfiguration });
const stringified = Object.fromEntries(Object.entries(SETTINGS).map(([key, value]) => [key, JSON.stringify(value)]));

describe('facts of a bucket', () => {
  it.each([
    ['as objects', SETTINGS],
    ['as JSON text in each setting', stringified],
    ['as JSON text as a whole', JSON.stringify(SETTINGS)],
    ['with a URL-encoded policy', { ...SETTINGS, BucketPolicy: { policyText: encodeURIComponent(POLICY) } }],
    ['with the access control list as an object', { ...SETTINGS, AccessControlList: { grantList: [OWNER] } }],
  ])('are the same %s', (_, supplementaryConfiguration) => {
    expect(bucketFacts(supplementaryConfiguration)).toEqual({
      facts: {
        publicAccessBlock: BLOCK,
        hasPolicy: true,
        policyIsPublic: true,
        publicAclGrantee: 'none',
        deniesPlainHttp: true,
        versioning: 'Enabled',
        defaultEncryption: 'AES256',
      },
      missing: {},
    });
  });

  it('are all missing if the item has no settings', () => {
    const { facts, missing } = bucketFacts({});
    expect(facts).toEqual({});
    expect(Object.keys(missing)).toHaveLength(7);
  });

  it.each([
    ['the bare name of everyone', 'AllUsers', 'AllUsers'],
    ['the bare name of every AWS user', 'AuthenticatedUsers', 'AuthenticatedUsers'],
    ['the URI of everyone', { uri: 'http://acs.amazonaws.com/groups/global/AllUsers' }, 'AllUsers'],
    ['the log delivery group', 'LogDelivery', 'none'],
    ['another user', { id: '9bd924d9' }, 'none'],
    ['a group that S3 does not have today', { uri: 'http://acs.amazonaws.com/groups/global/Everyone' }, undefined],
    ['a bare name that is no group', 'Everyone', undefined],
    ['a grantee without a name', { displayName: 'example' }, undefined],
    ['an unreadable grantee', 1, undefined],
  ])('show a grant to %s', (_, grantee, expected) => {
    const AccessControlList = { grantList: [OWNER, { grantee, permission: 'Read' }] };
    expect(bucketFacts({ ...SETTINGS, AccessControlList }).facts.publicAclGrantee).toBe(expected);
  });

  it('read "no policy" as one that allows and denies nothing', () => {
    const { facts } = bucketFacts({ ...SETTINGS, BucketPolicy: { policyText: null } });
    expect(facts).toMatchObject({ hasPolicy: false, policyIsPublic: false, deniesPlainHttp: false });
  });

  it.each([
    ['is absent', {}, 'not in the configuration item'],
    ['is not JSON', { policyText: '{' }, 'supplementaryConfiguration.BucketPolicy.policyText is not JSON'],
    [
      'is malformed',
      { policyText: '{"Statement":[{"Effect":1}]}' },
      'supplementaryConfiguration.BucketPolicy.policyText.Statement[0].Effect is not text',
    ],
    [
      'has no statement',
      { policyText: '{"Version":"2012-10-17","Statement":[]}' },
      'supplementaryConfiguration.BucketPolicy.policyText is not a policy of a resource',
    ],
    [
      'is one of an identity',
      { policyText: '{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}' },
      'supplementaryConfiguration.BucketPolicy.policyText is not a policy of a resource',
    ],
    [
      'has an unknown version',
      { policyText: POLICY.replace('{', '{"Version":"2030-01-01",') },
      'supplementaryConfiguration.BucketPolicy.policyText.Version is not a known version of policies',
    ],
    ['is the text null', { policyText: 'null' }, 'not in the configuration item'],
  ])('lack a policy that %s', (_, BucketPolicy, reason) => {
    const { facts, missing } = bucketFacts({ ...SETTINGS, BucketPolicy });
    expect(facts).not.toHaveProperty('policyIsPublic');
    expect(missing).toEqual({ hasPolicy: reason, policyIsPublic: reason, deniesPlainHttp: reason });
  });

  it.each([
    ['null, when it was never on', null, 'Off'],
    ['Off, when it was never on', 'Off', 'Off'],
    ['Suspended', 'Suspended', 'Suspended'],
  ])('show versioning from the status %s', (_, status, expected) => {
    expect(bucketFacts({ BucketVersioningConfiguration: { status, isMfaDeleteEnabled: null } }).facts).toMatchObject({
      versioning: expected,
    });
  });

  it('lack versioning without a status', () => {
    expect(bucketFacts({ ...SETTINGS, BucketVersioningConfiguration: {} }).facts).not.toHaveProperty('versioning');
  });

  it.each([
    ['true, whatever the policy says', true, { policyText: null }, true],
    ['false, whatever the policy says', false, { policyText: POLICY }, false],
    ['false, without a policy', false, undefined, false],
    ['nothing, so that the policy decides', undefined, { policyText: POLICY }, true],
    ['something else', 'perhaps', { policyText: POLICY }, undefined],
  ])('take the answer of S3 whether the policy is public: %s', (_, IsPublic, BucketPolicy, expected) => {
    expect(bucketFacts({ ...SETTINGS, BucketPolicy, BucketPolicyStatus: { IsPublic } }).facts.policyIsPublic).toBe(expected);
  });

  it.each([
    ['every setting off where AWS Config omits the block of a bucket without one', SETTINGS, OFF],
    ['no setting of an item without settings', {}, undefined],
  ])('have %s', (_, { PublicAccessBlockConfiguration: _omitted, ...others }: Record<string, unknown>, expected) => {
    expect(bucketFacts(others).facts.publicAccessBlock).toEqual(expected);
  });

  it.each([
    ['the key is absent next to other settings', undefined, 'none'],
    ['there are no rules', { rules: [] }, 'none'],
    ['it is by KMS', { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms' } }] }, 'aws:kms'],
    ['it cannot be read', '{', undefined],
    ['its rules cannot be read', { rules: {} }, undefined],
  ])('show default encryption if %s', (_, ServerSideEncryptionConfiguration, expected) => {
    expect(bucketFacts({ ...SETTINGS, ServerSideEncryptionConfiguration }).facts.defaultEncryption).toBe(expected);
  });

  it.each([
    ['is missing', undefined],
    ['is not a boolean', 'sometimes'],
  ])('contain the other settings of Block Public Access if one of them %s', (_, restrictPublicBuckets) => {
    const { restrictPublicBuckets: __, ...three } = BLOCK;
    const PublicAccessBlockConfiguration = { ...BLOCK, restrictPublicBuckets };
    expect(bucketFacts({ ...SETTINGS, PublicAccessBlockConfiguration }).facts.publicAccessBlock).toEqual(three);
  });

  it.each([[{}], ['all'], [5], [{ everything: true }]])('lack Block Public Access if it is %o', (PublicAccessBlockConfiguration) => {
    const { facts, missing } = bucketFacts({ ...SETTINGS, PublicAccessBlockConfiguration });
    expect([facts.publicAccessBlock, missing.publicAccessBlock]).toEqual([undefined, expect.stringMatching(/\S/)]);
  });

  it.each([[1], [{ displayName: 'example' }], ['Everyone']])('show a public group beside the grantee %o', (unreadable) => {
    const grantList = [{ grantee: unreadable }, 'a grant', { grantee: 'AllUsers', permission: 'Read' }];
    expect(bucketFacts({ ...SETTINGS, AccessControlList: { grantList } }).facts.publicAclGrantee).toBe('AllUsers');
    expect(bucketFacts({ ...SETTINGS, AccessControlList: { grantList: grantList.slice(0, 2) } }).missing.publicAclGrantee).toMatch(
      /grantee is not a grantee that csmm knows$/,
    );
  });
});
