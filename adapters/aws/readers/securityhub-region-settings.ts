import {
  DescribeHubCommand,
  type DescribeHubCommandOutput,
  DescribeOrganizationConfigurationCommand,
  GetAdministratorAccountCommand,
  paginateGetEnabledStandards,
  SecurityHubClient,
  type StandardsSubscription,
} from '@aws-sdk/client-securityhub';
import { Unread } from '../../../core/facts/view.ts';
import { attempt, factIn } from '../failures.ts';
import { SECURITY_HUB_LAG } from './lags.ts';
import type { Reader } from './reader.ts';

/**
 * Security Hub CSPM in a Region: its standards and the account that receives the findings. The reader reports every Region, also
 * those in which it is not enabled.
 */
export const securityHubRegionSettings: Reader = {
  id: 'securityhub-region-settings',
  scope: 'region',
  lists: ['AWS::SecurityHub::RegionSettings'],
  permissions: [
    'securityhub:DescribeHub',
    'securityhub:GetEnabledStandards',
    'securityhub:GetAdministratorAccount',
    'securityhub:DescribeOrganizationConfiguration',
  ],
  refreshedBy: [
    {
      source: 'securityhub.amazonaws.com',
      names: [
        'AcceptAdministratorInvitation',
        'BatchDisableStandards',
        'BatchEnableStandards',
        'DisableSecurityHub',
        'DisassociateFromAdministratorAccount',
        'EnableSecurityHub',
        'UpdateOrganizationConfiguration',
      ],
    },
  ],
  lag: SECURITY_HUB_LAG,
  read: async function* ({ clients, region }) {
    const client = clients(SecurityHubClient, region);
    const hub = await attempt(() => client.send(new DescribeHubCommand({})));
    const configuration = isNotSubscribed(hub) ? NOT_ENABLED : hub instanceof Unread ? hub : await describeHub(client);
    yield { resourceType: 'AWS::SecurityHub::RegionSettings', resourceId: region, configuration };
  },
};

const NOT_ENABLED = { enabled: false, standards: [], administrator: null, isAdministrator: false };

/**
 * Whether Security Hub is not enabled. `InvalidAccessException` can also mean that the account may not make the call; only its
 * message distinguishes them. A denial by policy is an `AccessDeniedException`.
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DescribeHub.html
 */
const isNotSubscribed = (hub: DescribeHubCommandOutput | null | Unread): boolean =>
  hub instanceof Unread && hub.reason.includes('(InvalidAccessException)') && hub.reason.includes('not subscribed');

async function describeHub(client: SecurityHubClient): Promise<object> {
  const [standards, administrator] = await Promise.all([
    attempt(() => listStandards(client)),
    attempt(() => client.send(new GetAdministratorAccountCommand({})), ['ResourceNotFoundException']),
  ]);
  const receiver = factIn(administrator, ({ Administrator }) => (Administrator?.AccountId === undefined ? null : Administrator), null);
  return {
    enabled: true,
    standards,
    administrator: receiver,
    isAdministrator: receiver === null ? await isAdministrator(client) : factIn(administrator, () => false),
  };
}

/** Lists the standards: a few, one for each version of each standard. */
async function listStandards(client: SecurityHubClient): Promise<StandardsSubscription[]> {
  const standards: StandardsSubscription[] = [];
  for await (const { StandardsSubscriptions = [] } of paginateGetEnabledStandards({ client, pageSize: 100 }, {})) {
    standards.push(...StandardsSubscriptions);
  }
  return standards;
}

/** Whether the account is the administrator: only the administrator can read the organization's configuration. */
async function isAdministrator(client: SecurityHubClient): Promise<unknown> {
  const answer = await attempt(() => client.send(new DescribeOrganizationConfigurationCommand({})), ['InvalidAccessException']);
  return factIn(answer, () => true, false);
}
