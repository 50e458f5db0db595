import {
  type AutomationExecution,
  DescribeDocumentCommand,
  GetAutomationExecutionCommand,
  paginateDescribeAutomationExecutions,
  type SSMClient,
  StartAutomationExecutionCommand,
  type StepExecution,
  StopAutomationExecutionCommand,
} from '@aws-sdk/client-ssm';
import type { RunbookParameters } from '../../core/remediation/model/remedy.ts';
import {
  ASSUMED,
  type Automation,
  type RunPlace,
  type RunState,
  StartDeferredError,
  StartDeniedError,
  StartRefusedError,
} from '../../core/remediation/ports.ts';
import { failureKind, nameOf, reasonOf } from './failures.ts';

export interface AutomationAccess {
  /** Returns a client with credentials that may start runbooks in an account. The client must not retry a start. */
  readonly clientFor: (place: RunPlace) => Promise<SSMClient>;
  /** Returns the ARN of the role that a runbook assumes in an account. */
  readonly roleArn: (accountId: string, runbook: string) => string;
}

/** Returns the adapter for SSM Automation. It runs a runbook in the account and Region of the resource. */
export function ssmAutomation({ clientFor, roleArn }: AutomationAccess): Automation {
  return {
    describe: async (place, runbook) => {
      const client = await clientFor(place);
      try {
        const { Document } = await client.send(new DescribeDocumentCommand({ Name: runbook, DocumentVersion: NEWEST }));
        if (Document?.Status !== 'Active')
          throw new NotActiveError(`the status of runbook ${runbook} is ${Document?.Status} (required: Active)`);
        return { parameters: (Document.Parameters ?? []).flatMap(({ Name }) => Name ?? []) };
      } catch (error) {
        if (nameOf(error) === 'InvalidDocument') return undefined;
        throw error;
      }
    },

    start: async (place, { runbook, parameters, token }) => {
      const client = await clientFor(place).catch((error: unknown) => {
        throw failureKind(error) === 'denied' ? new StartDeniedError(reasonOf(error), { cause: error }) : deferred(error);
      });
      try {
        const { AutomationExecutionId } = await client.send(
          new StartAutomationExecutionCommand({
            DocumentName: runbook,
            DocumentVersion: NEWEST,
            Parameters: listsOf({ ...parameters, [ASSUMED]: [roleArn(place.accountId, runbook)] }),
            ClientToken: token,
            Tags: [{ Key: tagOf(token), Value: 'csmm' }],
          }),
        );
        if (!AutomationExecutionId) throw new NoExecutionIdError(`SSM returned no execution ID for ${runbook}`);
        return AutomationExecutionId;
      } catch (error) {
        throw startError(error);
      }
    },

    find: async (place, token, runbook) => {
      const client = await clientFor(place);
      const Filters = [{ Key: 'TagKey' as const, Values: [tagOf(token)] }];
      const found: string[] = [];
      for await (const { AutomationExecutionMetadataList = [] } of paginateDescribeAutomationExecutions({ client }, { Filters })) {
        for (const { AutomationExecutionId, DocumentName } of AutomationExecutionMetadataList)
          if (AutomationExecutionId && DocumentName === runbook) found.push(AutomationExecutionId);
      }
      if (found.length > 1)
        throw new SeveralExecutionsError(`SSM has ${found.length} executions of ${runbook} for one start: ${found.join(', ')}`);
      return found[0];
    },

    state: async (place, executionId) => {
      const client = await clientFor(place);
      const { AutomationExecution } = await client.send(new GetAutomationExecutionCommand({ AutomationExecutionId: executionId }));
      return stateOf(AutomationExecution);
    },

    stop: async (place, executionId) => {
      const client = await clientFor(place);
      await client.send(new StopAutomationExecutionCommand({ AutomationExecutionId: executionId, Type: 'Cancel' }));
    },
  };
}

/** A deployment creates a new version, but that is not always the default version. */
const NEWEST = '$LATEST';

