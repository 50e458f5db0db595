import type { ResourceRef } from '../../model.ts';

type Tags = Readonly<Record<string, string>>;

/** The resources of the csmm deployment itself, as its stacks declare them. */
export interface OwnResources {
  /** ARNs of the stacks of the deployment. */
  readonly stackIds: readonly string[];
  /** Names of the roles that a deployment creates in every account. */
  readonly roleNames: readonly string[];
}

/** Key of the tag with the ARN of the CloudFormation stack. Only AWS can write tags with the prefix `aws:`. */
const STACK_ID_TAG = 'aws:cloudformation:stack-id';
const STACK_NAME_TAG = 'aws:cloudformation:stack-name';

/**
 * Returns a sentence if a resource belongs to the csmm deployment. csmm never changes it. It is known by the ARN of its stack, and a role by
 * its exact name: the names and other tags are a choice of the owner of the account.
 */
export function ownedByCsmm(resource: ResourceRef, tags: Tags, { stackIds, roleNames }: OwnResources): string | undefined {
  const isOwn = stackIds.includes(tags[STACK_ID_TAG] ?? '') || isOwnRole(resource, { stackIds, roleNames });
  return isOwn ? 'the resource belongs to csmm, which manages it' : undefined;
}

/** CloudFormation writes no tags of its own on IAM resources. In the account of a stack their names start with its name. */
function isOwnRole({ accountId, resourceType, resourceId }: ResourceRef, { stackIds, roleNames }: OwnResources): boolean {
  if (!resourceType.startsWith('AWS::IAM::')) return false;
  // The ID of an inline policy is that of its role and its name, and that of a managed policy is its ARN.
  const isManaged = resourceType === 'AWS::IAM::Policy';
  const name = isManaged ? resourceId.slice(resourceId.lastIndexOf('/') + 1) : (resourceId.split('/')[0] ?? '');
  if (!isManaged && roleNames.includes(name)) return true;
  return stackIds.some((stackId) => {
    const [, , , , account, path = ''] = stackId.split(':');
    return account === accountId && name.startsWith(`${path.split('/')[1]}-`);
  });
}

/** Patterns of the names of resources and stacks of AWS Control Tower, the Landing Zone Accelerator and the CDK bootstrap. */
const LANDING_ZONES: readonly (readonly [pattern: RegExp, owner: string])[] = [
  [/^(aws-controltower|awscontroltower|stackset-awscontroltower)/i, 'AWS Control Tower'],
  [/^awsaccelerator|^aws-accelerator/i, 'the Landing Zone Accelerator'],
  [/^cdk-[a-z0-9]+-|^cdktoolkit$/i, 'the CDK bootstrap'],
];

/**
 * Returns a sentence if a resource looks like one of a landing zone, by its name or the name of its stack. Anyone can choose such a name, so
 * it does not exempt the resource: csmm changes it only with an approval.
 */
export function landingZoneOf({ resourceId }: Pick<ResourceRef, 'resourceId'>, tags: Tags): string | undefined {
  const name = resourceId.startsWith('arn:') ? resourceId.slice(resourceId.lastIndexOf(':') + 1) : resourceId;
  // A name can follow a path, and the name of an inline policy follows the name of its role.
  const names = [name, ...name.split('/'), tags[STACK_NAME_TAG] ?? ''];
  const owner = LANDING_ZONES.find(([pattern]) => names.some((each) => pattern.test(each)))?.[1];
  return owner && `the name looks like one of ${owner}. Anyone can choose such a name, so the change requires approval`;
}
