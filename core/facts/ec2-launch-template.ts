import { type FactReaders, factParser, type ItemView } from './parser.ts';
import { count, flag, mapOf, objectOf, oneOf, type Shapes, text } from './shape.ts';
import { type Complaints, View } from './view.ts';

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
  const list = versions.list()?.slice(0, MAX_VERSIONS);
  // A version without a readable number stays unknown. Each number in use is looked up.
  return (
    list &&
    Object.fromEntries(
      list.flatMap((version) => {
        const number = version.quietly().at('versionNumber').number();
        return number === undefined ? [] : [[number, readSettings(item, version)]];
      }),
    )
  );
}

/** Returns the settings of a version that can be read. Another version can decide, even if this one cannot be read in full. */
function readSettings(item: ItemView, version: View): LaunchSettings {
  const complaints: Complaints = { last: undefined };
  const data = new View(version.quietly().at('launchTemplateData').raw(), complaints);
  const readers = Object.entries(launchSettingsReaders(() => data));
  return Object.fromEntries(
    readers.flatMap(([name, read]) => {
      complaints.last = undefined;
      const value = read(item);
      return value === undefined || complaints.last !== undefined ? [] : [[name, value]];
    }),
  );
}

/** Returns whether the settings assign a public IP address: `false` if they have no such setting, because the subnet then decides. */
function readAssignsPublicIp(data: View): boolean | undefined {
  if (!data.isObject) return undefined;
  // One interface with an address decides, even if another one cannot be read.
  if (readAssignments(data.quietly()).includes(true)) return true;
  return readAssignments(data).includes(undefined) ? undefined : false;
}

function readAssignments(data: View): (boolean | undefined)[] {
  const interfaces = data.at('networkInterfaces');
  const holders = [data, ...((interfaces.exists ? interfaces.list() : []) ?? [])];
  const settings = holders.map((holder) => holder.at('associatePublicIpAddress')).filter((setting) => setting.exists);
  return settings.map((setting) => setting.flag());
}

function readVolumes(data: View): LaunchSettings['volumes'] {
  if (!data.isObject) return undefined;
  const mappings = data.at('blockDeviceMappings');
  if (!mappings.exists) return 'encrypted';
  // One volume without encryption decides, even if another one cannot be read.
  if (readEncryption(mappings.quietly())?.includes(false)) return 'unencrypted';
  const flags = readEncryption(mappings);
  return flags && (flags.includes(undefined) ? 'region default' : 'encrypted');
}

function readEncryption(mappings: View): (boolean | undefined)[] | undefined {
  const volumes = mappings.list()?.filter((mapping) => mapping.at('ebs').exists);
  return volumes?.map((volume) => volume.at('ebs').at('encrypted').flag());
}
