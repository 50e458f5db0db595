import { IAMClient, ListOrganizationsFeaturesCommand } from '@aws-sdk/client-iam';
import { ListParentsCommand, type Organization, OrganizationsClient } from '@aws-sdk/client-organizations';
import { Unread } from '../../../core/facts/view.ts';
import { attempt, told } from '../failures.ts';
import { describeOrganization } from './describe-organization.ts';
import { describeEach, type ReadContext, type Reader } from './reader.ts';

/** The answers to https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html where no feature can be enabled. */
const NO_FEATURES = ['OrganizationNotFoundException', 'OrganizationNotInAllFeaturesModeException', 'ServiceAccessNotEnabledException'];

/** How the organization manages the root users of its member accounts. The management account's own it cannot manage. */
export const iamOrganizationFeatures: Reader = {
  id: 'iam-organization-features',
  scope: 'organization',
  lists: ['AWS::IAM::OrganizationsFeatures'],
  permissions: ['iam:ListOrganizationsFeatures', 'organizations:DescribeOrganization', 'organizations:ListParents'],
  refreshedBy: [
    {
      source: 'iam.amazonaws.com',
      names: [
        'EnableOrganizationsRootCredentialsManagement',
        'DisableOrganizationsRootCredentialsManagement',
        'EnableOrganizationsRootSessions',
        'DisableOrganizationsRootSessions',
      ],
    },
  ],
  read: async function* (context) {
    const iam = context.clients(IAMClient, context.region);
    const answer = await attempt(() => iam.send(new ListOrganizationsFeaturesCommand({})), NO_FEATURES);
    const features = told(answer, ({ EnabledFeatures }) => EnabledFeatures ?? [], []);
    const organization = await describeOrganization(context);
    yield* describeEach(context.accountIds, async (accountId) => ({
      resourceType: 'AWS::IAM::OrganizationsFeatures',
      resourceId: accountId,
      accountId,
      configuration: { enabledFeatures: await featuresOf(accountId, features, organization, context) },
    }));
  },
};

/** @param organization `null` where the account that asks is in none */
async function featuresOf(
  accountId: string,
  features: unknown,
  organization: Organization | null | Unread,
  { accountId: ownId, clients, region }: ReadContext,
): Promise<unknown> {
  if (organization instanceof Unread) return organization;
  if (accountId === organization?.MasterAccountId) return [];
  if (accountId === ownId) return organization ? features : [];
  // Accounts are named by whoever asks for them: they may be in another organization, which may manage their root users.
  if (!organization) return new Unread(`${ownId}, which asked, is in no organization itself`);
  const parents = await attempt(() => clients(OrganizationsClient, region).send(new ListParentsCommand({ ChildId: accountId })));
  return told(parents, () => features);
}
