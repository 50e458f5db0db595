import {
  CloudFormationClient,
  DescribeStackSetCommand,
  paginateListStackInstances,
  type StackInstanceSummary,
} from '@aws-sdk/client-cloudformation';
import type { CallAs } from '../../../core/deployment/options.ts';
import { BAD_STATUSES, type StackInstance, type StackSetState } from '../../../core/doctor/stack-sets.ts';
import type { Deployed, StackFacts } from '../../../core/doctor/stacks.ts';
import { type DoctorPlace, everyPage, known, needed } from './place.ts';
import { readEach, resourcesOf } from './stacks.ts';

/** The type of a stack set. */
export const STACK_SET = 'AWS::CloudFormation::StackSet';

/** Pages of bad instances that csmm reads of one status, 100 instances each. */
const MAX_PAGES = 10;

/** Reads the stack sets of the stacks: their bad instances, and the accounts that they reach in the home Region. */
export const readStackSets = (
  { clients, options }: DoctorPlace,
  stacks: readonly StackFacts[],
  callAs: CallAs,
): Promise<Deployed<StackSetState>[]> =>
  readEach(resourcesOf(stacks, STACK_SET), ({ name: id, region }) => {
    const client = clients(CloudFormationClient, region);
    const name = id.replace(/:.*/, '');
    const about = { StackSetName: name, CallAs: callAs };
    return known(async () => {
      const { StackSet = {} } = await client.send(new DescribeStackSetCommand(about));
      const [bad, reached] = await Promise.all([
        needed(() => badInstances(client, about)),
        needed(async () => {
          const pages = paginateListStackInstances({ client }, { ...about, StackInstanceRegion: options.homeRegion });
          return [...new Set(await everyPage(pages, ({ Summaries }) => Summaries?.flatMap(({ Account }) => Account ?? [])))];
        }),
      ]);
      return {
        name,
        status: StackSet.Status ?? '',
        deploysToNewAccounts: StackSet.AutoDeployment?.Enabled === true,
        units: StackSet.OrganizationalUnitIds ?? [],
        regions: StackSet.Regions ?? [],
        bad,
        reached,
      };
    }, ['StackSetNotFoundException']);
  });

interface About {
  readonly StackSetName: string;
  readonly CallAs: CallAs;
}

async function badInstances(client: CloudFormationClient, about: About): Promise<{ instances: StackInstance[]; more: boolean }> {
  const lists = await Promise.all(BAD_STATUSES.map((status) => instancesOf(client, about, status)));
  return { instances: lists.flatMap(({ instances }) => instances), more: lists.some(({ more }) => more) };
}

async function instancesOf(
  client: CloudFormationClient,
  about: About,
  status: string,
): Promise<{ instances: StackInstance[]; more: boolean }> {
  const instances: StackInstance[] = [];
  let pages = 0;
  const input = { ...about, Filters: [{ Name: 'DETAILED_STATUS' as const, Values: status }] };
  for await (const { Summaries = [], NextToken } of paginateListStackInstances({ client }, input)) {
    instances.push(...Summaries.map(toInstance).filter((instance) => instance.status === status));
    if (++pages >= MAX_PAGES) return { instances, more: NextToken !== undefined };
  }
  return { instances, more: false };
}

const toInstance = ({ Account = '', Region = '', Status, StatusReason, StackInstanceStatus }: StackInstanceSummary): StackInstance => ({
  accountId: Account,
  region: Region,
  status: StackInstanceStatus?.DetailedStatus ?? Status ?? '',
  ...(StatusReason && { reason: StatusReason }),
});
