import { describe, expect, it } from 'vitest';
import { cardItem, toCard } from '../../adapters/aws/items.ts';
import type { ListCard } from '../../core/ports.ts';

describe('the item of a card', () => {
  it('keeps each state of a list, with the time at which it holds', () => {
    const at = '2026-01-01T04:00:00.000Z';
    const card: ListCard = {
      accountId: '111111111111',
      region: 'global',
      lists: new Map([
        ['AWS::IAM::UserCredentials', { capturedAt: at, resources: 0, asOf: '2026-01-01T00:30:00.000Z' }],
        ['AWS::S3::Bucket', { capturedAt: at, resources: 7 }],
        ['AWS::EC2::VPC', { capturedAt: at, gap: 'ec2:DescribeVpcs was denied (AccessDenied)' }],
        ['AWS::EC2::Volume', { capturedAt: at }],
      ]),
      revision: 3,
    };
    expect(toCard(cardItem(card))).toEqual(card);
  });
});
