import { EC2Client, paginateDescribeTags } from '@aws-sdk/client-ec2';
import { IAMClient, paginateListPolicyTags, paginateListRoleTags, paginateListUserTags } from '@aws-sdk/client-iam';
import { DescribeDBClustersCommand, DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { GetBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import type { ResourceRef } from '../../core/model.ts';
import type { Tags } from '../../core/remediation/decide/decision.ts';
import { isPolicyRef, type PolicyRef, roleAndPolicy } from '../../core/remediation/policy-drift/policy-document.ts';
import type { Clients } from './clients.ts';
import { nameOf } from './failures.ts';

/** The IAM actions that {@link tagsOf} calls, except those for policies. */
export const TAG_PERMISSIONS = [
  'ec2:DescribeTags',
  'iam:ListUserTags',
  'rds:DescribeDBClusters',
  'rds:DescribeDBInstances',
  's3:GetBucketTagging',
  'tag:GetResources',
] as const;

/** The IAM actions that {@link tagsOf} calls for policies. */
export const POLICY_TAG_PERMISSIONS = ['iam:ListPolicyTags', 'iam:ListRoleTags'] as const;

/** Thrown if csmm cannot read the tags of a resource. */
export class TagsNotReadableError extends Error {
  override readonly name = 'TagsNotReadableError';
}

/** Access to the account in which tags are read. */
export interface TagsPlace {
  readonly clients: Clients;
  readonly partition: string;
  readonly globalRegion: string;
}

type Ref = ResourceRef;

/** Returns the part of the ARN after the partition, for types with a resource ID that is not an ARN. */
const ARN_OF: Readonly<Record<string, (ref: Ref) => string>> = {
  'AWS::ApiGateway::DomainName': ({ region, resourceId }) => `apigateway:${region}::/domainnames/${resourceId}`,
  'AWS::DynamoDB::Table': ({ accountId, region, resourceId }) => `dynamodb:${region}:${accountId}:table/${resourceId}`,
  'AWS::EFS::FileSystem': ({ accountId, region, resourceId }) => `elasticfilesystem:${region}:${accountId}:file-system/${resourceId}`,
  'AWS::ElasticLoadBalancing::LoadBalancer': ({ accountId, region, resourceId }) =>
    `elasticloadbalancing:${region}:${accountId}:loadbalancer/${resourceId}`,
  'AWS::Kinesis::Stream': ({ accountId, region, resourceId }) => `kinesis:${region}:${accountId}:stream/${resourceId}`,
  'AWS::Logs::LogGroup': ({ accountId, region, resourceId }) => `logs:${region}:${accountId}:log-group:${resourceId}`,
  'AWS::RDS::DBClusterSnapshot': ({ accountId, region, resourceId }) => `rds:${region}:${accountId}:cluster-snapshot:${resourceId}`,
  'AWS::RDS::DBSnapshot': ({ accountId, region, resourceId }) => `rds:${region}:${accountId}:snapshot:${resourceId}`,
  'AWS::Redshift::Cluster': ({ accountId, region, resourceId }) => `redshift:${region}:${accountId}:cluster:${resourceId}`,
  'AWS::SQS::Queue': ({ accountId, region, resourceId }) =>
    `sqs:${region}:${accountId}:${resourceId.slice(resourceId.lastIndexOf('/') + 1)}`,
};

/** Types that represent a setting of an account or Region. A setting has no tags. */
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
 * Returns the current tags of a resource. A setting of an account or Region has no tags. The Resource Groups Tagging API returns the same
 * response for a resource without tags and for one that does not exist: https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
 *
 * @throws TagsNotReadableError if the type is not supported, and any error of the SDK.
 */
export async function tagsOf(resource: Ref, { clients, partition, globalRegion }: TagsPlace): Promise<Tags> {
  const { resourceType, resourceId, region } = resource;
  if (UNTAGGED.has(resourceType)) return {};
  if (resourceType === 'AWS::IAM::UserCredentials') return userTags(resourceId, clients, globalRegion);
  if (isPolicyRef(resource)) return policyTags(resource, clients, globalRegion);
  if (resourceType === 'AWS::RDS::DBInstance') return instanceTags(resource, clients);
  if (resourceType === 'AWS::RDS::DBCluster') return clusterTags(resource, clients);
  if (resourceType === 'AWS::S3::Bucket') return bucketTags(resource, clients);
  if (resourceType.startsWith('AWS::EC2::')) return ec2Tags(resource, clients);
  const named = ARN_OF[resourceType]?.(resource);
  if (named === undefined && !resourceId.startsWith('arn:')) throw new TagsNotReadableError(`csmm cannot read the tags of ${resourceType}`);
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

/** Reads the tags from EC2, because new tags appear there earlier than in the Resource Groups Tagging API. */
async function ec2Tags({ region, resourceId }: Ref, clients: Clients): Promise<Tags> {
  const Filters = [{ Name: 'resource-id', Values: [resourceId] }];
  const tags: SdkTag[] = [];
  for await (const page of paginateDescribeTags({ client: clients(EC2Client, region) }, { Filters })) tags.push(...(page.Tags ?? []));
  return tagsFrom(tags);
}

/** Reads the tags of a bucket. S3 returns different errors for a bucket without tags and for one that does not exist. */
async function bucketTags({ region, resourceId: Bucket }: Ref, clients: Clients): Promise<Tags> {
  try {
    const { TagSet = [] } = await clients(S3Client, region).send(new GetBucketTaggingCommand({ Bucket }));
    return tagsFrom(TagSet);
  } catch (error) {
    if (nameOf(error) === 'NoSuchTagSet') return {};
    throw error;
  }
}

/** Reads the tags of a policy. An inline policy or a trust policy has the tags of its role. */
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

/** Reads the tags of a DB instance. Its resource ID in AWS Config is not part of its ARN. */
async function instanceTags({ region, resourceId }: Ref, clients: Clients): Promise<Tags> {
  const Filters = [{ Name: 'dbi-resource-id', Values: [resourceId] }];
  const { DBInstances = [] } = await clients(RDSClient, region).send(new DescribeDBInstancesCommand({ Filters }));
  const [instance] = DBInstances;
  if (instance?.DbiResourceId !== resourceId) throw new TagsNotReadableError(`RDS returned no DB instance ${resourceId}`);
  return tagsFrom(instance.TagList ?? []);
}

/** Reads the tags of a DB cluster, whose ID is not in its ARN. */
async function clusterTags({ region, resourceId }: Ref, clients: Clients): Promise<Tags> {
  const Filters = [{ Name: 'db-cluster-resource-id', Values: [resourceId] }];
  const { DBClusters = [] } = await clients(RDSClient, region).send(new DescribeDBClustersCommand({ Filters }));
  const [cluster] = DBClusters;
  if (cluster?.DbClusterResourceId !== resourceId) throw new TagsNotReadableError(`RDS returned no DB cluster ${resourceId}`);
  return tagsFrom(cluster.TagList ?? []);
}

interface SdkTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

const tagsFrom = (tags: readonly SdkTag[]): Tags =>
  Object.fromEntries(tags.flatMap(({ Key, Value = '' }) => (Key === undefined ? [] : [[Key, Value]])));
