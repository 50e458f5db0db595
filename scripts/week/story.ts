/**
 * A week at the shop. It starts on the morning on which AWS Config is switched on and csmm reads everything for the first time.
 * All times are UTC.
 */
import { fileURLToPath } from 'node:url';
import { readSettingsFile } from '../../cli/settings-file.ts';
import { CONTINUOUS_BACKUPS } from '../../core/facts/dynamodb-continuous-backups.ts';
import { LISTENER_RULES } from '../../core/facts/elbv2-listener-rules.ts';
import { awsApis } from './aws-apis.ts';
import { awsConfig, seeded } from './aws-config.ts';
import { harden, partsOf, reference } from './compute.ts';
import { blockAll, bucket, dbInstance, fileSystem, publishByPolicy } from './data.ts';
import { deedsOf } from './deeds.ts';
import { keyDeletionRule, patternOf } from './detectors.ts';
import { dataLab, resourcesIn, shopProduction, shopStaging } from './estate.ts';
import { allowTcp, cacheBehavior, flowLog } from './network.ts';
import { placeIn } from './place.ts';
import { enableGuardDuty, enableHub, joinAdministrator } from './security-services.ts';
import { complianceChange, forgery } from './strange-events.ts';
import {
  attachPolicy,
  deleteKey,
  deletePassword,
  findingsIn,
  makePrivate,
  organizationTrail,
  protectedResource,
  protectSecurityServices,
  restrictRegions,
  unrecordedInLab,
  unrecordedInProduction,
  unrecordedInStaging,
  userCredentials,
} from './unrecorded.ts';

const PRODUCTION = '111111111111';
const STAGING = '222222222222';
const LAB = '333333333333';
/** Creation time of everything that exists on Monday. */
const FOUNDED = '2025-04-07T09:12:44.000Z';

/** The owners' settings. Users can edit this file and play the week with it. */
const SETTINGS = fileURLToPath(new URL('../../examples/csmm.yaml', import.meta.url));
const { document: settings } = await readSettingsFile(SETTINGS, '2026-11-02T06:00:00.000Z');

/** Types that one action changes together. */
const CREDENTIALS = ['AWS::IAM::UserCredentials'] as const;
const ROOT = ['AWS::IAM::AccountSummary', 'AWS::IAM::RootCredentials', 'AWS::IAM::OrganizationsFeatures'] as const;
const TRAIL = ['AWS::CloudTrail::TrailStatus'] as const;
const SCPS = ['AWS::Organizations::Account'] as const;
const SECURITY = ['AWS::GuardDuty::RegionSettings'] as const;

/** Returns the events and records of the week in the order of their delivery, one line each. */
export function tellWeek(): readonly string[] {
  const week = prepareWeek();
  monday(week);
  tuesday(week);
  const orders = wednesday(week);
  thursday(week, orders);
  friday(week);
  saturday(week);
  sunday(week);
  return week.config.lines;
}

type Week = ReturnType<typeof prepareWeek>;

function prepareWeek() {
  const random = seeded(2026);
  const config = awsConfig(random);
  const start = config.now();
  const createdAt = () => (config.now() === start ? FOUNDED : config.now());
  const production = placeIn(PRODUCTION, 'eu-west-1', random, createdAt);
  const productionUs = placeIn(PRODUCTION, 'us-east-1', random, createdAt);
  const laboratory = placeIn(LAB, 'eu-west-1', random, createdAt);
  const shop = shopProduction(production, productionUs);
  const staging = shopStaging(placeIn(STAGING, 'eu-west-1', random, createdAt));
  const lab = dataLab(laboratory, placeIn(LAB, 'us-east-1', random, createdAt));
  const deeds = deedsOf(config, production, shop);
  return { config, production, productionUs, laboratory, shop, staging, lab, deeds, ...prepareApis(config, shop) };
}

/** Sets up the APIs: `own` is production's, the others are named after their account. */
function prepareApis(config: ReturnType<typeof awsConfig>, shop: ReturnType<typeof shopProduction>) {
  const apis = awsApis(config);
  const own = unrecordedInProduction(config.now, shop);
  const stagings = unrecordedInStaging(config.now);
  const labs = unrecordedInLab(config.now);
  const trail = organizationTrail(config.now);
  apis.hold(...[own, stagings, labs, trail.sightings].flatMap(findingsIn));
  const hotfix = userCredentials(PRODUCTION, config.now, 'hotfix', {
    key: { made: '2026-11-06T16:38:00+00:00', used: '2026-11-06T16:39:00+00:00' },
  });
  /** Runs the nightly sweep. The week contains only those of its results that no other record has. */
  const sweepBackups = (backedUpAt: string) => {
    for (const { configuration } of own.backups) configuration.lastBackupTime = backedUpAt;
    for (const account of [PRODUCTION, STAGING, LAB]) apis.read(account, ['AWS::Backup::ProtectedResource']);
  };
  return { apis, own, stagings, labs, trail, hotfix, sweepBackups };
}

