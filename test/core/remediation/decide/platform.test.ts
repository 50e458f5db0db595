import { describe, expect, it } from 'vitest';
import { landingZoneOf, type OwnResources, ownedByCsmm } from '../../../../core/remediation/decide/platform.ts';

const HOME = '111111111111';
const MEMBER = '222222222222';
const STACK = `arn:aws:cloudformation:eu-west-1:${HOME}:stack/csmm/11111111-2222-3333-4444-555555555555`;
const OWN: OwnResources = { stackIds: [STACK], roleNames: ['csmm-read', 'csmm-EnableBucketVersioning'] };
const TAG = 'aws:cloudformation:stack-id';

const own = (resourceId: string, tags: Record<string, string> = {}, resourceType = 'AWS::S3::Bucket', accountId = MEMBER) =>
  ownedByCsmm({ accountId, region: 'eu-west-1', resourceType, resourceId }, tags, OWN);

describe('a resource belongs to csmm', () => {
  it('if CloudFormation says that a stack of the deployment made it', () => {
    expect(own('orders', { [TAG]: STACK })).toBe('the resource belongs to csmm, which manages it');
  });

  it.each([
    ['AWS::IAM::Role', 'csmm-EnableBucketVersioning', MEMBER],
    ['AWS::IAM::RolePolicy', 'csmm-read/Default', MEMBER],
    ['AWS::IAM::Role', 'csmm-RemediationRole1A2B', HOME],
    ['AWS::IAM::Policy', `arn:aws:iam::${HOME}:policy/csmm-Policy1A2B`, HOME],
  ])('if it is a %s of the deployment: %s', (type, id, accountId) => {
    expect(own(id, {}, type, accountId)).toBeDefined();
  });
});

describe('a resource does not belong to csmm', () => {
  it.each<[string, Record<string, string>]>([
    ['csmm-open', {}],
    ['csmm-read', {}],
    ['orders', { 'csmm:deployment': '' }],
    ['orders', { 'aws:cloudformation:stack-name': 'csmm' }],
    ['orders', { [TAG]: STACK.replace(HOME, MEMBER) }],
    ['orders', { [TAG]: STACK.replace('5555', '6666') }],
    ['orders', { [TAG]: '' }],
    ['orders', { __proto__: STACK, Name: 'csmm-trail' } as never],
  ])('because of a name or tag that its owner can choose: %s %o', (id, tags) => {
    expect(own(id, tags)).toBeUndefined();
  });

  it.each([
    ['AWS::IAM::Role', 'csmm-Deploy', MEMBER],
    ['AWS::IAM::Role', 'csmm-RemediationRole1A2B', MEMBER],
    ['AWS::IAM::RolePolicy', 'deploy/csmm-read', MEMBER],
    ['AWS::IAM::Policy', `arn:aws:iam::${MEMBER}:policy/csmm-read`, MEMBER],
    ['AWS::IAM::Policy', `arn:aws:iam::${HOME}:policy/csmm-x/deploy`, HOME],
    ['AWS::S3::Bucket', 'csmm-data', HOME],
  ])('because its role or policy sounds like one: %s %s in %s', (type, id, accountId) => {
    expect(own(id, {}, type, accountId)).toBeUndefined();
  });
});

const zone = (resourceId: string, tags: Record<string, string> = {}) => landingZoneOf({ resourceId }, tags);
const ofStack = (name: string) => zone('orders', { 'aws:cloudformation:stack-name': name });

describe('a resource looks like one of a landing zone', () => {
  it.each([
    ['aws-controltower-logs-111111111111-eu-west-1', 'AWS Control Tower'],
    ['arn:aws:cloudtrail:eu-west-1:111111111111:trail/aws-controltower-BaselineCloudTrail', 'AWS Control Tower'],
    ['AWSControlTowerExecution', 'AWS Control Tower'],
    ['StackSet-AWSControlTowerBP-BASELINE', 'AWS Control Tower'],
    ['aws-accelerator-central-logs', 'the Landing Zone Accelerator'],
    ['AWSAccelerator-Pipeline', 'the Landing Zone Accelerator'],
    ['cdk-hnb659fds-assets-111111111111-eu-west-1', 'the CDK bootstrap'],
  ])('by its name: %s', (resourceId, expected) => {
    expect(zone(resourceId)).toContain(`looks like one of ${expected}. Anyone can choose`);
  });

  it.each([
    ['StackSet-AWSControlTowerBP-BASELINE-CLOUDTRAIL', 'AWS Control Tower'],
    ['AWSAccelerator-NetworkVpcStack-111111111111-eu-west-1', 'the Landing Zone Accelerator'],
    ['CDKToolkit', 'the CDK bootstrap'],
  ])('by its stack: %s', (stack, expected) => {
    expect(ofStack(stack)).toContain(expected);
  });

  it.each(['orders', 'csmm-trail-1', 'not-aws-controltower', 'cdk', 'vpc-0123456789abcdef0', ''])(
    'and not by the name %s',
    (resourceId) => {
      expect(zone(resourceId)).toBeUndefined();
    },
  );

  it.each(['shop', 'csmm', 'my-CDKToolkit', 'the-AWSAccelerator'])('and not by the stack %s', (stack) => {
    expect(ofStack(stack)).toBeUndefined();
  });

  it('and a name that would slow down a pattern is read quickly', () => {
    expect(zone(`cdk-${'a'.repeat(100_000)}`)).toBeUndefined();
  });
});
