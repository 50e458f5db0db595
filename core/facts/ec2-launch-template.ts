import { type FactReaders, factParser, type ItemView } from './parser.ts';
import { count, flag, mapOf, objectOf, oneOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

/** Settings of a launch template version or a launch configuration for the instances that it launches. */
export interface LaunchSettings {
  /** HTTP endpoint of the metadata service: `enabled` (also if not set) or `disabled`. */
  httpEndpoint?: string;
  /**
   * Session tokens of the metadata service (IMDSv2): `required` or `optional` (also if not set, although a default of the account or
   * the image can then require them).
   */
  httpTokens?: string;
  /** Hop limit of responses of the metadata service, in network hops; 1 if not set. */
  hopLimit?: number;
  assignsPublicIp?: boolean;
  /**
   * Encryption of the EBS volumes: `encrypted` if all are (or the template has none), `unencrypted` if at least one is not, `region
   * default` if at least one has no setting.
   */
  volumes?: 'encrypted' | 'unencrypted' | 'region default';
}

export interface LaunchTemplateFacts extends LaunchSettings {
  name?: string;
  defaultVersion?: number;
  latestVersion?: number;
  /**
   * Settings of the versions that were read, by version number. Empty if the evidence describes one version without its number, as
   * in AWS Config: the settings of that version are then directly in the facts of the template.
   */
  versions?: Readonly<Record<string, LaunchSettings>>;
}

/** Maximum number of versions that csmm keeps of one template. Each takes about 100 bytes. */
const MAX_VERSIONS = 200;

/**
 * Returns the readers of launch settings, which have the same names in template data and in a launch configuration. Defaults:
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateInstanceMetadataOptionsRequest.html and
 * https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceMetadataOptions.html
 */
export function launchSettingsReaders(data: (item: ItemView) => View): FactReaders<LaunchSettings> {
  const metadataOption = (item: ItemView, name: string) => data(item).at('metadataOptions').at(name);
  const textOr = (view: View, fallback: string) => (view.exists ? view.text() : fallback);
  return {
    httpEndpoint: (item) => (data(item).isObject ? textOr(metadataOption(item, 'httpEndpoint'), 'enabled') : undefined),
    httpTokens: (item) => (data(item).isObject ? textOr(metadataOption(item, 'httpTokens'), 'optional') : undefined),
    hopLimit: (item) => {
      const limit = metadataOption(item, 'httpPutResponseHopLimit');
      if (limit.exists) return limit.number();
      return data(item).isObject ? 1 : undefined;
    },
    assignsPublicIp: (item) => readAssignsPublicIp(data(item)),
    volumes: (item) => readVolumes(data(item)),
  };
}

export const LAUNCH_SETTINGS: Shapes<LaunchSettings> = {
  httpEndpoint: text,
  httpTokens: text,
  hopLimit: count,
  assignsPublicIp: flag,
  volumes: oneOf('encrypted', 'unencrypted', 'region default'),
};

const SHAPES: Shapes<LaunchTemplateFacts> = {
  ...LAUNCH_SETTINGS,
  name: text,
  defaultVersion: count,
  latestVersion: count,
  versions: mapOf(objectOf<object, LaunchSettings>({}, LAUNCH_SETTINGS)),
};

export const launchTemplateParser = factParser<LaunchTemplateFacts>(SHAPES, {
  ...launchSettingsReaders(({ configuration }) => configuration.at('launchTemplateData')),
  name: ({ configuration }) => configuration.at('launchTemplateName').text(),
  defaultVersion: ({ configuration }) => configuration.at('defaultVersionNumber').number(),
  latestVersion: ({ configuration }) => configuration.at('latestVersionNumber').number(),
  versions: readVersions,
});

function readVersions(item: ItemView): LaunchTemplateFacts['versions'] {
  const versions = item.configuration.at('launchTemplateVersions');
  if (!versions.exists) return {};
  const entries = versions
    .list()
    ?.slice(0, MAX_VERSIONS)
    .map((version) => [version.at('versionNumber').number(), readSettings(item, version)] as const);
  return entries?.every(([number]) => number !== undefined) ? Object.fromEntries(entries) : undefined;
}

function readSettings(item: ItemView, version: View): LaunchSettings {
  const readers = Object.entries(launchSettingsReaders(() => version.at('launchTemplateData')));
  return Object.fromEntries(readers.map(([name, read]) => [name, read(item)]).filter(([, value]) => value !== undefined));
}

/** Returns whether the settings assign a public IP address: `false` if they have no such setting, because the subnet then decides. */
function readAssignsPublicIp(data: View): boolean | undefined {
  if (!data.isObject) return undefined;
  const interfaces = data.at('networkInterfaces');
  const holders = [data, ...((interfaces.exists ? interfaces.list() : []) ?? [])];
  const settings = holders.map((holder) => holder.at('associatePublicIpAddress')).filter((setting) => setting.exists);
  const flags = settings.map((setting) => setting.flag());
  if (flags.includes(true)) return true;
  return flags.includes(undefined) ? undefined : false;
}

function readVolumes(data: View): LaunchSettings['volumes'] {
  if (!data.isObject) return undefined;
  const mappings = data.at('blockDeviceMappings');
  if (!mappings.exists) return 'encrypted';
  const volumes = mappings.list()?.filter((mapping) => mapping.at('ebs').exists);
  const flags = volumes?.map((volume) => volume.at('ebs').at('encrypted').flag());
  if (!flags || flags.includes(false)) return flags && 'unencrypted';
  return flags.includes(undefined) ? 'region default' : 'encrypted';
}
