/** The accounts of the sample organization on Monday morning: three accounts that grew without a plan. */
import type { Resource } from './aws-config.ts';
import { autoScalingGroup, launchConfiguration, launchTemplate, server } from './compute.ts';
import {
  accountBlock,
  bucket,
  dbCluster,
  dbInstance,
  elasticsearchDomain,
  fileSystem,
  publishByAcl,
  queue,
  recoveryPoint,
  redshiftCluster,
  searchDomain,
  stream,
  table,
  topic,
} from './data.ts';
import {
  allowTcp,
  classicLoadBalancer,
  defaultGroup,
  distribution,
  flowLog,
  listener,
  loadBalancer,
  networkAcl,
  prefixList,
  securityGroup,
  subnet,
  vpc,
} from './network.ts';
import type { Place } from './place.ts';

const OLD_TLS = 'ELBSecurityPolicy-2016-08';
const OFFICE = '198.51.100.0/24';
const ANYWHERE = '0.0.0.0/0';

/** Returns a VPC with a subnet in each of two zones, and the network ACL and security group that it creates. */
function networkOf(place: Place, name: string, secondOctet: number) {
  const network = vpc(place, name, `10.${secondOctet}.0.0/16`);
  const subnets = ['a', 'b'].map((zone, index) => subnet(place, network, `${name}-${zone}`, `10.${secondOctet}.${index}.0/24`, zone));
  const [first, second] = subnets as [(typeof subnets)[number], (typeof subnets)[number]];
  return { network, first, second, acl: networkAcl(place, network, subnets), defaultGroup: defaultGroup(place, network) };
}

