import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Evidence,
  type Inventory,
  type InventoryItem,
  insufficientData,
  lacks,
  nonCompliant,
  type Verdict,
  verdictOn,
} from '../../core/control.ts';
import { worstOf } from '../../core/evaluation/worst-verdict.ts';
import type { LaunchSettings } from '../../core/facts/ec2-launch-template.ts';
import { cannotRun, change, type RemedyContext, type RemedyPlan, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

type Template = InventoryItem<'AWS::EC2::LaunchTemplate'>;

const SETTINGS = ['httpEndpoint', 'httpTokens', 'hopLimit', 'assignsPublicIp', 'volumes'] as const;

/**
 * Evaluates a template by its own settings and its versions. Its own settings are those of one version in use. If only AWS Config
 * describes the template, the other versions are unknown.
 */
function evaluateTemplate(template: Template, inventory: Inventory): Verdict {
  const encrypts = encryptsByDefault(inventory, template);
  const own = evaluateSettings(template.facts, template.missing, encrypts);
  return worstOf(own, ...evaluateVersions(template, inventory, encrypts));
}

/** Returns verdicts on the default version, the latest one and each that a group of the Region references. */
function evaluateVersions(template: Template, inventory: Inventory, encrypts: boolean | undefined): Verdict[] {
  const { defaultVersion, latestVersion, versions = {} } = template.facts;
  const unknown: Verdict[] = [];
  if (defaultVersion === undefined) unknown.push(lacks(template, 'defaultVersion'));
  if (latestVersion === undefined) unknown.push(lacks(template, 'latestVersion'));
  const inUse = new Set([defaultVersion, latestVersion].flatMap((version) => (version === undefined ? [] : String(version))));
  for (const group of inventory.all('AWS::AutoScaling::AutoScalingGroup')) {
    if (group.resource.region !== template.resource.region) continue;
    const { launchTemplates, launchConfiguration } = group.facts;
    if (!launchTemplates && !launchConfiguration) {
      unknown.push(insufficientData('group-unknown', `launch template of Auto Scaling group ${group.resource.resourceId} is unknown`));
    }
    for (const { id, name, version } of launchTemplates ?? []) {
      const isReference = id === undefined ? name === template.facts.name : id === template.resource.resourceId;
      if (isReference && version !== '$Default' && version !== '$Latest') inUse.add(version);
    }
  }
  const verdicts = [...inUse].flatMap((version) => {
    const settings = Object.hasOwn(versions, version) ? versions[version] : undefined;
    if (settings) return evaluateSettings(settings, template.missing, encrypts);
    // The template's own settings, evaluated by the caller, are those of its only version in use.
    if (inUse.size === 1) return [];
    return insufficientData(
      'version-unknown',
      `launch template version ${version} is in use but unknown: ${template.missing.versions ?? 'not read'}`,
    );
  });
  return [...unknown, ...verdicts];
}

function evaluateSettings(settings: LaunchSettings, missing: Evidence['missing'], encrypts: boolean | undefined): Verdict {
  const flaw = flawOf(settings);
  if (flaw) return flaw;
  const unread = SETTINGS.find((name) => !Object.hasOwn(settings, name));
  if (unread) return lacks({ missing }, unread);
  const { httpEndpoint, httpTokens } = settings;
  if (httpEndpoint !== 'enabled' && httpEndpoint !== 'disabled')
    return insufficientData('endpoint-unknown', `metadata endpoint of new instances is "${httpEndpoint}"`);
  if (httpEndpoint === 'enabled' && httpTokens !== 'required')
    return insufficientData('tokens-unknown', `metadata tokens of new instances are "${httpTokens}"`);
  if (settings.volumes === 'region default' && !encrypts) {
    const reason = 'encryption of new volumes depends on the Region default, which is';
    return encrypts === undefined
      ? insufficientData('region-default-unknown', `${reason} unknown`)
      : nonCompliant('region-default-off', `${reason} off (required: on)`);
  }
  return compliant('new instances require IMDSv2 or have no metadata service, get no public IP address and have encrypted volumes');
}

/** Returns whether new volumes are encrypted by default in the Region of a resource. Returns `undefined` if it is unknown. */
const encryptsByDefault = (inventory: Inventory, { resource }: Pick<Evidence, 'resource'>): boolean | undefined =>
  inventory.all('AWS::EC2::EBSEncryptionByDefault').find((item) => item.resource.region === resource.region)?.facts.enabled;

/** Returns a verdict on the first known weakness of the instances that these settings launch. Returns `undefined` without one. */
function flawOf({ httpEndpoint, httpTokens, hopLimit, assignsPublicIp, volumes }: LaunchSettings): Verdict | undefined {
  const metadataService = httpEndpoint === 'enabled';
  if (metadataService && httpTokens === 'optional')
    return nonCompliant('imdsv1-allowed', 'new instances allow IMDSv1: metadata tokens are optional (required: required)');
  if (metadataService && hopLimit !== undefined && hopLimit > 2) {
    return nonCompliant('hop-limit-too-high', `new instances have metadata hop limit ${hopLimit} (limit: 2)`);
  }
  if (assignsPublicIp) return nonCompliant('public-ip-assigned', 'new instances get a public IP address');
  if (volumes === 'unencrypted') return nonCompliant('volume-not-encrypted', 'new instances have an unencrypted EBS volume');
  return undefined;
}

export default defineControl({
  id: 'CMP-L2-03',
  title: 'Launch templates in use are hardened',
  pillar: 'compute',
  level: 2,
  severity: 'high',
  rules: [
    across(['AWS::EC2::LaunchTemplate', 'AWS::AutoScaling::AutoScalingGroup', 'AWS::EC2::EBSEncryptionByDefault'], function* (inventory) {
      for (const template of inventory.all('AWS::EC2::LaunchTemplate')) yield verdictOn(template, evaluateTemplate(template, inventory));
    }),
    across(['AWS::AutoScaling::LaunchConfiguration', 'AWS::EC2::EBSEncryptionByDefault'], function* (inventory) {
      for (const configuration of inventory.all('AWS::AutoScaling::LaunchConfiguration')) {
        const encrypts = encryptsByDefault(inventory, configuration);
        yield verdictOn(configuration, evaluateSettings(configuration.facts, configuration.missing, encrypts));
      }
    }),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::EC2::LaunchTemplate',
    {
      runbook: 'CSMM-HardenLaunchTemplate',
      risk: 'disruptive',
      reversible: true,
      impact:
        'New instances have no public IP address and do not support IMDSv1. Their volumes are encrypted, so users and services that launch them need the key.',
      notRestored:
        'The new version of the template stays. Only the default version is restored. Instances that were launched in between do not change.',
      reads: ['AWS::AutoScaling::AutoScalingGroup', 'AWS::EC2::EBSEncryptionByDefault'],
    },
    planTemplate,
  ),
];

/**
 * Returns a plan for a new default version. It helps only if the default version is the latest one and every other version in use
 * passes. A rollback restores only the default version: `$Latest` would stay the new one.
 */
function planTemplate(template: Template, { inventory }: RemedyContext): RemedyPlan {
  const { defaultVersion, latestVersion, name = '' } = template.facts;
  if (defaultVersion === undefined || latestVersion === undefined)
    return cannotRun('default or latest version of the launch template is unknown');
  if (defaultVersion !== latestVersion)
    return cannotRun('latest version of the launch template is not its default one; correct one of them and use it as the default');
  if (OF_EKS.test(name))
    return cannotRun('Amazon EKS created the launch template and depends on it; give the node group a template of your own');
  for (const group of inventory.all('AWS::AutoScaling::AutoScalingGroup')) {
    if (group.resource.region !== template.resource.region) continue;
    const latest = group.facts.launchTemplates?.find(
      ({ id, name: named, version }) => version === '$Latest' && (id === undefined ? named === name : id === template.resource.resourceId),
    );
    if (latest)
      return cannotRun(
        `Auto Scaling group ${group.resource.resourceId} launches $Latest, which a rollback cannot restore; let it launch $Default`,
      );
  }
  const after = evaluateTemplate(hardened(template, latestVersion + 1), inventory);
  if (after.compliance !== 'COMPLIANT') return cannotRun(`a new default version is not enough: ${after.reason}`);
  const { facts } = template;
  return runWith({ LaunchTemplateId: template.resource.resourceId }, [
    change('default version', defaultVersion, `${latestVersion + 1}, a copy of ${latestVersion} with the values below`),
    change('metadata tokens', facts.httpTokens ?? 'not set', 'required'),
    change('public IPv4 address', facts.assignsPublicIp ?? 'not set', false),
    change('volumes', facts.volumes ?? 'not set', 'encrypted'),
  ]);
}

/** Matches the name of a template that Amazon EKS created: https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html */
const OF_EKS = /^eks-[0-9a-f]{8}-/;

/** Returns the template with a new, hardened version as its default. */
function hardened(template: Template, version: number): Template {
  const { facts } = template;
  const settings: LaunchSettings = {
    httpEndpoint: facts.httpEndpoint ?? 'enabled',
    httpTokens: 'required',
    hopLimit: Math.min(facts.hopLimit ?? 1, 2),
    assignsPublicIp: false,
    volumes: 'encrypted',
  };
  const versions = { ...facts.versions, [version]: settings };
  return { ...template, facts: { ...facts, ...settings, defaultVersion: version, latestVersion: version, versions } };
}

export const page: ControlPage = {
  slug: 'launch-template-hardened',
  topic: 'launch templates',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if every launch-template version that is default, latest or referenced by a group requires IMDSv2 with hop limit at most 2, assigns no public IP, and encrypts every EBS mapping (or the Region default does). Fails otherwise. Not applicable if there are no launch templates.',
  why: 'Every new instance copies the weaknesses of its template. If the template is hardened, replaced and added instances are too.',
  triggers: {
    cloudTrail: [
      {
        source: 'ec2.amazonaws.com',
        names: [
          'CreateLaunchTemplate',
          'CreateLaunchTemplateVersion',
          'DeleteLaunchTemplateVersions',
          'ModifyLaunchTemplate',
          'EnableEbsEncryptionByDefault',
          'DisableEbsEncryptionByDefault',
        ],
      },
      { source: 'autoscaling.amazonaws.com', names: ['CreateLaunchConfiguration', 'CreateAutoScalingGroup', 'UpdateAutoScalingGroup'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Create a corrected version and propose it as the default.' },
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
