import { CloudFormationClient, DescribeStackSetCommand, paginateListStackInstances } from '@aws-sdk/client-cloudformation';
import type { CallAs } from '../../../core/deployment/options.ts';
import type { StackSetState } from '../../../core/doctor/stack-sets.ts';
import type { Deployed, StackFacts } from '../../../core/doctor/stacks.ts';
import { failedInstances } from '../stack-instances.ts';
import { type DoctorPlace, everyPage, known, needed } from './place.ts';
import { readEach, resourcesOf } from './stacks.ts';

/** The type of a stack set. */
export const STACK_SET = 'AWS::CloudFormation::StackSet';

/** Reads the stack sets of the stacks: their failed instances, and the accounts that they reach in the home Region. */
export const readStackSets = (
  { clients, options }: DoctorPlace,
  stacks: readonly StackFacts[],
  callAs: CallAs,
): Promise<Deployed<StackSetState>[]> =>
  readEach(resourcesOf(stacks, STACK_SET), ({ name: id, region }) => {
    const client = clients(CloudFormationClient, region);
    const stackSetName = id.replace(/:.*/, '');
    const about = { StackSetName: stackSetName, CallAs: callAs };
    return known(async () => {
      const { StackSet = {} } = await client.send(new DescribeStackSetCommand(about));
      const [failed, reached] = await Promise.all([
        needed(() => failedInstances(clients, { stackSetName, region, callAs })),
        needed(async () => {
          const pages = paginateListStackInstances({ client, pageSize: 100 }, { ...about, StackInstanceRegion: options.homeRegion });
          return [...new Set(await everyPage(pages, ({ Summaries }) => Summaries?.flatMap(({ Account }) => Account ?? [])))];
        }),
      ]);
      return {
        name: stackSetName,
        status: StackSet.Status ?? '',
        deploysToNewAccounts: StackSet.AutoDeployment?.Enabled === true,
        units: StackSet.OrganizationalUnitIds ?? [],
        regions: StackSet.Regions ?? [],
        failed,
        reached,
      };
    }, ['StackSetNotFoundException']);
  });
