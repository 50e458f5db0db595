import { EC2Client, paginateDescribeTags } from '@aws-sdk/client-ec2';
import { IAMClient, paginateListPolicyTags, paginateListRoleTags, paginateListUserTags } from '@aws-sdk/client-iam';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { GetBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import type { ResourceRef } from '../../core/model.ts';
import type { Tags } from '../../core/remediation/decide/decision.ts';
import { isPolicyRef, type PolicyRef, roleAndPolicy } from '../../core/remediation/policy-drift/policy-document.ts';
import type { Clients } from './clients.ts';
import { nameOf } from './failures.ts';

/** The IAM actions that {@link tagsOf} calls, but for the tags of policies. */
export const TAG_PERMISSIONS = [
  'ec2:DescribeTags',
  'iam:ListUserTags',
  'rds:DescribeDBInstances',
  's3:GetBucketTagging',
  'tag:GetResources',
] as const;

/** Those that it calls for the tags of policies. */
export const POLICY_TAG_PERMISSIONS = ['iam:ListPolicyTags', 'iam:ListRoleTags'] as const;

/** Nobody knows how to ask for the tags of a resource of this type. */
export class TagsNotReadableError extends Error {
  override readonly name = 'TagsNotReadableError';
}

/** Where tags are read. */
export interface TagsPlace {
  readonly clients: Clients;
  readonly partition: string;
  readonly globalRegion: string;
}

type Ref = ResourceRef;

/** What an ARN says behind the partition, by type, of resources that are not named by their ARN. */
const ARN_OF: Readonly<Record<string, (ref: Ref) => string>> = {
  'AWS::DynamoDB::Table': ({ accountId, region, resourceId }) => `dynamodb:${region}:${accountId}:table/${resourceId}`,
  'AWS::Kinesis::Stream': ({ accountId, region, resourceId }) => `kinesis:${region}:${accountId}:stream/${resourceId}`,
  'AWS::Logs::LogGroup': ({ accountId, region, resourceId }) => `logs:${region}:${accountId}:log-group:${resourceId}`,
  'AWS::RDS::DBClusterSnapshot': ({ accountId, region, resourceId }) => `rds:${region}:${accountId}:cluster-snapshot:${resourceId}`,
  'AWS::RDS::DBSnapshot': ({ accountId, region, resourceId }) => `rds:${region}:${accountId}:snapshot:${resourceId}`,
  'AWS::Redshift::Cluster': ({ accountId, region, resourceId }) => `redshift:${region}:${accountId}:cluster:${resourceId}`,
  'AWS::SQS::Queue': ({ accountId, region, resourceId }) =>
    `sqs:${region}:${accountId}:${resourceId.slice(resourceId.lastIndexOf('/') + 1)}`,
};

/** Types of resources that stand for a setting of an account or Region, which has no tags. */
const UNTAGGED: ReadonlySet<string> = new Set([
  'AWS::::Account',
  'AWS::EC2::EBSEncryptionByDefault',
  'AWS::EC2::ImageBlockPublicAccess',
  'AWS::EC2::SnapshotBlockPublicAccess',
  'AWS::GuardDuty::RegionSettings',
  'AWS::S3::AccountPublicAccessBlock',
  'AWS::SecurityHub::RegionSettings',
]);

/**
 * The tags of a resource, as they are now; none for a setting of an account or Region. Of what the index of all services is
 * asked for, a resource without tags and one that is gone give the same answer: https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
 *
 * @throws TagsNotReadableError for a type that nobody has taught it, and what the SDK throws.
 */
export async function tagsOf(resource: Ref, { clients, partition, globalRegion }: TagsPlace): Promise<Tags> {
  const { resourceType, resourceId, region } = resource;
  if (UNTAGGED.has(resourceType)) return {};
  if (resourceType === 'AWS::IAM::UserCredentials') return userTags(resourceId, clients, globalRegion);
  if (isPolicyRef(resource)) return policyTags(resource, clients, globalRegion);
  if (resourceType === 'AWS::RDS::DBInstance') return instanceTags(resource, clients);
  if (resourceType === 'AWS::S3::Bucket') return bucketTags(resource, clients);
  if (resourceType.startsWith('AWS::EC2::')) return ec2Tags(resource, clients);
  const named = ARN_OF[resourceType]?.(resource);
  if (named === undefined && !resourceId.startsWith('arn:')) throw new TagsNotReadableError(`nobody can read the tags of ${resourceType}`);
  const arn = named === undefined ? resourceId : `arn:${partition}:${named}`;
  const { ResourceTagMappingList = [] } = await clients(ResourceGroupsTaggingAPIClient, region).send(
    new GetResourcesCommand({ ResourceARNList: [arn] }),
  );
  return tagsFrom(ResourceTagMappingList.flatMap(({ Tags: tags = [] }) => tags));
}

async function userTags(UserName: string, clients: Clients, region: string): Promise<Tags> {
  const tags: SdkTag[] = [];
  for await (const page of paginateListUserTags({ client: clients(IAMClient, region) }, { UserName })) tags.push(...(page.Tags ?? []));
  return tagsFrom(tags);
}

/** Asked of EC2 itself, which tells a tag sooner than the index of all services. */
async function ec2Tags({ region, resourceId }: Ref, clients: Clients): Promise<Tags> {
  const Filters = [{ Name: 'resource-id', Values: [resourceId] }];
  const tags: SdkTag[] = [];
  for await (const page of paginateDescribeTags({ client: clients(EC2Client, region) }, { Filters })) tags.push(...(page.Tags ?? []));
  return tagsFrom(tags);
}

/** S3 has an error for a bucket without tags, and another for one that is gone. */
async function bucketTags({ region, resourceId: Bucket }: Ref, clients: Clients): Promise<Tags> {
  try {
    const { TagSet = [] } = await clients(S3Client, region).send(new GetBucketTaggingCommand({ Bucket }));
    return tagsFrom(TagSet);
  } catch (error) {
    if (nameOf(error) === 'NoSuchTagSet') return {};
    throw error;
  }
}

/** What is in a role has the tags of the role. */
async function policyTags(resource: PolicyRef, clients: Clients, region: string): Promise<Tags> {
  const client = clients(IAMClient, region);
  const pages =
    resource.resourceType === 'AWS::IAM::Policy'
      ? paginateListPolicyTags({ client }, { PolicyArn: resource.resourceId })
      : paginateListRoleTags({ client }, { RoleName: roleAndPolicy(resource).role });
  const tags: SdkTag[] = [];
  for await (const page of pages) tags.push(...(page.Tags ?? []));
  return tagsFrom(tags);
}

/** AWS Config knows a DB instance by an id that its ARN does not have. */
async function instanceTags({ region, resourceId }: Ref, clients: Clients): Promise<Tags> {
  const Filters = [{ Name: 'dbi-resource-id', Values: [resourceId] }];
  const { DBInstances = [] } = await clients(RDSClient, region).send(new DescribeDBInstancesCommand({ Filters }));
  const [instance] = DBInstances;
  if (instance?.DbiResourceId !== resourceId) throw new TagsNotReadableError(`RDS shows no instance ${resourceId}`);
  return tagsFrom(instance.TagList ?? []);
}

interface SdkTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

const tagsFrom = (tags: readonly SdkTag[]): Tags =>
  Object.fromEntries(tags.flatMap(({ Key, Value = '' }) => (Key === undefined ? [] : [[Key, Value]])));
