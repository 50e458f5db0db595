import { type CallAs, CloudFormationClient, paginateListStackInstances, type StackInstanceSummary } from '@aws-sdk/client-cloudformation';
import type { StackInstance } from '../../core/deployment/stack-instances.ts';
import type { Clients } from './clients.ts';

export interface StackSetPlace {
  readonly stackSetName: string;
  /** Region of the stack set. */
  readonly region: string;
  readonly callAs: CallAs;
}

/**
 * Detailed states of a stack that is not as it should be. One that waits or runs is on its way, and one of a suspended account is
 * skipped.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackInstanceComprehensiveStatus.html
 */
const FAILED_STATES = ['FAILED', 'FAILED_IMPORT', 'INOPERABLE', 'CANCELLED'] as const;

/** Number of failed stacks after which counting ends: 50 pages. A minute is enough for them, and no operator reads more. */
export const MAX_FAILED = 5_000;

/** Length to which a reason is cut. CloudFormation's own limit is not documented. */
const MAX_REASON = 500;

/**
 * Returns the failed stacks of a stack set, at most {@link MAX_FAILED}.
 * @throws any error of the SDK, such as `StackSetNotFoundException`.
 */
export async function failedInstances(clients: Clients, { stackSetName, region, callAs }: StackSetPlace): Promise<StackInstance[]> {
  const client = clients(CloudFormationClient, region);
  const failed: StackInstance[] = [];
  for (const Values of FAILED_STATES) {
    const query = { StackSetName: stackSetName, CallAs: callAs, Filters: [{ Name: 'DETAILED_STATUS' as const, Values }] };
    for await (const { Summaries = [] } of paginateListStackInstances({ client, pageSize: 100 }, query)) {
      failed.push(...Summaries.map((summary) => toInstance(summary, Values)));
      if (failed.length >= MAX_FAILED) return failed.slice(0, MAX_FAILED);
    }
  }
  return failed;
}

const toInstance = ({ Account = '', Region = '', StatusReason = '' }: StackInstanceSummary, status: string): StackInstance => ({
  accountId: Account,
  region: Region,
  status,
  reason: StatusReason.slice(0, MAX_REASON) || 'CloudFormation gives no reason',
});
