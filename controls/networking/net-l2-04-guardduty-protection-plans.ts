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
import { covers } from '../../core/evaluation/evidence.ts';
import { worstOf } from '../../core/evaluation/worst-verdict.ts';
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import type { GuardDutyFeature } from '../../core/facts/guardduty-region-settings.ts';

const GUARDDUTY = 'AWS::GuardDuty::RegionSettings';

interface Plan {
  readonly name: string;
  /** One of them is enough. */
  readonly features: readonly GuardDutyFeature[];
  /** The resources that it protects. */
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
    // Apart, as only the first reads another account.
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
  rule: 'PASS iff, in every approved Region, the account is managed by the delegated GuardDuty administrator with organization auto-enable for all accounts, and each of S3, EKS audit logs, RDS login, Lambda, runtime monitoring and EC2 malware protection is ENABLED wherever the account has resources of that kind in the Region; FAIL otherwise; NOT_APPLICABLE per plan when the account has none of its resources in the Region.',
  apiFacts: ['guardduty:GetDetector', 'guardduty:DescribeOrganizationConfiguration', 'guardduty:GetAdministratorAccount'],
  triggers: {
    configTypes: [
      'AWS::S3::Bucket',
      'AWS::EKS::Cluster',
      'AWS::RDS::DBCluster',
      'AWS::RDS::DBInstance',
      'AWS::Lambda::Function',
      'AWS::EC2::Instance',
    ],
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
  remediation: { kind: 'custom', note: 'Set organization configuration from the delegated administrator; approval for cost.' },
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
    "Only the delegated administrator is told how the organization is configured: where that account is not evaluated, nothing is known of its members. An account that no administrator manages fails, also outside any organization. Runtime Monitoring counts for EC2 instances and EKS clusters, not for ECS on Fargate; its agents' coverage is not judged. RDS Protection is asked for wherever RDS has an instance or cluster, whatever its engine. A plan that the detector does not list may not exist in the Region and is not judged. What an administrator changes in its members leaves no event in their accounts; the schedule finds it.",
};

type RegionSettings = InventoryItem<typeof GUARDDUTY>;

function evaluateManagement(inventory: Inventory, item: RegionSettings): Verdict {
  const { enabled, administrator } = item.facts;
  if (enabled === undefined) return lacks(item, 'enabled');
  if (!enabled) return nonCompliant('no enabled GuardDuty detector');
  if (administrator === undefined) return lacks(item, 'administrator');
  if (administrator === null) return evaluateAutoEnable(item, 'no delegated administrator manages the detector');
  const { accountId, relationship } = administrator;
  if (relationship !== 'ENABLED') return nonCompliant(`the relationship to the administrator ${accountId} is ${relationship}`);
  const there = inventory.in(accountId)?.all(GUARDDUTY);
  const theirs = there?.find(({ resource }) => resource.region === item.resource.region);
  if (!theirs) return insufficientData(`the administrator ${accountId} ${there ? 'was not read in this Region' : 'is not evaluated'}`);
  return evaluateAutoEnable(theirs, `the administrator ${accountId} is not the delegated administrator`);
}

function evaluateAutoEnable(item: RegionSettings, otherwise: string): Verdict {
  const { autoEnable } = item.facts;
  if (autoEnable === undefined) return lacks(item, 'autoEnable');
  if (autoEnable === null) return nonCompliant(otherwise);
  return autoEnable === 'ALL'
    ? compliant('the delegated administrator enables GuardDuty for all accounts')
    : nonCompliant(`the delegated administrator enables GuardDuty for ${autoEnable} of the accounts`);
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

const NOTHING_TO_PROTECT = notApplicable('no resources that a protection plan is for');

/** Whether a Region has resources of a type; where that is not known, why. */
type Presence = boolean | { readonly unknown: string };

/** @param features `undefined` where GuardDuty is off altogether */
function evaluatePlan(
  { name, features: ways, protects }: Plan,
  features: Features | undefined,
  presence: (type: ResourceType) => Presence,
): Verdict {
  if (ways.some((feature) => features?.[feature])) return compliant('every protection plan in use is enabled');
  const present = protects.find((type) => presence(type) === true);
  if (present && features && ways.every((feature) => features[feature] === undefined)) {
    return insufficientData(`the detector does not list ${name}, and there are resources of ${present}`);
  }
  if (present) return nonCompliant(`${name} is off, and there are resources of ${present}`);
  for (const type of protects) {
    const found = presence(type);
    if (typeof found === 'object')
      return insufficientData(`${name} is off, and whether there are resources of ${type} is not known: ${found.unknown}`);
  }
  return NOTHING_TO_PROTECT;
}

type Features = NonNullable<RegionSettings['facts']['features']>;

function presenceIn(inventory: Inventory): (type: ResourceType, region: string) => Presence {
  const regions = new Map(PROTECTED.map((type) => [type, regionsWith(inventory, type)]));
  return (type, region) => {
    if (regions.get(type)?.has(region)) return true;
    const listings = inventory.listings(type).filter((listing) => covers(listing, region));
    if (listings.length === 0) return { unknown: 'nobody listed them' };
    const gap = listings.find((listing) => listing.gap !== undefined)?.gap;
    return gap === undefined ? false : { unknown: gap };
  };
}

const regionsWith = (inventory: Inventory, type: ResourceType): ReadonlySet<string> =>
  new Set(inventory.all(type).flatMap(({ resource, facts }) => ('state' in facts && facts.state === 'terminated' ? [] : resource.region)));
