import { IAMClient, ListOrganizationsFeaturesCommand } from '@aws-sdk/client-iam';
import { attempt, told } from '../failures.ts';
import { describeOrganization } from './describe-organization.ts';
import type { Reader } from './reader.ts';

/** The answers to https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html where no feature can be enabled. */
const NO_FEATURES = ['OrganizationNotFoundException', 'OrganizationNotInAllFeaturesModeException', 'ServiceAccessNotEnabledException'];

/** How the organization manages the root users of its member accounts. The management account's own it cannot manage. */
export const iamOrganizationFeatures: Reader = {
  id: 'iam-organization-features',
  scope: 'organization',
  lists: ['AWS::IAM::OrganizationsFeatures'],
  permissions: ['iam:ListOrganizationsFeatures', 'organizations:DescribeOrganization'],
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
    const organization = answer === null ? null : await describeOrganization(context);
    for (const accountId of context.accountIds) {
      yield {
        resourceType: 'AWS::IAM::OrganizationsFeatures',
        resourceId: accountId,
        accountId,
        configuration: {
          enabledFeatures: told(organization, ({ MasterAccountId }) => (accountId === MasterAccountId ? [] : features), []),
        },
      };
    }
  },
};
