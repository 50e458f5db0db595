import { type Administrator, readAdministrator } from './administrator.ts';
import { factParser } from './parser.ts';
import type { View } from './view.ts';

/**
 * The features of a detector that a control asks for.
 * https://docs.aws.amazon.com/guardduty/latest/APIReference/API_DetectorFeatureConfigurationResult.html
 */
export const GUARDDUTY_FEATURES = [
  'CLOUD_TRAIL',
  'DNS_LOGS',
  'FLOW_LOGS',
  'S3_DATA_EVENTS',
  'EKS_AUDIT_LOGS',
  'RDS_LOGIN_EVENTS',
  'LAMBDA_NETWORK_LOGS',
  'RUNTIME_MONITORING',
  'EKS_RUNTIME_MONITORING',
  'EBS_MALWARE_PROTECTION',
] as const;
export type GuardDutyFeature = (typeof GUARDDUTY_FEATURES)[number];

/** GuardDuty in one Region of an account, which has one detector at most. */
export interface GuardDutyRegionFacts {
  /** Whether there is a detector that is enabled. */
  enabled?: boolean;
  /** Whether the detector's features are on. One that it does not list is absent. */
  features?: Readonly<Partial<Record<GuardDutyFeature, boolean>>>;
  /** `null` where no account manages the detector. */
  administrator?: Administrator | null;
  /**
   * Whom this account, the organization's delegated administrator, enables GuardDuty for: `ALL`, `NEW` or `NONE` of the
   * accounts. `null` where it is not the delegated administrator.
   */
  autoEnable?: string | null;
}

export const guardDutyRegionParser = factParser<GuardDutyRegionFacts>(
  {
    enabled: ({ configuration }) => isEnabled(configuration.at('detector')),
    features: ({ configuration }) => readFeatures(configuration.at('detector').at('features')),
    administrator: ({ configuration }) => readAdministrator(configuration.at('administrator')),
    autoEnable: ({ configuration }) => {
      const organization = configuration.at('organization');
      return organization.raw() === null ? null : organization.at('autoEnableOrganizationMembers').text();
    },
  },
  { nullable: ['administrator', 'autoEnable'] },
);

function isEnabled(thing: View): boolean | undefined {
  const status = thing.at('status').text();
  return status === undefined ? undefined : status === 'ENABLED';
}

function readFeatures(list: View): GuardDutyRegionFacts['features'] {
  const features: Partial<Record<GuardDutyFeature, boolean>> = {};
  for (const feature of list.list() ?? []) {
    const name = feature.at('name').text();
    const known = GUARDDUTY_FEATURES.find((candidate) => candidate === name);
    const on = isEnabled(feature);
    if (name === undefined || on === undefined) return undefined;
    if (known) features[known] = on;
  }
  return list.exists ? features : undefined;
}
