import { describe, expect, it } from 'vitest';
import { ScanLog } from '../../cli/scan-log.ts';
import { inventoryOf } from '../../core/facts/inventory.ts';
import type { ResourceEvidence } from '../../core/pipeline/collect.ts';

const AT = '2026-01-01T00:00:00.000Z';

const gapOf = (type: string, region: string): ResourceEvidence => ({
  resource: inventoryOf('111111111111', region, type),
  capturedAt: AT,
  parsed: { facts: {}, missing: { resources: `${type} failed` } },
});

const unreadOf = (type: string, action: string): ResourceEvidence => ({
  resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: type, resourceId: 'x' },
  capturedAt: AT,
  parsed: { facts: {}, missing: { fact: `${action} failed (SlowDown): slow` } },
});

describe('what a scan did not read', () => {
  it('is the same in whatever order the calls ended', () => {
    const steps: ((log: ScanLog) => void)[] = [
      (log) => log.note(gapOf('AWS::S3::Bucket', 'global')),
      (log) => log.note(gapOf('AWS::EC2::Volume', 'us-east-1')),
      (log) => log.note(gapOf('AWS::EC2::Volume', 'eu-west-1')),
      (log) => log.noteUnread(unreadOf('AWS::SQS::Queue', 'sqs:GetQueueAttributes')),
      (log) => log.noteUnread(unreadOf('AWS::S3::Bucket', 's3:GetBucketAcl')),
      (log) =>
        log.observerOf('222222222222').failed('ec2:DescribeVolumes', 'us-east-1', Object.assign(new Error(), { name: 'AccessDenied' })),
      (log) =>
        log.observerOf('111111111111').failed('ec2:DescribeVolumes', 'us-east-1', Object.assign(new Error(), { name: 'AccessDenied' })),
      (log) =>
        log.observerOf('111111111111').failed('ec2:DescribeImages', 'us-east-1', Object.assign(new Error(), { name: 'AccessDenied' })),
    ];
    const summaryOf = (order: typeof steps) => {
      const log = new ScanLog();
      for (const step of order) step(log);
      return log.summary();
    };
    expect(summaryOf(steps.toReversed())).toEqual(summaryOf(steps));
    expect(summaryOf(steps).gaps.map(({ resourceType, region }) => `${resourceType} ${region}`)).toEqual([
      'AWS::EC2::Volume eu-west-1',
      'AWS::EC2::Volume us-east-1',
      'AWS::S3::Bucket global',
    ]);
  });
});
