import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { roleOf } from '../../../core/remediation/model/remedy.ts';
import { parameterValues, runAutomation } from '../../support/automation.ts';
import { motoCaller } from '../../support/moto-caller.ts';
import { readRunbook } from '../../support/runbook-document.ts';

type Operation =
  | 'GetCalendarState'
  | 'GetDocument'
  | 'StartAutomationExecution'
  | 'GetAutomationExecution'
  | 'DescribeAutomationExecutions'
  | 'StopAutomationExecution';

/** How an operation fails: it gives no answer and does nothing; it is throttled, at a limit or denied; it does what is asked, and the answer is lost. */
export type Mood = 'silent' | 'throttling' | 'full' | 'denying' | 'forgetful';

type Parameters = Readonly<Record<string, readonly string[]>>;

export interface Execution {
  readonly id: string;
  readonly document: string;
  readonly parameters: Parameters;
  readonly token: string | undefined;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  /** ARN of who has started it. */
  readonly by: string;
  status: 'InProgress' | 'Success' | 'Failed' | 'TimedOut' | 'Rejected' | 'Cancelled';
  outputs: Parameters;
  failure?: string;
}

/** SSM Automation in one account and Region: documents run when a test says so, against the emulator of the other services. */
export interface Ssm {
  readonly url: string;
  /** In the order in which they were started. */
  readonly executions: readonly Execution[];
  /** Every request, by its operation. */
  readonly asked: readonly Operation[];
  /** Operations that fail, until they are taken out again. */
  readonly moods: Map<Operation, Mood>;
  /** States of the change calendars of the deployment. */
  readonly calendars: Map<string, 'OPEN' | 'CLOSED'>;
  /** Runs an execution, by default the newest, to its end. @returns SSM's event for it. */
  finish(executionId?: string): Promise<StatusEvent>;
  close(): Promise<void>;
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html */
export interface StatusEvent {
  readonly 'detail-type': 'EC2 Automation Execution Status-change Notification';
  readonly source: 'aws.ssm';
  readonly account: string;
  readonly detail: { readonly ExecutionId: string; readonly Definition: string; readonly Status: string };
}

export interface SsmOptions {
  readonly accountId: string;
  readonly region: string;
  /** The text of each document, by its name. */
  readonly documents: ReadonlyMap<string, string>;
  /** Names of the roles that the account has. */
  readonly roles: ReadonlySet<string>;
  /** Role of those who may ask. */
  readonly callerRole: string;
  /** The emulator in which runbooks change things, and which knows whose the credentials are. */
  readonly behind: string;
}

/** An error of the API. */
class SsmError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

interface Caller {
  readonly accountId: string;
  readonly region: string;
  readonly arn: string;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * A loopback endpoint that speaks the protocol of SSM and checks what SSM checks. Statuses, errors and the shape of answers:
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html and its neighbours.
 */
export async function startSsm({ accountId, region, documents, roles, callerRole, behind }: SsmOptions): Promise<Ssm> {
  const executions: Execution[] = [];
  const asked: Operation[] = [];
  const moods: Ssm['moods'] = new Map();
  const calendars: Ssm['calendars'] = new Map();

  const documentNamed = (name: string, caller: Caller, error: string): string => {
    const text = caller.accountId === accountId && caller.region === region ? documents.get(name) : undefined;
    if (text === undefined) throw new SsmError(error, `there is no document ${name} in ${caller.region} of ${caller.accountId}`);
    return text;
  };
  const executionOf = (id: unknown, caller: Caller): Execution => {
    const found = caller.accountId === accountId && caller.region === region && executions.find((each) => each.id === id);
    if (!found) throw new SsmError('AutomationExecutionNotFoundException', `there is no execution ${String(id)}`);
    return found;
  };

  const calendarState = (names: readonly string[]): Json => {
    const unknown = names.find((name) => !calendars.has(name));
    if (unknown !== undefined) throw new SsmError('InvalidDocument', `there is no calendar ${unknown}`);
    return { State: names.every((name) => calendars.get(name) === 'OPEN') ? 'OPEN' : 'CLOSED' };
  };

  const operations: Readonly<Record<Exclude<Operation, 'GetCalendarState'>, (input: Json, caller: Caller) => Json>> = {
    GetDocument: ({ Name, DocumentFormat }, caller) => {
      const Content = documentNamed(String(Name), caller, 'InvalidDocument');
      return { Name, Status: 'Active', DocumentType: 'Automation', DocumentFormat, DocumentVersion: '3', Content };
    },

    StartAutomationExecution: ({ DocumentName, DocumentVersion, Parameters = {}, ClientToken, Tags = [] }, caller) => {
      const name = String(DocumentName);
      if (DocumentVersion !== '3') throw new SsmError('AutomationDefinitionVersionNotFoundException', String(DocumentVersion));
      const runbook = readRunbook(documentNamed(name, caller, 'AutomationDefinitionNotFoundException'));
      const token = ClientToken === undefined ? undefined : String(ClientToken).toLowerCase();
      if (token !== undefined && !UUID.test(token)) throw new SsmError('ValidationException', 'ClientToken is no UUID');
      const same = executions.find((each) => token !== undefined && each.token === token);
      const parameters = Parameters as Parameters;
      if (same) {
        const isSame = same.document === name && JSON.stringify(same.parameters) === JSON.stringify(parameters);
        if (!isSame) throw new SsmError('IdempotentParameterMismatch', 'the token was used for another execution');
        return { AutomationExecutionId: same.id };
      }
      parameterValues(runbook, parameters);
      const passed = parameters.AutomationAssumeRole?.[0];
      if (!roles.has(roleOf(name)) || passed !== `arn:aws:iam::${accountId}:role/${roleOf(name)}`) {
        throw new SsmError('AccessDeniedException', `${caller.arn} is not authorized to perform: iam:PassRole on resource: ${passed}`);
      }
      const tags = Tags as Execution['tags'];
      if (tags.some(({ Key, Value }) => !TAG_KEY.test(Key) || !TAG_VALUE.test(Value))) throw new SsmError('ValidationException', 'a tag');
      const id = randomUUID();
      executions.push({ id, document: name, parameters, token, tags, by: caller.arn, status: 'InProgress', outputs: {} });
      return { AutomationExecutionId: id };
    },

    GetAutomationExecution: ({ AutomationExecutionId }, caller) => ({
      AutomationExecution: described(executionOf(AutomationExecutionId, caller)),
    }),

    DescribeAutomationExecutions: ({ Filters = [] }, caller) => {
      const filters = Filters as { Key: string; Values: string[] }[];
      if (filters.some(({ Key }) => Key !== 'TagKey')) throw new SsmError('InvalidFilterKey', 'only TagKey is known here');
      const keys = filters.flatMap(({ Values }) => Values);
      const isHere = caller.accountId === accountId && caller.region === region;
      const found = executions.filter(({ tags }) => isHere && keys.every((key) => tags.some(({ Key }) => Key === key)));
      return { AutomationExecutionMetadataList: found.map(described) };
    },

    StopAutomationExecution: ({ AutomationExecutionId }, caller) => {
      const execution = executionOf(AutomationExecutionId, caller);
      if (execution.status !== 'InProgress') {
        throw new SsmError('InvalidAutomationStatusUpdateException', `the execution is ${execution.status}`);
      }
      execution.status = 'Cancelled';
      return {};
    },
  };

  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).replace(/^AmazonSSM\./, '') as Operation;
    asked.push(operation);
    const input = JSON.parse(await bodyOf(request)) as Json;
    const mood = moods.get(operation);
    if (mood === 'silent') return void response.destroy();
    const [status, answer] = await answerOf(async () => {
      if (mood === 'throttling') throw new SsmError('ThrottlingException', 'Rate exceeded');
      if (mood === 'full') throw new SsmError('AutomationExecutionLimitExceededException', '100 executions run');
      if (mood === 'denying') throw new SsmError('AccessDeniedException', 'an explicit deny in the account');
      // The function reads calendars as itself. Its policies decide on that before the request comes here.
      if (operation === 'GetCalendarState') return calendarState(input.CalendarNames as string[]);
      if (!Object.hasOwn(operations, operation)) throw new SsmError('UnknownOperationException', operation);
      const caller = await callerOf(request, behind);
      const isAllowed = roles.has(callerRole) && caller.arn.startsWith(`arn:aws:sts::${caller.accountId}:assumed-role/${callerRole}/`);
      if (!isAllowed) throw new SsmError('AccessDeniedException', `${caller.arn} is not authorized to perform: ssm:${operation}`);
      return operations[operation](input, caller);
    });
    if (mood === 'forgetful') return void response.destroy();
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    executions,
    asked,
    moods,
    calendars,
    finish: async (executionId = executions.at(-1)?.id) => {
      const execution = executions.find(({ id }) => id === executionId);
      if (!execution) throw new Error(`there is no execution ${executionId}`);
      if (execution.status === 'InProgress') await run(execution);
      return {
        'detail-type': 'EC2 Automation Execution Status-change Notification',
        source: 'aws.ssm',
        account: accountId,
        detail: { ExecutionId: execution.id, Definition: execution.document, Status: execution.status },
      };
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };

  /** As the role that was passed, which is all that the runbook may act as. */
  async function run(execution: Execution): Promise<void> {
    const credentials = await assumed(execution.parameters.AutomationAssumeRole?.[0] ?? '', behind);
    const call = motoCaller({ credentials, region, endpoint: behind });
    const ended = await runAutomation(documents.get(execution.document), execution.parameters, { call, region, accountId });
    Object.assign(execution, {
      status: ended.status,
      outputs: ended.outputs,
      ...(ended.failure !== undefined && { failure: ended.failure }),
    });
  }
}

const UUID = /^[a-f0-9]{8}(-[a-f0-9]{4}){3}-[a-f0-9]{12}$/;
const TAG_KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

const described = ({ id, document, status, outputs, parameters, failure }: Execution): Json => ({
  AutomationExecutionId: id,
  DocumentName: document,
  AutomationExecutionStatus: status,
  Parameters: parameters,
  Outputs: outputs,
  ...(failure !== undefined && { FailureMessage: failure }),
});

async function answerOf(act: () => Promise<Json>): Promise<[status: number, answer: Json]> {
  try {
    return [200, await act()];
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return [name === 'Error' || name === 'TypeError' ? 500 : 400, { __type: name, message }];
  }
}

/** Returns the account that signed a request, and the Region: the emulator knows the owner of each key. */
async function callerOf({ headers }: IncomingMessage, endpoint: string): Promise<Caller> {
  const [, accessKeyId = '', region = ''] = /Credential=([^/]+)\/\d+\/([^/]+)\/ssm\//.exec(String(headers.authorization)) ?? [];
  const sts = new STSClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey: 'unchecked' } });
  const { Account: accountId = '', Arn: arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
  sts.destroy();
  return { accountId, region, arn };
}

async function assumed(RoleArn: string, endpoint: string) {
  const sts = new STSClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'ssm', secretAccessKey: 'ssm' } });
  const { Credentials: given } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'Automation' }));
  sts.destroy();
  if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken) throw new Error('the emulator gave no credentials');
  return { accessKeyId: given.AccessKeyId, secretAccessKey: given.SecretAccessKey, sessionToken: given.SessionToken };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}
