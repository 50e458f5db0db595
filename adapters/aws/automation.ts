import {
  type AutomationExecution,
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
import { OtherDocumentError, pinnedDocument, type RunbookDigests } from './documents-pinned.ts';
import { nameOf, reasonOf } from './failures.ts';

export interface AutomationAccess {
  /** Returns a client with credentials that may start runbooks in an account. The client must not retry a start. */
  readonly clientFor: (place: RunPlace) => Promise<SSMClient>;
  /** Returns the ARN of the role that a runbook assumes in an account. */
  readonly roleArn: (accountId: string, runbook: string) => string;
  /** Content of the runbooks. csmm starts no other content. */
  readonly digests: RunbookDigests;
}

/** Returns the adapter for SSM Automation. It runs a runbook in the account and Region of the resource. */
export function ssmAutomation({ clientFor, roleArn, digests }: AutomationAccess): Automation {
  return {
    describe: async (place, runbook) => {
      const client = await clientFor(place);
      try {
        return { parameters: (await pinnedDocument(client, runbook, digests)).parameters };
      } catch (error) {
        if (nameOf(error) === 'InvalidDocument') return undefined;
        throw error;
      }
    },

    start: async (place, { runbook, parameters, token }) => {
      const client = await clientFor(place).catch((error: unknown) => {
        throw new StartDeferredError(reasonOf(error), { cause: error });
      });
      // No document is started yet, whatever the error.
      const { version } = await pinnedDocument(client, runbook, digests).catch((error: unknown) => {
        const NotStarted = error instanceof OtherDocumentError ? StartRefusedError : StartDeferredError;
        throw new NotStarted(reasonOf(error), { cause: error });
      });
      try {
        const { AutomationExecutionId } = await client.send(
          new StartAutomationExecutionCommand({
            DocumentName: runbook,
            DocumentVersion: version,
            Parameters: listsOf({ ...parameters, [ASSUMED]: [roleArn(place.accountId, runbook)] }),
            ClientToken: token,
            Tags: [{ Key: tagOf(token), Value: 'csmm' }],
          }),
        );
        if (!AutomationExecutionId) throw new NoExecutionIdError(`SSM returned no execution ID for ${runbook}`);
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

/** Thrown if SSM returns no execution ID. It may have started the runbook. */
export class NoExecutionIdError extends Error {
  override readonly name = 'NoExecutionIdError';
}

/** Returns the tag that identifies an execution if csmm lost its ID. */
const tagOf = (token: string): string => `csmm:token:${token}`;

/** Returns the parameters as mutable lists, which the SDK requires. */
const listsOf = (parameters: RunbookParameters): Record<string, string[]> =>
  Object.fromEntries(Object.entries(parameters).map(([name, values]) => [name, [...values]]));

/**
 * Errors of SSM that mean that it started nothing.
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

/** Errors of AWS that mean that it did not process a request. */
const THROTTLED: ReadonlySet<string> = new Set(['ThrottlingException', 'Throttling', 'RequestLimitExceeded', 'TooManyRequestsException']);

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
  const succeeded = SUCCEEDED.has(status);
  const reason = execution?.FailureMessage?.replaceAll(/\s+/g, ' ') ?? (succeeded ? 'the execution succeeded' : 'SSM returned no reason');
  return { ended: true, succeeded, status, reason: reason.slice(0, MAX_REASON), outputs: outputsOf(execution) };
}

const MAX_REASON = 300;

/** Converts the booleans of SSM scripts (Python spelling) to those of runbook parameters (JSON spelling). */
const plainBoolean = (value: string): string => (value === 'True' || value === 'False' ? value.toLowerCase() : value);

/** Returns the outputs by name, without the name of their step. Drops outputs for which SSM has no value. */
const outputsOf = (execution: AutomationExecution | undefined): RunbookParameters =>
  Object.fromEntries(
    Object.entries(execution?.Outputs ?? {})
      .filter(([, values]) => !values.some((value) => value.startsWith('No output available yet')))
      .map(([name, values]) => [name.slice(name.lastIndexOf('.') + 1), values.map(plainBoolean)]),
  );
