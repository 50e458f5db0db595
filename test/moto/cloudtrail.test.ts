import { CloudTrailClient, CreateTrailCommand, PutEventSelectorsCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { cloudtrailTrails } from '../../adapters/aws/readers/cloudtrail-trails.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { readContext, readFacts } from '../support/readers.ts';

// The emulator does not answer LookupEvents, and has no organization trails.

describe.skipIf(!useMoto())('the reader of trails on an emulated account', () => {
  it('reads multi-Region trails of other Regions, and no single-Region trail of those', async () => {
    const { accountId, credentials } = await freshAccount();
    await new S3Client({ region: 'us-east-1', credentials, forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: `t-${accountId}` }),
    );
    const trails = new CloudTrailClient({ region: 'eu-west-1', credentials });
    const S3BucketName = `t-${accountId}`;
    await trails.send(new CreateTrailCommand({ Name: 'all', S3BucketName, IsMultiRegionTrail: true, EnableLogFileValidation: true }));
    await trails.send(new StartLoggingCommand({ Name: 'all' }));
    await trails.send(new CreateTrailCommand({ Name: 'writes', S3BucketName, IsMultiRegionTrail: true }));
    const EventSelectors = [{ ReadWriteType: 'WriteOnly' as const, IncludeManagementEvents: true }];
    await trails.send(new PutEventSelectorsCommand({ TrailName: 'writes', EventSelectors }));
    await trails.send(new CreateTrailCommand({ Name: 'regional', S3BucketName }));

    const found = await readFacts(cloudtrailTrails, readContext({ accountId, region: 'us-east-1' }, { credentials }));
    const trail = (name: string) => found[`AWS::CloudTrail::TrailStatus eu-west-1 arn:aws:cloudtrail:eu-west-1:${accountId}:trail/${name}`];
    expect(trail('all')?.facts).toMatchObject({
      multiRegion: true,
      organizationTrail: false,
      ownerAccountId: accountId,
      logging: true,
      latestDeliveryAt: expect.any(String),
      logFileValidation: true,
      kmsKeyId: 'none',
      bucketName: S3BucketName,
      logGroupArn: 'none',
    });
    expect(trail('writes')?.facts).toMatchObject({ logging: false, managementEvents: { read: 'none', write: 'all' } });
    expect(trail('regional')).toBeUndefined();
  });
});
