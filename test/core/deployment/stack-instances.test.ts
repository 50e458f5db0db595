import { describe, expect, it } from 'vitest';
import { type StackInstance, sortInstances } from '../../../core/deployment/stack-instances.ts';

const DENIAL =
  'ResourceLogicalId:ForwardingUndelivered, ResourceType:AWS::SQS::Queue, ResourceStatusReason:User: arn:aws:sts::111111111111:assumed-role/stacksets-exec/x is not authorized to perform: sqs:CreateQueue';
const BY_ORGANIZATION = `${DENIAL} with an explicit deny in a service control policy`;
const OTHER = 'ResourceStatusReason:csmm-read already exists in stack arn:aws:cloudformation:eu-west-1:111111111111:stack/other/x';

const failed = (region: string, reason: string, accountId = '111111111111'): StackInstance => ({
  accountId,
  region,
  status: 'FAILED',
  reason,
});
const sorted = (approved: readonly string[] | undefined, ...instances: StackInstance[]) => {
  const { failing, closed } = sortInstances(instances, approved);
  return { failing: failing.map(({ region }) => region), closed: closed.map(({ region }) => region) };
};

describe('a failed stack', () => {
  it.each([
    ['it is denied where no Region is approved by name', undefined, DENIAL],
    ['it is denied in an approved Region', ['eu-west-1', 'us-east-1'], DENIAL],
    ['the organization denies it in an approved Region', ['us-east-1'], BY_ORGANIZATION],
    ['another reason stops it in a Region that is not approved', ['eu-west-1'], OTHER],
    ['the reason is not told', ['eu-west-1'], 'CloudFormation gives no reason'],
    ['no Region is approved, and nothing denies it', undefined, OTHER],
  ])('fails when %s', (_, approved, reason) => {
    expect(sorted(approved, failed('us-east-1', reason))).toEqual({ failing: ['us-east-1'], closed: [] });
  });

  it.each([
    ['it is denied in a Region that is not approved', ['eu-west-1'], DENIAL],
    ['it is denied in other words', ['eu-west-1'], 'Access Denied (Service: S3, Status Code: 403)'],
    ['nothing is approved at all', [], DENIAL],
    ['the organization denies it and nothing says what is approved', undefined, BY_ORGANIZATION],
    ['the organization denies its resource', undefined, `${DENIAL} with an explicit deny in a resource control policy`],
  ])('is in a closed Region when %s', (_, approved, reason) => {
    expect(sorted(approved, failed('us-east-1', reason))).toEqual({ failing: [], closed: ['us-east-1'] });
  });

  it('counts once for an account and Region, although two organizational units contain the account', () => {
    const twice = [failed('us-east-1', OTHER), failed('us-east-1', OTHER)];
    expect(sorted(undefined, ...twice, failed('us-east-1', OTHER, '222222222222'), failed('eu-west-1', OTHER)).failing).toEqual([
      'us-east-1',
      'us-east-1',
      'eu-west-1',
    ]);
  });
});
