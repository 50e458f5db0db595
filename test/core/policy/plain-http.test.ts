import { describe, expect, it } from 'vitest';
import { View } from '../../../core/facts/view.ts';
import { parsePolicy } from '../../../core/policy/document.ts';
import { deniesPlainHttp, everyObject, statementDeniesPlainHttp } from '../../../core/policy/plain-http.ts';

const DENIAL = {
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: ['arn:aws:s3:::example', 'arn:aws:s3:::example/*'],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};

const parsed = (...statements: object[]) => parsePolicy(new View({ Statement: statements }, { last: undefined }))!;
const denies = (...statements: object[]) => deniesPlainHttp(parsed(...statements), 'example', 'aws');

describe('a bucket policy denies plain HTTP', () => {
  it.each([
    ['the bucket and its objects', {}],
    ['all objects alone', { Resource: 'arn:aws:s3:::example/*' }],
    ['everything', { Resource: '*' }],
    ['a pattern that matches the bucket', { Resource: 'arn:aws:s3:::ex?mple*' }],
    ['objects of any partition', { Resource: 'arn:*:s3:::example/*' }],
    ['all but the bucket itself', { Resource: undefined, NotResource: 'arn:aws:s3:::example' }],
    ['all but another bucket', { Resource: undefined, NotResource: ['arn:aws:s3:::example-2/*', 'arn:aws:s3:::other*'] }],
    ['all actions but those of other services', { Action: undefined, NotAction: ['ec2:*', 'iam:Get*'] }],
    ['every action', { Action: ['s3:GetObject', '*'] }],
    ['S3 actions in any case', { Action: 'S3:*' }],
    ['everyone as an AWS principal', { Principal: { AWS: ['*'] } }],
    ['a condition key in lower case and a boolean', { Condition: { Bool: { 'aws:securetransport': false } } }],
    ['a condition that holds if the key exists', { Condition: { BoolIfExists: { 'aws:SecureTransport': 'false' } } }],
    ['every request at all', { Condition: undefined }],
    ['a condition on a request that has the key', { Condition: { Null: { 'aws:SecureTransport': 'false' } } }],
    ['a boolean that begins with a capital letter', { Condition: { Bool: { 'aws:SecureTransport': 'False' } } }],
    ['the key as a text', { Condition: { StringEquals: { 'aws:SecureTransport': 'false' } } }],
    ['the key as a text in any case', { Condition: { StringEqualsIgnoreCase: { 'aws:SecureTransport': 'FALSE' } } }],
    ['what is not secure', { Condition: { StringNotEquals: { 'aws:SecureTransport': 'true' } } }],
    ['secure requests too', { Condition: { Bool: { 'aws:SecureTransport': ['true', 'false'] } } }],
    ['requests below a TLS version', { Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } } }],
    ['requests below a TLS version, as a number', { Condition: { NumericLessThanIfExists: { 's3:TlsVersion': 1.3 } } }],
    [
      'requests that are both not secure and below a TLS version',
      { Condition: { Bool: { 'aws:SecureTransport': 'false' }, NumericLessThan: { 's3:TlsVersion': 1.2 } } },
    ],
    [
      'all but AWS services',
      {
        Condition: {
          BoolIfExists: { 'aws:SecureTransport': 'false', 'aws:PrincipalIsAWSService': 'false' },
          Bool: { 'aws:ViaAWSService': 'false' },
        },
      },
    ],
    [
      'all but one AWS service',
      {
        Condition: {
          Bool: { 'aws:SecureTransport': 'false' },
          StringNotEquals: { 'aws:PrincipalServiceName': 'logging.s3.amazonaws.com' },
        },
      },
    ],
  ])('when the statement names %s', (_, change) => {
    expect(denies({ ...DENIAL, ...change })).toBe(true);
  });

  it.each([
    ['allows', { Effect: 'Allow' }],
    ['names one principal', { Principal: { AWS: '111111111111' } }],
    ['names a service', { Principal: { Service: '*' } }],
    ['spares a principal', { Principal: undefined, NotPrincipal: { AWS: '111111111111' } }],
    ['has no principal', { Principal: undefined }],
    ['names some actions', { Action: ['s3:GetObject', 's3:Put*'] }],
    ['spares an action', { Action: undefined, NotAction: 's3:*' }],
    ['names the bucket alone', { Resource: 'arn:aws:s3:::example' }],
    ['names the bucket as a pattern', { Resource: 'arn:aws:s3:::exampl?' }],
    ['names objects with names of one character', { Resource: 'arn:aws:s3:::example/?' }],
    ['names objects with names of two characters and more', { Resource: 'arn:aws:s3:::example/??*' }],
    ['names objects of another partition', { Resource: 'arn:aws-cn:s3:::example/*' }],
    ['spares some objects', { Resource: undefined, NotResource: 'arn:aws:s3:::example/public/*' }],
    ['may spare some objects', { Resource: undefined, NotResource: 'arn:aws:s3:::ex*' }],
    ['names some objects', { Resource: 'arn:aws:s3:::example/secret/*' }],
    ['names another bucket', { Resource: ['arn:aws:s3:::example2', 'arn:aws:s3:::example2/*'] }],
    ['names a bucket with a dot where a pattern would match anything', { Resource: 'arn:aws:s3:::exampl.' }],
    ['spares resources', { Resource: undefined, NotResource: '*' }],
    ['has no resource', { Resource: undefined }],
    ['denies HTTPS instead', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
    [
      'denies only old versions of TLS',
      { Condition: { Bool: { 'aws:SecureTransport': 'true' }, NumericLessThan: { 's3:TlsVersion': '1.2' } } },
    ],
    ['asks for a request without the key, which is in every request', { Condition: { Null: { 'aws:SecureTransport': 'true' } } }],
    ['compares the text in its case', { Condition: { StringEquals: { 'aws:SecureTransport': 'False' } } }],
    ['compares with an unknown operator', { Condition: { BoolEquals: { 'aws:SecureTransport': 'false' } } }],
    [
      'is narrowed by another condition',
      { Condition: { Bool: { 'aws:SecureTransport': 'false' }, StringEquals: { 'aws:SourceVpc': 'vpc-1' } } },
    ],
    ['is narrowed by another key', { Condition: { Bool: { 'aws:SecureTransport': 'false', 'aws:MultiFactorAuthPresent': 'false' } } }],
    ['denies only AWS services', { Condition: { Bool: { 'aws:SecureTransport': 'false', 'aws:PrincipalIsAWSService': 'true' } } }],
    ['spares anonymous requests', { Condition: { Bool: { 'aws:SecureTransport': 'false', 'aws:PrincipalIsAWSService': 'false' } } }],
  ])('not when the statement %s', (_, change) => {
    expect(denies({ ...DENIAL, ...change })).toBe(false);
  });

  it('when one statement of several does, and not when none is there', () => {
    expect(denies({ ...DENIAL, Effect: 'Allow' }, DENIAL)).toBe(true);
    expect(denies()).toBe(false);
  });
});

