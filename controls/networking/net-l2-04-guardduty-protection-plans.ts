import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Inventory,
  type InventoryItem,
  insufficientData,
  lacks,
  nonCompliant,
  notApplicable,
  type ResourceType,
  type Verdict,
} from '../../core/control.ts';
import { evaluateApprovedRegions } from '../../core/evaluation/approved-regions.ts';
import { isEnded } from '../../core/evaluation/ended-instance.ts';
import { covers } from '../../core/evaluation/evidence.ts';
import { worstOf } from '../../core/evaluation/worst-verdict.ts';
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import type { GuardDutyFeature } from '../../core/facts/guardduty-region-settings.ts';

const GUARDDUTY = 'AWS::GuardDuty::RegionSettings';

interface Plan {
  readonly name: string;
  /** Alternative features: one enabled feature is enough. */
  readonly features: readonly GuardDutyFeature[];
  /** Resource types that the plan protects. */
  readonly protects: readonly ResourceType[];
}

/** https://docs.aws.amazon.com/guardduty/latest/ug/guardduty-features-activation-model.html */
const PLANS: readonly Plan[] = [
  { name: 'S3 Protection', features: ['S3_DATA_EVENTS'], protects: ['AWS::S3::Bucket'] },
  { name: 'EKS audit log monitoring', features: ['EKS_AUDIT_LOGS'], protects: ['AWS::EKS::Cluster'] },
  { name: 'RDS Protection', features: ['RDS_LOGIN_EVENTS'], protects: ['AWS::RDS::DBCluster', 'AWS::RDS::DBInstance'] },
  { name: 'Lambda Protection', features: ['LAMBDA_NETWORK_LOGS'], protects: ['AWS::Lambda::Function'] },
  { name: 'Runtime Monitoring', features: ['RUNTIME_MONITORING'], protects: ['AWS::EC2::Instance'] },
  { name: 'EKS Runtime Monitoring', features: ['RUNTIME_MONITORING', 'EKS_RUNTIME_MONITORING'], protects: ['AWS::EKS::Cluster'] },
  { name: 'Malware Protection for EC2', features: ['EBS_MALWARE_PROTECTION'], protects: ['AWS::EC2::Instance'] },
];
const PROTECTED: readonly ResourceType[] = [...new Set(PLANS.flatMap(({ protects }) => protects))];

export default defineControl({
  id: 'NET-L2-04',
  title: 'GuardDuty is centrally managed with the protection plans in use',
  pillar: 'networking',
  level: 2,
  severity: 'high',
  rules: [
    // Two joins, because only the first reads another account.
    across(
      [GUARDDUTY, SETTINGS],
      (inventory) => evaluateApprovedRegions(inventory, GUARDDUTY, (item) => evaluateManagement(inventory, item)),
      {
        handlesGaps: true,
        elsewhere: (inventory) => inventory.all(GUARDDUTY).flatMap(({ facts }) => facts.administrator?.accountId ?? []),
      },
    ),
    across([GUARDDUTY, ...PROTECTED, SETTINGS], evaluatePlans, { handlesGaps: true }),
  ],
});

