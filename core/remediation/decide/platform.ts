import type { ResourceRef } from '../../model.ts';

/** Names by which AWS Control Tower, the Landing Zone Accelerator, the CDK's bootstrap and csmm itself know their own resources. */
const NAMES: readonly (readonly [pattern: RegExp, owner: string])[] = [
  [/^csmm[-_]/i, 'csmm'],
  [/^(aws-controltower|awscontroltower|stackset-awscontroltower)/i, 'AWS Control Tower'],
  [/^awsaccelerator|^aws-accelerator/i, 'the Landing Zone Accelerator'],
  [/^cdk-[a-z0-9]+-/i, 'the CDK bootstrap'],
];

/** The tag that every resource of a deployment bears. */
export const OWN_TAG = 'csmm:deployment';

/** Tags, as CloudFormation sets them, of the stacks of those owners. */
const STACK_TAG = 'aws:cloudformation:stack-name';
const STACKS: readonly (readonly [pattern: RegExp, owner: string])[] = [
  [/^(csmm|stackset-csmm)(-|$)/i, 'csmm'],
  ...NAMES.filter(([, owner]) => owner !== 'csmm'),
  [/^cdktoolkit$/i, 'the CDK bootstrap'],
];

/**
 * Whose platform a resource belongs to, in a sentence, by its name and tags; `undefined` for a resource of the user's own. What
 * csmm or a landing zone keeps is changed by them alone.
 */
export function isOfPlatform({ resourceId }: Pick<ResourceRef, 'resourceId'>, tags: Readonly<Record<string, string>>): string | undefined {
  const name = resourceId.startsWith('arn:') ? resourceId.slice(resourceId.lastIndexOf(':') + 1) : resourceId;
  // A path may stand before a name, and the name of a role before that of a policy in it.
  const names = [name, ...name.split('/')];
  const stack = tags[STACK_TAG] ?? '';
  const owner =
    (Object.hasOwn(tags, OWN_TAG) ? 'csmm' : undefined) ??
    NAMES.find(([pattern]) => names.some((each) => pattern.test(each)))?.[1] ??
    STACKS.find(([pattern]) => pattern.test(stack))?.[1];
  return owner && `it belongs to ${owner}, which keeps it as it is`;
}