export function shopProduction(eu: Place, us: Place) {
  const main = networkOf(eu, 'shop', 10);
  const abroad = networkOf(us, 'shop-us', 20);
  const subnets = [main.first, main.second];
  const inside = allowTcp(8080, '10.10.0.0/16');

  const webGroup = securityGroup(eu, main.network, 'shop-web', 'load balancers of the shop', [
    allowTcp(80, ANYWHERE),
    allowTcp(443, ANYWHERE),
  ]);
  const appGroup = securityGroup(eu, main.network, 'shop-app', 'application servers', [inside]);
  const dataGroup = securityGroup(eu, main.network, 'shop-data', 'databases and search', [allowTcp(5432, '10.10.0.0/16')]);
  const bastionGroup = securityGroup(eu, main.network, 'shop-bastion', 'the way in', [allowTcp(22, ANYWHERE)]);
  const usWebGroup = securityGroup(us, abroad.network, 'shop-us-web', 'load balancer of the US shop', [allowTcp(443, ANYWHERE)]);
  const usAppGroup = securityGroup(us, abroad.network, 'shop-us-app', 'application servers', [allowTcp(8080, '10.20.0.0/16')]);

  const shopBalancer = loadBalancer(eu, 'shop', 'application', {
    network: main.network,
    subnets,
    group: webGroup,
    scheme: 'internet-facing',
  });
  const innerBalancer = loadBalancer(eu, 'shop-internal', 'application', {
    network: main.network,
    subnets,
    group: appGroup,
    scheme: 'internal',
  });
  const partnerBalancer = loadBalancer(eu, 'partner-feed', 'network', {
    network: main.network,
    subnets,
    group: webGroup,
    scheme: 'internet-facing',
  });
  const usFront = {
    network: abroad.network,
    subnets: [abroad.first, abroad.second],
    group: usWebGroup,
    scheme: 'internet-facing',
  } as const;
  const usBalancer = loadBalancer(us, 'shop-us', 'application', usFront);

  const appServer = (name: string, zone: typeof main.first, encrypted: boolean) =>
    server(eu, { name, subnet: zone, group: appGroup, httpTokens: 'optional', encrypted });
  const usServer = (name: string) => server(us, { name, subnet: abroad.first, group: usAppGroup, httpTokens: 'required', encrypted: true });
  const shopTemplate = launchTemplate(eu, 'shop-app', false);
  const usTemplate = launchTemplate(us, 'shop-us-app', true);
  const workerConfiguration = launchConfiguration(eu, 'shop-workers-2019', appGroup);

  const ordersLegacy = dbInstance(eu, 'orders-legacy', dataGroup, false, 'mysql');
  const catalogWriter = dbInstance(eu, 'catalog-1', dataGroup, true, 'aurora-postgresql');
  const catalogReader = dbInstance(eu, 'catalog-2', dataGroup, true, 'aurora-postgresql');
  const customers = dbInstance(eu, 'customers', dataGroup, true);
  const catalog = dbCluster(eu, 'catalog', dataGroup, [catalogWriter, catalogReader]);
  const assets = bucket(eu, 'shop-assets', 'Enabled');
  publishByAcl(assets);

  return {
    main,
    abroad,
    flowLog: flowLog(eu, main.network),
    offices: prefixList(eu, 'offices', OFFICE, '10.200.0.0/16'),
    groups: { webGroup, appGroup, dataGroup, bastionGroup, usWebGroup, usAppGroup },
    balancers: { shopBalancer, innerBalancer, partnerBalancer, usBalancer },
    listeners: {
      shopHttp: listener(eu, shopBalancer, 80),
      shopHttps: listener(eu, shopBalancer, 443, OLD_TLS),
      inner: listener(eu, innerBalancer, 443, 'ELBSecurityPolicy-TLS13-1-2-2021-06'),
      partner: listener(eu, partnerBalancer, 443, 'ELBSecurityPolicy-TLS13-1-2-2021-06'),
      us: listener(us, usBalancer, 443, OLD_TLS),
    },
    classic: classicLoadBalancer(us, 'shop-us-2016', OLD_TLS, usFront),
    storefront: distribution(eu, 'storefront', 'origin.shop.example.com'),
    bastion: server(eu, {
      name: 'bastion',
      subnet: main.first,
      group: bastionGroup,
      httpTokens: 'optional',
      encrypted: false,
      publicIp: '203.0.113.17',
    }),
    servers: {
      app1: appServer('shop-app-1', main.first, false),
      app2: appServer('shop-app-2', main.second, false),
      app3: appServer('shop-app-3', main.first, true),
      worker: appServer('shop-worker-1', main.second, true),
    },
    usServers: [usServer('shop-us-app-1'), usServer('shop-us-app-2')],
    shopTemplate,
    usTemplate,
    workerConfiguration,
    shopScaling: autoScalingGroup(eu, 'shop-app', subnets, shopTemplate),
    workerScaling: autoScalingGroup(eu, 'shop-workers', subnets, workerConfiguration),
    usScaling: autoScalingGroup(us, 'shop-us-app', [abroad.first], usTemplate),
    databases: { ordersLegacy, catalogWriter, catalogReader, customers, catalog },
    accountBlock: accountBlock(eu),
    assets,
    invoices: bucket(eu, 'shop-invoices', 'Enabled'),
    buckets: ['shop-exports', 'shop-mail-archive', 'shop-backups', 'flow-logs-111111111111', 'cloudtrail-111111111111'].map((name) =>
      bucket(eu, name, 'Enabled'),
    ),
    usBucket: bucket(us, 'shop-us-assets', 'Enabled'),
    tables: ['carts', 'sessions', 'coupons', 'stock'].map((name) => table(eu, name, name === 'stock')),
    uploads: fileSystem(eu, 'uploads', false),
    thumbnails: fileSystem(eu, 'thumbnails', true),
    topics: ['order-placed', 'order-shipped', 'stock-low'].map((name) => topic(eu, name, name === 'order-placed')),
    securityAlarms: topic(eu, 'security-alarms', true),
    queues: ['mail', 'invoices', 'thumbnails', 'search-index'].map((name) => queue(eu, name, true)),
    returns: queue(eu, 'returns', false),
    clicks: stream(eu, 'clicks', false),
    search: searchDomain(eu, 'catalog', dataGroup, main.first),
    backups: [recoveryPoint(eu, customers, 'RDS'), recoveryPoint(eu, catalog, 'Aurora')],
  };
}

