import {
  type AutomationExecution,
  AutomationExecutionStatus,
  DescribeAutomationExecutionsCommand,
  DescribeDocumentCommand,
  GetAutomationExecutionCommand,
  SSMClient,
  StartAutomationExecutionCommand,
  type StepExecution,
  StopAutomationExecutionCommand,
} from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { NoExecutionIdError, NotActiveError, ssmAutomation, stateOf } from '../../adapters/aws/automation.ts';
import { type RunPlace, StartDeferredError, StartDeniedError, StartRefusedError } from '../../core/remediation/ports.ts';

const ssm = mockClient(SSMClient);
afterEach(() => ssm.reset());

const PLACE: RunPlace = { accountId: '111111111111', region: 'eu-west-1' };
const RUNBOOK = 'CSMM-EnableBucketVersioning';
const TOKEN = '11111111-2222-3333-4444-555555555555';
const ROLE = 'arn:aws:iam::111111111111:role/csmm-EnableBucketVersioning';

const places: RunPlace[] = [];
const automation = ssmAutomation({
  clientFor: async (place) => {
    places.push(place);
    return new SSMClient({ region: place.region });
  },
  roleArn: (accountId, runbook) => `arn:aws:iam::${accountId}:role/${runbook.replace('CSMM', 'csmm')}`,
});

const fault = (name: string, message = 'no') => Object.assign(new Error(message), { name });

describe('a runbook', () => {
  it('is described by the parameters that it declares', async () => {
    ssm.on(DescribeDocumentCommand, { Name: RUNBOOK }).resolves({
      Document: { Status: 'Active', Parameters: [{ Name: 'BucketName' }, { Name: 'AutomationAssumeRole' }, {}] },
    });
    expect(await automation.describe(PLACE, RUNBOOK)).toEqual({ parameters: ['BucketName', 'AutomationAssumeRole'] });
    // The same version is described and started.
    expect(ssm.commandCalls(DescribeDocumentCommand)[0]?.args[0].input.DocumentVersion).toBe('$LATEST');
    expect(places.at(-1)).toEqual(PLACE);
  });

  it('without parameters declares none', async () => {
    ssm.on(DescribeDocumentCommand).resolves({ Document: { Status: 'Active' } });
    expect(await automation.describe(PLACE, RUNBOOK)).toEqual({ parameters: [] });
  });

  it('that is not there is not there', async () => {
    ssm.on(DescribeDocumentCommand).rejects(fault('InvalidDocument'));
    expect(await automation.describe(PLACE, RUNBOOK)).toBeUndefined();
  });

  it.each(['Creating', 'Updating', 'Deleting', 'Failed', undefined] as const)('that is %s is not known', async (Status) => {
    ssm.on(DescribeDocumentCommand).resolves({ Document: Status ? { Status } : {} });
    await expect(automation.describe(PLACE, RUNBOOK)).rejects.toThrow(NotActiveError);
  });

  it.each(['AccessDeniedException', 'ThrottlingException', 'InternalServerError'])('of which SSM says %s is not known', async (name) => {
    ssm.on(DescribeDocumentCommand).rejects(fault(name));
    await expect(automation.describe(PLACE, RUNBOOK)).rejects.toMatchObject({ name });
  });
});

