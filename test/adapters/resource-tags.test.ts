import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DescribeTagsCommand,
  EC2Client,
  type ResourceType as Ec2Type,
} from '@aws-sdk/client-ec2';
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  ListRoleTagsCommand,
  ListUserTagsCommand,
} from '@aws-sdk/client-iam';
import {
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { CreateBucketCommand, GetBucketTaggingCommand, PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClientClass, type Clients, clientsOf, newRequestHandler } from '../../adapters/aws/clients.ts';
import { POLICY_TAG_PERMISSIONS, TAG_PERMISSIONS, TagsNotReadableError, tagsOf } from '../../adapters/aws/resource-tags.ts';
import { REMEDIES } from '../../controls/remedies.ts';
import { GLOBAL, type ResourceRef } from '../../core/model.ts';
import { OF_PROCESS } from '../support/dynamodb-local.ts';
import { freshAccount, useMoto } from '../support/moto.ts';

const ACCOUNT = '111111111111';
const ref = (resourceType: string, resourceId: string, region = 'eu-west-1', accountId = ACCOUNT): ResourceRef => ({
  accountId,
  region,
  resourceType,
  resourceId,
});
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const fault = (name: string) => Object.assign(new Error('no'), { name });
const placeOf = (clients: Clients, partition = 'aws') => ({ clients, partition, globalRegion: 'us-east-1' });

/** A resource of each type that a runbook changes, with its id in csmm, and the ARN for a read of its tags. */
const EXAMPLES: Readonly<Record<string, readonly [id: string, asked: string | null]>> = {
  'AWS::::Account': [ACCOUNT, null],
  'AWS::ApiGateway::DomainName': ['api.example.com', 'arn:aws:apigateway:eu-west-1::/domainnames/api.example.com'],
  'AWS::CloudTrail::TrailStatus': [
    'arn:aws:cloudtrail:eu-west-1:111111111111:trail/all',
    'arn:aws:cloudtrail:eu-west-1:111111111111:trail/all',
  ],
  'AWS::DynamoDB::Table': ['orders', 'arn:aws:dynamodb:eu-west-1:111111111111:table/orders'],
  'AWS::EC2::EBSEncryptionByDefault': ['eu-west-1', null],
  'AWS::EC2::Image': ['ami-1', null],
  'AWS::EC2::ImageBlockPublicAccess': ['eu-west-1', null],
  'AWS::EC2::Instance': ['i-1', null],
  'AWS::EC2::LaunchTemplate': ['lt-1', null],
  'AWS::EC2::NetworkAcl': ['acl-1', null],
  'AWS::EC2::SecurityGroup': ['sg-1', null],
  'AWS::EC2::Snapshot': ['snap-1', null],
  'AWS::EC2::SnapshotBlockPublicAccess': ['eu-west-1', null],
  'AWS::EC2::Subnet': ['subnet-1', null],
  'AWS::EC2::VPC': ['vpc-1', null],
  'AWS::EFS::FileSystem': ['fs-01234567', 'arn:aws:elasticfilesystem:eu-west-1:111111111111:file-system/fs-01234567'],
  'AWS::ElasticLoadBalancing::LoadBalancer': ['web', 'arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/web'],
  'AWS::ElasticLoadBalancingV2::Listener': [
    'arn:aws:elasticloadbalancing:eu-west-1:111111111111:listener/app/front/50dc6c495c0c9188/f2f7dc8efc522ab2',
    'arn:aws:elasticloadbalancing:eu-west-1:111111111111:listener/app/front/50dc6c495c0c9188/f2f7dc8efc522ab2',
  ],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': [
    'arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/front/50dc6c495c0c9188',
    'arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/front/50dc6c495c0c9188',
  ],
  'AWS::GuardDuty::RegionSettings': ['eu-west-1', null],
  'AWS::IAM::Policy': ['arn:aws:iam::111111111111:policy/read', null],
  'AWS::IAM::Role': ['deploy', null],
  'AWS::IAM::RolePolicy': ['deploy/inline', null],
  'AWS::IAM::UserCredentials': ['alice', null],
  'AWS::Kinesis::Stream': ['clicks', 'arn:aws:kinesis:eu-west-1:111111111111:stream/clicks'],
  'AWS::Logs::LogGroup': ['trail', 'arn:aws:logs:eu-west-1:111111111111:log-group:trail'],
  'AWS::RDS::DBCluster': ['cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ', null],
  'AWS::RDS::DBClusterSnapshot': ['shared', 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:shared'],
  'AWS::RDS::DBInstance': ['db-ABCDEFGHIJKLMNOPQRSTUVWXYZ', null],
  'AWS::RDS::DBSnapshot': ['shared', 'arn:aws:rds:eu-west-1:111111111111:snapshot:shared'],
  'AWS::Redshift::Cluster': ['facts', 'arn:aws:redshift:eu-west-1:111111111111:cluster:facts'],
  'AWS::S3::AccountPublicAccessBlock': [ACCOUNT, null],
  'AWS::S3::Bucket': ['orders', null],
  'AWS::SNS::Topic': ['arn:aws:sns:eu-west-1:111111111111:orders', 'arn:aws:sns:eu-west-1:111111111111:orders'],
  'AWS::SQS::Queue': ['https://sqs.eu-west-1.amazonaws.com/111111111111/orders', 'arn:aws:sqs:eu-west-1:111111111111:orders'],
  'AWS::SecurityHub::RegionSettings': ['eu-west-1', null],
};

const FAILING: readonly string[] = Object.values(REMEDIES).flatMap((remedies) => remedies.map(({ resourceType }) => resourceType));
const TYPES = [...new Set([...FAILING, ...Object.keys(EXAMPLES)])].sort();

describe('the tags of a resource', () => {
  const mocks = () => ({
    tagging: mockClient(ResourceGroupsTaggingAPIClient),
    ec2: mockClient(EC2Client),
    iam: mockClient(IAMClient),
    rds: mockClient(RDSClient),
    s3: mockClient(S3Client),
  });
  let mocked = mocks();
  const restore = () => {
    // The emulator is asked by the same clients.
    for (const mock of Object.values(mocked)) mock.restore();
  };
  restore();
  beforeEach(() => {
    mocked = mocks();
  });
  afterEach(restore);
  const regions: string[] = [];
  const made = clientsOf({ credentials });
  const clients: Clients = <C extends object>(client: ClientClass<C>, region: string): C => {
    regions.push(region);
    return made(client, region);
  };
  const asked = () => mocked.tagging.commandCalls(GetResourcesCommand).flatMap(({ args: [{ input }] }) => input.ResourceARNList ?? []);
  const answerAll = () => {
    const Tags = [{ Key: 'stage', Value: 'dev' }];
    mocked.tagging.on(GetResourcesCommand).resolves({ ResourceTagMappingList: [{ Tags }] });
    mocked.ec2.on(DescribeTagsCommand).resolves({ Tags });
    mocked.iam.onAnyCommand().resolves({ Tags });
    mocked.rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [{ DbiResourceId: 'db-ABCDEFGHIJKLMNOPQRSTUVWXYZ', TagList: Tags }],
    });
    mocked.rds.on(DescribeDBClustersCommand).resolves({
      DBClusters: [{ DbClusterResourceId: 'cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ', TagList: Tags }],
    });
    mocked.s3.on(GetBucketTaggingCommand).resolves({ TagSet: Tags });
  };

  it.each(TYPES)('of type %s, which a runbook puts right or changes, can be read', async (type) => {
    const example = EXAMPLES[type];
    if (!example) throw new Error(`add ${type} to resource-tags.ts and to EXAMPLES: its exempt tags could not be read`);
    const [id, arn] = example;
    answerAll();
    const tags = await tagsOf(ref(type, id), placeOf(clients));
    expect(asked()).toEqual(arn === null ? [] : [arn]);
    const isSetting = /Settings$|^AWS::::Account$|PublicAccess(Block)?$|ByDefault$/.test(type);
    expect(tags).toEqual(isSetting ? {} : { stage: 'dev' });
  });

  it('are asked for in its partition and Region', async () => {
    answerAll();
    await tagsOf(ref('AWS::DynamoDB::Table', 'orders', 'cn-north-1'), placeOf(clients, 'aws-cn'));
    expect([asked(), regions.at(-1)]).toEqual([['arn:aws-cn:dynamodb:cn-north-1:111111111111:table/orders'], 'cn-north-1']);
  });

  it('are none where it has none', async () => {
    mocked.tagging.on(GetResourcesCommand).resolves({ ResourceTagMappingList: [] });
    mocked.ec2.on(DescribeTagsCommand).resolves({ Tags: [] });
    mocked.s3.on(GetBucketTaggingCommand).rejects(fault('NoSuchTagSet'));
    for (const [type, id] of [
      ['AWS::DynamoDB::Table', 'orders'],
      ['AWS::EC2::VPC', 'vpc-1'],
      ['AWS::S3::Bucket', 'orders'],
    ] as const) {
      expect(await tagsOf(ref(type, id), placeOf(clients)), type).toEqual({});
    }
  });

  it('are whatever anybody has written, and nothing of what objects have', async () => {
    const Tags = [{ Key: '__proto__', Value: 'x' }, { Key: 'constructor', Value: '' }, { Key: 'bare' }, { Value: 'no key' }];
    mocked.tagging.on(GetResourcesCommand).resolves({ ResourceTagMappingList: [{ Tags } as never] });
    const tags = await tagsOf(ref('AWS::DynamoDB::Table', 'orders'), placeOf(clients));
    expect(Object.entries(tags)).toEqual([
      ['__proto__', 'x'],
      ['constructor', ''],
      ['bare', ''],
    ]);
    expect(Object.hasOwn(tags, 'toString')).toBe(false);
  });

  it.each([
    [ref('AWS::IAM::UserCredentials', 'alice', GLOBAL), ListUserTagsCommand, { UserName: 'alice' }],
    [ref('AWS::IAM::RolePolicy', 'deploy/inline', GLOBAL), ListRoleTagsCommand, { RoleName: 'deploy' }],
  ])('of IAM are those of every page ($resourceType)', async (resource, command, input) => {
    mocked.iam
      .on(command as typeof ListUserTagsCommand)
      .resolvesOnce({ Tags: [{ Key: 'a', Value: '1' }], IsTruncated: true, Marker: `more of ${resource.resourceType}` })
      .resolves({ Tags: [{ Key: 'b', Value: '2' }], IsTruncated: false });
    expect(await tagsOf(resource, placeOf(clients))).toEqual({ a: '1', b: '2' });
    expect(mocked.iam.commandCalls(command as typeof ListUserTagsCommand)[0]?.args[0].input).toMatchObject(input);
    expect(regions.at(-1)).toBe('us-east-1');
  });

  it.each<[string, object[]]>([
    ['shows none', []],
    ['shows another', [{ DbiResourceId: 'db-OTHER', TagList: [] }]],
  ])('of a DB instance are not known where RDS %s', async (_, DBInstances) => {
    mocked.rds.on(DescribeDBInstancesCommand).resolves({ DBInstances });
    await expect(tagsOf(ref('AWS::RDS::DBInstance', 'db-1'), placeOf(clients))).rejects.toThrow(TagsNotReadableError);
  });

  it('of a type that nobody has taught it are not known', async () => {
    await expect(tagsOf(ref('AWS::EKS::Cluster', 'prod'), placeOf(clients))).rejects.toThrow(
      'csmm cannot read the tags of AWS::EKS::Cluster',
    );
  });

  it.each<[string, (error: Error) => unknown]>([
    ['AWS::DynamoDB::Table', (error) => mocked.tagging.on(GetResourcesCommand).rejects(error)],
    ['AWS::EC2::VPC', (error) => mocked.ec2.on(DescribeTagsCommand).rejects(error)],
    ['AWS::S3::Bucket', (error) => mocked.s3.on(GetBucketTaggingCommand).rejects(error)],
    ['AWS::IAM::UserCredentials', (error) => mocked.iam.onAnyCommand().rejects(error)],
    ['AWS::RDS::DBInstance', (error) => mocked.rds.on(DescribeDBInstancesCommand).rejects(error)],
  ])('of type %s that cannot be read are not known', async (type, refuse) => {
    for (const name of ['AccessDenied', 'NoSuchBucket', 'ThrottlingException']) {
      refuse(fault(name));
      await expect(tagsOf(ref(type, 'orders'), placeOf(clients))).rejects.toMatchObject({ name });
    }
  });
});

