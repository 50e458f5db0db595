import {
  CreateBucketCommand,
  PutBucketAclCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateAccessPointCommand,
  CreateMultiRegionAccessPointCommand,
  PutAccessPointPolicyCommand,
  PutMultiRegionAccessPointPolicyCommand,
  S3ControlClient,
} from '@aws-sdk/client-s3-control';
import { describe, expect, it } from 'vitest';
import { newRequestHandler } from '../../adapters/aws/clients.ts';
import { s3AccessPoints } from '../../adapters/aws/readers/s3-access-points.ts';
import { s3AccountPublicAccessBlock } from '../../adapters/aws/readers/s3-account-public-access-block.ts';
import { s3Buckets } from '../../adapters/aws/readers/s3-buckets.ts';
import { s3MultiRegionAccessPoints } from '../../adapters/aws/readers/s3-multi-region-access-points.ts';
import { inProcessPipeline } from '../../cli/in-process.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { parseFacts, parserOf } from '../../core/facts/index.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { readAll, readContext } from '../support/readers.ts';

const REGION = 'eu-west-1';
const OFF = { BlockPublicAcls: false, IgnorePublicAcls: false, BlockPublicPolicy: false, RestrictPublicBuckets: false };

/** A new account with one bucket that nothing closes. */
async function newAccount() {
  const { accountId, credentials } = await freshAccount();
  const config = { region: REGION, credentials, requestHandler: newRequestHandler() };
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const Bucket = `data-${accountId}`;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }));
  await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: OFF }));
  return { accountId, credentials, Bucket, s3, control: new S3ControlClient(config) };
}

type Account = Awaited<ReturnType<typeof newAccount>>;

/** Returns the status of a control, and the resources that fail it, after all S3 readers ran. */
async function statusOf(controlId: string, { accountId, credentials }: Account) {
  const pipeline = inProcessPipeline(CATALOGUE);
  for (const reader of [s3AccessPoints, s3AccountPublicAccessBlock, s3Buckets, s3MultiRegionAccessPoints]) {
    const region = reader.scope === 'region' ? REGION : 'us-east-1';
    for (const item of await readAll(
      reader,
      readContext({ accountId, region, accountIds: [accountId] }, { credentials, maxAttempts: 1 }),
    )) {
      const parser = parserOf(item.resource.resourceType);
      const parsed = parser && parseFacts(item, parser);
      if (parsed) await pipeline.take({ resource: item.resource, capturedAt: item.capturedAt, parsed });
    }
  }
  await pipeline.settle();
  const control = (await pipeline.result()).accounts[accountId]?.controls[controlId];
  const open = [...(control?.failing ?? []), ...(control?.unknown ?? [])];
  return [control?.status, ...open.map(({ resourceId }) => resourceId)];
}

const readable = (Resource: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource }] });

describe.skipIf(!useMoto())('the S3 of an emulated account', () => {
  it('is public by an ACL until the bucket ignores public ACLs', async () => {
    const account = await newAccount();
    const { Bucket, s3 } = account;
    expect(await statusOf('STR-L1-02', account)).toEqual(['PASSED']);
    await s3.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' }));
    expect(await statusOf('STR-L1-02', account)).toEqual(['FAILED', Bucket]);
    await s3.send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: { ...OFF, BlockPublicAcls: true, RestrictPublicBuckets: true },
      }),
    );
    expect(await statusOf('STR-L1-02', account)).toEqual(['FAILED', Bucket]);
    await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { ...OFF, IgnorePublicAcls: true } }));
    expect(await statusOf('STR-L1-02', account)).toEqual(['PASSED']);
  });

  it('is public by the policy of an access point that nothing restricts', async () => {
    const account = await newAccount();
    const { accountId: AccountId, Bucket, control, s3 } = account;
    for (const [Name, block] of Object.entries({ open: OFF, closed: { ...OFF, RestrictPublicBuckets: true } })) {
      await control.send(new CreateAccessPointCommand({ AccountId, Name, Bucket, PublicAccessBlockConfiguration: block }));
      const Policy = readable(`arn:aws:s3:${REGION}:${AccountId}:accesspoint/${Name}/object/*`);
      await control.send(new PutAccessPointPolicyCommand({ AccountId, Name, Policy }));
    }
    expect(await statusOf('STR-L1-02', account)).toEqual(['FAILED', 'open']);
    await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { ...OFF, RestrictPublicBuckets: true } }));
    expect(await statusOf('STR-L1-02', account)).toEqual(['PASSED']);
  });

  it('is public by the policy of a Multi-Region Access Point that nothing restricts', async () => {
    const account = await newAccount();
    const { accountId: AccountId, Bucket, control } = account;
    const made = { ClientToken: 'once', Details: { Name: 'everywhere', PublicAccessBlock: OFF, Regions: [{ Bucket }] } };
    await control.send(new CreateMultiRegionAccessPointCommand({ AccountId, ...made }));
    expect(await statusOf('STR-L1-02', account)).toEqual(['PASSED']);
    const Policy = readable(`arn:aws:s3::${AccountId}:accesspoint/everywhere/object/*`);
    await control.send(
      new PutMultiRegionAccessPointPolicyCommand({ AccountId, ClientToken: 'twice', Details: { Name: 'everywhere', Policy } }),
    );
    expect(await statusOf('STR-L1-02', account)).toEqual(['FAILED', 'everywhere']);
  });

  it('refuses plain HTTP only if the policy covers the objects', async () => {
    const account = await newAccount();
    const { Bucket, s3 } = account;
    const deny = (Resource: string) =>
      s3.send(
        new PutBucketPolicyCommand({
          Bucket,
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource, Condition: { Bool: { 'aws:SecureTransport': 'False' } } },
            ],
          }),
        }),
      );
    await deny(`arn:aws:s3:::${Bucket}`);
    expect(await statusOf('STR-L2-04', account)).toEqual(['FAILED', Bucket]);
    await deny(`arn:aws:s3:::${Bucket}/*`);
    expect(await statusOf('STR-L2-04', account)).toEqual(['PASSED']);
  });
});
