import { CloudFormationClient, ListStackInstancesCommand, type StackInstanceSummary } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dynamoSettingsStore } from '../../adapters/aws/settings-store.ts';

const cloudFormation = mockClient(CloudFormationClient);
const tables = mockClient(DynamoDBDocumentClient);

vi.stubEnv('POWERTOOLS_DEV', 'true');
vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'status');
vi.stubEnv('POWERTOOLS_METRICS_NAMESPACE', 'CSMM');
vi.stubEnv('LOG_LEVEL', 'INFO');
vi.stubEnv('AWS_REGION', 'eu-west-1');
vi.stubEnv('STATE_TABLE', 'state');
vi.stubEnv('STACK_SET_NAME', 'csmm-member');
vi.stubEnv('STACK_SET_CALL_AS', 'DELEGATED_ADMIN');
const { handler } = await import('../../lambdas/status.ts');

const DENIED = 'User: arn:aws:sts::111111111111:assumed-role/x is not authorized to perform: sqs:CreateQueue with an explicit deny';
const failed = (Account: string, Region: string, StatusReason: string): StackInstanceSummary => ({ Account, Region, StatusReason });

/** Applies settings to the mocked table as csmm does. */
async function approve(approvedRegions: readonly string[]): Promise<void> {
  tables.on(PutCommand).resolves({});
  await dynamoSettingsStore(new DynamoDBClient({ region: 'eu-west-1' }), 'state').applySettings(undefined, {
    document: { version: 1, approvedRegions },
    appliedAt: '2026-11-01T00:00:00.000Z',
    appliedBy: 'somebody',
    revision: 1,
    expiredUntil: '',
  });
  tables.on(GetCommand).resolves({ Item: tables.commandCalls(PutCommand)[0]?.args[0].input.Item ?? {} });
}

/** Runs the function. @returns the lines that it writes. */
async function lines(): Promise<Record<string, unknown>[]> {
  const written: string[] = [];
  for (const method of ['log', 'info', 'warn'] as const)
    vi.spyOn(console, method).mockImplementation((line: string) => void written.push(line));
  await handler({}, { invokedFunctionArn: 'arn:aws:lambda:eu-west-1:222222222222:function:status' });
  return written.map((line) => JSON.parse(line));
}

describe('the function that counts failed stacks', () => {
  beforeEach(() => {
    tables.on(GetCommand).resolves({});
    cloudFormation.on(ListStackInstancesCommand).resolves({ Summaries: [] });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    cloudFormation.reset();
    tables.reset();
  });

  it('says account, Region and reason of each, and counts those of closed Regions apart', async () => {
    await approve(['eu-west-1', 'us-east-1']);
    cloudFormation
      .on(ListStackInstancesCommand, { Filters: [{ Name: 'DETAILED_STATUS', Values: 'FAILED' }] })
      .resolves({ Summaries: [failed('111111111111', 'us-east-1', DENIED), failed('333333333333', 'ap-south-1', DENIED)] });
    const written = await lines();
    expect(written.filter(({ message }) => message === 'stack failed')).toMatchObject([
      { level: 'WARN', accountId: '111111111111', region: 'us-east-1', reason: DENIED },
    ]);
    expect(written.find(({ message }) => message === 'stacks counted')).toMatchObject({
      failing: 1,
      closed: 1,
      closedRegions: ['ap-south-1'],
    });
    const metrics = written.find((line) => '_aws' in line);
    expect(metrics).toMatchObject({ service: 'status', StackSet: 'csmm-member', StackInstancesFailing: 1, StackInstancesClosed: 1 });
    expect(metrics?._aws).toMatchObject({ CloudWatchMetrics: [{ Namespace: 'CSMM', Dimensions: [['service', 'StackSet']] }] });
  });

  it('sends zero if all stacks are as they should be, so that the alarm ends', async () => {
    const written = await lines();
    expect(written.filter(({ message }) => message === 'stack failed')).toEqual([]);
    expect(written.find((line) => '_aws' in line)).toMatchObject({
      StackSet: 'csmm-member',
      StackInstancesFailing: 0,
      StackInstancesClosed: 0,
    });
  });

  it('fails if it cannot read the stack set, so that nobody takes silence for success', async () => {
    cloudFormation.on(ListStackInstancesCommand).rejects(Object.assign(new Error('no'), { name: 'StackSetNotFoundException' }));
    await expect(lines()).rejects.toMatchObject({ name: 'StackSetNotFoundException' });
  });

  it('reads the stack set in its own Region', async () => {
    await lines();
    const [call] = cloudFormation.commandCalls(ListStackInstancesCommand);
    expect(call?.args[0].input).toMatchObject({ StackSetName: 'csmm-member', CallAs: 'DELEGATED_ADMIN' });
    expect(await call?.thisValue.config.region()).toBe('eu-west-1');
  });
});
