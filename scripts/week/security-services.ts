/** GuardDuty and Security Hub in the Regions of an account. Production is the administrator of both. */
import { GUARDDUTY_FEATURES, type GuardDutyFeature } from '../../core/facts/guardduty-region-settings.ts';
import { finding } from './aws-apis.ts';

const ADMINISTRATOR = '111111111111';
const FOUNDATIONAL: readonly GuardDutyFeature[] = ['CLOUD_TRAIL', 'DNS_LOGS', 'FLOW_LOGS'];

interface Detector {
  detector: { status: string; features: { readonly name: string; readonly status: string }[] };
  administrator: { readonly accountId: string; readonly relationshipStatus: string } | null;
  organization: { autoEnableOrganizationMembers: string } | null;
}

interface Hub {
  enabled: boolean;
  standards: { readonly standardsArn: string; readonly standardsStatus: string }[];
  administrator: { readonly accountId: string; readonly memberStatus: string } | null;
  isAdministrator: boolean;
}

export interface SecurityState {
  /** Regions with GuardDuty, with these protection plans. */
  readonly guardDuty: readonly string[];
  readonly plans: readonly GuardDutyFeature[];
  /** Regions with Security Hub, still without an administrator that receives a member's findings. */
  readonly hub: readonly string[];
}

export function securityIn(accountId: string, { guardDuty, plans, hub }: SecurityState) {
  const each = <T>(build: (region: string) => T) => ({ eu: build('eu-west-1'), us: build('us-east-1') });
  return {
    guardDuty: each((region) => {
      const settings: Detector = { detector: { status: 'DISABLED', features: [] }, administrator: null, organization: null };
      const found = finding<Detector>({ accountId, region }, 'AWS::GuardDuty::RegionSettings', region, settings);
      if (guardDuty.includes(region)) enableGuardDuty(found, plans, 'NEW');
      return found;
    }),
    hub: each((region) => {
      const settings: Hub = { enabled: false, standards: [], administrator: null, isAdministrator: false };
      const found = finding<Hub>({ accountId, region }, 'AWS::SecurityHub::RegionSettings', region, settings);
      if (hub.includes(region)) enableHub(found);
      return found;
    }),
  };
}

type Found<C extends object> = ReturnType<typeof finding<C>>;

/** Turns GuardDuty on with some plans; `autoEnable` says for which accounts the administrator enables it. */
export function enableGuardDuty(
  { accountId, configuration }: Found<Detector>,
  plans: readonly GuardDutyFeature[],
  autoEnable: string,
): void {
  const isOn = (name: GuardDutyFeature) => FOUNDATIONAL.includes(name) || plans.includes(name);
  const features = GUARDDUTY_FEATURES.map((name) => ({ name, status: isOn(name) ? 'ENABLED' : 'DISABLED' }));
  configuration.detector = { status: 'ENABLED', features };
  if (accountId === ADMINISTRATOR) configuration.organization = { autoEnableOrganizationMembers: autoEnable };
  else configuration.administrator = { accountId: ADMINISTRATOR, relationshipStatus: 'Enabled' };
}

/** Turns Security Hub on with AWS's own standard. */
export function enableHub({ accountId, region, configuration }: Found<Hub>): void {
  const standardsArn = `arn:aws:securityhub:${region}::standards/aws-foundational-security-best-practices/v/1.0.0`;
  Object.assign(configuration, { enabled: true, standards: [{ standardsArn, standardsStatus: 'READY' }] });
  configuration.isAdministrator = accountId === ADMINISTRATOR;
}

/** Makes the administrator receive the findings. */
export function joinAdministrator({ configuration }: Found<Hub>): void {
  configuration.administrator = { accountId: ADMINISTRATOR, memberStatus: 'Enabled' };
}
