import type { OrganizationSettings } from '../deployment/options.ts';
import { type Check, counted, fail, isKnown, type Known, listed, ok, type Subject, shellWord, unknown, unread, warn } from './check.ts';

/** The service principal of StackSets, for delegated administrators. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-delegated-admin.html */
export const STACK_SETS_PRINCIPAL = 'member.org.stacksets.cloudformation.amazonaws.com';

/** The organization of the account that csmm is signed in to. */
export interface OrganizationIdentity {
  readonly id: string;
  readonly managementAccountId: string;
  /** `ALL` or `CONSOLIDATED_BILLING`. */
  readonly features: string;
}

export interface OrganizationFacts {
  /** `undefined` if the account is in no organization. */
  readonly organization: Known<OrganizationIdentity | undefined>;
  /** Whether each organizational unit or root of the options exists. */
  readonly units: readonly { readonly id: string; readonly exists: Known<boolean> }[];
  /** Status of the trusted access of StackSets. */
  readonly trustedAccess: Known<string>;
  /** Accounts that are delegated administrators of StackSets. */
  readonly administrators: Known<readonly string[]>;
  /** Active accounts below the units, without the management account. */
  readonly members: Known<readonly string[]>;
}

/** Checks whether a stack set of this account can reach the accounts of the units. */
export function organizationChecks(facts: OrganizationFacts, options: OrganizationSettings, accountId: string): Check[] {
  return [
    ...identityChecks(facts.organization, options),
    ...unitChecks(facts.units),
    callerCheck(facts, options, accountId),
    trustedAccessCheck(facts.trustedAccess),
    memberCheck(facts.members),
  ];
}

const subject = (id: string): Subject => ({ group: 'organization', id });

function identityChecks(organization: OrganizationFacts['organization'], { organizationId }: OrganizationSettings): Check[] {
  const about = subject('organization');
  if (!isKnown(organization)) return [unread(about, 'the organization', organization)];
  if (!organization)
    return [
      fail(about, 'the account is in no organization', { fix: 'deploy from an account of the organization, or without organizationId' }),
    ];
  const identity =
    organization.id === organizationId
      ? ok(about, `the account is in the organization ${organizationId}`)
      : fail(about, `the account is in the organization ${organization.id}, and organizationId is ${organizationId}`, {
          fix: 'correct organizationId, or sign in to an account of that organization',
        });
  if (organization.features === 'ALL') return [identity];
  return [
    identity,
    fail(subject('all-features'), 'the organization does not have all features enabled, which StackSets require', {
      fix: 'enable all features from the management account',
      command: 'aws organizations enable-all-features',
    }),
  ];
}

function unitChecks(units: OrganizationFacts['units']): Check[] {
  const about = subject('units');
  const problems = units.flatMap(({ id, exists }) => {
    if (!isKnown(exists)) return unread(about, id, exists);
    return exists
      ? []
      : fail(about, `${id} does not exist`, { fix: 'correct organizationalUnits', command: 'aws organizations list-roots' });
  });
  return problems.length > 0
    ? problems
    : [
        ok(
          about,
          `${listed(
            units.map(({ id }) => id),
            10,
          )}: found`,
        ),
      ];
}

function callerCheck({ organization, administrators }: OrganizationFacts, { callAs }: OrganizationSettings, accountId: string): Check {
  const about = subject('administrator');
  const isManagement = isKnown(organization) && organization?.managementAccountId === accountId;
  if (callAs === 'SELF') {
    if (!isKnown(organization)) return unread(about, 'whether this is the management account', organization);
    if (isManagement) return ok(about, 'this is the management account, as stackSetCallAs=SELF requires');
    return fail(about, 'stackSetCallAs is SELF, but this is not the management account', {
      fix: 'leave stackSetCallAs out, or sign in to the management account',
    });
  }
  if (isManagement) {
    return fail(about, 'this is the management account, which cannot be a delegated administrator', {
      fix: 'deploy from the security account, or with -c stackSetCallAs=SELF',
    });
  }
  const fix = {
    fix: 'in the management account, register this account as delegated administrator',
    command: `aws organizations register-delegated-administrator --account-id ${shellWord(accountId)} --service-principal ${STACK_SETS_PRINCIPAL}`,
  };
  // AWS denies the call unless the account is a delegated administrator.
  if (!isKnown(administrators)) return unread(about, 'whether this account is a delegated administrator of StackSets', administrators, fix);
  if (administrators.includes(accountId)) return ok(about, 'this account is a delegated administrator of StackSets');
  return fail(about, 'this account is not a delegated administrator of StackSets', fix);
}

function trustedAccessCheck(access: OrganizationFacts['trustedAccess']): Check {
  const about = subject('trusted-access');
  if (!isKnown(access)) return unread(about, 'the trusted access of StackSets', access);
  switch (access) {
    case 'ENABLED':
      return ok(about, 'StackSets have trusted access to the organization');
    case 'DISABLED':
    case 'DISABLED_PERMANENTLY':
      return fail(about, 'StackSets have no trusted access to the organization', {
        fix: 'in the management account, activate it',
        command: 'aws cloudformation activate-organizations-access',
      });
    default:
      return unknown(about, 'the trusted access of StackSets', access);
  }
}

function memberCheck(members: OrganizationFacts['members']): Check {
  const about = subject('members');
  if (!isKnown(members)) return unread(about, 'which accounts are in the organizational units', members);
  if (members.length > 0) return ok(about, `${counted(members.length, 'active account')} in the organizational units`);
  return warn(about, 'the organizational units contain no active account, apart from the management account', {
    fix: 'add the organizational units of the accounts to score to organizationalUnits',
  });
}
