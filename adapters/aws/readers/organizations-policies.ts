import {
  DescribePolicyCommand,
  type Organization,
  OrganizationsClient,
  type Parent,
  type PolicyType,
  paginateListChildren,
  paginateListParents,
  paginateListPolicies,
  paginateListPoliciesForTarget,
  paginateListRoots,
  paginateListTargetsForPolicy,
  type Root,
} from '@aws-sdk/client-organizations';
import { forEachAtOnce } from '../../../core/concurrency.ts';
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
    'organizations:ListChildren',
    'organizations:ListParents',
    'organizations:ListPolicies',
    'organizations:ListPoliciesForTarget',
    'organizations:ListRoots',
    'organizations:ListTargetsForPolicy',
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
    const tree = (context.accountIds.length > FEW_ACCOUNTS ? wholeTree : treeOf)(client);
    yield* describeEach(context.accountIds, async (accountId) => ({
      resourceType: 'AWS::Organizations::Account',
      resourceId: accountId,
      accountId,
      configuration: await describeAccount(accountId, answer, tree, context),
    }));
  },
};

/**
 * Up to this number of accounts, asking for each account, the units above it and their policies takes fewer calls than listing the
 * organization: three or so for each account. Above it, the calls are about as many as policies, units, and twentieths of accounts.
 */
const FEW_ACCOUNTS = 40;

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

/** Returns the tree of an organization with many accounts: lists the children of each unit, and the targets of each policy. */
function wholeTree(client: OrganizationsClient): Tree {
  const tree = treeOf(client);
  const parents = once(() => listParents(client));
  // An account may have come after its unit was listed.
  const parentOf = once(async (childId) => (await parents('root')).get(childId) ?? findParent(childId, client));
  const attached = once((type) => listAttached(type as PolicyType, client));
  return {
    ...tree,
    pathTo: (accountId) => climb(accountId, parentOf),
    policiesOf: async (targetId, type) => (await attached(type)).get(targetId) ?? [],
  };
}

/** Returns the parent of each unit and account. */
async function listParents(client: OrganizationsClient): Promise<ReadonlyMap<string, Parent>> {
  const parents = new Map<string, Parent>();
  const units: Parent[] = [{ Id: (await findRoot(client)).Id, Type: 'ROOT' }];
  // The loop also reaches the units that are added during it.
  for (const parent of units) {
    for (const ChildType of ['ORGANIZATIONAL_UNIT', 'ACCOUNT'] as const) {
      for await (const { Children = [] } of paginateListChildren({ client }, { ParentId: parent.Id, ChildType })) {
        for (const { Id = '' } of Children) {
          if (ChildType === 'ORGANIZATIONAL_UNIT' && !parents.has(Id)) units.push({ Id, Type: ChildType });
          parents.set(Id, parent);
        }
      }
    }
  }
  return parents;
}

/** Maximum number of policies whose targets are listed concurrently: a policy of AWS is attached to every account. */
const POLICIES_AT_ONCE = 4;

/** Returns the documents of the policies of a type by root, unit or account, in the order of the policies' ids. */
async function listAttached(
  Filter: PolicyType,
  client: OrganizationsClient,
): Promise<ReadonlyMap<string, readonly (string | undefined)[]>> {
  const ids: string[] = [];
  for await (const { Policies = [] } of paginateListPolicies({ client }, { Filter })) ids.push(...Policies.map(({ Id = '' }) => Id));
  const found = new Map<string, { readonly document: string | undefined; readonly targets: readonly string[] }>();
  await forEachAtOnce(ids, POLICIES_AT_ONCE, async (PolicyId) => {
    const { Policy } = await client.send(new DescribePolicyCommand({ PolicyId }));
    const targets: string[] = [];
    for await (const { Targets = [] } of paginateListTargetsForPolicy({ client }, { PolicyId })) {
      targets.push(...Targets.map(({ TargetId = '' }) => TargetId));
    }
    found.set(PolicyId, { document: Policy?.Content, targets });
  });
  const attached = new Map<string, (string | undefined)[]>();
  for (const id of ids.sort()) {
    const { document, targets } = found.get(id) ?? { document: undefined, targets: [] };
    for (const target of targets) attached.set(target, [...(attached.get(target) ?? []), document]);
  }
  return attached;
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

/** Returns the types of policies that are enabled in the organization's root. */
async function enabledTypes(client: OrganizationsClient): Promise<readonly (string | undefined)[]> {
  const { PolicyTypes } = await findRoot(client);
  if (!PolicyTypes) throw new Error('organizations:ListRoots returned no policy types of the root');
  return PolicyTypes.filter(({ Status }) => Status === 'ENABLED').map(({ Type }) => Type);
}

/**
 * Returns the root. An organization has one.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
 */
async function findRoot(client: OrganizationsClient): Promise<Root> {
  for await (const { Roots = [] } of paginateListRoots({ client }, {})) if (Roots[0]) return Roots[0];
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
