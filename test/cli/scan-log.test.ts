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

describe('a Region that the organization has closed', () => {
  const place = { accountId: '111111111111', region: 'us-east-1' };
  const denied = () => Object.assign(new Error(), { name: 'AccessDenied' });

  it('is no gap: neither its denied calls nor its denied lists, also those that it lists for the account', () => {
    const log = new ScanLog();
    const [there, elsewhere] = [log.observerOf(place.accountId), log.observerOf('222222222222')];
    there.failed('ec2:DescribeVolumes', 'us-east-1', denied());
    const list = (type: string, region: string, reason: string) =>
      log.note({ ...gapOf(type, region), parsed: { facts: {}, missing: { resources: reason } } });
    list('AWS::EC2::Volume', 'us-east-1', 'ec2:DescribeVolumes was denied (AccessDenied)');
    list('AWS::S3::MultiRegionAccessPoint', 'global', 's3:ListMultiRegionAccessPoints was denied (AccessDenied)');
    log.noteClosed(place);
    log.noteClosed({ ...place, region: 'us-west-2' });
    expect(log.isComplete).toBe(true);
    expect(log.summary()).toMatchObject({ closed: [place, { ...place, region: 'us-west-2' }], denied: [], gaps: [] });

    elsewhere.failed('ec2:DescribeVolumes', 'us-east-1', denied());
    list('AWS::DAX::Cluster', 'us-east-1', 'dax:DescribeClusters failed (InternalError): no');
    log.noteClosed(place);
    expect(log.summary()).toMatchObject({
      denied: [{ places: [{ accountId: '222222222222' }] }],
      gaps: [{ resourceType: 'AWS::DAX::Cluster' }],
    });
  });

  it('is one for a known resource that lacks facts there', () => {
    const log = new ScanLog();
    log.noteClosed(place);
    const bucket = { ...place, resourceType: 'AWS::S3::Bucket', resourceId: 'logs' };
    log.noteUnread({
      resource: bucket,
      capturedAt: AT,
      parsed: { facts: {}, missing: { policy: 's3:GetBucketPolicy was denied (AccessDenied)' } },
    });
    expect(log.summary().denied).toEqual([{ action: 's3:GetBucketPolicy', places: [place] }]);
  });

  it('is forgotten for a call that another Region answered', () => {
    const log = new ScanLog();
    const [recovered, other] = [denied(), denied()];
    log.observerOf(place.accountId).failed('cloudtrail:DescribeTrails', 'us-east-1', recovered);
    log.observerOf(place.accountId).failed('ec2:DescribeVpcs', 'us-east-1', other);
    log.forget(recovered);
    log.forget(new Error());
    expect(log.summary().denied.map(({ action }) => action)).toEqual(['ec2:DescribeVpcs']);
  });
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
