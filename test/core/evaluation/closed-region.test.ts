import { describe, expect, it } from 'vitest';
import { closedRegions } from '../../../core/evaluation/closed-region.ts';
import type { ListCard, ListState } from '../../../core/ports.ts';

const capturedAt = '2026-01-01T00:00:00.000Z';
const DENIED: ListState = { capturedAt, gap: 'ec2:DescribeVolumes was denied (UnauthorizedOperation)' };
const BY_SCP: ListState = { capturedAt, gap: `${DENIED.gap}: explicit deny in a service control policy` };
const FAILED: ListState = { capturedAt, gap: 'ec2:DescribeVolumes failed (RequestLimitExceeded): slow down' };
const EMPTY: ListState = { capturedAt, resources: 0 };
const ENDED: ListState = { capturedAt };
const [VOLUME, VPC] = ['AWS::EC2::Volume', 'AWS::EC2::VPC'];
const POINTS = 'AWS::S3::MultiRegionAccessPoint';

const card = (region: string, lists: Readonly<Record<string, ListState>>): ListCard => ({
  accountId: '111111111111',
  region,
  lists: new Map(Object.entries(lists)),
  revision: 1,
});
const closed = (cards: readonly ListCard[], approvedRegions?: readonly string[]) => [
  ...closedRegions(cards, approvedRegions ? { approvedRegions } : {}),
];

describe('a Region is closed', () => {
  it.each<[string, Readonly<Record<string, ListState>>]>([
    ['every list is denied', { [VOLUME]: DENIED, [VPC]: DENIED }],
    ['one list has ended', { [VOLUME]: DENIED, [VPC]: ENDED }],
    [
      'the policy exempts event history, as that of AWS Control Tower',
      { [VOLUME]: DENIED, 'AWS::CloudTrail::RootActivity': { capturedAt, resources: 1 } },
    ],
    ['the policy exempts IAM Identity Center', { [VOLUME]: DENIED, 'AWS::SSO::Instance': EMPTY }],
    ['AWS does not offer a service there', { [VOLUME]: DENIED, 'AWS::DAX::Cluster': EMPTY, 'AWS::FSx::FileSystem': EMPTY }],
  ])('if it is not approved and %s', (_, lists) => {
    expect(closed([card('us-east-1', lists)], ['eu-west-1'])).toEqual(['us-east-1']);
  });

  it('without approved Regions, only if AWS names a service control policy in every denial', () => {
    expect(closed([card('us-east-1', { [VOLUME]: BY_SCP, [VPC]: BY_SCP })])).toEqual(['us-east-1']);
    expect(closed([card('us-east-1', { [VOLUME]: BY_SCP, [VPC]: DENIED })])).toEqual([]);
  });
});

describe('a Region is not closed', () => {
  it.each<[string, Readonly<Record<string, ListState>>]>([
    ['a service answers', { [VOLUME]: DENIED, [VPC]: EMPTY }],
    ['a call failed otherwise', { [VOLUME]: DENIED, [VPC]: FAILED }],
    ['a list has expired', { [VOLUME]: DENIED, [VPC]: { capturedAt, gap: `last read at ${capturedAt}, more than 48 hours ago` } }],
    ['the role cannot be assumed', { [VOLUME]: { capturedAt, gap: 'sts:AssumeRole was denied (AccessDenied)' } }],
    ['only exempt calls answer', { 'AWS::SSO::Instance': EMPTY }],
    ['all lists have ended', { [VOLUME]: ENDED }],
    ['it has no list', {}],
  ])('if %s', (_, lists) => {
    expect(closed([card('us-east-1', lists)], ['eu-west-1'])).toEqual([]);
  });

  it('if the settings approve it, whatever denies the calls', () => {
    expect(closed([card('us-east-1', { [VOLUME]: BY_SCP })], ['eu-west-1', 'us-east-1'])).toEqual([]);
  });

  it('if it stands for the whole account', () => {
    expect(closed([card('global', { 'AWS::S3::Bucket': BY_SCP })], ['eu-west-1'])).toEqual([]);
  });
});

describe('the Region of Multi-Region Access Points', () => {
  const points = (list: ListState) => card('global', { [POINTS]: list, 'AWS::IAM::UserCredentials': EMPTY });

  it('is known by their list alone if it has no card', () => {
    expect(closed([points(DENIED)], ['eu-west-1'])).toEqual(['us-west-2']);
    expect(closed([points(DENIED)], ['us-west-2'])).toEqual([]);
    expect(closed([points(EMPTY)], ['eu-west-1'])).toEqual([]);
  });

  it('is known by its own lists if it has some', () => {
    expect(closed([points(DENIED), card('us-west-2', { [VPC]: EMPTY })], ['eu-west-1'])).toEqual([]);
    expect(closed([points(EMPTY), card('us-west-2', { [VPC]: DENIED })], ['eu-west-1'])).toEqual(['us-west-2']);
  });
});
