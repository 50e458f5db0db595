import { describe, expect, it } from 'vitest';
import { OWN_TAG, platformOwnerOf } from '../../../../core/remediation/decide/platform.ts';

const owner = (resourceId: string, tags: Record<string, string> = {}) => platformOwnerOf({ resourceId }, tags);
const ofStack = (name: string) => owner('orders', { 'aws:cloudformation:stack-name': name });

describe('a resource belongs to', () => {
  it.each([
    ['csmm-trail-1', 'csmm'],
    ['csmm_scores', 'csmm'],
    ['arn:aws:sns:eu-west-1:111111111111:csmm-alerts', 'csmm'],
    ['https://sqs.eu-west-1.amazonaws.com/111111111111/csmm-failures', 'csmm'],
    ['arn:aws:elasticloadbalancing:eu-west-1:111111111111:listener/app/csmm-front/50dc6c495c0c9188/f2f7dc8efc522ab2', 'csmm'],
    ['aws-controltower-logs-111111111111-eu-west-1', 'AWS Control Tower'],
    ['arn:aws:cloudtrail:eu-west-1:111111111111:trail/aws-controltower-BaselineCloudTrail', 'AWS Control Tower'],
    ['AWSControlTowerExecution', 'AWS Control Tower'],
    ['StackSet-AWSControlTowerBP-BASELINE', 'AWS Control Tower'],
    ['aws-accelerator-central-logs', 'the Landing Zone Accelerator'],
    ['AWSAccelerator-Pipeline', 'the Landing Zone Accelerator'],
    ['cdk-hnb659fds-assets-111111111111-eu-west-1', 'the CDK bootstrap'],
  ])('a platform by its name: %s', (resourceId, expected) => {
    expect(owner(resourceId)).toBe(`the resource belongs to ${expected}, which manages it`);
  });

  it.each([
    ['Csmm', 'csmm'],
    ['csmm-forward', 'csmm'],
    ['StackSet-csmm-member-1', 'csmm'],
    ['StackSet-AWSControlTowerBP-BASELINE-CLOUDTRAIL', 'AWS Control Tower'],
    ['AWSAccelerator-NetworkVpcStack-111111111111-eu-west-1', 'the Landing Zone Accelerator'],
    ['CDKToolkit', 'the CDK bootstrap'],
  ])('a platform by its stack: %s', (stack, expected) => {
    expect(ofStack(stack)).toContain(expected);
  });

  it('csmm if it has the tag of a deployment with any value', () => {
    expect(owner('orders', { [OWN_TAG]: '' })).toContain('csmm');
  });
});

describe('a resource belongs to no platform', () => {
  it.each([
    'orders',
    'my-csmm-copy',
    'arn:aws:sns:eu-west-1:111111111111:orders',
    'not-aws-controltower',
    'cdk',
    'vpc-0123456789abcdef0',
    '',
  ])('by the name %s', (resourceId) => {
    expect(owner(resourceId)).toBeUndefined();
  });

  it.each(['shop', 'csmmshop', 'my-CDKToolkit', 'the-AWSAccelerator'])('by the stack %s', (stack) => {
    expect(ofStack(stack)).toBeUndefined();
  });

  it('with any value of other tags', () => {
    expect(owner('orders', { __proto__: 'csmm', stack: 'csmm', Name: 'csmm-trail' } as never)).toBeUndefined();
  });

  it('with a name that would slow down a pattern', () => {
    expect(owner(`cdk-${'a'.repeat(100_000)}`)).toBeUndefined();
  });
});