function monday({ config, shop, staging, lab, deeds, apis, own, sweepBackups }: Week): void {
  const { at, change, discover, remove } = config;
  /** Runs the first sweep: an account's settings, and everything that the readers find in it. */
  const sweep = (account: string) => {
    apis.declare(account, settings);
    apis.sweep(account);
  };

  at('Mon 06:00', 'AWS Config is switched on in production, and finds much to see', () => discover(...resourcesIn(shop)));
  at('Mon 06:10', 'the first sweep reads what AWS Config does not record', () => sweep(PRODUCTION));
  at('Mon 06:30', 'then in staging', () => discover(...resourcesIn(staging)));
  at('Mon 06:40', 'with its first sweep', () => sweep(STAGING));
  at('Mon 09:00', 'and, after a word with its owners, in the data lab', () => discover(...resourcesIn(lab)));
  at('Mon 09:10', 'and its sweep', () => sweep(LAB));

  const arriveLate = at('Mon 11:05', 'Session Manager replaces the bastion; an item of its open group is slow to arrive', () =>
    config.delay(shop.groups.bastionGroup, ({ tags }) => {
      tags.owner = 'platform';
    }),
  );
  at('Mon 11:20', 'the group is closed', () => change(shop.groups.bastionGroup, ({ configuration }) => configuration.ipPermissions.pop()));
  at('Mon 11:26', 'the older item arrives, and must not open the group again', arriveLate);
  at('Mon 14:10', 'the bastion goes, and with it a public address and a plain volume', () => remove(...partsOf(shop.bastion).toReversed()));
  at('Mon 15:00', 'new volumes are encrypted in the US Region, too', () => {
    own.settings.ebs.us.configuration.EbsEncryptionByDefault = true;
    apis.read(PRODUCTION, ['AWS::EC2::EBSEncryptionByDefault'], ['us-east-1']);
  });
  at('Mon 16:30', 'public access to buckets is blocked for all of production; EventBridge delivers that twice', () => {
    change(shop.accountBlock, ({ configuration }) => Object.assign(configuration, blockAll(true)));
    config.repeat(shop.accountBlock);
  });
  at('Mon 16:40', 'and for all of staging', () =>
    change(staging.accountBlock, ({ configuration }) => Object.assign(configuration, blockAll(true))),
  );
  at('Mon 17:10', 'the alarms of a consultant long gone get a subscriber who reads them: most of monitoring passes', () => {
    own.securityAlarms.configuration.SubscriptionsConfirmed = '2';
    apis.read(PRODUCTION, ['AWS::SNS::TopicSubscriptions'], ['eu-west-1']);
  });

  const crew = at('Mon 18:00', 'the evening rush', () => deeds.scaleOut());
  at('Tue 01:00', 'and its end', () => deeds.scaleIn(crew));
  at('Tue 02:15', 'the nightly backups', () => deeds.backUp());
  at('Tue 02:40', 'and the nightly sweep', () => sweepBackups('2026-11-03T02:16:00Z'));
}

