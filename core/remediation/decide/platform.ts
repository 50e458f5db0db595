import type { ResourceRef } from '../../model.ts';

/** Name patterns of the resources of AWS Control Tower, the Landing Zone Accelerator, the CDK bootstrap and csmm. */
const NAMES: readonly (readonly [pattern: RegExp, owner: string])[] = [
  [/^csmm[-_]/i, 'csmm'],
  [/^(aws-controltower|awscontroltower|stackset-awscontroltower)/i, 'AWS Control Tower'],
  [/^awsaccelerator|^aws-accelerator/i, 'the Landing Zone Accelerator'],
  [/^cdk-[a-z0-9]+-/i, 'the CDK bootstrap'],
];

/** Key of the tag on every resource of a csmm deployment. */
export const OWN_TAG = 'csmm:deployment';

/** Key of the tag with the name of the CloudFormation stack, and the patterns of the stack names of those owners. */
const STACK_TAG = 'aws:cloudformation:stack-name';
const STACKS: readonly (readonly [pattern: RegExp, owner: string])[] = [
  [/^(csmm|stackset-csmm)(-|$)/i, 'csmm'],
  ...NAMES.filter(([, owner]) => owner !== 'csmm'),
  [/^cdktoolkit$/i, 'the CDK bootstrap'],
];

/**
 * Returns a sentence about the platform that owns a resource, by its name and tags. Returns `undefined` if no platform owns it. csmm does
 * not change resources that csmm itself or a landing zone manages.
 */
export function platformOwnerOf(
  { resourceId }: Pick<ResourceRef, 'resourceId'>,
  tags: Readonly<Record<string, string>>,
): string | undefined {
  const name = resourceId.startsWith('arn:') ? resourceId.slice(resourceId.lastIndexOf(':') + 1) : resourceId;
  // A name can follow a path, and the name of an inline policy follows the name of its role.
  const names = [name, ...name.split('/')];
  const stack = tags[STACK_TAG] ?? '';
  const owner =
    (Object.hasOwn(tags, OWN_TAG) ? 'csmm' : undefined) ??
    NAMES.find(([pattern]) => names.some((each) => pattern.test(each)))?.[1] ??
    STACKS.find(([pattern]) => pattern.test(stack))?.[1];
  return owner && `the resource belongs to ${owner}, which manages it`;
}
