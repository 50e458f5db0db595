import {
  type Bucket,
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  paginateListBuckets,
  S3Client,
} from '@aws-sdk/client-s3';
import { NO_BLOCK } from '../../../core/facts/s3-bucket.ts';
import { Unread } from '../../../core/facts/view.ts';
import { attempt, factIn, headerIn } from '../failures.ts';
import { describeEach, inOpenRegion, type Observation, type ReadContext, type Reader } from './reader.ts';

/**
 * Buckets, with the settings that need a call for each bucket. Directory buckets of S3 Express have another API and are not among
 * them: Block Public Access is always on for them.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-security-best-practices.html
 */
export const s3Buckets: Reader = {
  id: 's3-buckets',
  scope: 'account',
  lists: ['AWS::S3::Bucket'],
  permissions: [
    's3:ListAllMyBuckets',
    's3:GetBucketAcl',
    's3:GetBucketLocation',
    's3:GetBucketPolicy',
    's3:GetBucketPolicyStatus',
    's3:GetBucketPublicAccessBlock',
    's3:GetBucketVersioning',
    's3:GetEncryptionConfiguration',
  ],
  refreshedBy: [],
  read: async function* (context) {
    const pages = inOpenRegion(context, (region) => paginateListBuckets({ client: context.clients(S3Client, region), pageSize: 1000 }, {}));
    for await (const { Buckets = [] } of pages) {
      yield* describeEach(Buckets, (bucket) => describeBucket(bucket, context));
    }
  },
};

async function describeBucket(bucket: Bucket, { clients, region: home }: ReadContext): Promise<Observation | Unread> {
  const Bucket = bucket.Name ?? '';
  const region = bucket.BucketRegion ?? (await locate(Bucket, clients(S3Client, home)));
  if (region instanceof Unread) return region;
  const client = clients(S3Client, region);
  const [block, policy, acl, versioning, encryption] = await Promise.all([
    attempt(() => client.send(new GetPublicAccessBlockCommand({ Bucket })), ['NoSuchPublicAccessBlockConfiguration']),
    readPolicy(Bucket, client),
    attempt(() => client.send(new GetBucketAclCommand({ Bucket }))),
    attempt(() => client.send(new GetBucketVersioningCommand({ Bucket }))),
    attempt(() => client.send(new GetBucketEncryptionCommand({ Bucket })), ['ServerSideEncryptionConfigurationNotFoundError']),
  ]);
  return {
    resourceType: 'AWS::S3::Bucket',
    resourceId: Bucket,
    region,
    configuration: bucket,
    // In AWS Config's spelling.
    supplementaryConfiguration: {
      PublicAccessBlockConfiguration: factIn(block, ({ PublicAccessBlockConfiguration }) => PublicAccessBlockConfiguration, NO_BLOCK),
      ...policy,
      AccessControlList: factIn(acl, ({ Grants }) => ({ grantList: Grants })),
      BucketVersioningConfiguration: factIn(versioning, ({ Status }) => ({ status: Status ?? 'Off' })),
      ServerSideEncryptionConfiguration: factIn(encryption, (answer) => answer.ServerSideEncryptionConfiguration, { rules: [] }),
    },
  };
}

/**
 * Returns the Region of a bucket that the list contains without one. If the call fails, S3 may still name the Region in a header of its
 * error. Without a Region the bucket has no identity, and the list stays incomplete.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
 */
async function locate(Bucket: string, client: S3Client): Promise<string | Unread> {
  const answer = await attempt(() =>
    client.send(new GetBucketLocationCommand({ Bucket })).catch((error: unknown) => {
      const region = headerIn(error, 'x-amz-bucket-region');
      if (region === undefined) throw error;
      return { LocationConstraint: region };
    }),
  );
  if (answer === null || answer instanceof Unread) return answer ?? new Unread('the bucket has no Region');
  const { LocationConstraint } = answer;
  return LocationConstraint === 'EU' ? 'eu-west-1' : (LocationConstraint ?? 'us-east-1');
}

/** Reads the policy and, if the bucket can have one, the answer of S3 whether it is public. Without that answer, the policy says it. */
async function readPolicy(Bucket: string, client: S3Client): Promise<object> {
  const policy = await attempt(() => client.send(new GetBucketPolicyCommand({ Bucket })), ['NoSuchBucketPolicy']);
  const BucketPolicy = factIn(policy, ({ Policy }) => ({ policyText: Policy }), { policyText: null });
  if (policy === null) return { BucketPolicy };
  const status = await attempt(() => client.send(new GetBucketPolicyStatusCommand({ Bucket })), ['NoSuchBucketPolicy']);
  const IsPublic = factIn(status, ({ PolicyStatus }) => PolicyStatus?.IsPublic, false);
  return { BucketPolicy, ...(typeof IsPublic === 'boolean' && { BucketPolicyStatus: { IsPublic } }) };
}