function tuesday({ config, shop, staging, deeds, apis, own, stagings }: Week): void {
  const { at, change, remove } = config;

  at('Tue 08:31', 'the root user of production signs in, in the window that csmm.yaml declares', () => {
    own.rootActivity.us.configuration.usedAt.unshift('2026-11-03T08:31:00Z');
    apis.read(PRODUCTION, ['AWS::CloudTrail::RootActivity'], ['us-east-1']);
  });
  at('Tue 08:44', 'and enrols MFA', () => {
    own.summary.configuration.summaryMap.AccountMFAEnabled = 1;
    Object.assign(own.root.configuration.row, { mfa_active: 'true', password_last_used: '2026-11-03T08:31:00+00:00' });
    apis.read(PRODUCTION, ROOT);
  });
  at('Tue 09:15', 'the default security groups of production lose their rules', () => {
    deeds.emptyGroup(shop.main.defaultGroup);
    deeds.emptyGroup(shop.abroad.defaultGroup);
  });
  at('Tue 10:05', 'plain HTTP is redirected, and old TLS is turned away', () => {
    deeds.redirectToHttps(shop.listeners.shopHttp);
    apis.read(PRODUCTION, [LISTENER_RULES], ['eu-west-1']);
    deeds.requireTls12(shop.listeners.shopHttps);
    deeds.requireTls12(shop.listeners.us);
    deeds.modernize(shop.storefront);
  });
  at('Tue 10:50', 'the last load balancer of 2016 retires: networking in production achieves level 1', () => remove(shop.classic));

  at('Tue 11:30', 'Security Hub of staging runs in both Regions, and joins its administrator', () => {
    enableHub(stagings.security.hub.us);
    for (const hub of [stagings.security.hub.eu, stagings.security.hub.us]) joinAdministrator(hub);
    apis.read(STAGING, ['AWS::SecurityHub::RegionSettings']);
  });
  at('Tue 14:02', 'someone opens SSH to the world, "for five minutes": level 1 is lost', () => {
    change(shop.groups.appGroup, ({ configuration }) => configuration.ipPermissions.push(allowTcp(22, '0.0.0.0/0')));
    config.repeat(shop.groups.appGroup);
  });
  at('Tue 14:04', 'a rule of AWS Config notices too; its event is not an item, and csmm ignores it', () =>
    config.deliver(complianceChange(config, shop.groups.appGroup)),
  );
  at('Tue 14:47', 'the engineer on call closes it: level 1 is regained', () =>
    change(shop.groups.appGroup, ({ configuration }) => configuration.ipPermissions.pop()),
  );
  at('Tue 16:20', 'staging is repaired the same way, and achieves level 1 of networking', () => {
    deeds.emptyGroup(staging.main.defaultGroup);
    deeds.redirectToHttps(staging.http);
    apis.read(STAGING, [LISTENER_RULES], ['eu-west-1']);
    deeds.requireTls12(staging.https);
    deeds.modernize(staging.storefront);
    remove(staging.classic);
  });
  at('Tue 17:05', 'the last console user of production without MFA enrols it', () => {
    own.users.mara.configuration.row.mfa_active = 'true';
    apis.read(PRODUCTION, CREDENTIALS);
  });

  const crew = at('Tue 18:00', 'the evening rush', () => deeds.scaleOut());
  at('Wed 01:00', 'and its end', () => deeds.scaleIn(crew));
}

