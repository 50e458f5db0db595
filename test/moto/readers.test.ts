import { CreateVolumeCommand, EC2Client, EnableEbsEncryptionByDefaultCommand } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { ebsEncryptionDefault } from '../../adapters/aws/readers/ec2-ebs-encryption-default.ts';
import { ec2Volumes } from '../../adapters/aws/readers/ec2-volumes.ts';
import { s3Buckets } from '../../adapters/aws/readers/s3-buckets.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { readContext, readFacts } from '../support/readers.ts';

describe.skipIf(!useMoto())('readers on an emulated account', () => {
  it('read volumes, the default for new ones, and buckets', async () => {
    const { accountId, credentials } = await freshAccount();
    const config = { region: 'eu-west-1', credentials };
    await new EC2Client(config).send(new CreateVolumeCommand({ AvailabilityZone: 'eu-west-1a', Size: 1, Encrypted: true }));
    await new EC2Client(config).send(new EnableEbsEncryptionByDefaultCommand({}));
    const s3 = new S3Client({ ...config, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: `b-${accountId}`, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }));
    await s3.send(new PutBucketVersioningCommand({ Bucket: `b-${accountId}`, VersioningConfiguration: { Status: 'Enabled' } }));

    const context = readContext({ accountId }, { credentials });
    expect(Object.values(await readFacts(ec2Volumes, context))).toContainEqual({
      facts: expect.objectContaining({ encrypted: true }),
      missing: {},
    });
    expect(await readFacts(ebsEncryptionDefault, context)).toMatchObject({
      'AWS::EC2::EBSEncryptionByDefault eu-west-1 eu-west-1': { facts: { enabled: true } },
    });
    expect(await readFacts(s3Buckets, context)).toMatchObject({
      [`AWS::S3::Bucket eu-west-1 b-${accountId}`]: { facts: { versioning: 'Enabled', policyIsPublic: false } },
    });
  });
});