/**
 * The emulator returns all resources of the account for any ARN, so the test compares the ARN that it returns for them. Of
 * streams and clusters it gives none. All of its DB instances have the same id.
 */
describe.skipIf(!useMoto())('on an emulated account', () => {
  const Tags = [{ Key: 'stage', Value: 'dev' }];
  const specified = (ResourceType: Ec2Type) => ({ TagSpecifications: [{ ResourceType, Tags }] });

  type MakeClient = <C>(client: new (config: never) => C) => C;
  const RESOURCES: readonly (readonly [type: string, make: (client: MakeClient) => Promise<string | undefined>])[] = [
    [
      'AWS::DynamoDB::Table',
      async (client) => {
        const AttributeDefinitions = [{ AttributeName: 'id', AttributeType: 'S' as const }];
        const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' as const }];
        const table = { TableName: 'orders', BillingMode: 'PAY_PER_REQUEST' as const, AttributeDefinitions, KeySchema, Tags };
        await client(DynamoDBClient).send(new CreateTableCommand(table));
        return 'orders';
      },
    ],
    [
      'AWS::EC2::SecurityGroup',
      async (client) =>
        (
          await client(EC2Client).send(
            new CreateSecurityGroupCommand({ GroupName: 'g', Description: 'made up', ...specified('security-group') }),
          )
        ).GroupId,
    ],
    [
      'AWS::EC2::VPC',
      async (client) => {
        const other = [{ ResourceType: 'vpc' as const, Tags: [{ Key: 'stage', Value: 'prod' }] }];
        await client(EC2Client).send(new CreateVpcCommand({ CidrBlock: '10.1.0.0/16', TagSpecifications: other }));
        return (await client(EC2Client).send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', ...specified('vpc') }))).Vpc?.VpcId;
      },
    ],
    [
      'AWS::EC2::Snapshot',
      async (client) => {
        const { VolumeId } = await client(EC2Client).send(new CreateVolumeCommand({ AvailabilityZone: 'eu-west-1a', Size: 1 }));
        return (await client(EC2Client).send(new CreateSnapshotCommand({ VolumeId, ...specified('snapshot') }))).SnapshotId;
      },
    ],
    [
      'AWS::RDS::DBSnapshot',
      async (client) => {
        const DBInstanceIdentifier = 'orders';
        const instance = { DBInstanceIdentifier, Engine: 'postgres', DBInstanceClass: 'db.t3.micro', AllocatedStorage: 20 };
        const secret = { MasterUsername: 'made', MasterUserPassword: 'made-up-Pa55word' };
        await client(RDSClient).send(new CreateDBInstanceCommand({ ...instance, ...secret }));
        await client(RDSClient).send(new CreateDBSnapshotCommand({ DBInstanceIdentifier, DBSnapshotIdentifier: 'shared', Tags }));
        return 'shared';
      },
    ],
    [
      'AWS::S3::Bucket',
      async (client) => {
        const Bucket = `orders-${OF_PROCESS}`;
        await client(S3Client).send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }));
        await client(S3Client).send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: Tags } }));
        return Bucket;
      },
    ],
    ['AWS::SNS::Topic', async (client) => (await client(SNSClient).send(new CreateTopicCommand({ Name: 'orders', Tags }))).TopicArn],
    [
      'AWS::SQS::Queue',
      async (client) => (await client(SQSClient).send(new CreateQueueCommand({ QueueName: 'orders', tags: { stage: 'dev' } }))).QueueUrl,
    ],
  ];

  it.each(RESOURCES)('the tags of %s are those that it has, asked for by its ARN where its service is not asked', async (type, make) => {
    const account = await freshAccount();
    const config = { region: 'eu-west-1', credentials: account.credentials, forcePathStyle: true, requestHandler: newRequestHandler() };
    const id = await make((client) => new client(config as never));
    if (id === undefined) throw new Error(`no ${type} was made`);
    const asked: (readonly string[] | undefined)[] = [];
    const real = clientsOf({ credentials: account.credentials });
    const clients: Clients = (client, region) => {
      const made = real(client, region);
      if (made instanceof ResourceGroupsTaggingAPIClient) {
        made.middlewareStack.add((next) => (args) => {
          asked.push((args.input as { ResourceARNList?: string[] }).ResourceARNList);
          return next(args);
        });
      }
      return made;
    };
    expect(await tagsOf(ref(type, id, 'eu-west-1', account.accountId), placeOf(clients))).toMatchObject({ stage: 'dev' });
    const { ResourceTagMappingList = [] } = await new ResourceGroupsTaggingAPIClient(config).send(new GetResourcesCommand({}));
    const tagged = ResourceTagMappingList.filter((mapping) => mapping.Tags?.some(({ Key }) => Key === 'stage'));
    const isAskedItself = type.startsWith('AWS::EC2::') || type === 'AWS::S3::Bucket';
    expect(asked).toEqual(isAskedItself ? [] : [tagged.map(({ ResourceARN }) => ResourceARN)]);
  });

  it('the tags of a resource of whichever type take no action but those that are declared', async () => {
    const account = await freshAccount();
    const called = new Set<string>();
    const observer = { called: (action: string) => called.add(action), failed: () => undefined };
    const place = placeOf(clientsOf({ credentials: account.credentials, observer }));
    // Nothing of it is there.
    for (const [type, [id]] of Object.entries(EXAMPLES)) await tagsOf(ref(type, id), place).catch(() => undefined);
    expect([...called].sort()).toEqual([...TAG_PERMISSIONS, ...POLICY_TAG_PERMISSIONS].sort());
  });

  it('the tags of users, roles and policies are those of IAM', async () => {
    const account = await freshAccount();
    const client = new IAMClient({ region: 'us-east-1', credentials: account.credentials });
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:Get*', Resource: '*' }] });
    await client.send(new CreateUserCommand({ UserName: 'alice', Tags }));
    await client.send(new CreateRoleCommand({ RoleName: 'deploy', AssumeRolePolicyDocument: PolicyDocument, Tags }));
    const { Policy } = await client.send(new CreatePolicyCommand({ PolicyName: 'read', PolicyDocument, Tags }));
    const place = placeOf(clientsOf({ credentials: account.credentials }));
    for (const [type, id] of [
      ['AWS::IAM::UserCredentials', 'alice'],
      ['AWS::IAM::Role', 'deploy'],
      ['AWS::IAM::RolePolicy', 'deploy/inline'],
      ['AWS::IAM::Policy', Policy?.Arn ?? ''],
    ] as const) {
      expect(await tagsOf(ref(type, id, GLOBAL, account.accountId), place), type).toEqual({ stage: 'dev' });
    }
  });

  it('the tags of a DB instance are found by the id under which AWS Config knows it', async () => {
    const account = await freshAccount();
    const client = new RDSClient({ region: 'eu-west-1', credentials: account.credentials });
    const secret = { MasterUsername: 'made', MasterUserPassword: 'made-up-Pa55word' };
    const instance = { Engine: 'postgres', DBInstanceClass: 'db.t3.micro', AllocatedStorage: 20, ...secret };
    const { DBInstance } = await client.send(new CreateDBInstanceCommand({ ...instance, DBInstanceIdentifier: 'orders', Tags }));
    const place = placeOf(clientsOf({ credentials: account.credentials }));
    expect(await tagsOf(ref('AWS::RDS::DBInstance', DBInstance?.DbiResourceId ?? '', 'eu-west-1', account.accountId), place)).toEqual({
      stage: 'dev',
    });
  });
});
