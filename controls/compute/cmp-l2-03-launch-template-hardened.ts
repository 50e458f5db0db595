import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Inventory,
  type InventoryItem,
  insufficientData,
  judge,
  lacks,
  nonCompliant,
  on,
  type Verdict,
} from '../../core/control.ts';
import type { LaunchSettings } from '../../core/facts/ec2-launch-template.ts';

type Template = InventoryItem<'AWS::EC2::LaunchTemplate'>;

const SETTINGS = ['httpEndpoint', 'httpTokens', 'hopLimit', 'assignsPublicIp', 'volumes'] as const;

/** The item of a template holds one version. Its flaw decides; without one, every other version in question is unknown. */
function judgeTemplate(template: Template, inventory: Inventory): Verdict {
  const flaw = flawOf(template.facts);
  if (flaw) return nonCompliant(flaw);
  const unread = [...SETTINGS, 'defaultVersion', 'latestVersion'].find((name) => !Object.hasOwn(template.facts, name));
  if (unread) return lacks(template, unread);
  return unknownVersion(template, inventory) ?? judgeSettings(template.facts);
}

function judgeSettings(settings: LaunchSettings): Verdict {
  const flaw = flawOf(settings);
  if (flaw) return nonCompliant(flaw);
  if (settings.volumes === 'region default') return insufficientData('an EBS mapping leaves encryption to the default of the Region');
  return compliant('no IMDSv1, no public address and every EBS mapping encrypted');
}

function flawOf({ httpEndpoint, httpTokens, hopLimit, assignsPublicIp, volumes }: LaunchSettings): string | undefined {
  const metadataService = httpEndpoint === 'enabled';
  if (metadataService && httpTokens !== undefined && httpTokens !== 'required') return 'IMDSv2 is not required';
  if (metadataService && hopLimit !== undefined && hopLimit > 2) return `the metadata hop limit is ${hopLimit}`;
  if (assignsPublicIp) return 'a public address is assigned';
  if (volumes === 'unencrypted') return 'an EBS mapping is not encrypted';
  return undefined;
}

/** Whether a version counts that the item does not hold: the default, the latest or one that a group references. */
function unknownVersion({ resource, facts }: Template, inventory: Inventory): Verdict | undefined {
  const { defaultVersion, latestVersion } = facts;
  if (defaultVersion !== latestVersion) {
    return insufficientData(`only one of the versions ${defaultVersion} (default) and ${latestVersion} (latest) is known`);
  }
  for (const group of inventory.all('AWS::AutoScaling::AutoScalingGroup')) {
    if (group.resource.region !== resource.region) continue;
    const { launchTemplates, launchConfiguration } = group.facts;
    if (!launchTemplates && !launchConfiguration) return insufficientData('an Auto Scaling group has an unknown launch template');
    for (const { id, name, version } of launchTemplates ?? []) {
      const isReference = id === undefined ? name === facts.name : id === resource.resourceId;
      const isHeld = version === '$Default' || version === '$Latest' || Number(version) === latestVersion;
      if (isReference && !isHeld) return insufficientData(`an Auto Scaling group uses version ${version}, which is not known`);
    }
  }
  return undefined;
}

export default defineControl({
  id: 'CMP-L2-03',
  title: 'Launch templates in use are hardened',
  pillar: 'compute',
  level: 2,
  severity: 'high',
  rules: [
    across(['AWS::EC2::LaunchTemplate', 'AWS::AutoScaling::AutoScalingGroup'], function* (inventory) {
      for (const template of inventory.all('AWS::EC2::LaunchTemplate')) yield judge(template, judgeTemplate(template, inventory));
    }),
    on('AWS::AutoScaling::LaunchConfiguration', SETTINGS, judgeSettings),
  ],
});

export const page: ControlPage = {
  slug: 'launch-template-hardened',
  topic: 'launch templates',
  scope: 'resource',
  evidence: 'config',
  rule: 'PASS iff every launch-template version that is default, latest or referenced by a group requires IMDSv2 with hop limit at most 2, assigns no public IP, and encrypts every EBS mapping (or the Region default does); FAIL otherwise; NOT_APPLICABLE when there are no launch templates.',
  apiFacts: ['ec2:DescribeLaunchTemplates', 'ec2:DescribeLaunchTemplateVersions', 'ec2:GetEbsEncryptionByDefault'],
  triggers: {
    configTypes: ['AWS::EC2::LaunchTemplate', 'AWS::AutoScaling::LaunchConfiguration', 'AWS::AutoScaling::AutoScalingGroup'],
    cloudTrail: [
      { source: 'ec2.amazonaws.com', names: ['CreateLaunchTemplate', 'CreateLaunchTemplateVersion', 'ModifyLaunchTemplate'] },
      { source: 'autoscaling.amazonaws.com', names: ['CreateLaunchConfiguration', 'CreateAutoScalingGroup', 'UpdateAutoScalingGroup'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Create a corrected version and propose it as default.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['EC2.170', 'EC2.25', 'EC2.181', 'AutoScaling.3'],
    prowler: ['ec2_launch_template_imdsv2_required', 'ec2_launch_template_no_public_ip'],
    nistCsf2: ['PR.PS-01', 'PR.DS-01'],
    awsSmmV2: [
      { phase: 2, category: 'Identity and access management', recommendation: 'Instance Metadata Service (IMDS) v2' },
      { phase: 2, category: 'Infrastructure protection', recommendation: 'Secure EC2 Instances Management' },
    ],
    iansCsmm2: ['Workload Security'],
  },
};
