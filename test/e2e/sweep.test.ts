import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  EC2Client,
  EnableEbsEncryptionByDefaultCommand,
} from '@aws-sdk/client-ec2';
import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { dynamoStateStore } from '../../adapters/aws/dynamo-state-store.ts';
import { READERS } from '../../adapters/aws/readers/index.ts';
import { MAX_RETRIES } from '../../core/pipeline/unit.ts';
import type { ListState } from '../../core/ports.ts';
import { type AwsProxy, awsProxy } from '../support/aws-proxy.ts';
import { useMoto } from '../support/moto.ts';
import { credentialsOf } from '../support/moto-server.ts';
import { type Deployment, deploy } from './support/deployment.ts';

/** The synthesized stack reads an emulated account by itself: sweep, refresh by CloudTrail, expiry. Needs moto and DynamoDB Local. */

const ACCOUNT = '111111111111';
const REGION = 'eu-west-1';
const GROUP = 'AWS::EC2::SecurityGroup';
const GROUP_READER = READERS.find(({ lists }) => lists.includes(GROUP))?.id ?? '';
const EBS_DEFAULT = 'AWS::EC2::EBSEncryptionByDefault';
const [dynamoDb, moto] = [inject('dynamoDbEndpoint'), useMoto()];

describe.skipIf(!dynamoDb || !moto)('the deployed system on an account that sends no events', () => {
  let system: Deployment;
  let ec2: EC2Client;
  let aws: AwsProxy;
  let groupId = '';
  beforeAll(async () => {
    const credentials = await credentialsOf(ACCOUNT);
    ec2 = new EC2Client({ region: REGION, credentials });
    const made = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'web' }));
    groupId = made.GroupId ?? '';
    const ssh = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: groupId, IpPermissions: [ssh] }));
    aws = await awsProxy(moto ?? '');
    system = await deploy(dynamoDb ?? '', { endpoint: aws.endpoint, credentials });
  });
  afterAll(async () => {
    await system?.stop();
    aws?.close();
    ec2?.destroy();
  });

  const stored = async (type: string): Promise<Record<string, { facts: Record<string, unknown>; missing: Record<string, string> }>> => {
    const { Items = [] } = await system.client.send(
      new QueryCommand({
        TableName: system.tableNamed('State'),
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        FilterExpression: 'attribute_exists(evidence)',
        ExpressionAttributeValues: { ':pk': `R#${ACCOUNT}#${type}` },
      }),
    );
    return Object.fromEntries(Items.map(({ resourceId, evidence }) => [resourceId, JSON.parse(evidence)]));
  };
  /** What is known of the list of a type in the Region. */
  const listOf = async (type: string): Promise<ListState | undefined> =>
    (await dynamoStateStore(system.client, { stateTable: system.tableNamed('State') }).readCard(ACCOUNT, REGION))?.lists.get(type);
  const statusOf = async (controlId: string): Promise<string | undefined> => {
    const { Item } = await system.client.send(
      new GetCommand({ TableName: system.tableNamed('Scores'), Key: { pk: `A#${ACCOUNT}`, sk: 'CARD' }, ConsistentRead: true }),
    );
    return new RegExp(`${controlId}:(.)`).exec(Item?.statuses ?? '')?.[1];
  };
  /** Ids of the readers that have run since a mark in the function's output. */
  const ranSince = (mark: number): string[] =>
    system
      .functionOf('read')
      .output.slice(mark)
      .join('')
      .split('\n')
      .filter((line) => line.includes('"message":"read"'))
      .map((line) => JSON.parse(line).reader);
  /** Places of the units that have been read since a mark in the function's output. */
  const unitsSince = (mark: number): { region: string; failed: Record<string, string>; rest: string[]; readers: number }[] =>
    system
      .functionOf('read')
      .output.slice(mark)
      .join('')
      .split('\n')
      .filter((line) => line.includes('"message":"unit read"'))
      .map((line) => JSON.parse(line));
  const callEvent = (eventSource: string, eventName: string) => ({
    version: '0',
    'detail-type': 'AWS API Call via CloudTrail',
    source: `aws.${eventSource.replace('.amazonaws.com', '')}`,
    account: ACCOUNT,
    region: REGION,
    detail: { eventSource, eventName, awsRegion: REGION, recipientAccountId: ACCOUNT },
  });

  it('reads everything once when it is deployed, and scores it', async () => {
    await system.onSchedule('Deployed');
    await system.settle();
    const asked = system.received('read').map((body) => JSON.parse(body));
    const places = [REGION, 'global', 'organization'];
    expect(asked).toHaveLength(places.length);
    expect(asked).toEqual(expect.arrayContaining(places.map((region) => ({ task: 'unit', accountId: ACCOUNT, region, generation: 1 }))));
    const units = unitsSince(0);
    expect(units.map(({ failed, rest }) => ({ failed, rest }))).toEqual(places.map(() => ({ failed: {}, rest: [] })));
    expect(units.reduce((sum, { readers }) => sum + readers, 0)).toBe(READERS.length);
    expect(await stored(GROUP)).toHaveProperty(groupId);
    expect((await listOf(GROUP))?.resources).toBeGreaterThan(0);
    expect(await statusOf('NET-L1-01')).toBe('F');
    expect(await statusOf('CMP-L1-01')).toBe('F');
  });

  it('reads again what a call has changed, once for a burst, and nothing else', async () => {
    expect((await stored(EBS_DEFAULT))[REGION]?.facts).toEqual({ enabled: false });
    await ec2.send(new EnableEbsEncryptionByDefaultCommand({}));
    const mark = system.functionOf('read').output.length;
    const event = callEvent('ec2.amazonaws.com', 'EnableEbsEncryptionByDefault');
    for (let n = 0; n < 5; n++) expect(system.putEvent(event)).toBe(1);
    await system.settle();
    const touched = READERS.filter(({ refreshedBy }) =>
      refreshedBy.some(({ source, names }) => source === 'ec2.amazonaws.com' && names.includes('EnableEbsEncryptionByDefault')),
    );
    expect(ranSince(mark).sort()).toEqual(touched.map(({ id }) => id).sort());
    expect((await stored(EBS_DEFAULT))[REGION]?.facts).toEqual({ enabled: true });
    expect(await statusOf('CMP-L1-01')).toBe('P');
  });

  it('takes no call that changes nothing it reads', () => {
    expect(system.putEvent(callEvent('ec2.amazonaws.com', 'AnythingElse'))).toBe(0);
    expect(system.putEvent({ ...callEvent('ec2.amazonaws.com', 'EnableEbsEncryptionByDefault'), source: 'custom.ec2' })).toBe(0);
  });

  it('parks what it cannot understand or believe, with the reason', async () => {
    const elsewhere = JSON.stringify({ ...callEvent('ec2.amazonaws.com', 'EnableEbsEncryptionByDefault'), account: '222222222222' });
    for (const body of ['{"task":', '{"task":"read","reader":"none"}', elsewhere]) system.putInto('SweepReadings', body);
    await system.settle();
    expect(system.parked('Rejected')).toEqual([
      { body: '{"task":', reason: 'not valid JSON' },
      { body: '{"task":"read","reader":"none"}', reason: 'the reader "none" is not known' },
      { body: elsewhere, reason: 'account 222222222222 is not evaluated here' },
    ]);
    expect(system.parked('SweepFailures')).toEqual([]);
  });

  it('looks a second time for what a list has just ceased to show, and then ends it', async () => {
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: groupId }));
    system.putInto('SweepReadings', JSON.stringify({ task: 'read', accountId: ACCOUNT, region: REGION, reader: GROUP_READER }));
    await system.settle();
    expect(await stored(GROUP)).toHaveProperty(groupId);
    expect(system.delayed().map((body) => JSON.parse(body).reader)).toContain(GROUP_READER);
    system.advance(0.25);
    await system.settle();
    expect(await stored(GROUP)).not.toHaveProperty(groupId);
    expect(await statusOf('NET-L1-01')).toBe('P');
  });

  it('keeps a list that AWS throttles as it is, tries again, and says why in the end', async () => {
    const known = await listOf(GROUP);
    aws.fault = ({ operation }) => (operation === 'DescribeSecurityGroups' ? { status: 503, code: 'RequestLimitExceeded' } : undefined);
    const unit = { task: 'unit', accountId: ACCOUNT, region: REGION, generation: 1, readers: [GROUP_READER] };
    system.putInto('SweepUnits', JSON.stringify({ ...unit, attempt: MAX_RETRIES - 1 }));
    await system.settle();
    expect(await listOf(GROUP)).toEqual(known);
    expect(system.delayed().map((body) => JSON.parse(body))).toContainEqual({ ...unit, attempt: MAX_RETRIES });
    system.advance(0.25);
    await system.settle();
    expect((await listOf(GROUP))?.gap).toMatch(/^ec2:DescribeSecurityGroups failed \(RequestLimitExceeded\)/);
    expect(await statusOf('NET-L1-01')).toBe('N');
    const [parked] = system.parked('SweepFailures');
    expect(JSON.parse(parked?.body ?? '')).toEqual(unit);
    expect(parked?.reason).toContain('RequestLimitExceeded');

    aws.fault = () => undefined;
    system.putInto('SweepUnits', parked?.body ?? '');
    await system.settle();
    expect((await listOf(GROUP))?.resources).toBe(known?.resources);
    expect(await statusOf('NET-L1-01')).toBe('P');
  }, 120_000);

  it('gives up after two days what nobody has read, and has it back with the next sweep', async () => {
    const known = await listOf(GROUP);
    expect(known?.resources).toBeGreaterThan(0);
    system.advance(47);
    await system.onSchedule('SweepExpire');
    await system.settle();
    expect(await listOf(GROUP)).toEqual(known);

    system.advance(2);
    await system.onSchedule('SweepExpire');
    await system.settle();
    expect((await listOf(GROUP))?.gap).toEqual(expect.stringMatching(/^last read at .*, more than 48 hours ago$/));
    expect(await statusOf('NET-L1-01')).toBe('N');

    await system.onSchedule('SweepDue');
    await system.settle();
    expect((await listOf(GROUP))?.resources).toBe(known?.resources);
    expect(await statusOf('NET-L1-01')).toBe('P');
    expect(system.parked('SweepFailures')).toHaveLength(1);
  });
});
