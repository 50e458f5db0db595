import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { ssmAutomation } from '../adapters/aws/automation.ts';
import { readCalendars } from '../adapters/aws/change-calendars.ts';
import { type Credentials, clientsOf, FUNCTION_LIMITS, newRequestHandler } from '../adapters/aws/clients.ts';
import { iamPolicies } from '../adapters/aws/iam-policies.ts';
import { assumeRole } from '../adapters/aws/member-role.ts';
import { unitsAbove } from '../adapters/aws/organization-units.ts';
import { whoChanged } from '../adapters/aws/resource-changes.ts';
import { tagsOf } from '../adapters/aws/resource-tags.ts';
import { REMEDIES } from '../controls/remedies.ts';
import { RUNBOOK_DIGESTS } from '../controls/runbook-digests.ts';
import type { OwnResources } from '../core/remediation/decide/platform.ts';
import { roleOf } from '../core/remediation/model/remedy.ts';
import type { Policies } from '../core/remediation/policy-drift/drift.ts';
import type { Estate as AskedEstate, Automation, RemediationDependencies } from '../core/remediation/ports.ts';
import { requireEnv } from './environment.ts';
import type { Estate } from './estate.ts';

const role = { roleName: requireEnv('REMEDIATION_ROLE_NAME'), externalId: requireEnv('REMEDIATION_EXTERNAL_ID') };
const requestHandler = newRequestHandler(FUNCTION_LIMITS);
const sts = new STSClient({ requestHandler });

/** Resources of this deployment: its stacks, and the roles in each account, with those of the runbooks. */
export const OWN: OwnResources = {
  stackIds: requireEnv('OWN_STACK_IDS').split(','),
  roleNames: [
    ...requireEnv('OWN_ROLE_NAMES').split(','),
    ...new Set(Object.values(REMEDIES).flatMap((all) => all.map(({ runbook }) => roleOf(runbook)))),
  ],
};

/** Thrown if the deployment evaluates only its own account, which has no organizational units. */
class NoOrganizationError extends Error {
  override readonly name = 'NoOrganizationError';
}

export interface Runbooks {
  readonly automation: Automation;
  /** Properties of a resource that remediation reads in addition to the controls' evidence. */
  readonly estate: Omit<AskedEstate, 'look'>;
  readonly policies: Policies;
  readonly readCalendars: RemediationDependencies['readCalendars'];
}

/** Returns the runbooks of the evaluated accounts, for one invocation. It assumes the role of each account once. */
export function runbooksOf({ partition, globalRegion, regions: [region = ''], ownClients, hasMembers }: Estate): Runbooks {
  const sessions = new Map<string, Promise<Credentials>>();
  const credentialsFor = (accountId: string): Promise<Credentials> => {
    const session = sessions.get(accountId) ?? assumeRole(accountId, { sts, partition, role, sessionName: 'csmm-remediate' });
    sessions.set(accountId, session);
    return session;
  };
  const clientsFor = async (accountId: string) =>
    clientsOf({ requestHandler, ...FUNCTION_LIMITS, credentials: await credentialsFor(accountId) });
  return {
    readCalendars: (names) => readCalendars(ownClients()(SSMClient, region), names),
    automation: ssmAutomation({
      // No retries by the SDK: a repeated start would have no decision behind it. After a failure the engine decides again.
      clientFor: async ({ accountId, region }) =>
        new SSMClient({ region, credentials: await credentialsFor(accountId), maxAttempts: 1, requestHandler }),
      digests: RUNBOOK_DIGESTS,
      roleArn: (accountId, runbook) => `arn:${partition}:iam::${accountId}:role/${roleOf(runbook)}`,
    }),
    estate: {
      tagsOf: async (resource) => tagsOf(resource, { clients: await clientsFor(resource.accountId), partition, globalRegion }),
      unitsOf: async (accountId) => {
        if (!hasMembers) throw new NoOrganizationError('the deployment has no organization');
        return unitsAbove(accountId, ownClients(), globalRegion);
      },
      whoChanged: async (resource, since) =>
        whoChanged(resource, since, { clients: await clientsFor(resource.accountId), partition, globalRegion, ownRoles: OWN.roleNames }),
    },
    policies: iamPolicies({ clientsFor, globalRegion }),
  };
}
