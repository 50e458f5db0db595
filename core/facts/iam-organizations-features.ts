import { factParser, type ItemView } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

/** Features of centralized root access that apply to one account. All `false` if the organization does not manage the account. */
export interface OrganizationsFeaturesFacts {
  /** Whether the organization can delete the root credentials of the account. An account without them then cannot recover them. */
  rootCredentialsManagement?: boolean;
  /** Whether the organization can run single privileged actions as the root user of the account. */
  rootSessions?: boolean;
}

const SHAPES: Shapes<OrganizationsFeaturesFacts> = { rootCredentialsManagement: flag, rootSessions: flag };

/** Parses https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html. */
export const organizationsFeaturesParser = factParser<OrganizationsFeaturesFacts>(SHAPES, {
  rootCredentialsManagement: (item) => isEnabled(item, 'RootCredentialsManagement'),
  rootSessions: (item) => isEnabled(item, 'RootSessions'),
});

const isEnabled = ({ configuration }: ItemView, feature: string): boolean | undefined =>
  configuration
    .at('enabledFeatures')
    .list()
    ?.some((enabled) => enabled.text() === feature);
