import {
  DescribePolicyCommand,
  type Organization,
  OrganizationsClient,
  type Parent,
  paginateListParents,
  paginateListPoliciesForTarget,
  paginateListRoots,
} from '@aws-sdk/client-organizations';
import { Unread } from '../../../core/facts/view.ts';
import { attempt } from '../failures.ts';
import { describeOrganization } from './describe-organization.ts';
import { describeEach, type ReadContext, type Reader } from './reader.ts';

/**
 * The place of each account in the organization, and the SCPs that apply to it. Every account may read which organization it is
 * in. Only the management account and delegated administrators may read the rest; for other callers it is missing:
 * https://docs.aws.amazon.com/organizations/latest/APIReference/action-reference.html
 */
export const organizationsPolicies: Reader = {
  id: 'organizations-policies',
  scope: 'organization',
  lists: ['AWS::Organizations::Account'],
  permissions: [
    'organizations:DescribeOrganization',
    'organizations:DescribePolicy',
    'organizations:ListParents',
    'organizations:ListPoliciesForTarget',
    'organizations:ListRoots',
  ],
  refreshedBy: [
    {
      source: 'organizations.amazonaws.com',
      names: [
        'AttachPolicy',
        'DetachPolicy',
        'UpdatePolicy',
        'DeletePolicy',
        'EnablePolicyType',
        'DisablePolicyType',
        'MoveAccount',
        'LeaveOrganization',
        'RemoveAccountFromOrganization',
        'AcceptHandshake',
        'CreateAccount',
        'CreateOrganization',
        'DeleteOrganization',
      ],
    },
  ],
  read: async function* (context) {
    const client = context.clients(OrganizationsClient, context.region);
    const answer = await describeOrganization(context);
    const tree = treeOf(client);
    yield* describeEach(context.accountIds, async (accountId) => ({
      resourceType: 'AWS::Organizations::Account',
      resourceId: accountId,
      accountId,
      configuration: await describeAccount(accountId, answer, tree, context),
    }));
  },
};

/** @param answer `null` if the calling account is in no organization */
async function describeAccount(
  accountId: string,
  answer: Organization | null | Unread,
  tree: Tree,
  { accountId: ownId }: ReadContext,
): Promise<unknown> {
  if (answer instanceof Unread) return answer;
  // The other accounts may still be in one.
  if (answer === null) return accountId === ownId ? OUTSIDE : new Unread(`${ownId}, which asked, is in no organization itself`);
  const managementId = answer.MasterAccountId;
  const [scpsEnabled, path] = await Promise.all([attempt(tree.areScpsEnabled), attempt(() => tree.pathTo(accountId))]);
  if (accountId === managementId) return { inOrganization: true, isManagementAccount: true, scpsEnabled, policies: [] };
  // An account without any answer may be in another organization, or manage one.
  if (path instanceof Unread && accountId !== ownId) return path;
  return {
    inOrganization: true,
    ...(managementId !== undefined && { isManagementAccount: false }),
    scpsEnabled,
    policies: await policiesAlong(path, scpsEnabled, tree),
  };
}

const OUTSIDE = { inOrganization: false, isManagementAccount: false, scpsEnabled: false, policies: [] };

type Attempt<T> = T | null | Unread;

async function policiesAlong(path: Attempt<readonly string[]>, scpsEnabled: Attempt<boolean>, tree: Tree): Promise<unknown> {
  if (scpsEnabled === false) return [];
  if (scpsEnabled !== true) return scpsEnabled;
  if (path === null || path instanceof Unread) return path;
  return attempt(() => Promise.all(path.map(tree.policiesOf)));
}

/** The organization, as its management account sees it. Each call is made once, however many accounts need its answer. */
interface Tree {
  readonly areScpsEnabled: () => Promise<boolean>;
  /** Returns the ids of the root, the organizational units and the account itself. */
  readonly pathTo: (accountId: string) => Promise<readonly string[]>;
  /** Returns the documents of the SCPs that are attached to a root, an organizational unit or an account. */
  readonly policiesOf: (targetId: string) => Promise<readonly (string | undefined)[]>;
}

function treeOf(client: OrganizationsClient): Tree {
  const enabled = once(() => areScpsEnabled(client));
  const parentOf = once((childId) => findParent(childId, client));
  const documentOf = once(async (PolicyId) => (await client.send(new DescribePolicyCommand({ PolicyId }))).Policy?.Content);
  return {
    areScpsEnabled: () => enabled('root'),
    pathTo: (accountId) => climb(accountId, parentOf),
    policiesOf: once(async (targetId) => Promise.all((await listPolicies(targetId, client)).map(documentOf))),
  };
}

/** Makes the call once for each id, and caches a failure too. */
function once<T>(call: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (id) => {
    const answer = answers.get(id) ?? call(id);
    answers.set(id, answer);
    return answer;
  };
}

/**
 * Whether SCPs are enabled in the organization's root. An organization has one root.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
 */
async function areScpsEnabled(client: OrganizationsClient): Promise<boolean> {
  for await (const { Roots = [] } of paginateListRoots({ client }, {})) {
    const [root] = Roots;
    if (root) return (root.PolicyTypes ?? []).some(({ Type, Status }) => Type === 'SERVICE_CONTROL_POLICY' && Status === 'ENABLED');
  }
  throw new Error('organizations:ListRoots returned no root');
}

async function findParent(childId: string, client: OrganizationsClient): Promise<Parent> {
  for await (const { Parents = [] } of paginateListParents({ client }, { ChildId: childId })) {
    const [parent] = Parents;
    if (parent) return parent;
  }
  throw new Error(`organizations:ListParents returned no parent of ${childId}`);
}

/** Maximum depth: more than the root, five levels of organizational units and the account, which AWS allows. A deeper path is broken. */
const MAX_LEVELS = 20;

async function climb(accountId: string, parentOf: (childId: string) => Promise<Parent>): Promise<readonly string[]> {
  const path = [accountId];
  for (let child = accountId; path.length < MAX_LEVELS; ) {
    const { Id = '', Type } = await parentOf(child);
    path.unshift(Id);
    if (Type === 'ROOT') return path;
    child = Id;
  }
  throw new Error(`organizations:ListParents returned no root within ${MAX_LEVELS} levels above ${accountId}`);
}

async function listPolicies(TargetId: string, client: OrganizationsClient): Promise<string[]> {
  const ids: string[] = [];
  for await (const { Policies = [] } of paginateListPoliciesForTarget({ client }, { TargetId, Filter: 'SERVICE_CONTROL_POLICY' })) {
    ids.push(...Policies.map(({ Id = '' }) => Id));
  }
  return ids;
}