describe('a statement of a resource control policy denies plain HTTP to every bucket', () => {
  const deniesAll = (change: object, partition = 'aws') =>
    parsed({ ...DENIAL, ...change }).statements.some((statement) => statementDeniesPlainHttp(statement, everyObject(partition), partition));

  it.each([
    ['all resources', { Resource: '*' }],
    ['all of S3', { Resource: 'arn:aws:s3:::*' }],
    ['the objects of all buckets', { Resource: 'arn:aws:s3:::*/*' }],
    [
      'several services',
      { Resource: '*', Action: ['sts:*', 's3:*', 'kms:*'], Condition: { BoolIfExists: { 'aws:SecureTransport': 'false' } } },
    ],
  ])('when it names %s', (_, change) => {
    expect(deniesAll(change)).toBe(true);
  });

  it.each([
    ['one bucket', {}],
    ['some buckets', { Resource: 'arn:aws:s3:::prod-*' }],
    ['other services', { Resource: '*', Action: ['sts:*', 'kms:*'] }],
  ])('not when it names %s', (_, change) => {
    expect(deniesAll(change)).toBe(false);
  });

  it('only in its own partition', () => {
    expect(deniesAll({ Resource: 'arn:aws:s3:::*' }, 'aws-us-gov')).toBe(false);
    expect(deniesAll({ Resource: '*' }, 'aws-us-gov')).toBe(true);
  });
});
