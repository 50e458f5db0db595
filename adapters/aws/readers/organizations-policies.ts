import {
  DescribePolicyCommand,
  type Organization,
  OrganizationsClient,
  type Parent,
  type PolicyType,
  paginateListParents,
  paginateListPoliciesForTarget,
  paginateListRoots,
} from '@aws-sdk/client-organizations';
import { Unread } from '../../../core/facts/view.ts';
import { attempt } from '../failures.ts';
import { describeOrganization } from './describe-organization.ts';
import { ORGANIZATIONS_LAG } from './lags.ts';
import { describeEach, type ReadContext, type Reader } from './reader.ts';

/**
 * The place of each account in the organization, and the SCPs and RCPs that apply to it. Every account may read which organization it is
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
  lag: ORGANIZATIONS_LAG,
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
  { accountId: ownId, partition }: ReadContext,
): Promise<unknown> {
  if (answer instanceof Unread) return answer;
  // The other accounts may still be in one.
  if (answer === null)
    return accountId === ownId ? { ...OUTSIDE, partition } : new Unread(`${ownId}, which asked, is in no organization itself`);
  const managementId = answer.MasterAccountId;
  const [scpsEnabled, rcpsEnabled, path] = await Promise.all([
    attempt(() => tree.isEnabled(SCP)),
    attempt(() => tree.isEnabled(RCP)),
    attempt(() => tree.pathTo(accountId)),
  ]);
  const found = { inOrganization: true, partition, scpsEnabled, rcpsEnabled };
  if (accountId === managementId) return { ...found, isManagementAccount: true, policies: [], resourcePolicies: [] };
  // An account without any answer may be in another organization, or manage one.
  if (path instanceof Unread && accountId !== ownId) return path;
  const [policies, resourcePolicies] = await Promise.all([
    policiesAlong(path, scpsEnabled, (targetId) => tree.policiesOf(targetId, SCP)),
    policiesAlong(path, rcpsEnabled, (targetId) => tree.policiesOf(targetId, RCP)),
  ]);
  return { ...found, ...(managementId !== undefined && { isManagementAccount: false }), policies, resourcePolicies };
}

const OUTSIDE = { inOrganization: false, isManagementAccount: false, scpsEnabled: false, policies: [] };

const SCP: PolicyType = 'SERVICE_CONTROL_POLICY';
const RCP: PolicyType = 'RESOURCE_CONTROL_POLICY';

type Attempt<T> = T | null | Unread;

async function policiesAlong(path: Attempt<readonly string[]>, areEnabled: Attempt<boolean>, policiesOf: PoliciesOf): Promise<unknown> {
  if (areEnabled === false) return [];
  if (areEnabled !== true) return areEnabled;
  if (path === null || path instanceof Unread) return path;
  return attempt(() => Promise.all(path.map(policiesOf)));
}

type PoliciesOf = (targetId: string) => Promise<readonly (string | undefined)[]>;

/** The organization, as its management account sees it. Each call is made once, however many accounts need its answer. */
interface Tree {
  /** Whether a type of policy is enabled in the root of the organization. */
  readonly isEnabled: (type: PolicyType) => Promise<boolean>;
  /** Returns the ids of the root, the organizational units and the account itself. */
  readonly pathTo: (accountId: string) => Promise<readonly string[]>;
  /** Returns the documents of the policies of a type that are attached to a root, an organizational unit or an account. */
  readonly policiesOf: (targetId: string, type: PolicyType) => Promise<readonly (string | undefined)[]>;
}

function treeOf(client: OrganizationsClient): Tree {
  const enabled = once(() => enabledTypes(client));
  const parentOf = once((childId) => findParent(childId, client));
  const documentOf = once(async (PolicyId) => (await client.send(new DescribePolicyCommand({ PolicyId }))).Policy?.Content);
  const attached = (type: PolicyType) =>
    once(async (targetId) => Promise.all((await listPolicies(targetId, type, client)).map(documentOf)));
  const [scps, rcps] = [attached(SCP), attached(RCP)];
  return {
    isEnabled: async (type) => (await enabled('root')).includes(type),
    pathTo: (accountId) => climb(accountId, parentOf),
    policiesOf: (targetId, type) => (type === RCP ? rcps : scps)(targetId),
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
 * Returns the types of policies that are enabled in the organization's root. An organization has one root.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
 */
async function enabledTypes(client: OrganizationsClient): Promise<readonly (string | undefined)[]> {
  for await (const { Roots = [] } of paginateListRoots({ client }, {})) {
    const [root] = Roots;
    if (root?.PolicyTypes) return root.PolicyTypes.filter(({ Status }) => Status === 'ENABLED').map(({ Type }) => Type);
    if (root) throw new Error('organizations:ListRoots returned no policy types of the root');
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

async function listPolicies(TargetId: string, Filter: PolicyType, client: OrganizationsClient): Promise<string[]> {
  const ids: string[] = [];
  for await (const { Policies = [] } of paginateListPoliciesForTarget({ client }, { TargetId, Filter })) {
    ids.push(...Policies.map(({ Id = '' }) => Id));
  }
  return ids;
}
