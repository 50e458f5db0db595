import {
  type AutomationExecution,
  DescribeDocumentCommand,
  GetAutomationExecutionCommand,
  paginateDescribeAutomationExecutions,
  type SSMClient,
  StartAutomationExecutionCommand,
  StopAutomationExecutionCommand,
} from '@aws-sdk/client-ssm';
import type { RunbookParameters } from '../../core/remediation/model/remedy.ts';
import {
  ASSUMED,
  type Automation,
  type RunPlace,
  type RunState,
  StartDeferredError,
  StartRefusedError,
} from '../../core/remediation/ports.ts';
import { nameOf, reasonOf } from './failures.ts';

export interface AutomationAccess {
  /** A client with the credentials of whoever may start runbooks in an account. It must not repeat a start by itself. */
  readonly clientFor: (place: RunPlace) => Promise<SSMClient>;
  /** ARN of the role that a runbook acts as in an account. */
  readonly roleArn: (accountId: string, runbook: string) => string;
}

/** SSM Automation, in the account and Region in which the resource is. */
export function ssmAutomation({ clientFor, roleArn }: AutomationAccess): Automation {
  return {
    describe: async (place, runbook) => {
      const client = await clientFor(place);
      try {
        const { Document } = await client.send(new DescribeDocumentCommand({ Name: runbook, DocumentVersion: NEWEST }));
        if (Document?.Status !== 'Active') throw new NotActiveError(`the runbook ${runbook} is ${Document?.Status}`);
        return { parameters: (Document.Parameters ?? []).flatMap(({ Name }) => Name ?? []) };
      } catch (error) {
        if (nameOf(error) === 'InvalidDocument') return undefined;
        throw error;
      }
    },

    start: async (place, { runbook, parameters, token }) => {
      const client = await clientFor(place).catch((error: unknown) => {
        throw new StartDeferredError(reasonOf(error), { cause: error });
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
        if (!AutomationExecutionId) throw new NoExecutionIdError(`SSM gave no id for the execution of ${runbook}`);
        return AutomationExecutionId;
      } catch (error) {
        if (REFUSALS.has(nameOf(error))) throw new StartRefusedError(reasonOf(error), { cause: error });
        if (THROTTLED.has(nameOf(error))) throw new StartDeferredError(reasonOf(error), { cause: error });
        throw error;
      }
    },

    find: async (place, token) => {
      const client = await clientFor(place);
      const Filters = [{ Key: 'TagKey' as const, Values: [tagOf(token)] }];
      for await (const { AutomationExecutionMetadataList = [] } of paginateDescribeAutomationExecutions({ client }, { Filters })) {
        const [found] = AutomationExecutionMetadataList;
        if (found?.AutomationExecutionId) return found.AutomationExecutionId;
      }
      return undefined;
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

/** A deployment makes a new version; whether that is the default one too is not for certain. */
const NEWEST = '$LATEST';

/** The document is being made, changed or deleted: whether it can run is not known. */
export class NotActiveError extends Error {
  override readonly name = 'NotActiveError';
}

/** SSM has started something, or not. */
export class NoExecutionIdError extends Error {
  override readonly name = 'NoExecutionIdError';
}

/** By its tag an execution is found again whose id nobody has heard. */
const tagOf = (token: string): string => `csmm:token:${token}`;

/** Lists that the SDK may take. */
const listsOf = (parameters: RunbookParameters): Record<string, string[]> =>
  Object.fromEntries(Object.entries(parameters).map(([name, values]) => [name, [...values]]));

/**
 * Errors by which SSM says that it has started nothing.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html#API_StartAutomationExecution_Errors
 */
const REFUSALS: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'AutomationDefinitionNotFoundException',
  'AutomationDefinitionVersionNotFoundException',
  'AutomationExecutionLimitExceededException',
  'InvalidAutomationExecutionParametersException',
  'InvalidTarget',
  'ValidationException',
]);

/** Errors by which AWS says that it has not even looked at a request. */
const THROTTLED: ReadonlySet<string> = new Set(['ThrottlingException', 'Throttling', 'RequestLimitExceeded', 'TooManyRequestsException']);

/**
 * Every status in which an execution has ended. Documentation and API have spelt `Cancelled` both ways.
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

/** What an execution's description says. One whose status is not known has not ended. */
export function stateOf(execution: AutomationExecution | undefined): RunState {
  const status: string = execution?.AutomationExecutionStatus ?? 'Unknown';
  if (!SUCCEEDED.has(status) && !FAILED.has(status)) return { ended: false, status };
  const succeeded = SUCCEEDED.has(status);
  const reason = execution?.FailureMessage?.replaceAll(/\s+/g, ' ') ?? (succeeded ? 'it has ended well' : 'SSM gives no reason');
  return { ended: true, succeeded, status, reason: reason.slice(0, MAX_REASON), outputs: outputsOf(execution) };
}

const MAX_REASON = 300;

/** SSM's own scripts spell truth as Python does; runbooks take it as JSON does. */
const plainBoolean = (value: string): string => (value === 'True' || value === 'False' ? value.toLowerCase() : value);

/** Values by the name of the output, which stands behind that of the step. What SSM has no value for it names so. */
const outputsOf = (execution: AutomationExecution | undefined): RunbookParameters =>
  Object.fromEntries(
    Object.entries(execution?.Outputs ?? {})
      .filter(([, values]) => !values.some((value) => value.startsWith('No output available yet')))
      .map(([name, values]) => [name.slice(name.lastIndexOf('.') + 1), values.map(plainBoolean)]),
  );