export function shopStaging(eu: Place) {
  const main = networkOf(eu, 'staging', 30);
  const subnets = [main.first, main.second];
  const webGroup = securityGroup(eu, main.network, 'staging-web', 'load balancer', [allowTcp(80, ANYWHERE), allowTcp(443, ANYWHERE)]);
  const appGroup = securityGroup(eu, main.network, 'staging-app', 'application servers', [
    allowTcp(8080, '10.30.0.0/16'),
    allowTcp(22, OFFICE),
  ]);
  const dataGroup = securityGroup(eu, main.network, 'staging-data', 'databases', [allowTcp(5432, '10.30.0.0/16')]);
  const front = { network: main.network, subnets, group: webGroup, scheme: 'internet-facing' } as const;
  const balancer = loadBalancer(eu, 'staging', 'application', front);
  const template = launchTemplate(eu, 'staging-app', false);
  const stagingServer = (name: string) =>
    server(eu, { name, subnet: main.first, group: appGroup, httpTokens: 'optional', encrypted: true });
  const orders = dbInstance(eu, 'orders', dataGroup, true);

  return {
    main,
    flowLog: flowLog(eu, main.network),
    groups: { webGroup, appGroup, dataGroup },
    balancer,
    http: listener(eu, balancer, 80),
    https: listener(eu, balancer, 443, OLD_TLS),
    classic: classicLoadBalancer(eu, 'staging-old', OLD_TLS, front),
    storefront: distribution(eu, 'storefront of staging', 'origin.staging.shop.example.com'),
    servers: ['staging-app-1', 'staging-app-2'].map(stagingServer),
    loadTester: server(eu, {
      name: 'load-tester',
      subnet: main.second,
      group: appGroup,
      httpTokens: 'optional',
      encrypted: false,
      publicIp: '203.0.113.48',
    }),
    template,
    scaling: autoScalingGroup(eu, 'staging-app', subnets, template),
    orders,
    customers: dbInstance(eu, 'customers', dataGroup, true),
    accountBlock: accountBlock(eu),
    buckets: ['shop-staging-assets', 'shop-staging-exports', 'shop-staging-builds', 'flow-logs-222222222222'].map((name) =>
      bucket(eu, name, 'Off'),
    ),
    tables: ['carts', 'sessions', 'coupons', 'stock'].map((name) => table(eu, name, false)),
    uploads: fileSystem(eu, 'uploads', true),
    topics: ['order-placed', 'order-shipped', 'stock-low'].map((name) => topic(eu, name, false)),
    queues: ['mail', 'invoices', 'thumbnails', 'returns'].map((name) => queue(eu, name, true)),
    oldSearch: elasticsearchDomain(eu, 'catalog', dataGroup, main.first),
    search: searchDomain(eu, 'catalog-2', dataGroup, main.first),
  };
}

export function dataLab(eu: Place, us: Place) {
  const main = networkOf(eu, 'lab', 40);
  const gpu = networkOf(us, 'lab-gpu', 50);
  const subnets = [main.first, main.second];
  const notebookGroup = securityGroup(eu, main.network, 'notebooks', 'notebooks and their desktops', [
    allowTcp(3389, ANYWHERE),
    allowTcp(8888, OFFICE),
  ]);
  const warehouseGroup = securityGroup(eu, main.network, 'warehouse', 'warehouse', [allowTcp(5439, OFFICE)]);
  const gpuGroup = securityGroup(us, gpu.network, 'gpu', 'training machines', [allowTcp(22, OFFICE)]);
  const balancer = loadBalancer(eu, 'notebooks', 'application', {
    network: main.network,
    subnets,
    group: notebookGroup,
    scheme: 'internal',
  });
  const template = launchTemplate(us, 'gpu-workers', false);
  const notebook = (name: string, publicIp?: string) =>
    server(eu, { name, subnet: main.first, group: notebookGroup, httpTokens: 'required', encrypted: true, ...(publicIp && { publicIp }) });
  const trainer = (name: string, publicIp?: string) =>
    server(us, { name, subnet: gpu.first, group: gpuGroup, httpTokens: 'optional', encrypted: false, ...(publicIp && { publicIp }) });
  const warehouse = redshiftCluster(eu, 'warehouse', warehouseGroup, true);

  return {
    main,
    gpu,
    groups: { notebookGroup, warehouseGroup, gpuGroup },
    balancer,
    https: listener(eu, balancer, 443, OLD_TLS),
    notebooks: [notebook('notebook-1'), notebook('notebook-2')],
    publicNotebook: notebook('notebook-3', '203.0.113.90'),
    trainers: [trainer('gpu-1', '203.0.113.120'), trainer('gpu-2')],
    template,
    scaling: autoScalingGroup(us, 'gpu-workers', [gpu.first], template),
    warehouse,
    experiments: dbInstance(eu, 'experiments', warehouseGroup, true),
    accountBlock: accountBlock(eu),
    datasets: bucket(eu, 'data-lab-datasets', 'Off'),
    buckets: ['data-lab-raw', 'data-lab-models', 'data-lab-scratch', 'data-lab-reports'].map((name) => bucket(eu, name, 'Off')),
    runs: table(eu, 'training-runs', false),
    home: fileSystem(eu, 'home', true),
    alerts: topic(eu, 'pipeline-alerts', false),
    jobs: queue(eu, 'jobs', true),
    events: stream(eu, 'events', false),
    backup: recoveryPoint(eu, warehouse, 'Redshift'),
  };
}

/** Returns every resource in a part of the sample organization, in the order of the source code. */
export function resourcesIn(part: object): Resource[] {
  if ('configuration' in part) return [part as Resource];
  return Object.values(part).flatMap((inner: object) => resourcesIn(inner));
}