/** Thrown if the runbook is being created, updated or deleted, so csmm does not know whether it can run. */
export class NotActiveError extends Error {
  override readonly name = 'NotActiveError';
}

/** Thrown if SSM returns no execution ID. It may have started the runbook. */
export class NoExecutionIdError extends Error {
  override readonly name = 'NoExecutionIdError';
}

/** Thrown if more than one execution has the tag of a start, so csmm does not know which one it started. */
export class SeveralExecutionsError extends Error {
  override readonly name = 'SeveralExecutionsError';
}

/** Returns the tag that identifies an execution if csmm lost its ID. */
const tagOf = (token: string): string => `csmm:token:${token}`;

/** Returns the parameters as mutable lists, which the SDK requires. */
const listsOf = (parameters: RunbookParameters): Record<string, string[]> =>
  Object.fromEntries(Object.entries(parameters).map(([name, values]) => [name, [...values]]));

/**
 * Errors of SSM that mean that it started nothing. `denied` holds back the account, `deferred` only waits.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html#API_StartAutomationExecution_Errors
 */
const NOT_STARTED: Readonly<Record<string, 'refused' | 'denied' | 'deferred'>> = {
  AccessDeniedException: 'denied',
  AutomationDefinitionNotFoundException: 'denied',
  AutomationDefinitionVersionNotFoundException: 'denied',
  AutomationExecutionLimitExceededException: 'deferred',
  InvalidAutomationExecutionParametersException: 'refused',
  InvalidTarget: 'refused',
  ValidationException: 'refused',
  ThrottlingException: 'deferred',
  Throttling: 'deferred',
  RequestLimitExceeded: 'deferred',
  TooManyRequestsException: 'deferred',
};

/** Returns the error of a start. An error that is not listed is returned as it is: the execution may have started. */
function startError(error: unknown): unknown {
  const kind = Object.hasOwn(NOT_STARTED, nameOf(error)) ? NOT_STARTED[nameOf(error)] : undefined;
  // SSM reports a role that does not exist or that it cannot assume as an invalid parameter.
  const isDeniedRole = kind === 'refused' && /assume role/i.test(reasonOf(error));
  if (kind === 'denied' || isDeniedRole) return new StartDeniedError(reasonOf(error), { cause: error });
  if (kind === 'refused') return new StartRefusedError(reasonOf(error), { cause: error });
  return kind === 'deferred' ? deferred(error) : error;
}

const deferred = (error: unknown) => new StartDeferredError(reasonOf(error), { cause: error });

/**
 * Every status of an ended execution. The documentation and the API spell `Cancelled` in two ways.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-statuses.html
 */
const SUCCEEDED: ReadonlySet<string> = new Set(['Success', 'CompletedWithSuccess']);
const FAILED: ReadonlySet<string> = new Set([
  'Failed',
  'TimedOut',
  'Cancelled',
  'Canceled',
  'CompletedWithFailure',
  'Rejected',
  'Exited',
  'ChangeCalendarOverrideRejected',
]);

/** Returns the state from the description of an execution. An execution with an unknown status has not ended. */
export function stateOf(execution: AutomationExecution | undefined): RunState {
  const status: string = execution?.AutomationExecutionStatus ?? 'Unknown';
  if (!SUCCEEDED.has(status) && !FAILED.has(status)) return { ended: false, status };
  const outputs = outputsOf(execution);
  const tooMuch = excessOf(outputs);
  const succeeded = SUCCEEDED.has(status) && tooMuch === undefined;
  const told = execution?.FailureMessage?.replaceAll(/\s+/g, ' ');
  const reason = tooMuch ?? told ?? (succeeded ? 'the execution succeeded' : 'SSM returned no reason');
  const cause = causeOf(status, told ?? '');
  return {
    ended: true,
    succeeded,
    status,
    reason: reason.slice(0, MAX_REASON),
    outputs: tooMuch === undefined ? outputs : {},
    ...(!succeeded && changedNothing(execution) && { unchanged: true }),
    ...(!succeeded && cause && { cause }),
  };
}

const MAX_REASON = 300;

