import { CreateSecurityGroupCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { freshAccount, useMoto } from '../support/moto.ts';
import { credentialsOf } from '../support/moto-server.ts';
import { type Deployment, deploy } from './support/deployment.ts';

/**
 * The synthesized stack evaluates members of an organization: their rules forward changes to its bus, and it assumes the read role that
 * the stack set has deployed. Its tables have a key of the account. Needs moto and DynamoDB Local.
 */

const ACCOUNT = '111111111111';
const REGION = 'eu-west-1';
const GROUP = 'AWS::EC2::SecurityGroup';
const [dynamoDb, moto] = [inject('dynamoDbEndpoint'), useMoto()];

/** A message of the planner. */
interface Asked {
  readonly accountId?: string;
  readonly region?: string;
}

describe.skipIf(!dynamoDb || !moto)('the deployed system of an organization', () => {
  let system: Deployment;
  let ec2: EC2Client;
  let member = '';
  beforeAll(async () => {
    const { accountId, credentials } = await freshAccount();
    member = accountId;
    ec2 = new EC2Client({ region: REGION, credentials });
    const estate = { endpoint: moto ?? '', credentials: await credentialsOf(ACCOUNT), members: [member] };
    system = await deploy(dynamoDb ?? '', estate, { organization: true });
  });
  afterAll(async () => {
    ec2?.destroy();
    await system?.stop();
  });

  const resourceIds = async (): Promise<string[]> => {
    const { Items = [] } = await system.client.send(
      new QueryCommand({
        TableName: system.tableNamed('State'),
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': `R#${member}#${GROUP}` },
      }),
    );
    return Items.map(({ resourceId }) => resourceId);
  };
  const configEvent = (resourceId: string, account: string) => ({
    version: '0',
    'detail-type': 'Config Configuration Item Change',
    source: 'aws.config',
    account,
    time: '2026-01-01T00:00:00.000Z',
    region: REGION,
    detail: {
      messageType: 'OversizedConfigurationItemChangeNotification',
      configurationItemSummary: {
        configurationItemCaptureTime: '2026-01-01T00:00:00.000Z',
        configurationItemStatus: 'OK',
        awsAccountId: account,
        awsRegion: REGION,
        resourceType: GROUP,
        resourceId,
      },
    },
  });
  /** Takes out of a queue what the planner has asked to be read. */
  const drain = (part: string): Asked[] => {
    const queue = system.queueNamed(part);
    const messages = queue.messages().map(({ body }) => JSON.parse(body) as Asked);
    queue.purge();
    return messages;
  };

  it('takes a change from the bus of a member, and reads what is too large for an event with the role of the member', async () => {
    system.recorder.history.set('sg-1', {
      configurationItemCaptureTime: Date.parse('2026-01-01T00:00:00.000Z') / 1000,
      configurationItemStatus: 'OK',
      accountId: member,
      awsRegion: REGION,
      resourceType: GROUP,
      resourceId: 'sg-1',
      configuration: JSON.stringify({
        groupName: 'web',
        vpcId: 'vpc-1',
        ipPermissions: [
          { ipProtocol: 'tcp', fromPort: 22, toPort: 22, ipv4Ranges: [{ cidrIp: '0.0.0.0/0' }], ipv6Ranges: [], ipRanges: [] },
        ],
        ipPermissionsEgress: [],
      }),
      supplementaryConfiguration: {},
      tags: {},
      relationships: [],
    });
    expect(system.putMemberEvent(configEvent('sg-1', member), member)).toBe(1);
    await system.settle();
    expect(await resourceIds()).toEqual(['sg-1']);
    const { Item } = await system.client.send(
      new GetCommand({ TableName: system.tableNamed('Scores'), Key: { pk: `A#${member}`, sk: 'CARD' }, ConsistentRead: true }),
    );
    expect(Item?.statuses).toContain('NET-L1-01:F');
    expect(system.recorder.entries.map(({ DetailType }) => DetailType)).toContain('CSMM Score Changed');
  });

  it('has the members read, and reads them with their role', async () => {
    const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'api', Description: 'api' }));
    await system.onSchedule('SweepDeployed');
    const asked = drain('SweepUnits');
    expect(asked.some(({ accountId }) => accountId === member)).toBe(true);
    for (const each of asked.filter(({ region }) => region === 'organization')) system.putInto('SweepUnits', JSON.stringify(each));
    system.putInto('SweepReadings', JSON.stringify({ task: 'read', accountId: member, region: REGION, reader: 'ec2-security-groups' }));
    await system.settle();
    expect(await resourceIds()).toContain(GroupId);
    expect(system.parked('Rejected')).toEqual([]);
  });

  it('is refused by an account that has no read role, and by one outside the organization', async () => {
    const stranger = '999999999999';
    system.putInto('SweepReadings', JSON.stringify({ task: 'read', accountId: stranger, region: REGION, reader: 'ec2-security-groups' }));
    await system.settle();
    expect(system.denied.splice(0)).toContainEqual({
      by: 'read',
      action: 'sts:AssumeRole',
      resource: `arn:aws:iam::${stranger}:role/csmm-read`,
      reason: expect.stringContaining("resource's policy"),
    });
  });

  it('counts the stacks that have not reached a member', async () => {
    system.recorder.failedStacks.push({ Account: member, Region: 'us-east-1', StatusReason: 'an SCP denies it' });
    await system.onSchedule('MembersHourly');
    await vi.waitFor(() => {
      const output = system.functionOf('status').output.join('');
      expect(output).toContain('an SCP denies it');
      expect(output).toContain('"StackInstancesFailing":1');
    });
  });
});