export const page: ControlPage = {
  slug: 'guardduty-protection-plans',
  topic: 'GuardDuty',
  scope: 'region',
  evidence: 'api',
  rule: 'Passes if, in every approved Region, the delegated GuardDuty administrator manages the account with organization auto-enable for all accounts, and each of S3, EKS audit logs, RDS login, Lambda, runtime monitoring and EC2 malware protection is ENABLED if the account has resources of that kind in the Region. Fails otherwise. A plan is not applicable if the account has none of its resources in the Region.',
  why: 'Basic GuardDuty does not look inside buckets, clusters, databases, functions or machines. Central management covers new accounts automatically and stops members from turning it off.',
  triggers: {
    cloudTrail: [
      {
        source: 'guardduty.amazonaws.com',
        names: [
          'CreateDetector',
          'UpdateDetector',
          'DeleteDetector',
          'UpdateOrganizationConfiguration',
          'AcceptAdministratorInvitation',
          'DisassociateFromAdministratorAccount',
        ],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Set the organization configuration from the delegated administrator. Get approval for the cost.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['GuardDuty.5', 'GuardDuty.6', 'GuardDuty.7', 'GuardDuty.8', 'GuardDuty.9', 'GuardDuty.10', 'GuardDuty.11'],
    prowler: [
      'guardduty_centrally_managed',
      'guardduty_delegated_admin_enabled_all_regions',
      'guardduty_s3_protection_enabled',
      'guardduty_eks_audit_log_enabled',
      'guardduty_rds_protection_enabled',
      'guardduty_lambda_protection_enabled',
      'guardduty_ec2_malware_protection_enabled',
      'guardduty_eks_runtime_monitoring_enabled',
    ],
    nistCsf2: ['DE.CM-01', 'DE.CM-09'],
    awsSmmV2: [
      { phase: 2, category: 'Threat detection', recommendation: 'Advanced Threat Detection' },
      { phase: 3, category: 'Infrastructure protection', recommendation: 'Anti-Malware / EDR / Runtime Protection' },
    ],
    iansCsmm2: ['Security Monitoring'],
  },
  notes:
    'Only the delegated administrator can read the configuration of the organization. If csmm does not evaluate that account, the status of its members is unknown. An account without an administrator fails, also outside any organization. Runtime Monitoring counts for EC2 instances and EKS clusters, but not for ECS on Fargate; csmm does not evaluate the coverage of its agents. RDS Protection is required if RDS has an instance or cluster, whatever its engine. csmm does not evaluate a plan that the detector does not list, because the plan may not exist in the Region. If an administrator changes its members, no event occurs in their accounts: the scheduled read detects it.',
};

type RegionSettings = InventoryItem<typeof GUARDDUTY>;

function evaluateManagement(inventory: Inventory, item: RegionSettings): Verdict {
  const { enabled, administrator } = item.facts;
  if (enabled === undefined) return lacks(item, 'enabled');
  if (!enabled) return nonCompliant('detector-not-enabled', 'Region has no enabled GuardDuty detector');
  if (administrator === undefined) return lacks(item, 'administrator');
  if (administrator === null)
    return evaluateAutoEnable(
      item,
      nonCompliant('no-delegated-administrator', 'no delegated administrator manages the GuardDuty detector'),
    );
  const { accountId, relationship } = administrator;
  if (relationship !== 'ENABLED')
    return nonCompliant(
      'administrator-not-enabled',
      `relationship to GuardDuty administrator ${accountId} is ${relationship} (required: ENABLED)`,
    );
  const there = inventory.in(accountId)?.all(GUARDDUTY);
  const theirs = there?.find(({ resource }) => resource.region === item.resource.region);
  if (!theirs)
    return insufficientData(
      'administrator-not-evaluated',
      `GuardDuty administrator ${accountId} ${there ? 'was not read in this Region' : 'is not evaluated'}`,
    );
  return evaluateAutoEnable(
    theirs,
    nonCompliant('no-delegated-administrator', `GuardDuty administrator ${accountId} is not the delegated administrator`),
  );
}

/** https://docs.aws.amazon.com/guardduty/latest/APIReference/API_DescribeOrganizationConfiguration.html */
const AUTO_ENABLE: ReadonlySet<string> = new Set(['ALL', 'NEW', 'NONE']);

/** @param notDelegated the verdict if the account is not the delegated administrator */
function evaluateAutoEnable(item: RegionSettings, notDelegated: Verdict): Verdict {
  const { autoEnable } = item.facts;
  if (autoEnable === undefined) return lacks(item, 'autoEnable');
  if (autoEnable === null) return notDelegated;
  if (!AUTO_ENABLE.has(autoEnable))
    return insufficientData('auto-enable-unknown', `auto-enable of the delegated administrator is "${autoEnable}"`);
  return autoEnable === 'ALL'
    ? compliant('delegated administrator enables GuardDuty for all accounts')
    : nonCompliant('auto-enable-incomplete', `delegated administrator enables GuardDuty for ${autoEnable} accounts (required: ALL)`);
}

function evaluatePlans(inventory: Inventory): ReturnType<typeof evaluateApprovedRegions> {
  const presence = presenceIn(inventory);
  return evaluateApprovedRegions(inventory, GUARDDUTY, (item) => {
    const { enabled, features } = item.facts;
    if (enabled === undefined) return lacks(item, 'enabled');
    if (enabled && features === undefined) return lacks(item, 'features');
    const verdicts = PLANS.map((plan) =>
      evaluatePlan(plan, enabled ? features : undefined, (type) => presence(type, item.resource.region)),
    );
    return worstOf(NOTHING_TO_PROTECT, ...verdicts);
  });
}

const NOTHING_TO_PROTECT = notApplicable('Region has no resources that a protection plan covers');

/** Whether a Region has resources of a type, or the reason why that is unknown. */
type Presence = boolean | { readonly unknown: string };

/** @param features `undefined` if GuardDuty is off */
function evaluatePlan(
  { name, features: ways, protects }: Plan,
  features: Features | undefined,
  presence: (type: ResourceType) => Presence,
): Verdict {
  if (ways.some((feature) => features?.[feature])) return compliant('every protection plan in use is enabled');
  const present = protects.find((type) => presence(type) === true);
  if (present && features) {
    if (ways.every((feature) => features[feature] === undefined))
      return insufficientData('plan-unknown', `GuardDuty detector does not list ${name}, but the Region has ${present} resources`);
    if (ways.some((feature) => features[feature] === null))
      return insufficientData('plan-unknown', `GuardDuty ${name} has an unknown status, and the Region has ${present} resources`);
  }
  if (present) return nonCompliant('plan-off', `GuardDuty ${name} is off, but the Region has ${present} resources`);
  for (const type of protects) {
    const found = presence(type);
    if (typeof found === 'object')
      return insufficientData(
        'resources-unknown',
        `GuardDuty ${name} is off, and it is unknown whether the Region has ${type} resources: ${found.unknown}`,
      );
  }
  return NOTHING_TO_PROTECT;
}

type Features = NonNullable<RegionSettings['facts']['features']>;

function presenceIn(inventory: Inventory): (type: ResourceType, region: string) => Presence {
  const regions = new Map(PROTECTED.map((type) => [type, regionsWith(inventory, type)]));
  return (type, region) => {
    if (regions.get(type)?.has(region)) return true;
    const listings = inventory.listings(type).filter((listing) => covers(listing, region));
    if (listings.length === 0) return { unknown: 'not listed' };
    const gap = listings.find((listing) => listing.gap !== undefined)?.gap;
    return gap === undefined ? false : { unknown: gap };
  };
}

const regionsWith = (inventory: Inventory, type: ResourceType): ReadonlySet<string> =>
  new Set(inventory.all(type).flatMap(({ resource, facts }) => ('state' in facts && isEnded(facts.state) ? [] : resource.region)));
