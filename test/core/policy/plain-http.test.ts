import { describe, expect, it } from 'vitest';
import { View } from '../../../core/facts/view.ts';
import { parsePolicy } from '../../../core/policy/document.ts';
import { deniesPlainHttp } from '../../../core/policy/plain-http.ts';

const DENIAL = {
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: ['arn:aws:s3:::example', 'arn:aws:s3:::example/*'],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};

const denies = (...statements: object[]) =>
  deniesPlainHttp(parsePolicy(new View({ Statement: statements }, { last: undefined }))!, 'example');

describe('a bucket policy denies plain HTTP', () => {
  it.each([
    ['the bucket and its objects', {}],
    ['the bucket alone', { Resource: 'arn:aws:s3:::example' }],
    ['all objects alone', { Resource: 'arn:aws:s3:::example/*' }],
    ['everything', { Resource: '*' }],
    ['a pattern that matches the bucket', { Resource: 'arn:aws:s3:::ex?mple*' }],
    ['a bucket of another partition', { Resource: 'arn:aws-cn:s3:::example/*' }],
    ['every action', { Action: ['s3:GetObject', '*'] }],
    ['S3 actions in any case', { Action: 'S3:*' }],
    ['everyone as an AWS principal', { Principal: { AWS: ['*'] } }],
    ['a condition key in lower case and a boolean', { Condition: { Bool: { 'aws:securetransport': false } } }],
    ['a condition that holds if the key exists', { Condition: { BoolIfExists: { 'aws:SecureTransport': 'false' } } }],
    ['every request at all', { Condition: undefined }],
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
    ['names some objects', { Resource: 'arn:aws:s3:::example/secret/*' }],
    ['names another bucket', { Resource: ['arn:aws:s3:::example2', 'arn:aws:s3:::example2/*'] }],
    ['names a bucket with a dot where a pattern would match anything', { Resource: 'arn:aws:s3:::exampl.' }],
    ['spares resources', { Resource: undefined, NotResource: '*' }],
    ['has no resource', { Resource: undefined }],
    ['denies HTTPS instead', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
    ['asks for a TLS version instead', { Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } } }],
    ['compares with another operator', { Condition: { Null: { 'aws:SecureTransport': 'false' } } }],
    [
      'is narrowed by another condition',
      { Condition: { Bool: { 'aws:SecureTransport': 'false' }, StringEquals: { 'aws:SourceVpc': 'vpc-1' } } },
    ],
    ['is narrowed by another key', { Condition: { Bool: { 'aws:SecureTransport': 'false', 'aws:ViaAWSService': 'false' } } }],
  ])('not when the statement %s', (_, change) => {
    expect(denies({ ...DENIAL, ...change })).toBe(false);
  });

  it('when one statement of several does, and not when none is there', () => {
    expect(denies({ ...DENIAL, Effect: 'Allow' }, DENIAL)).toBe(true);
    expect(denies()).toBe(false);
  });
});
