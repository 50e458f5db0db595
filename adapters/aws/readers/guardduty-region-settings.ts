import {
  DescribeOrganizationConfigurationCommand,
  GetAdministratorAccountCommand,
  GetDetectorCommand,
  GuardDutyClient,
  paginateListDetectors,
} from '@aws-sdk/client-guardduty';
import { attempt, factIn } from '../failures.ts';
import type { Reader } from './reader.ts';

/**
 * GuardDuty in a Region: its detector, its administrator and, in the delegated administrator's account, the accounts it is enabled
 * for. The reader reports every Region, also those without a detector. AWS Config's items contain none of this.
 */
export const guardDutyRegionSettings: Reader = {
  id: 'guardduty-region-settings',
  scope: 'region',
  lists: ['AWS::GuardDuty::RegionSettings'],
  permissions: [
    'guardduty:ListDetectors',
    'guardduty:GetDetector',
    'guardduty:GetAdministratorAccount',
    'guardduty:DescribeOrganizationConfiguration',
  ],
  refreshedBy: [
    {
      source: 'guardduty.amazonaws.com',
      names: [
        'AcceptAdministratorInvitation',
        'CreateDetector',
        'DeleteDetector',
        'DisassociateFromAdministratorAccount',
        'UpdateDetector',
        'UpdateOrganizationConfiguration',
      ],
    },
  ],
  read: async function* ({ clients, region }) {
    const client = clients(GuardDutyClient, region);
    const detectorId = await findDetector(client);
    const configuration = detectorId === undefined ? NO_DETECTOR : await describeDetector(detectorId, client);
    yield { resourceType: 'AWS::GuardDuty::RegionSettings', resourceId: region, configuration };
  },
};

const NO_DETECTOR = { detector: { status: 'DISABLED', features: [] }, administrator: null, organization: null };

/** Returns the detector. An account has at most one in a Region. */
async function findDetector(client: GuardDutyClient): Promise<string | undefined> {
  for await (const { DetectorIds } of paginateListDetectors({ client }, {})) {
    const [id] = DetectorIds ?? [];
    if (id !== undefined) return id;
  }
  return undefined;
}

async function describeDetector(DetectorId: string, client: GuardDutyClient): Promise<object> {
  const [detector, administrator] = await Promise.all([
    attempt(() => client.send(new GetDetectorCommand({ DetectorId }))),
    attempt(() => client.send(new GetAdministratorAccountCommand({ DetectorId }))),
  ]);
  // Only a member has an administrator. The administrator itself and a standalone account get an empty answer.
  // https://docs.aws.amazon.com/guardduty/latest/APIReference/API_GetAdministratorAccount.html
  const manager = factIn(administrator, ({ Administrator }) => (Administrator?.AccountId === undefined ? null : Administrator));
  return {
    detector: factIn(detector, ({ Status, Features }) => ({ Status, Features })),
    administrator: manager,
    organization: manager === null ? await describeOrganization(DetectorId, client) : factIn(administrator, () => null),
  };
}

/** Returns the organization's configuration. An account that is not the delegated administrator gets a `BadRequestException`. */
async function describeOrganization(DetectorId: string, client: GuardDutyClient): Promise<unknown> {
  const answer = await attempt(() => client.send(new DescribeOrganizationConfigurationCommand({ DetectorId })), ['BadRequestException']);
  return factIn(answer, ({ AutoEnableOrganizationMembers }) => ({ AutoEnableOrganizationMembers }), null);
}
