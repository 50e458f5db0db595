import { factParser, type ItemView } from './parser.ts';

/** What the organization's management of root users means for one account. All `false` where it does not reach the account. */
export interface OrganizationsFeaturesFacts {
  /** Whether the organization may delete the account's root credentials, and an account without them cannot recover them. */
  rootCredentialsManagement?: boolean;
  /** Whether the organization may take single actions as the account's root user. */
  rootSessions?: boolean;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html */
export const organizationsFeaturesParser = factParser<OrganizationsFeaturesFacts>({
  rootCredentialsManagement: (item) => isEnabled(item, 'RootCredentialsManagement'),
  rootSessions: (item) => isEnabled(item, 'RootSessions'),
});

const isEnabled = ({ configuration }: ItemView, feature: string): boolean | undefined =>
  configuration
    .at('enabledFeatures')
    .list()
    ?.some((enabled) => enabled.text() === feature);
