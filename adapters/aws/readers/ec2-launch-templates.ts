import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import {
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
  type LaunchTemplateVersion,
  paginateDescribeLaunchTemplateVersions,
} from '@aws-sdk/client-ec2';
import { Unread } from '../../../core/facts/view.ts';
import { attempt } from '../failures.ts';
import { describeAutoScalingGroups } from './describe-autoscaling-groups.ts';
import { EC2_LAG } from './lags.ts';
import { describeEach, type Observation, type ReadContext, type Reader } from './reader.ts';

/**
 * Launch templates, with each version that is the default, the latest, or used by an Auto Scaling group. An account has at most
 * 5,000 templates in a Region (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/launch-template-restrictions.html). Memory
 * therefore holds the relevant versions of all, from a list whose pages do not keep the versions of a template together.
 */
export const ec2LaunchTemplates: Reader = {
  id: 'ec2-launch-templates',
  scope: 'region',
  lists: ['AWS::EC2::LaunchTemplate'],
  permissions: ['autoscaling:DescribeAutoScalingGroups', 'ec2:DescribeLaunchTemplateVersions'],
  // AWS Config's item holds one version: the one that changed.
  refreshedBy: [
    { source: 'ec2.amazonaws.com', names: ['CreateLaunchTemplateVersion', 'DeleteLaunchTemplateVersions', 'ModifyLaunchTemplate'] },
    { source: 'autoscaling.amazonaws.com', names: ['CreateAutoScalingGroup', 'UpdateAutoScalingGroup'] },
  ],
  lag: EC2_LAG,
  read: async function* (context) {
    const client = context.clients(EC2Client, context.region);
    const templates = await readTemplates(client);
    const named = await attempt(() => readNamedVersions(context));
    yield* describeEach(templates, ([id, versions]) => describeTemplate(client, id, versions, named));
  },
};

/** Includes templates that an AWS service manages and the account has hidden. */
const EVERY = { IncludeManagedResources: true, MaxResults: 200 };

/** The settings of a version that rules read, without its user data, which may contain secrets. */
interface Version {
  readonly name: string | undefined;
  readonly versionNumber: number;
  readonly isDefault: boolean;
  readonly launchTemplateData: object;
}

function toVersion({
  LaunchTemplateName,
  VersionNumber = 0,
  DefaultVersion = false,
  LaunchTemplateData = {},
}: LaunchTemplateVersion): Version {
  const { BlockDeviceMappings, MetadataOptions, NetworkInterfaces } = LaunchTemplateData;
  const launchTemplateData = { BlockDeviceMappings, MetadataOptions, NetworkInterfaces };
  return { name: LaunchTemplateName, versionNumber: VersionNumber, isDefault: DefaultVersion, launchTemplateData };
}

/** Returns the default and the latest version of each template, by template id and number. */
async function readTemplates(client: EC2Client): Promise<Map<string, Map<number, Version>>> {
  const templates = new Map<string, Map<number, Version>>();
  const input = { Versions: ['$Default', '$Latest'], ...EVERY };
  for await (const { LaunchTemplateVersions = [] } of paginateDescribeLaunchTemplateVersions({ client }, input)) {
    for (const answer of LaunchTemplateVersions) {
      const id = answer.LaunchTemplateId ?? '';
      const versions = templates.get(id) ?? new Map<number, Version>();
      const version = toVersion(answer);
      templates.set(id, versions.set(version.versionNumber, version));
    }
  }
  return templates;
}

type NamedVersions = ReadonlyMap<string, ReadonlySet<number>>;

/** Returns the versions that Auto Scaling groups refer to by number, by {@link byId} or {@link byName} of the template. */
async function readNamedVersions(context: ReadContext): Promise<NamedVersions> {
  const { groups, failure } = await describeAutoScalingGroups(context);
  if (failure !== undefined) throw failure;
  const named = new Map<string, Set<number>>();
  for (const { LaunchTemplateId, LaunchTemplateName, Version } of groups.flatMap(specificationsOf)) {
    const number = Number(Version);
    const template = LaunchTemplateId === undefined ? byName(LaunchTemplateName) : byId(LaunchTemplateId);
    if (number > 0) named.set(template, (named.get(template) ?? new Set()).add(number));
  }
  return named;
}

const byId = (id: string) => `id ${id}`;
const byName = (name = '') => `name ${name}`;

function specificationsOf({ LaunchTemplate, MixedInstancesPolicy }: AutoScalingGroup) {
  const mixed = MixedInstancesPolicy?.LaunchTemplate;
  const holders = [mixed, ...(mixed?.Overrides ?? [])];
  return [LaunchTemplate, ...holders.map((holder) => holder?.LaunchTemplateSpecification)].flatMap((specification) => specification ?? []);
}

/** Maximum number of versions of one template that are read, more than any account uses. Further versions stay unknown. */
const MAX_NAMED = 100;

/** @param named Unread if the further versions in use are unknown */
async function describeTemplate(
  client: EC2Client,
  id: string,
  versions: ReadonlyMap<number, Version>,
  named: NamedVersions | null | Unread,
): Promise<Observation> {
  const read = [...versions.values()];
  const standard = read.find(({ isDefault }) => isDefault);
  const name = read[0]?.name;
  const more = named instanceof Unread ? named : await readMore(client, id, unreadOf(named, id, name, versions));
  return {
    resourceType: 'AWS::EC2::LaunchTemplate',
    resourceId: id,
    configuration: {
      launchTemplateName: name,
      defaultVersionNumber: standard?.versionNumber,
      latestVersionNumber: Math.max(...versions.keys()),
      launchTemplateData: standard?.launchTemplateData,
      launchTemplateVersions: more instanceof Unread ? more : [...read, ...more.map(toVersion)],
    },
  };
}

/** Returns the versions of a template that are in use and not read yet. */
function unreadOf(named: NamedVersions | null, id: string, name: string | undefined, read: ReadonlyMap<number, Version>): string[] {
  const numbers = [...(named?.get(byId(id)) ?? []), ...(named?.get(byName(name)) ?? [])].filter((number) => !read.has(number));
  return [...new Set(numbers)].slice(0, MAX_NAMED).map(String);
}

async function readMore(
  client: EC2Client,
  LaunchTemplateId: string,
  Versions: string[],
): Promise<readonly LaunchTemplateVersion[] | Unread> {
  if (Versions.length === 0) return [];
  const answer = await attempt(() => client.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions, ...EVERY })));
  return answer instanceof Unread ? answer : (answer?.LaunchTemplateVersions ?? []);
}
