import { describe, expect, it } from 'vitest';
import { View } from '../../../core/facts/view.ts';
import { parsePolicy } from '../../../core/policy/document.ts';
import { isPublicBucketPolicy } from '../../../core/policy/public-bucket-policy.ts';

const GRANT = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::example/*' };

const isPublic = (...statements: object[]) => isPublicBucketPolicy(parsePolicy(new View({ Statement: statements }, { last: undefined }))!);
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
    ['an unreadable range', given('IpAddress', 'aws:SourceIp', 'anywhere')],
    ['a user agent, which proves nothing', given('StringEquals', 'aws:UserAgent', 'example')],
    ['any session of a role', given('StringLike', 'aws:userid', 'AROAEXAMPLE:*')],
    ['a session name of a role', given('StringEquals', 'aws:userid', 'AROAEXAMPLE:name')],
    ['access points of every account', given('StringLike', 's3:DataAccessPointArn', 'arn:aws:s3:eu-west-1:*:accesspoint/*')],
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
    ['an IPv4 range of /8', given('IpAddress', 'aws:SourceIp', '10.0.0.0/8')],
    ['an IPv6 range of /32', given('IpAddress', 'aws:SourceIp', '2001:db8::/32')],
    ['a single address', given('IpAddress', 'aws:SourceIp', '192.0.2.1')],
    ['a user id', given('StringEquals', 'aws:userid', 'AIDAEXAMPLE')],
    ['any access point of one account', given('StringLike', 's3:DataAccessPointArn', 'arn:aws:s3:eu-west-1:111111111111:accesspoint/*')],
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
