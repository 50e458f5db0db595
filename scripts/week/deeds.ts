/** Actions that the teams repeat, as one verb each. */
import type { AwsConfig } from './aws-config.ts';
import { encryptedCopy, partsOf, type Server, server } from './compute.ts';
import { type Bucket, type BucketSettings, recoveryPoint, requireTls, STREAM_KEY, type Stream, type Table, type Topic } from './data.ts';
import type { shopProduction } from './estate.ts';
import {
  type Distribution,
  denyEntry,
  type Listener,
  type NetworkAcl,
  REDIRECT_TO_HTTPS,
  type SecurityGroup,
  type Subnet,
} from './network.ts';
import type { Place } from './place.ts';

const TLS_1_2 = 'ELBSecurityPolicy-TLS13-1-2-2021-06';

export const deedsOf = (config: AwsConfig, production: Place, shop: ReturnType<typeof shopProduction>) => ({
  ...networkDeeds(config),
  ...dataDeeds(config),
  ...computeDeeds(config, production),
  ...routine(config, production, shop),
});

const networkDeeds = ({ change }: AwsConfig) => ({
  emptyGroup: (group: SecurityGroup) =>
    change(group, ({ configuration }) => {
      configuration.ipPermissions.length = 0;
      configuration.ipPermissionsEgress.length = 0;
    }),
  redirectToHttps: (listener: Listener) =>
    change(listener, ({ configuration }) => configuration.DefaultActions.splice(0, 1, REDIRECT_TO_HTTPS)),
  requireTls12: (listener: Listener) =>
    change(listener, ({ configuration }) => {
      configuration.SslPolicy = TLS_1_2;
    }),
  /** Makes a distribution redirect to HTTPS and require TLS 1.2. */
  modernize: (distribution: Distribution) =>
    change(distribution, ({ configuration: { distributionConfig } }) => {
      distributionConfig.viewerCertificate.minimumProtocolVersion = 'TLSv1.2_2021';
      distributionConfig.defaultCacheBehavior.viewerProtocolPolicy = 'redirect-to-https';
    }),
  denyAdminPorts: (acl: NetworkAcl) =>
    change(acl, ({ configuration }) => configuration.entries.unshift(denyEntry(90, 22), denyEntry(91, 3389))),
});

const dataDeeds = ({ change }: AwsConfig) => ({
  setVersioning: (bucket: Bucket, status: BucketSettings['BucketVersioningConfiguration']['status']) =>
    change(bucket, ({ supplementary }) => {
      supplementary.BucketVersioningConfiguration.status = status;
    }),
  refusePlainHttp: (bucket: Bucket) => change(bucket, requireTls),
  recoverToPointInTime: (table: Table) =>
    change(table, ({ supplementary }) => {
      supplementary.ContinuousBackupsDescription.pointInTimeRecoveryDescription.pointInTimeRecoveryStatus = 'ENABLED';
    }),
  encryptTopic: (topic: Topic) =>
    change(topic, ({ configuration }) => {
      configuration.KmsMasterKeyId = 'alias/aws/sns';
    }),
  encryptStream: (stream: Stream) =>
    change(stream, ({ configuration }) => {
      configuration.StreamEncryption = STREAM_KEY;
    }),
});

const computeDeeds = ({ change, discover, remove }: AwsConfig, place: Place) => ({
  requireTokens: ({ instance }: Server) =>
    change(instance, ({ configuration }) => {
      configuration.metadataOptions.httpTokens = 'required';
    }),
  /** Replaces a server's unencrypted volume with an encrypted copy. */
  replaceVolume: (owner: Server, subnet: Subnet) => {
    const copy = encryptedCopy(place, owner, subnet);
    discover(copy);
    change(owner.instance, ({ configuration, relationships }) => {
      for (const relationship of relationships) if (relationship.resourceId === owner.volume.id) relationship.resourceId = copy.id;
      for (const { ebs } of configuration.blockDeviceMappings) ebs.volumeId = copy.id;
    });
    remove(owner.volume);
  },
});

/** Returns the daily routine of production. */
function routine({ change, discover, remove }: AwsConfig, place: Place, shop: ReturnType<typeof shopProduction>) {
  const scaleTo = (capacity: number) =>
    change(shop.shopScaling, ({ configuration }) => {
      configuration.desiredCapacity = capacity;
    });
  /** Launches a server with the current settings of the launch template. */
  const launch = (name: string, subnet: Subnet): Server => {
    const { MetadataOptions, BlockDeviceMappings } = shop.shopTemplate.configuration.LaunchTemplateData;
    const encrypted = BlockDeviceMappings.every(({ Ebs }) => Ebs.Encrypted);
    return server(place, { name, subnet, group: shop.groups.appGroup, httpTokens: MetadataOptions.HttpTokens, encrypted });
  };
  return {
    /** Returns the servers that exist all week. */
    servers: (): Server[] => [...Object.values(shop.servers), ...shop.usServers],
    scaleOut: () => {
      const crew = { first: launch('shop-app-extra-1', shop.main.first), last: launch('shop-app-extra-2', shop.main.second) };
      scaleTo(4);
      discover(...partsOf(crew.first), ...partsOf(crew.last));
      return crew;
    },
    scaleIn: ({ first, last }: { readonly first: Server; readonly last: Server }) => {
      scaleTo(2);
      remove(...partsOf(first).toReversed(), ...partsOf(last).toReversed());
    },
    /** Backs up the databases, and the servers that the plan names. */
    backUp: (servers: readonly Server[] = []) => {
      const { customers, catalog } = shop.databases;
      discover(recoveryPoint(place, customers, 'RDS'), recoveryPoint(place, catalog, 'Aurora'));
      for (const { instance } of servers) discover(recoveryPoint({ ...place, region: instance.region }, instance, 'EC2'));
    },
  };
}