function causeOf(status: string, reason: string): 'denied' | 'cancelled' | undefined {
  if (status === 'Cancelled' || status === 'Canceled') return 'cancelled';
  return DENIED.test(reason) ? 'denied' : undefined;
}

/** Messages of AWS about a missing permission, a denied role, or a policy that denies. */
const DENIED =
  /\b(AccessDenied(Exception)?|UnauthorizedOperation|AuthorizationError(Exception)?|NotAuthorized)\b|not authorized to perform|unable to (be )?assume|explicit deny/i;

/**
 * Whether the steps show that the execution changed nothing: no step that can change something succeeded, or ended in a way that leaves its
 * result open. `false` if SSM does not return the steps.
 */
function changedNothing(execution: AutomationExecution | undefined): boolean {
  const { StepExecutions, StepExecutionsTruncated } = execution ?? {};
  return StepExecutions !== undefined && StepExecutions.length > 0 && !StepExecutionsTruncated && !StepExecutions.some(mayHaveChanged);
}

function mayHaveChanged({ Action = '', Inputs = {}, StepStatus = 'Pending', FailureMessage = '' }: StepExecution): boolean {
  const isRead = Action === 'aws:executeAwsApi' && /^"?(describe|get|list)/i.test(Inputs.Api ?? '');
  if (isRead || READ_ACTIONS.has(Action) || StepStatus === 'Pending') return false;
  return StepStatus !== 'Failed' || !REJECTED.test(FailureMessage) || OPEN_RESULT.test(FailureMessage);
}

/** Actions that cannot change a resource. Scripts of csmm's runbooks call no AWS API, and their role lets them call only the runbook's. */
const READ_ACTIONS: ReadonlySet<string> = new Set([
  'aws:assertAwsResourceProperty',
  'aws:waitForAwsResourceProperty',
  'aws:branch',
  'aws:sleep',
  'aws:pause',
  'aws:executeScript',
]);

/** Message of a step whose API call was rejected. */
const REJECTED = /An error occurred \(\w+(\.\w+)*\) when calling/;
/** Errors of AWS after which a call may still have had an effect. */
const OPEN_RESULT = /\((Internal\w*|Service\w*Unavailable\w*|ServerException|RequestTimeout\w*|5\d\d)\)/i;

/** Converts the booleans of SSM scripts (Python spelling) to those of runbook parameters (JSON spelling). */
const plainBoolean = (value: string): string => (value === 'True' || value === 'False' ? value.toLowerCase() : value);

/** Returns the outputs by name, without the name of their step. Drops outputs for which SSM has no value. */
const outputsOf = (execution: AutomationExecution | undefined): RunbookParameters =>
  Object.fromEntries(
    Object.entries(execution?.Outputs ?? {})
      .filter(([, values]) => !values.some((value) => value.startsWith('No output available yet')))
      .map(([name, values]) => [name.slice(name.lastIndexOf('.') + 1), values.map(plainBoolean)]),
  );

/**
 * Maximum size of the outputs of an execution: JSON bytes, names, and values of one name. A value can be passed to an inverse runbook only
 * if it fits a parameter, which has at most 50 values. csmm's runbooks output less.
 */
const MAX_OUTPUTS = { bytes: 40_000, names: 20, values: 50 } as const;

/** Returns the reason why outputs are too large to record. They come from the account, which could otherwise fill the table. */
function excessOf(outputs: RunbookParameters): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(outputs));
  const names = Object.keys(outputs).length;
  const values = Math.max(0, ...Object.values(outputs).map(({ length }) => length));
  if (bytes <= MAX_OUTPUTS.bytes && names <= MAX_OUTPUTS.names && values <= MAX_OUTPUTS.values) return undefined;
  const allowed = `${MAX_OUTPUTS.bytes} bytes, ${MAX_OUTPUTS.names} names and ${MAX_OUTPUTS.values} values`;
  return `the outputs are too large to record: given ${bytes} bytes, ${names} names and up to ${values} values; allowed ${allowed}`;
}
