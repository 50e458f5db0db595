import { IAMClient, ListOrganizationsFeaturesCommand } from '@aws-sdk/client-iam';
import { ListParentsCommand, type Organization, OrganizationsClient } from '@aws-sdk/client-organizations';
import { Unread } from '../../../core/facts/view.ts';
import { attempt, factIn } from '../failures.ts';
import { describeOrganization } from './describe-organization.ts';
import { IAM_LAG } from './lags.ts';
import { describeEach, type ReadContext, type Reader } from './reader.ts';

/** Answers of https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html if no feature can be enabled. */
const NO_FEATURES = ['OrganizationNotFoundException', 'OrganizationNotInAllFeaturesModeException', 'ServiceAccessNotEnabledException'];

/** Central management of the root users of member accounts. The organization cannot manage the root user of its management account. */
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
  lag: IAM_LAG,
  read: async function* (context) {
    const iam = context.clients(IAMClient, context.region);
    const answer = await attempt(() => iam.send(new ListOrganizationsFeaturesCommand({})), NO_FEATURES);
    const features = factIn(answer, ({ EnabledFeatures }) => EnabledFeatures, []);
    const organization = await describeOrganization(context);
    yield* describeEach(context.accountIds, async (accountId) => ({
      resourceType: 'AWS::IAM::OrganizationsFeatures',
      resourceId: accountId,
      accountId,
      configuration: { enabledFeatures: await featuresOf(accountId, features, organization, context) },
    }));
  },
};

/** @param organization `null` if the calling account is in none */
async function featuresOf(
  accountId: string,
  features: unknown,
  organization: Organization | null | Unread,
  { accountId: ownId, clients, region }: ReadContext,
): Promise<unknown> {
  if (organization instanceof Unread) return organization;
  if (accountId === organization?.MasterAccountId) return [];
  if (accountId === ownId) return organization ? features : [];
  // The caller chooses the accounts: they may be in another organization, which may manage their root users.
  if (!organization) return new Unread(`${ownId}, which asked, is in no organization itself`);
  const parents = await attempt(() => clients(OrganizationsClient, region).send(new ListParentsCommand({ ChildId: accountId })));
  return factIn(parents, () => features);
}