describe('a start', () => {
  const request = { runbook: RUNBOOK, parameters: { BucketName: ['orders'], Ports: ['22', '3389'] }, token: TOKEN };

  it('gives the parameters, the role, the token, and a tag to find it by', async () => {
    ssm.on(StartAutomationExecutionCommand).resolves({ AutomationExecutionId: 'execution-1' });
    expect(await automation.start(PLACE, request)).toBe('execution-1');
    expect(ssm.commandCalls(StartAutomationExecutionCommand).map(({ args: [{ input }] }) => input)).toEqual([
      {
        DocumentName: RUNBOOK,
        DocumentVersion: '$LATEST',
        Parameters: { BucketName: ['orders'], Ports: ['22', '3389'], AutomationAssumeRole: [ROLE] },
        ClientToken: TOKEN,
        Tags: [{ Key: `csmm:token:${TOKEN}`, Value: 'csmm' }],
      },
    ]);
    expect(places.at(-1)).toEqual(PLACE);
  });

  it('takes the role from nobody else', async () => {
    ssm.on(StartAutomationExecutionCommand).resolves({ AutomationExecutionId: 'execution-1' });
    await automation.start(PLACE, { ...request, parameters: { AutomationAssumeRole: ['arn:aws:iam::111111111111:role/admin'] } });
    expect(ssm.commandCalls(StartAutomationExecutionCommand)[0]?.args[0].input.Parameters).toEqual({ AutomationAssumeRole: [ROLE] });
  });

  it.each(['InvalidAutomationExecutionParametersException', 'InvalidTarget', 'ValidationException'])(
    'that is refused with %s has started nothing',
    async (name) => {
      const cause = fault(name, 'line one\n  line two');
      ssm.on(StartAutomationExecutionCommand).rejects(cause);
      const starting = automation.start(PLACE, request);
      await expect(starting).rejects.toThrow(StartRefusedError);
      await expect(starting).rejects.toMatchObject({ message: expect.stringMatching(`^[^\n]*${name}[^\n]*$`), cause });
    },
  );

  it.each([
    ['AccessDeniedException', 'not authorized'],
    ['AutomationDefinitionNotFoundException', 'no such document'],
    ['AutomationDefinitionVersionNotFoundException', 'no such version'],
    ['InvalidAutomationExecutionParametersException', 'The defined assume role is unable to be assumed.'],
  ])('that the account denies with %s has started nothing', async (name, message) => {
    const cause = fault(name, message);
    ssm.on(StartAutomationExecutionCommand).rejects(cause);
    const starting = automation.start(PLACE, request);
    await expect(starting).rejects.toThrow(StartDeniedError);
    await expect(starting).rejects.toMatchObject({ cause });
  });

  it.each([
    'AutomationExecutionLimitExceededException',
    'Throttling',
    'ThrottlingException',
    'RequestLimitExceeded',
    'TooManyRequestsException',
  ])('that is put off with %s has started nothing, and may be made later', async (name) => {
    ssm.on(StartAutomationExecutionCommand).rejects(fault(name));
    await expect(automation.start(PLACE, request)).rejects.toThrow(StartDeferredError);
  });

  it.each([
    ['AccessDenied', StartDeniedError],
    ['ExpiredToken', StartDeferredError],
    ['TimeoutError', StartDeferredError],
  ])('without credentials (%s) has started nothing', async (name, expected) => {
    const cause = fault(name);
    const shut = ssmAutomation({ clientFor: () => Promise.reject(cause), roleArn: () => ROLE });
    const starting = shut.start(PLACE, request);
    await expect(starting).rejects.toThrow(expected);
    await expect(starting).rejects.toMatchObject({ cause });
    await expect(shut.describe(PLACE, RUNBOOK)).rejects.toBe(cause);
    await expect(shut.find(PLACE, TOKEN, RUNBOOK)).rejects.toBe(cause);
    expect(ssm.calls()).toEqual([]);
  });

  // Whether something has started is not certain: the same token was seen with other parameters, or the answer was lost.
  it.each(['IdempotentParameterMismatch', 'InternalServerError', 'TimeoutError', 'UnknownEndpoint'])(
    'that ends in %s may have started something',
    async (name) => {
      ssm.on(StartAutomationExecutionCommand).rejects(fault(name));
      const starting = automation.start(PLACE, request);
      await expect(starting).rejects.not.toThrow(StartRefusedError);
      await expect(starting).rejects.not.toThrow(StartDeferredError);
      await expect(starting).rejects.toMatchObject({ name });
    },
  );

  it('without an id may have started something', async () => {
    ssm.on(StartAutomationExecutionCommand).resolves({});
    await expect(automation.start(PLACE, request)).rejects.toThrow(NoExecutionIdError);
  });
});

