import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { iamActionOf } from '../../adapters/aws/actions.ts';
import type { Wildcard } from '../least-privilege.ts';
import { type Runbook, RunbookError } from './read.ts';
import { ALLOWED_ON, COMPANIONS, type Companion, WITHOUT_RESOURCES } from './resources.ts';

/** What a runbook's role may do. */
export interface Grant {
  readonly actions: readonly string[];
  /** ARNs without `arn:<partition>:`, in which `ACCOUNT` stands for the account; or `*`. */
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, string>>;
}

/** The IAM actions that the steps of a runbook and of its inverse call, sorted. */
export const actionsOf = ({ documents }: Pick<Runbook, 'documents'>): string[] =>
  [...new Set(documents.flatMap(({ calls }) => calls.map(({ service, api }) => iamActionOf(service, api))))].sort();

/** What these actions need beside themselves, by the action that needs it. */
export const companionsOf = (actions: readonly string[]): [string, Companion][] =>
  actions.flatMap((action) => (COMPANIONS[action] ?? []).map((companion): [string, Companion] => [action, companion]));

/**
 * What a runbook's role may do: what its steps call, and what those calls need, on no more than AWS lets one name.
 * @throws RunbookError where an action's resources are not known.
 */
export function grantsOf(runbook: Pick<Runbook, 'name' | 'documents'>): Grant[] {
  const actions = actionsOf(runbook);
  const companions = companionsOf(actions).map(([, { reason: _, ...grant }]) => grant);
  return [...grantsFor(actions, runbook.name), ...companions];
}

/**
 * Actions on no more than AWS lets one name.
 * @throws RunbookError where an action's resources are not known; it says `who` calls it.
 */
export function grantsFor(actions: readonly string[], who: string): Grant[] {
  const byResources = new Map<string, { actions: string[]; resources: readonly string[] }>();
  for (const action of actions) {
    const resources = resourcesOf(action);
    if (!resources) throw new RunbookError(`${who} calls ${action}, whose resources lib/runbooks/resources.ts does not know`);
    const known = byResources.get(resources.join());
    if (known) known.actions.push(action);
    else byResources.set(resources.join(), { actions: [action], resources });
  }
  return [...byResources.values()].map(inOwnAccount);
}

/** The ARNs on which an action is allowed, sorted; `undefined` where that is not known. */
export function resourcesOf(action: string): readonly string[] | undefined {
  if (WITHOUT_RESOURCES.has(action)) return ['*'];
  const resources = Object.keys(ALLOWED_ON).filter((arn) => ALLOWED_ON[arn]?.includes(action));
  return resources.length > 0 ? resources.sort() : undefined;
}

/**
 * The ARN of a bucket says nothing of its account, and the policy of somebody else's may allow everybody. One that is yet to be
 * created is in no account.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
 */
const inOwnAccount = (grant: Grant): Grant =>
  grant.resources.includes('s3:::*') ? { ...grant, conditions: { 'aws:ResourceAccount': 'ACCOUNT' } } : grant;

/** A grant as a statement of a policy in the account that the stack stands in. */
export const toStatement = ({ actions, resources, conditions }: Grant): PolicyStatement =>
  new PolicyStatement({
    actions: [...actions],
    resources: resources.map(toArn),
    ...(conditions && {
      conditions: { StringEquals: Object.fromEntries(Object.entries(conditions).map(([key, value]) => [key, ofAccount(value)])) },
    }),
  });

/** Full ARN of one without `arn:<partition>:`. */
export const toArn = (resource: string): string => (resource === '*' ? '*' : `arn:${Aws.PARTITION}:${ofAccount(resource)}`);

const ofAccount = (text: string): string => text.replace('ACCOUNT', Aws.ACCOUNT_ID);

/** The wildcards of grants, for those who want to know why. */
export const wildcardsOf = (grants: readonly Grant[]): Wildcard[] =>
  grants.flatMap(({ actions, resources }) =>
    resources
      .filter((resource) => resource.includes('*'))
      .map((resource) => ({ actions, resource: toText(resource), reason: resource === '*' ? UNNAMEABLE : UNNAMED })),
  );

/** As cdk-nag prints an ARN. */
export const toText = (resource: string): string =>
  resource === '*' ? '*' : `arn:<AWS::Partition>:${resource.replace('ACCOUNT', '<AWS::AccountId>')}`;

const UNNAMEABLE = 'AWS has no resource-level permission for it.';
/** Why a resource cannot be named in full. */
export const UNNAMED = 'Which resource fails, and in which Region, is known only when the runbook is started.';
