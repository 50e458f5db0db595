import { describe, expect, it } from 'vitest';
import { View } from '../../../core/facts/view.ts';
import { parsePolicy } from '../../../core/policy/document.ts';
import { isPublicAccessPointPolicy, isPublicBucketPolicy } from '../../../core/policy/public-bucket-policy.ts';

const GRANT = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::example/*' };

const parsed = (...statements: object[]) => parsePolicy(new View({ Statement: statements }, { last: undefined }))!;
const isPublic = (...statements: object[]) => isPublicBucketPolicy(parsed(...statements));
const given = (operator: string, key: string, value: unknown) => ({ ...GRANT, Condition: { [operator]: { [key]: value } } });

describe('a bucket policy', () => {
  it.each([
    ['everyone', GRANT],
    ['every AWS principal', { ...GRANT, Principal: { AWS: '*' } }],
    ['a list with everyone in it', { ...GRANT, Principal: { AWS: ['111111111111', '*'] } }],
    ['all but one principal', { ...GRANT, Principal: undefined, NotPrincipal: { AWS: '111111111111' } }],
    ['no named principal', { ...GRANT, Principal: undefined }],
    ['a federated principal', { ...GRANT, Principal: { Federated: 'graph.facebook.com' } }],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an IAM policy variable, not a template
    ['a principal with a policy variable', { ...GRANT, Principal: { AWS: 'arn:aws:iam::${aws:PrincipalAccount}:root' } }],
    ['every VPC', given('StringLike', 'aws:SourceVpc', 'vpc-*')],
    ['a fixed VPC or every VPC', given('StringLike', 'aws:SourceVpc', ['vpc-1', 'vpc-*'])],
    ['all but one VPC', given('StringNotEquals', 'aws:SourceVpc', 'vpc-1')],
    ['requests without a VPC too', given('StringEqualsIfExists', 'aws:SourceVpc', 'vpc-1')],
    ['requests without the key too', given('ForAllValues:StringEquals', 'aws:PrincipalOrgID', 'o-1')],
    ['no value at all of a key', given('StringEquals', 'aws:SourceVpc', [])],
    ['half of the IPv4 Internet', given('IpAddress', 'aws:SourceIp', '0.0.0.0/1')],
    ['an IPv4 range broader than /8', given('IpAddress', 'aws:SourceIp', ['192.0.2.0/24', '8.0.0.0/7'])],
    ['an IPv6 range broader than /32', given('IpAddress', 'aws:SourceIp', '2001::/31')],
    [
      'the internet in narrow ranges',
      given(
        'IpAddress',
        'aws:SourceIp',
        Array.from({ length: 128 }, (_, index) => `${index}.0.0.0/8`),
      ),
    ],
    ['an unreadable range', given('IpAddress', 'aws:SourceIp', 'anywhere')],
    ['a user agent, which proves nothing', given('StringEquals', 'aws:UserAgent', 'example')],
    ['any session of a role', given('StringLike', 'aws:userid', 'AROAEXAMPLE:*')],
    ['a session name of a role', given('StringEquals', 'aws:userid', 'AROAEXAMPLE:name')],
    ['principals of every account', given('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/app')],
    ['principals of almost any account', given('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::11111111111?:role/app')],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an IAM policy variable, not a template
    ['principals of the account of the caller', given('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::${aws:PrincipalAccount}:role/*')],
    ['principals by too few fields', given('StringLike', 'aws:PrincipalArn', '*:111111111111:*')],
    ['principals that are not in another account', given('ArnNotLike', 'aws:PrincipalArn', 'arn:aws:iam::222222222222:role/*')],
    ['one role or any', given('ArnLike', 'aws:PrincipalArn', ['arn:aws:iam::111111111111:role/app', '*'])],
    ['sources that a text matches with more fields', given('StringLike', 'aws:SourceArn', 'arn:aws:sns:*:111111111111:*')],
    ['sources of any account', given('ArnLike', 'aws:SourceArn', 'arn:aws:sns:eu-west-1:*:example')],
    ['VPCs of any account', given('ArnLike', 'aws:SourceVpcArn', 'arn:aws:ec2:eu-west-1:*:vpc/*')],
    ['endpoints of any organization', given('StringLike', 'aws:VpceOrgID', 'o-*')],
    ['endpoints of any account', given('StringLike', 'aws:VpceAccount', '*')],
    ['sources of any organization', given('StringLike', 'aws:SourceOrgID', 'o-*')],
    ['paths of any organization', given('ForAnyValue:StringLike', 'aws:PrincipalOrgPaths', ['o-1/r-1/*', '*/r-1/*'])],
    ['an organization without a path', given('ForAnyValue:StringLike', 'aws:PrincipalOrgPaths', 'o-1*')],
    ['requests that have an organization at all', given('Null', 'aws:PrincipalOrgID', 'false')],
    ['requests that lack an organization, or have one', given('StringEqualsIfExists', 'aws:PrincipalOrgID', 'o-1')],
    [
      'requests without an organization',
      { ...GRANT, Condition: { StringEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1' }, Null: { 'aws:PrincipalOrgID': 'true' } } },
    ],
    ['all but one range of addresses', given('NotIpAddress', 'aws:SourceIp', '192.0.2.0/24')],
    ['a range of addresses or none', given('IpAddressIfExists', 'aws:SourceIp', '192.0.2.0/24')],
    ['secure requests', given('Bool', 'aws:SecureTransport', 'true')],
    ['resources of the organization', given('StringEquals', 'aws:ResourceOrgID', 'o-1')],
    [
      'objects under a key, in one account',
      given('ArnLike', 's3:x-amz-server-side-encryption-aws-kms-key-id', 'arn:aws:kms:eu-west-1:111111111111:key/*'),
    ],
    ['access points of every account', given('StringLike', 's3:DataAccessPointArn', 'arn:aws:s3:*:*:accesspoint/*')],
  ])('is public when it allows %s', (_, statement) => {
    expect(isPublic(statement)).toBe(true);
  });

  it.each([
    ['an account', { ...GRANT, Principal: { AWS: '111111111111' } }],
    ['a service', { ...GRANT, Principal: { Service: 'cloudtrail.amazonaws.com' } }],
    ['a canonical user', { ...GRANT, Principal: { CanonicalUser: '8ac813c8' } }],
    ['a fixed VPC', given('StringEquals', 'aws:SourceVpc', 'vpc-1')],
    ['a fixed endpoint whatever the case of the key', given('StringEquals', 'AWS:sourceVPCE', 'vpce-1')],
    ['the organization', given('StringEquals', 'aws:PrincipalOrgID', 'o-1')],
    ['one organization path', given('ForAnyValue:StringLike', 'aws:PrincipalOrgPaths', 'o-1/r-1/ou-1/')],
    ['a fixed source', given('ArnLike', 'aws:SourceArn', 'arn:aws:sns:eu-west-1:111111111111:example')],
    ['the roles of one account', given('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::111111111111:role/app-*')],
    ['the principals of one account, by a text', given('StringLike', 'aws:PrincipalArn', 'arn:aws:iam::111111111111:*')],
    [
      'roles of two accounts',
      given('ArnEquals', 'aws:PrincipalArn', ['arn:aws:iam::111111111111:role/*', 'arn:aws:iam::222222222222:role/x']),
    ],
    ['the sources of one account', given('ArnLike', 'aws:SourceArn', 'arn:aws:*:*:111111111111:*')],
    ['the topics of one account, by a text', given('StringLike', 'aws:SourceArn', 'arn:aws:sns:eu-west-1:111111111111:*')],
    ['a source bucket', given('ArnEquals', 'aws:SourceArn', 'arn:aws:s3:::example')],
    ['a VPC by its ARN', given('ArnEquals', 'aws:SourceVpcArn', 'arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-1')],
    ['the VPCs of one account', given('StringLike', 'aws:SourceVpcArn', 'arn:aws:ec2:*:111111111111:vpc/*')],
    ['endpoints of the organization', given('StringEquals', 'aws:VpceOrgID', 'o-1')],
    ['endpoints of an account', given('StringEquals', 'aws:VpceAccount', '111111111111')],
    ['endpoints below a path', given('ForAnyValue:StringLike', 'aws:VpceOrgPaths', 'o-1/r-1/ou-1/*')],
    ['sources of the organization', given('StringEquals', 'aws:SourceOrgID', 'o-1')],
    ['sources below a path', given('ForAnyValue:StringLike', 'aws:SourceOrgPaths', 'o-1/r-1/*')],
    ['principals below a path', given('ForAnyValue:StringLike', 'aws:PrincipalOrgPaths', ['o-1/*', 'o-2/r-1/ou-*'])],
    ['a principal account', given('StringEquals', 'aws:PrincipalAccount', '111111111111')],
    ['an owner', given('StringEquals', 'aws:SourceOwner', '111111111111')],
    ['the account of access points', given('StringEquals', 's3:DataAccessPointAccount', '111111111111')],
    [
      'the organization, if the request has one, and it must have one',
      { ...GRANT, Condition: { StringEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1' }, Null: { 'aws:PrincipalOrgID': 'false' } } },
    ],
    ['a private range', given('IpAddress', 'aws:SourceIp', '172.16.0.0/12')],
    ['an IPv4 range of /8', given('IpAddress', 'aws:SourceIp', '10.0.0.0/8')],
    ['an IPv6 range of /32', given('IpAddress', 'aws:SourceIp', '2001:db8::/32')],
    ['a single address', given('IpAddress', 'aws:SourceIp', '192.0.2.1')],
    ['a user id', given('StringEquals', 'aws:userid', 'AIDAEXAMPLE')],
    ['any access point of one account', given('StringLike', 's3:DataAccessPointArn', 'arn:aws:s3:*:111111111111:accesspoint/*')],
    [
      'a fixed VPC beside another condition',
      { ...GRANT, Condition: { Bool: { 'aws:SecureTransport': 'true' }, StringEquals: { 'aws:SourceVpc': 'vpc-1' } } },
    ],
  ])('is not public when it allows only %s', (_, statement) => {
    expect(isPublic(statement)).toBe(false);
  });

  it('is public by one public statement among others', () => {
    expect(isPublic({ ...GRANT, Principal: { AWS: '111111111111' } }, GRANT)).toBe(true);
  });

  it('is not public by what it denies, or when it is empty', () => {
    expect(isPublic({ ...GRANT, Effect: 'Deny' })).toBe(false);
    expect(isPublic()).toBe(false);
  });
});

describe('a policy of an access point', () => {
  it('is public in spite of a limit to access points, and otherwise as a bucket policy', () => {
    const isPublicPoint = (statement: object) => isPublicAccessPointPolicy(parsed(statement));
    const points = given('StringLike', 's3:DataAccessPointArn', 'arn:aws:s3:eu-west-1:111111111111:accesspoint/*');
    expect([isPublicPoint(points), isPublic(points)]).toEqual([true, false]);
    expect(isPublicPoint(GRANT)).toBe(true);
    expect(isPublicPoint(given('StringEquals', 'aws:PrincipalOrgID', 'o-1'))).toBe(false);
  });
});