function wednesday({ config, production, shop, lab, deeds, apis, own, stagings, labs, sweepBackups }: Week) {
  const { at, change, discover, remove } = config;
  const { cacheBehaviors } = shop.storefront.configuration.distributionConfig;

  at('Wed 02:10', 'an item is cut off on its way', () => config.deliver(config.capture(shop.databases.customers).slice(0, 900)));
  at('Wed 02:15', 'the nightly backups', () => deeds.backUp());
  at('Wed 02:40', 'and the nightly sweep', () => sweepBackups('2026-11-04T02:16:00Z'));
  at('Wed 03:33', 'an event from the data lab claims to speak of production', () =>
    config.deliver(forgery(config.capture(shop.accountBlock), LAB)),
  );
  at('Wed 08:05', 'a page for every partner: the item of the storefront grows too large to be delivered', () =>
    config.changeOversized(shop.storefront, () => {
      cacheBehaviors.items = Array.from({ length: 1200 }, (_, index) => cacheBehavior(`/partner-${index}/*`));
      cacheBehaviors.quantity = cacheBehaviors.items.length;
    }),
  );
  at('Wed 09:20', 'one page for all partners: the item comes in full again', () =>
    change(shop.storefront, () => {
      cacheBehaviors.items = [cacheBehavior('/partner/*')];
      cacheBehaviors.quantity = 1;
    }),
  );
  at('Wed 09:40', 'the uploads move to an encrypted file system', () => {
    discover(fileSystem(production, 'uploads-2', true));
    remove(shop.uploads);
    config.repeat(shop.uploads);
  });
  const orders = at('Wed 10:15', 'the orders move to an encrypted database, restored from a snapshot – open to the internet', () => {
    const restored = dbInstance(production, 'orders', shop.groups.dataGroup, true, 'mysql');
    restored.configuration.publiclyAccessible = true;
    discover(restored);
    return restored;
  });
  at('Wed 10:40', 'the alarms are completed: a filter that forgot an event, and the rule on keys in the US Region', () => {
    own.nacls.configuration.filterPattern = patternOf('nacl-changes');
    apis.hold(keyDeletionRule({ accountId: PRODUCTION, region: 'us-east-1' }));
    apis.read(PRODUCTION, ['AWS::Logs::MetricFilter'], ['eu-west-1']);
    apis.read(PRODUCTION, ['AWS::Events::DefaultBusRule'], ['us-east-1']);
  });
  at('Wed 11:30', 'the notebooks of the lab close their desktops to the world, and one gives up its public address', () => {
    change(lab.groups.notebookGroup, ({ configuration }) => configuration.ipPermissions.shift());
    remove(...partsOf(lab.publicNotebook).toReversed());
  });
  at('Wed 13:30', 'GuardDuty is switched on in every Region of every account, new ones included', () => {
    const plans = ['S3_DATA_EVENTS', 'RDS_LOGIN_EVENTS', 'LAMBDA_NETWORK_LOGS', 'EBS_MALWARE_PROTECTION'] as const;
    for (const account of [own, stagings, labs]) {
      enableGuardDuty(account.security.guardDuty.eu, plans, 'ALL');
      enableGuardDuty(account.security.guardDuty.us, plans, 'ALL');
    }
    for (const account of [PRODUCTION, STAGING, LAB]) apis.read(account, SECURITY);
  });
  at('Wed 14:10', 'the organization takes charge of root users: staging’s loses its password and its key', () => {
    for (const { configuration } of [stagings.rootManagement, labs.rootManagement]) {
      configuration.enabledFeatures.push('RootCredentialsManagement', 'RootSessions');
    }
    Object.assign(stagings.summary.configuration.summaryMap, { AccountPasswordPresent: 0, AccountAccessKeysPresent: 0 });
    apis.drop(stagings.root);
    apis.read(STAGING, ROOT);
    apis.read(LAB, ['AWS::IAM::OrganizationsFeatures']);
  });
  at('Wed 15:00', 'the old, plain database is deleted, and no longer counts', () => remove(shop.databases.ordersLegacy));

  at('Wed 16:20', 'staging forbids public snapshots', () => {
    for (const { configuration } of Object.values(stagings.settings.snapshots)) configuration.State = 'block-all-sharing';
    apis.read(STAGING, ['AWS::EC2::SnapshotBlockPublicAccess']);
  });

  const crew = at('Wed 18:00', 'the evening rush', () => deeds.scaleOut());
  at('Thu 01:00', 'and its end', () => deeds.scaleIn(crew));
  return orders;
}

function thursday(
  { config, productionUs, shop, staging, lab, deeds, apis, own, stagings, labs, trail, sweepBackups }: Week,
  orders: ReturnType<typeof dbInstance>,
): void {
  const { at, change, discover, remove } = config;

  at('Thu 02:15', 'the nightly backups', () => deeds.backUp());
  at('Thu 02:40', 'and the nightly sweep', () => sweepBackups('2026-11-05T02:16:00Z'));
  at('Thu 08:40', 'the log files of the trail are validated', () => {
    trail.trail.LogFileValidationEnabled = true;
    for (const account of [PRODUCTION, STAGING, LAB]) apis.read(account, TRAIL);
  });
  at('Thu 09:05', 'the US network gets a flow log', () => discover(flowLog(productionUs, shop.abroad.network)));
  at('Thu 10:40', 'the orders are found on the internet, and taken off it: storage in production achieves level 1', () =>
    change(orders, ({ configuration }) => {
      configuration.publiclyAccessible = false;
    }),
  );
  at('Thu 11:30', 'two servers of production get encrypted volumes', () => {
    deeds.replaceVolume(shop.servers.app1, shop.main.first);
    deeds.replaceVolume(shop.servers.app2, shop.main.second);
  });
  at('Thu 12:10', 'deployments take a role: the key of 2024 is deleted', () => {
    deleteKey(own.users.deploy.configuration.row);
    apis.read(PRODUCTION, CREDENTIALS);
  });
  at('Thu 13:00', 'the metadata service of production asks for a token, and the workers leave their launch configuration of 2019', () => {
    for (const server of Object.values(shop.servers)) deeds.requireTokens(server);
    change(shop.shopTemplate, harden);
    change(shop.workerScaling, ({ configuration }) => {
      delete configuration.launchConfigurationName;
      configuration.launchTemplate = reference(shop.shopTemplate);
    });
    remove(shop.workerConfiguration);
  });
  at('Thu 13:30', 'a migration suspends the versions of the invoices', () => deeds.setVersioning(shop.invoices, 'Suspended'));
  at('Thu 14:20', 'the warehouse of the lab leaves the internet', () =>
    change(lab.warehouse, ({ configuration }) => {
      configuration.publiclyAccessible = false;
    }),
  );
  at('Thu 14:50', 'service control policies restrict the Regions; the lab keeps one more for its training machines', () => {
    attachPolicy(stagings.account, restrictRegions('eu-west-1', 'us-east-1'));
    attachPolicy(labs.account, restrictRegions('eu-west-1', 'us-east-1', 'us-west-2'));
    for (const account of [STAGING, LAB]) apis.read(account, SCPS);
  });
  at('Thu 15:10', 'staging deletes its load tester with its user, and its old search', () => {
    remove(...partsOf(staging.loadTester).toReversed(), staging.oldSearch);
    apis.drop(stagings.loadTest);
    apis.read(STAGING, CREDENTIALS);
  });
  at('Thu 16:30', 'an engineer deletes the flow log of production, to save on storage', () => remove(shop.flowLog));
  at('Thu 16:34', 'and also stops the trail: in production no alarm would notice anything', () => {
    trail.status.IsLogging = false;
    apis.read(PRODUCTION, TRAIL);
  });
  at('Thu 16:52', 'the last event in the trail is its own end: the alarm fires, and the trail is on again', () => {
    trail.status.IsLogging = true;
    apis.read(PRODUCTION, TRAIL);
  });

  const crew = at('Thu 18:00', 'the evening rush', () => deeds.scaleOut());
  at('Fri 01:00', 'and its end', () => deeds.scaleIn(crew));
}

