import { APIGatewayClient, CreateDomainNameCommand } from '@aws-sdk/client-api-gateway';
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  DeleteAutoScalingGroupCommand,
  DeleteLaunchConfigurationCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CloudTrailClient,
  CreateTrailCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateTableCommand, DynamoDBClient, UpdateContinuousBackupsCommand } from '@aws-sdk/client-dynamodb';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateFlowLogsCommand,
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateSecurityGroupCommand,
  CreateVolumeCommand,
  DeleteLaunchTemplateCommand,
  DeleteVolumeCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  DescribeVpcsCommand,
  EC2Client,
  EnableEbsEncryptionByDefaultCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { CreateFileSystemCommand, DeleteFileSystemCommand, DescribeFileSystemsCommand, EFSClient } from '@aws-sdk/client-efs';
import { CreateLoadBalancerCommand, DeleteLoadBalancerCommand, ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import { CreateDetectorCommand, GuardDutyClient } from '@aws-sdk/client-guardduty';
import {
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreateSAMLProviderCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  IAMClient,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam';
import { CreateStreamCommand, KinesisClient, StartStreamEncryptionCommand } from '@aws-sdk/client-kinesis';
import {
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  ModifyDBInstanceCommand,
  ModifyDBSnapshotAttributeCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import {
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { PutPublicAccessBlockCommand as PutAccountBlock, S3ControlClient } from '@aws-sdk/client-s3-control';
import { EnableSecurityHubCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { CreateTopicCommand, DeleteTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Credentials, newRequestHandler } from '../../adapters/aws/clients.ts';

/** An emulated account with at least one resource of every kind that the emulator has, in one Region. */
export const ESTATE_REGION = 'eu-west-1';

export interface Account {
  readonly accountId: string;
  readonly credentials: Credentials;
}

const ALL_ON = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };

function clientsFor({ credentials }: Account) {
  const config = { region: ESTATE_REGION, credentials, requestHandler: newRequestHandler() };
  return {
    apiGateway: new APIGatewayClient(config),
    autoScaling: new AutoScalingClient(config),
    cloudTrail: new CloudTrailClient(config),
    dynamoDb: new DynamoDBClient(config),
    ec2: new EC2Client(config),
    efs: new EFSClient(config),
    elb: new ElasticLoadBalancingClient(config),
    guardDuty: new GuardDutyClient(config),
    iam: new IAMClient({ ...config, region: 'us-east-1' }),
    kinesis: new KinesisClient(config),
    logs: new CloudWatchLogsClient(config),
    rds: new RDSClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    s3Control: new S3ControlClient({ ...config, region: 'us-east-1' }),
    securityHub: new SecurityHubClient(config),
    sns: new SNSClient(config),
    sqs: new SQSClient(config),
  };
}

const bucketOf = ({ accountId }: Account): string => `data-${accountId}`;

/** Fills an account with resources that fail as many controls as they can. */
export async function seedWeakly(account: Account): Promise<void> {
  const aws = clientsFor(account);
  const Bucket = bucketOf(account);
  await seedCompute(aws);
  await aws.s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: ESTATE_REGION } }));
  const Policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` }],
  };
  await aws.s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(Policy) }));
  await aws.rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: 'orders',
      DBInstanceClass: 'db.t3.micro',
      Engine: 'postgres',
      AllocatedStorage: 20,
      StorageEncrypted: true,
      PubliclyAccessible: true,
      BackupRetentionPeriod: 1,
      MasterUsername: 'example',
      MasterUserPassword: 'example-password',
    }),
  );
  await aws.rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'orders', DBSnapshotIdentifier: 'shared' }));
  await aws.rds.send(
    new ModifyDBSnapshotAttributeCommand({ DBSnapshotIdentifier: 'shared', AttributeName: 'restore', ValuesToAdd: ['all'] }),
  );
  await aws.dynamoDb.send(
    new CreateTableCommand({
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  await aws.efs.send(new CreateFileSystemCommand({ CreationToken: 'files', Encrypted: false }));
  await aws.kinesis.send(new CreateStreamCommand({ StreamName: 'clicks', ShardCount: 1 }));
  await aws.sns.send(new CreateTopicCommand({ Name: 'orders' }));
  await aws.sqs.send(new CreateQueueCommand({ QueueName: 'orders', Attributes: { SqsManagedSseEnabled: 'false' } }));
  await aws.elb.send(
    new CreateLoadBalancerCommand({
      LoadBalancerName: 'plain',
      AvailabilityZones: [`${ESTATE_REGION}a`],
      Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 80 }],
    }),
  );
  await aws.apiGateway.send(new CreateDomainNameCommand({ domainName: 'new.example.com', securityPolicy: 'TLS_1_2' }));
  await aws.iam.send(new CreateUserCommand({ UserName: 'alice' }));
  await aws.iam.send(new CreateLoginProfileCommand({ UserName: 'alice', Password: 'made-up-Pa55word!' }));
  await aws.iam.send(new CreateAccessKeyCommand({ UserName: 'alice' }));
  await aws.iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: 'https://token.actions.githubusercontent.com',
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: ['0'.repeat(40)],
    }),
  );
  await aws.cloudTrail.send(new CreateTrailCommand({ Name: 'all', S3BucketName: Bucket, IsMultiRegionTrail: true }));
}

type Aws = ReturnType<typeof clientsFor>;

async function seedCompute({ ec2, autoScaling }: Aws): Promise<void> {
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'bastion', Description: 'made up' }));
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [SSH_FROM_ANYWHERE] }));
  const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ['amazon'] }));
  await ec2.send(
    new RunInstancesCommand({
      ImageId: Images?.[0]?.ImageId,
      MinCount: 1,
      MaxCount: 1,
      MetadataOptions: { HttpTokens: 'optional', HttpEndpoint: 'enabled' },
      NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true }],
    }),
  );
  await ec2.send(new CreateVolumeCommand({ AvailabilityZone: `${ESTATE_REGION}a`, Size: 1 }));
  const LaunchTemplateData = { MetadataOptions: { HttpTokens: 'optional' as const } };
  const { LaunchTemplate } = await ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'web', LaunchTemplateData }));
  const LaunchTemplateId = LaunchTemplate?.LaunchTemplateId;
  await ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, LaunchTemplateData }));
  await ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, LaunchTemplateData }));
  const size = { MinSize: 0, MaxSize: 0, AvailabilityZones: [`${ESTATE_REGION}a`] };
  const templated = { AutoScalingGroupName: 'templated', LaunchTemplate: { LaunchTemplateId, Version: '2' } };
  await autoScaling.send(new CreateAutoScalingGroupCommand({ ...size, ...templated }));
  const LaunchConfigurationName = 'old';
  await autoScaling.send(new CreateLaunchConfigurationCommand({ LaunchConfigurationName, ImageId: 'ami-1', InstanceType: 't3.micro' }));
  await autoScaling.send(new CreateAutoScalingGroupCommand({ ...size, AutoScalingGroupName: 'web', LaunchConfigurationName }));
}

const SSH_FROM_ANYWHERE = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };

/** Repairs what {@link seedWeakly} left open, as far as the emulator can. */
export async function harden(account: Account): Promise<void> {
  const aws = clientsFor(account);
  const Bucket = bucketOf(account);
  await hardenCompute(aws);
  await aws.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } }];
  await aws.s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
  await aws.s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: ALL_ON }));
  await aws.s3Control.send(new PutAccountBlock({ AccountId: account.accountId, PublicAccessBlockConfiguration: ALL_ON }));
  const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`];
  const Condition = { Bool: { 'aws:SecureTransport': 'false' } };
  const Policy = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource, Condition }] };
  await aws.s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(Policy) }));
  await aws.rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'orders', PubliclyAccessible: false, BackupRetentionPeriod: 14 }));
  await aws.rds.send(
    new ModifyDBSnapshotAttributeCommand({ DBSnapshotIdentifier: 'shared', AttributeName: 'restore', ValuesToRemove: ['all'] }),
  );
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  await aws.dynamoDb.send(new UpdateContinuousBackupsCommand({ TableName: 'orders', PointInTimeRecoverySpecification }));
  const { FileSystems = [] } = await aws.efs.send(new DescribeFileSystemsCommand({}));
  for (const { FileSystemId } of FileSystems) await aws.efs.send(new DeleteFileSystemCommand({ FileSystemId }));
  await aws.kinesis.send(new StartStreamEncryptionCommand({ StreamName: 'clicks', EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' }));
  const TopicArn = `arn:aws:sns:${ESTATE_REGION}:${account.accountId}:orders`;
  await aws.sns.send(new DeleteTopicCommand({ TopicArn }));
  const { QueueUrl } = await aws.sqs.send(new CreateQueueCommand({ QueueName: 'orders' }));
  await aws.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { SqsManagedSseEnabled: 'true' } }));
  await aws.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerName: 'plain' }));
  await aws.iam.send(new DeleteLoginProfileCommand({ UserName: 'alice' }));
  await aws.iam.send(new CreateSAMLProviderCommand({ Name: 'corp', SAMLMetadataDocument: 'x'.repeat(1000) }));
  const { AccessKeyMetadata = [] } = await aws.iam.send(new ListAccessKeysCommand({ UserName: 'alice' }));
  for (const { AccessKeyId } of AccessKeyMetadata) await aws.iam.send(new DeleteAccessKeyCommand({ UserName: 'alice', AccessKeyId }));
  await aws.cloudTrail.send(new StartLoggingCommand({ Name: 'all' }));
  await aws.cloudTrail.send(new UpdateTrailCommand({ Name: 'all', EnableLogFileValidation: true }));
  const EventSelectors = [{ ReadWriteType: 'All' as const, IncludeManagementEvents: true }];
  await aws.cloudTrail.send(new PutEventSelectorsCommand({ TrailName: 'all', EventSelectors }));
  await aws.guardDuty.send(new CreateDetectorCommand({ Enable: true }));
  await aws.securityHub.send(new EnableSecurityHubCommand({}));
}

