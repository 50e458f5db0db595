import { CloudFormationClient, DescribeStacksCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import type { Known } from '../../../core/doctor/check.ts';
import { isKnown } from '../../../core/doctor/check.ts';
import type { Deployed, StackFacts, StackPlace, StackResource, StackState } from '../../../core/doctor/stacks.ts';
import { nameOf } from '../failures.ts';
import { type DoctorPlace, everyPage, known, needed } from './place.ts';

/** Reads a stack and its resources. */
export async function readStack({ clients }: DoctorPlace, { name, region }: StackPlace): Promise<StackFacts> {
  const client = clients(CloudFormationClient, region);
  const state = await known(() => describe(client, name));
  const resources = isKnown(state) && state ? await needed(() => list(client, name)) : [];
  return { name, region, state, resources };
}

async function describe(client: CloudFormationClient, name: string): Promise<StackState | undefined> {
  const answer = await client.send(new DescribeStacksCommand({ StackName: name })).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  const [stack] = answer?.Stacks ?? [];
  if (!stack) return undefined;
  const outputs = (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]);
  return {
    status: stack.StackStatus ?? '',
    ...(stack.StackStatusReason && { reason: stack.StackStatusReason }),
    ...(stack.DriftInformation?.StackDriftStatus && { drift: stack.DriftInformation.StackDriftStatus }),
    outputs: Object.fromEntries(outputs),
  };
}

/** A missing stack has no error of its own: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html */
const isMissing = (error: unknown): boolean =>
  nameOf(error) === 'ValidationError' && error instanceof Error && error.message.includes('does not exist');

async function list(client: CloudFormationClient, name: string): Promise<StackResource[]> {
  const summaries = await everyPage(
    paginateListStackResources({ client }, { StackName: name }),
    ({ StackResourceSummaries }) => StackResourceSummaries,
  );
  return summaries.map(({ LogicalResourceId, PhysicalResourceId, ResourceType, ResourceStatus, ResourceStatusReason }) => ({
    logicalId: LogicalResourceId ?? '',
    physicalId: PhysicalResourceId ?? '',
    type: ResourceType ?? '',
    status: ResourceStatus ?? '',
    ...(ResourceStatusReason && { reason: ResourceStatusReason }),
  }));
}

/** A resource of a stack, before its service was asked. */
export type Placed = Omit<Deployed<never>, 'value'>;

/** Returns the resources of some types in all stacks. A resource that a failed deployment did not create has no physical ID. */
export const resourcesOf = (stacks: readonly StackFacts[], ...types: readonly string[]): Placed[] =>
  stacks.flatMap(({ name: stack, region, resources }) =>
    (isKnown(resources) ? resources : []).flatMap(({ type, logicalId, physicalId, status }) =>
      types.includes(type) && physicalId !== '' && status !== 'DELETE_COMPLETE' ? { stack, region, logicalId, name: physicalId } : [],
    ),
  );

/** Asks the service of each resource. `read` returns `undefined` if the resource does not exist. */
export const readEach = <T>(
  resources: readonly Placed[],
  read: (resource: Placed) => Promise<Known<T | undefined>>,
): Promise<Deployed<T>[]> => Promise.all(resources.map(async (resource) => ({ ...resource, value: await read(resource) })));
