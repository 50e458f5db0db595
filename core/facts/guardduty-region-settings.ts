import { ADMINISTRATOR, type Administrator, readAdministrator } from './administrator.ts';
import { factParser } from './parser.ts';
import { flag, nullable, objectOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

/**
 * Features of a detector that the controls evaluate.
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

/** Facts of GuardDuty in one Region of an account, which has at most one detector. */
export interface GuardDutyRegionFacts {
  /** Whether the Region has an enabled detector. */
  enabled?: boolean;
  /** Whether each feature of the detector is on; `null` if its status is unknown. A feature that the detector does not list is absent. */
  features?: Readonly<Partial<Record<GuardDutyFeature, boolean | null>>>;
  /** The account that manages the detector, or `null` if no account does. */
  administrator?: Administrator | null;
  /**
   * Accounts for which GuardDuty is enabled automatically: `ALL`, `NEW` or `NONE`. `null` if this account is not the delegated
   * administrator of the organization.
   */
  autoEnable?: string | null;
}

const FEATURES = objectOf<object, Record<GuardDutyFeature, boolean | null>>(
  {},
  Object.fromEntries(GUARDDUTY_FEATURES.map((feature) => [feature, nullable(flag)])) as Shapes<Record<GuardDutyFeature, boolean | null>>,
);

const SHAPES: Shapes<GuardDutyRegionFacts> = {
  enabled: flag,
  features: FEATURES,
  administrator: nullable(ADMINISTRATOR),
  autoEnable: nullable(text),
};

export const guardDutyRegionParser = factParser<GuardDutyRegionFacts>(SHAPES, {
  enabled: ({ configuration }) => isEnabled(configuration.at('detector')),
  features: ({ configuration }) => readFeatures(configuration.at('detector').at('features')),
  administrator: ({ configuration }) => readAdministrator(configuration.at('administrator')),
  autoEnable: ({ configuration }) => {
    const organization = configuration.at('organization');
    return organization.raw() === null ? null : organization.at('autoEnableOrganizationMembers').text();
  },
});

function isEnabled(thing: View): boolean | undefined {
  const status = thing.at('status').text();
  return status === 'ENABLED' ? true : status === 'DISABLED' ? false : undefined;
}

function readFeatures(list: View): GuardDutyRegionFacts['features'] {
  const features: Partial<Record<GuardDutyFeature, boolean | null>> = {};
  for (const feature of list.list() ?? []) {
    const name = feature.at('name').text();
    const known = GUARDDUTY_FEATURES.find((candidate) => candidate === name);
    if (name === undefined) return undefined;
    if (known) features[known] = isEnabled(feature.quietly()) ?? null;
  }
  return list.exists ? features : undefined;
}