async function hardenCompute({ ec2, autoScaling, logs }: Aws): Promise<void> {
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
  const InstanceIds = Reservations.flatMap(({ Instances = [] }) => Instances.flatMap(({ InstanceId }) => InstanceId ?? []));
  await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
  const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({}));
  for (const { VolumeId } of Volumes) await ec2.send(new DeleteVolumeCommand({ VolumeId }));
  for (const AutoScalingGroupName of ['web', 'templated']) {
    await autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName, ForceDelete: true }));
  }
  await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName: 'web' }));
  await autoScaling.send(new DeleteLaunchConfigurationCommand({ LaunchConfigurationName: 'old' }));
  await ec2.send(new EnableEbsEncryptionByDefaultCommand({}));
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
  for (const { GroupId, IpPermissions = [], IpPermissionsEgress = [] } of SecurityGroups) {
    if (IpPermissions.length > 0) await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    if (IpPermissionsEgress.length > 0) {
      await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: IpPermissionsEgress }));
    }
  }
  const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
  // The emulator's flow logs fail where their group does not exist.
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'flows' }));
  const flowLogs = await ec2.send(
    new CreateFlowLogsCommand({
      ResourceIds: Vpcs.flatMap(({ VpcId }) => VpcId ?? []),
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogGroupName: 'flows',
      DeliverLogsPermissionArn: 'arn:aws:iam::111111111111:role/flows',
    }),
  );
  if (flowLogs.Unsuccessful?.length) throw new Error(JSON.stringify(flowLogs.Unsuccessful));
}
