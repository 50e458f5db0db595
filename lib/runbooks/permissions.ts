import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { iamActionOf } from '../../adapters/aws/actions.ts';
import type { Wildcard } from '../least-privilege.ts';
import { type Runbook, RunbookError } from './read.ts';
import { ALLOWED_ON, COMPANIONS, type Companion, WITHOUT_RESOURCES } from './resources.ts';

/** A permission of the role of a runbook. */
export interface Grant {
  readonly actions: readonly string[];
  /** ARNs without `arn:<partition>:`, or `*`. `ACCOUNT` is a placeholder for the account ID. */
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, string>>;
}

/** Returns the IAM actions that the steps of a runbook and of its inverse call, sorted. */
export const actionsOf = ({ documents }: Pick<Runbook, 'documents'>): string[] =>
  [...new Set(documents.flatMap(({ calls }) => calls.map(({ service, api }) => iamActionOf(service, api))))].sort();

/** Returns the additional permissions that these actions require, each with the action that requires it. */
export const companionsOf = (actions: readonly string[]): [string, Companion][] =>
  actions.flatMap((action) => (COMPANIONS[action] ?? []).map((companion): [string, Companion] => [action, companion]));

/**
 * Returns the permissions of the role of a runbook: the calls of its steps and the permissions that these calls require. Each is limited to
 * the narrowest resources that IAM supports.
 *
 * @throws RunbookError if the resources of an action are not known.
 */
export function grantsOf(runbook: Pick<Runbook, 'name' | 'documents'>): Grant[] {
  const actions = actionsOf(runbook);
  const companions = companionsOf(actions).map(([, { reason: _, ...grant }]) => grant);
  return [...grantsFor(actions, runbook.name), ...companions];
}

/**
 * Returns permissions for actions, limited to the narrowest resources that IAM supports.
 *
 * @throws RunbookError if the resources of an action are not known. The message names the caller `who`.
 */
export function grantsFor(actions: readonly string[], who: string): Grant[] {
  const byResources = new Map<string, { actions: string[]; resources: readonly string[] }>();
  for (const action of actions) {
    const resources = resourcesOf(action);
    if (!resources)
      throw new RunbookError(`${who} calls ${action}, but its resources are not known. Fix: add ${action} to lib/runbooks/resources.ts`);
    const known = byResources.get(resources.join());
    if (known) known.actions.push(action);
    else byResources.set(resources.join(), { actions: [action], resources });
  }
  return [...byResources.values()].map(inOwnAccount);
}

/** Returns the ARNs on which an action is allowed, sorted. Returns `undefined` if they are not known. */
export function resourcesOf(action: string): readonly string[] | undefined {
  if (WITHOUT_RESOURCES.has(action)) return ['*'];
  const resources = Object.keys(ALLOWED_ON).filter((arn) => ALLOWED_ON[arn]?.includes(action));
  return resources.length > 0 ? resources.sort() : undefined;
}

/**
 * Limits permissions on buckets to the own account, because the ARN of a bucket does not contain its account. A bucket of another account
 * can allow access to everyone. The condition does not apply to a bucket that is yet to be created, because it is in no account.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
 */
const inOwnAccount = (grant: Grant): Grant =>
  grant.resources.includes('s3:::*') ? { ...grant, conditions: { 'aws:ResourceAccount': 'ACCOUNT' } } : grant;

/** Returns a permission as a statement of a policy in the account of the stack. */
export const toStatement = ({ actions, resources, conditions }: Grant): PolicyStatement =>
  new PolicyStatement({
    actions: [...actions],
    resources: resources.map(toArn),
    ...(conditions && {
      conditions: { StringEquals: Object.fromEntries(Object.entries(conditions).map(([key, value]) => [key, ofAccount(value)])) },
    }),
  });

/** Returns the full ARN for an ARN without `arn:<partition>:`. */
export const toArn = (resource: string): string => (resource === '*' ? '*' : `arn:${Aws.PARTITION}:${ofAccount(resource)}`);

const ofAccount = (text: string): string => text.replace('ACCOUNT', Aws.ACCOUNT_ID);

/** Returns the wildcards of permissions, with the reason for each. */
export const wildcardsOf = (grants: readonly Grant[]): Wildcard[] =>
  grants.flatMap(({ actions, resources }) =>
    resources
      .filter((resource) => resource.includes('*'))
      .map((resource) => ({ actions, resource: toText(resource), reason: resource === '*' ? UNNAMEABLE : UNNAMED })),
  );

/** Returns an ARN in the format of cdk-nag. */
export const toText = (resource: string): string =>
  resource === '*' ? '*' : `arn:<AWS::Partition>:${resource.replace('ACCOUNT', '<AWS::AccountId>')}`;

const UNNAMEABLE = 'AWS has no resource-level permission for it.';
/** Reason why a resource cannot be named in full. */
export const UNNAMED = 'csmm knows the failing resource and its Region only when it starts the runbook.';
