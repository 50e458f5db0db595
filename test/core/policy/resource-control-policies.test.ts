import { describe, expect, it } from 'vitest';
import { View } from '../../../core/facts/view.ts';
import { type Policy, parsePolicy } from '../../../core/policy/document.ts';
import { plainHttpToS3Of } from '../../../core/policy/resource-control-policies.ts';

const rcp = (...statements: object[]): Policy => parsePolicy(new View({ Statement: statements }, { last: undefined }))!;
const FULL_ACCESS = rcp({ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' });

const PLAIN_HTTP = { Bool: { 'aws:SecureTransport': 'false' } };
/** https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html */
const HTTPS_ONLY = {
  Effect: 'Deny',
  Principal: '*',
  Action: ['sts:*', 's3:*', 'sqs:*', 'secretsmanager:*', 'kms:*'],
  Resource: '*',
  Condition: { BoolIfExists: { 'aws:SecureTransport': 'false' } },
};
const where = (condition: object) => ({ ...HTTPS_ONLY, Condition: { ...PLAIN_HTTP, ...condition } });
const of = (statement: object, partition = 'aws') =>
  plainHttpToS3Of([[FULL_ACCESS], [FULL_ACCESS, rcp(statement)], [FULL_ACCESS]], partition);

describe('plain HTTP to Amazon S3', () => {
  it.each([
    ["the example of AWS's guide", HTTPS_ONLY],
    ['a plain condition', where({})],
    ['every action', { ...HTTPS_ONLY, Action: '*' }],
    ['an action pattern in upper case', { ...HTTPS_ONLY, Action: 'S3:*' }],
    ['a principal by its kind', { ...HTTPS_ONLY, Principal: { AWS: '*' } }],
    ['every object', { ...HTTPS_ONLY, Resource: 'arn:aws:s3:::*/*' }],
    ['a value in upper case', { ...HTTPS_ONLY, Condition: { Bool: { 'aws:SecureTransport': 'False' } } }],
    ['every ARN of Amazon S3', { ...HTTPS_ONLY, Resource: 'arn:aws:s3:::*' }],
    ['buckets and objects by two patterns', { ...HTTPS_ONLY, Resource: ['arn:*:s3:::*', 'arn:aws:s3:::*/*'] }],
    ['AWS services spared', where({ BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' } })],
    ['a service spared by its name', where({ StringNotEqualsIfExists: { 'aws:PrincipalServiceName': 'logging.s3.amazonaws.com' } })],
    ['requests through AWS services spared', where({ BoolIfExists: { 'aws:ViaAWSService': 'false' } })],
  ])('is denied by %s', (_, statement) => {
    expect(of(statement)).toEqual({ kind: 'denied' });
  });

  it.each([
    ['reads alone', { ...HTTPS_ONLY, Action: 's3:Get*' }],
    ['a principal', { ...HTTPS_ONLY, Principal: { AWS: '111111111111' } }],
    ['all principals but one', { ...HTTPS_ONLY, Principal: undefined, NotPrincipal: { AWS: '111111111111' } }],
    ['no principal', { ...HTTPS_ONLY, Principal: undefined }],
    ['one bucket', { ...HTTPS_ONLY, Resource: ['arn:aws:s3:::example', 'arn:aws:s3:::example/*'] }],
    ['names of one letter', { ...HTTPS_ONLY, Resource: 'arn:aws:s3:::?' }],
    ['buckets of another partition', { ...HTTPS_ONLY, Resource: 'arn:aws-cn:s3:::*' }],
    ['all but one bucket', { ...HTTPS_ONLY, Resource: undefined, NotResource: 'arn:aws:s3:::example*' }],
    ['no resource', { ...HTTPS_ONLY, Resource: undefined }],
    ['outsiders alone', where({ StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-example' } })],
    ['all but a role', where({ ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/Legacy' } })],
    ['all but tagged resources', where({ StringNotEquals: { 'aws:ResourceTag/http': 'yes' } })],
    ['all but some networks', where({ NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } })],
    ['all but a Region', where({ StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } })],
    ['signed requests alone', where({ Bool: { 'aws:SecureTransport': 'false', 'aws:PrincipalIsAWSService': 'false' } })],
    ['AWS services alone', where({ BoolIfExists: { 'aws:PrincipalIsAWSService': 'true' } })],
  ])('is open where a Deny covers %s', (_, statement) => {
    expect(of(statement)).toEqual({ kind: 'open', reason: expect.stringContaining('only for some') });
  });

  it.each([
    ['another service', { ...HTTPS_ONLY, Action: ['sqs:*', 'kms:*'] }],
    ['HTTPS', { ...HTTPS_ONLY, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
    ['nothing, because it allows', { ...HTTPS_ONLY, Effect: 'Allow' }],
    ['all but its own actions', { ...HTTPS_ONLY, Action: undefined, NotAction: 's3:*' }],
  ])('is open under a statement on %s', (_, statement) => {
    expect(of(statement)).toEqual({ kind: 'open', reason: 'no resource control policy denies plain HTTP to Amazon S3' });
  });

  it('is denied by one of several statements, at any level', () => {
    const partial = { ...HTTPS_ONLY, Action: 's3:Get*' };
    expect(plainHttpToS3Of([[rcp(partial)], [FULL_ACCESS, rcp(partial, HTTPS_ONLY)]], 'aws').kind).toBe('denied');
    expect(plainHttpToS3Of([[rcp(HTTPS_ONLY)], [rcp(partial)]], 'aws').kind).toBe('denied');
    expect(plainHttpToS3Of([], 'aws').kind).toBe('open');
  });

  it('is denied by the ARNs of its own partition', () => {
    expect(of({ ...HTTPS_ONLY, Resource: 'arn:aws-eusc:s3:::*' }, 'aws-eusc')).toEqual({ kind: 'denied' });
    expect(of({ ...HTTPS_ONLY, Resource: 'arn:aws:s3:::*' }, 'aws-eusc').kind).toBe('open');
  });
});
