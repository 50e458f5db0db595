import { CloudFormationClient, ListStackInstancesCommand, type StackInstanceSummary } from '@aws-sdk/client-cloudformation';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { clientsOf } from '../../adapters/aws/clients.ts';
import { failedInstances, MAX_FAILED } from '../../adapters/aws/stack-instances.ts';

const cloudFormation = mockClient(CloudFormationClient);
afterEach(() => cloudFormation.reset());

const PLACE = { stackSetName: 'csmm-member', region: 'eu-west-1', callAs: 'DELEGATED_ADMIN' } as const;
const read = () => failedInstances(clientsOf({ credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }), PLACE);
const query = (status: string, NextToken?: string) => ({
  StackSetName: 'csmm-member',
  CallAs: 'DELEGATED_ADMIN' as const,
  MaxResults: 100,
  NextToken,
  Filters: [{ Name: 'DETAILED_STATUS' as const, Values: status }],
});
const summary = (Region: string, StatusReason?: string): StackInstanceSummary => ({
  Account: '111111111111',
  Region,
  Status: 'OUTDATED',
  ...(StatusReason !== undefined && { StatusReason }),
});

describe('the failed stacks of a stack set', () => {
  it('are those of every failed state, on every page', async () => {
    cloudFormation.on(ListStackInstancesCommand).resolves({ Summaries: [] });
    cloudFormation
      .on(ListStackInstancesCommand, query('FAILED'))
      .resolves({ Summaries: [summary('us-east-1', 'denied')], NextToken: 'more' })
      .on(ListStackInstancesCommand, query('FAILED', 'more'))
      .resolves({ Summaries: [summary('eu-north-1')] })
      .on(ListStackInstancesCommand, query('INOPERABLE'))
      .resolves({ Summaries: [summary('ap-south-1', 'x'.repeat(10_000))] });
    const found = await read();
    expect(found.map(({ region, status }) => [region, status])).toEqual([
      ['us-east-1', 'FAILED'],
      ['eu-north-1', 'FAILED'],
      ['ap-south-1', 'INOPERABLE'],
    ]);
    expect(found.map(({ reason }) => reason.slice(0, 30))).toEqual(['denied', 'CloudFormation gives no reason', 'x'.repeat(30)]);
    expect(found[2]?.reason).toHaveLength(500);
    expect(found[0]?.accountId).toBe('111111111111');
  });

  it('ask for each state by its filter, so that a large stack set is not listed whole', async () => {
    cloudFormation.on(ListStackInstancesCommand).resolves({ Summaries: [] });
    expect(await read()).toEqual([]);
    const asked = cloudFormation.commandCalls(ListStackInstancesCommand).map(({ args }) => args[0].input.Filters?.[0]?.Values);
    expect(asked).toEqual(['FAILED', 'FAILED_IMPORT', 'INOPERABLE', 'CANCELLED']);
  });

  it('end at a number that nobody reads', async () => {
    let page = 0;
    cloudFormation.on(ListStackInstancesCommand).callsFake(() => ({
      Summaries: Array.from({ length: 100 }, (_, index) => summary(`xx-${page}-${index}`)),
      NextToken: `page-${++page}`,
    }));
    expect(await read()).toHaveLength(MAX_FAILED);
    expect(page).toBe(MAX_FAILED / 100);
  });

  it('are not known if the stack set is not there', async () => {
    cloudFormation.on(ListStackInstancesCommand).rejects(Object.assign(new Error('no'), { name: 'StackSetNotFoundException' }));
    await expect(read()).rejects.toMatchObject({ name: 'StackSetNotFoundException' });
  });
});