function friday({ config, production, shop, staging, lab, deeds, apis, own, stagings, hotfix, sweepBackups }: Week): void {
  const { at, change, discover } = config;

  at('Fri 02:15', 'the nightly backups', () => deeds.backUp());
  at('Fri 02:40', 'and the nightly sweep', () => sweepBackups('2026-11-06T02:16:00Z'));
  at('Fri 09:10', 'the flow log is back', () => discover(flowLog(production, shop.main.network)));
  at('Fri 10:05', 'the invoices keep versions again', () => deeds.setVersioning(shop.invoices, 'Enabled'));
  at('Fri 10:30', 'in staging only the security team may change the services that watch the account', () => {
    attachPolicy(stagings.account, protectSecurityServices());
    apis.read(STAGING, SCPS);
  });
  at('Fri 11:00', 'the network ACLs of production deny SSH and RDP', () => {
    deeds.denyAdminPorts(shop.main.acl);
    deeds.denyAdminPorts(shop.abroad.acl);
  });
  at('Fri 12:00', 'the people of production sign in only through IAM Identity Center', () => {
    for (const { configuration } of [own.users.mara, own.users.jonas]) deletePassword(configuration.row);
    apis.read(PRODUCTION, CREDENTIALS);
  });
  at('Fri 13:15', 'production: recovery to a point in time, encryption of what is in motion between services', () => {
    for (const table of shop.tables) deeds.recoverToPointInTime(table);
    for (const topic of shop.topics) deeds.encryptTopic(topic);
    deeds.encryptStream(shop.clicks);
    change(shop.returns, ({ configuration }) => {
      configuration.SqsManagedSseEnabled = 'true';
    });
    apis.read(PRODUCTION, [CONTINUOUS_BACKUPS], ['eu-west-1']);
  });
  at('Fri 14:40', 'the buckets of production refuse plain HTTP', () => {
    for (const each of [shop.assets, shop.invoices, ...shop.buckets, shop.usBucket]) deeds.refusePlainHttp(each);
  });
  at('Fri 15:20', 'a snapshot of before the migration is made private, and no other can be made public', () => {
    makePrivate(own.migration);
    for (const { configuration } of Object.values(own.settings.snapshots)) configuration.State = 'block-all-sharing';
    apis.read(PRODUCTION, ['AWS::RDS::DBSnapshot', 'AWS::EC2::SnapshotBlockPublicAccess']);
  });
  at('Fri 16:00', 'staging hardens its servers, and what it launches', () => {
    for (const server of staging.servers) deeds.requireTokens(server);
    change(staging.template, harden);
  });
  at('Fri 16:40', 'a release hangs, and an engineer creates an access key to push it by hand', () => {
    apis.hold(hotfix);
    apis.read(PRODUCTION, CREDENTIALS);
  });
  at('Fri 17:20', 'the backup plan takes the servers in: from this night on', () =>
    own.backups.push(...deeds.servers().map(({ instance }) => protectedResource(instance, config.now()))),
  );
  at('Fri 17:45', 'the lab shares a data set with a partner, and with everyone else', () => change(lab.datasets, publishByPolicy));

  const crew = at('Fri 18:00', 'the evening rush', () => deeds.scaleOut());
  const arriveLate = at('Sat 00:58', 'an item of a server is slow to arrive', () =>
    config.delay(crew.last.instance, ({ tags }) => {
      tags.draining = 'true';
    }),
  );
  at('Sat 01:00', 'the servers of the evening go', () => deeds.scaleIn(crew));
  at('Sat 01:04', 'the older item arrives, and must not restore the server', arriveLate);
}