describe('an execution', () => {
  it('is found by its tag, on whichever page', async () => {
    const pages = [
      { AutomationExecutionMetadataList: [], NextToken: 'more' },
      { NextToken: 'still more' },
      {
        AutomationExecutionMetadataList: [
          { AutomationExecutionId: 'other', DocumentName: 'SomethingElse' },
          { AutomationExecutionId: 'execution-1', DocumentName: RUNBOOK },
        ],
      },
    ];
    const asked: unknown[] = [];
    ssm.on(DescribeAutomationExecutionsCommand).callsFake(({ Filters, NextToken }) => {
      asked.push([Filters, NextToken]);
      return pages[asked.length - 1];
    });
    expect(await automation.find(PLACE, TOKEN, RUNBOOK)).toBe('execution-1');
    const filters = [{ Key: 'TagKey', Values: [`csmm:token:${TOKEN}`] }];
    expect(asked).toEqual([undefined, 'more', 'still more'].map((token) => [filters, token]));
  });

  it('that no page has is not there', async () => {
    ssm.on(DescribeAutomationExecutionsCommand).resolves({ AutomationExecutionMetadataList: [] });
    expect(await automation.find(PLACE, TOKEN, RUNBOOK)).toBeUndefined();
  });

  it('of which SSM knows several is not known', async () => {
    const twice = ['execution-1', 'execution-2'].map((AutomationExecutionId) => ({ AutomationExecutionId, DocumentName: RUNBOOK }));
    ssm.on(DescribeAutomationExecutionsCommand).resolves({ AutomationExecutionMetadataList: twice });
    await expect(automation.find(PLACE, TOKEN, RUNBOOK)).rejects.toMatchObject({ name: 'SeveralExecutionsError' });
  });

  it('that cannot be looked for is not known', async () => {
    ssm.on(DescribeAutomationExecutionsCommand).resolvesOnce({ NextToken: 'more' }).rejects(fault('ThrottlingException'));
    await expect(automation.find(PLACE, TOKEN, RUNBOOK)).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  it('is asked how it goes, and cancelled, by its id', async () => {
    ssm
      .on(GetAutomationExecutionCommand, { AutomationExecutionId: 'execution-1' })
      .resolves({ AutomationExecution: { AutomationExecutionStatus: 'InProgress' } })
      .on(StopAutomationExecutionCommand)
      .resolves({});
    expect(await automation.state(PLACE, 'execution-1')).toEqual({ ended: false, status: 'InProgress' });
    await automation.stop(PLACE, 'execution-1');
    expect(ssm.commandCalls(StopAutomationExecutionCommand)[0]?.args[0].input).toEqual({
      AutomationExecutionId: 'execution-1',
      Type: 'Cancel',
    });
  });

  it.each([
    [GetAutomationExecutionCommand, () => automation.state(PLACE, 'execution-1')],
    [StopAutomationExecutionCommand, () => automation.stop(PLACE, 'execution-1')],
  ] as const)('of which SSM knows nothing is no end (%s)', async (command, ask) => {
    ssm.on(command as typeof GetAutomationExecutionCommand).rejects(fault('AutomationExecutionNotFoundException'));
    await expect(ask()).rejects.toMatchObject({ name: 'AutomationExecutionNotFoundException' });
  });
});

describe('the status of an execution', () => {
  const GOES_ON = [
    'Approved',
    'Cancelling',
    'ChangeCalendarOverrideApproved',
    'InProgress',
    'Pending',
    'PendingApproval',
    'PendingChangeCalendarOverride',
    'RunbookInProgress',
    'Scheduled',
    'Waiting',
  ];
  const WELL = ['CompletedWithSuccess', 'Success'];
  const BADLY = ['Cancelled', 'ChangeCalendarOverrideRejected', 'CompletedWithFailure', 'Exited', 'Failed', 'Rejected', 'TimedOut'];

  it('is every one that the API knows', () => {
    expect([...GOES_ON, ...WELL, ...BADLY].sort()).toEqual(Object.values(AutomationExecutionStatus).sort());
  });

  it.each([...GOES_ON, 'Unheard of'])('%s is no end', (status) => {
    expect(stateOf({ AutomationExecutionStatus: status as never })).toEqual({ ended: false, status });
  });

  it('that is not told is no end', () => {
    expect([stateOf(undefined), stateOf({})]).toEqual([
      { ended: false, status: 'Unknown' },
      { ended: false, status: 'Unknown' },
    ]);
  });

  it.each(WELL)('%s is a good end', (status) => {
    expect(stateOf({ AutomationExecutionStatus: status as never })).toEqual({
      ended: true,
      succeeded: true,
      status,
      reason: 'the execution succeeded',
      outputs: {},
    });
  });

  it.each([...BADLY, 'Canceled'])('%s is a bad end', (status) => {
    expect(stateOf({ AutomationExecutionStatus: status as never })).toMatchObject({
      ended: true,
      succeeded: false,
      status,
      reason: 'SSM returned no reason',
    });
  });

  it('has a reason of one line that fits', () => {
    const state = stateOf({
      AutomationExecutionStatus: 'Failed',
      FailureMessage: `Step fails\n\n  when it is\tPoisoned. ${'x'.repeat(5000)}`,
    });
    expect(state).toMatchObject({ reason: expect.stringMatching(/^Step fails when it is Poisoned\. x{260,280}$/) });
  });
});

describe('the outputs of an execution', () => {
  const outputs = (Outputs: Record<string, string[]>) => {
    const state = stateOf({ AutomationExecutionStatus: 'Success', Outputs });
    return state.ended && state.outputs;
  };

  it('are named as the runbook names them, behind their step', () => {
    expect(outputs({ 'Read.PreviousStatus': ['Off'], 'Outer.Inner.Deep': ['1', '2'], Bare: ['yes'] })).toEqual({
      PreviousStatus: ['Off'],
      Deep: ['1', '2'],
      Bare: ['yes'],
    });
  });

  it('that a step had no value for are left out, so that nothing is brought back that never was', () => {
    expect(
      outputs({
        'Read.Previous': ['No output available yet because the step is not successfully executed'],
        'Read.Other': ['Off'],
        'Read.Half': ['Off', 'No output available yet'],
      }),
    ).toEqual({ Other: ['Off'] });
  });

  it.each([['true'], ['false'], ['TRUE'], ['Truly'], [''], ['{"a": [1]}'], [' blank ']])('are passed on as they are: %j', (value) => {
    expect(outputs({ 'Read.Previous': [value] })).toEqual({ Previous: [value] });
  });

  it('of scripts, which spell truth as Python does, are spelt as the parameters of an inverse are', () => {
    expect(outputs({ 'Read.Previous': ['True', 'False'] })).toEqual({ Previous: ['true', 'false'] });
  });

  it('that are empty lists stay empty lists', () => {
    expect(outputs({ 'Read.Previous': [] })).toEqual({ Previous: [] });
  });

  it('are told of an execution that has failed, which may have changed something before', () => {
    expect(stateOf({ AutomationExecutionStatus: 'Failed', Outputs: { 'Read.Previous': ['Off'] } })).toMatchObject({
      outputs: { Previous: ['Off'] },
    });
  });
});

describe('the steps of an execution that failed', () => {
  const read = { Action: 'aws:executeAwsApi', Inputs: { Api: '"DescribeSecurityGroups"' }, StepStatus: 'Success' } as const;
  const change = { Action: 'aws:executeAwsApi', Inputs: { Api: 'RevokeSecurityGroupIngress' } } as const;
  const script = {
    Action: 'aws:executeScript',
    StepStatus: 'Failed',
    FailureMessage: 'ValueError: CSMM-REFUSES: a default topic',
  } as const;
  const rejected = 'An error occurred (InvalidParameter) when calling the SetTopicAttributes operation: no';
  const ended = (StepExecutions: readonly StepExecution[], rest: Partial<AutomationExecution> = {}) =>
    stateOf({ AutomationExecutionStatus: 'Failed', StepExecutions: [...StepExecutions], ...rest });

  it.each<[string, readonly StepExecution[]]>([
    ['a script refused before the change', [read, script, { ...change, StepStatus: 'Pending' }]],
    ['the API rejected the change', [read, { ...change, StepStatus: 'Failed', FailureMessage: rejected }]],
  ])('show that it changed nothing if %s', (_, steps) => {
    expect(ended(steps)).toMatchObject({ succeeded: false, unchanged: true });
  });

  it.each<[string, readonly StepExecution[], Partial<AutomationExecution>?]>([
    ['a change succeeded', [read, { ...change, StepStatus: 'Success' }, script]],
    ['a change timed out', [{ ...change, StepStatus: 'TimedOut' }]],
    ['a change was cancelled', [{ ...change, StepStatus: 'Cancelled' }]],
    ['a change failed without an answer', [{ ...change, StepStatus: 'Failed', FailureMessage: 'connection reset' }]],
    ['AWS failed internally', [{ ...change, StepStatus: 'Failed', FailureMessage: rejected.replace('InvalidParameter', 'InternalError') }]],
    ['a step has an action that csmm does not know', [{ Action: 'aws:runCommand', StepStatus: 'Success' }]],
    ['a call has no name', [{ Action: 'aws:executeAwsApi', StepStatus: 'Success' }]],
    ['there are more steps', [read, script], { StepExecutionsTruncated: true }],
    ['there are no steps', []],
  ])('do not show that if %s', (_, steps, rest) => {
    expect(ended(steps, rest)).not.toHaveProperty('unchanged');
  });

  it.each([
    ['An error occurred (AccessDenied) when calling the PutBucketVersioning operation: Access Denied', 'denied'],
    ['User: x is not authorized to perform: sns:SetTopicAttributes with an explicit deny', 'denied'],
    ['The defined assume role is unable to be assumed.', 'denied'],
    [rejected, undefined],
  ])('and its message show whether the account denied it: %s', (FailureMessage, cause) => {
    expect((ended([read], { FailureMessage }) as { cause?: string }).cause).toBe(cause);
  });

  it.each(['Cancelled', 'Canceled'])('are those of a cancelled execution if the status is %s', (status) => {
    expect(ended([read], { AutomationExecutionStatus: status as never })).toMatchObject({ cause: 'cancelled' });
  });
});

describe('outputs that are too large to record', () => {
  it.each<[string, Record<string, string[]>]>([
    ['bytes', { 'Read.Previous': ['x'.repeat(41_000)] }],
    ['names', Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`Read.Name${index}`, ['x']]))],
    ['values', { 'Read.Previous': Array.from({ length: 51 }, () => 'x') }],
  ])('make the execution fail, and are not recorded: too many %s', (_, Outputs) => {
    expect(stateOf({ AutomationExecutionStatus: 'Success', Outputs })).toMatchObject({
      ended: true,
      succeeded: false,
      outputs: {},
      reason: expect.stringMatching(/^the outputs are too large to record: given /),
    });
  });
});