function saturday({ config, laboratory, staging, lab, deeds, apis, own, labs, hotfix, sweepBackups }: Week): void {
  const { at, change, discover } = config;

  at('Sat 02:15', 'the nightly backups, with the servers', () => deeds.backUp(deeds.servers()));
  at('Sat 02:40', 'and the nightly sweep', () => {
    apis.hold(...own.backups);
    sweepBackups('2026-11-07T02:16:00Z');
  });
  at('Sat 10:10', 'the access key of the release is deleted, with its user', () => {
    apis.drop(hotfix);
    apis.read(PRODUCTION, CREDENTIALS);
  });
  at('Sat 11:00', 'staging keeps versions of its objects and of its tables', () => {
    for (const each of staging.buckets) deeds.setVersioning(each, 'Enabled');
    for (const table of staging.tables) deeds.recoverToPointInTime(table);
    apis.read(STAGING, [CONTINUOUS_BACKUPS], ['eu-west-1']);
  });
  at('Sat 18:05', 'a day later the data set is private, and the lab blocks public access for good: its storage achieves level 1', () => {
    deeds.refusePlainHttp(lab.datasets);
    change(lab.datasets, ({ supplementary }) => Object.assign(supplementary.PublicAccessBlockConfiguration, blockAll(true)));
    change(lab.accountBlock, ({ configuration }) => Object.assign(configuration, blockAll(true)));
    discover(bucket(laboratory, 'data-lab-partners', 'Enabled'));
  });
  at('Sat 18:20', 'so are its snapshot of a training machine and the image made of it', () => {
    apis.drop(labs.snapshot, ...labs.images);
    for (const { configuration } of Object.values(labs.settings.images)) configuration.ImageBlockPublicAccessState = 'block-new-sharing';
    apis.read(LAB, ['AWS::EC2::Snapshot', 'AWS::EC2::Image', 'AWS::EC2::ImageBlockPublicAccess']);
  });
}

function sunday({ config, laboratory, staging, lab, deeds, apis, labs, sweepBackups }: Week): void {
  const { at, change, discover } = config;

  at('Sun 02:15', 'the nightly backups', () => deeds.backUp(deeds.servers()));
  at('Sun 02:40', 'and the nightly sweep', () => sweepBackups('2026-11-08T02:16:00Z'));
  at('Sun 09:30', 'staging encrypts its topics', () => {
    for (const topic of staging.topics) deeds.encryptTopic(topic);
  });
  at('Sun 10:00', 'the lab empties its default groups, and logs one of its two networks', () => {
    deeds.emptyGroup(lab.main.defaultGroup);
    deeds.emptyGroup(lab.gpu.defaultGroup);
    discover(flowLog(laboratory, lab.main.network));
  });
  at('Sun 11:15', 'the lab encrypts its topic and its stream, and hardens what it launches', () => {
    deeds.encryptTopic(lab.alerts);
    deeds.encryptStream(lab.events);
    deeds.recoverToPointInTime(lab.runs);
    change(lab.template, harden);
    apis.read(LAB, [CONTINUOUS_BACKUPS], ['eu-west-1']);
  });
  at('Sun 13:30', 'new volumes of the lab are encrypted, and one of two users enrols MFA', () => {
    labs.settings.ebs.us.configuration.EbsEncryptionByDefault = true;
    apis.read(LAB, ['AWS::EC2::EBSEncryptionByDefault'], ['us-east-1']);
    labs.users.ines.configuration.row.mfa_active = 'true';
    apis.read(LAB, CREDENTIALS);
  });
  at('Sun 15:40', 'the buckets of staging refuse plain HTTP', () => {
    for (const each of staging.buckets) deeds.refusePlainHttp(each);
  });
  at('Sun 16:10', 'the week ends with an event that comes twice', () => config.repeat(staging.main.defaultGroup));
}
