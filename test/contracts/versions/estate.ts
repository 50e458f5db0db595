import { readFileSync } from 'node:fs';
import type { SettingsDocument } from '../../../core/settings/document.ts';
import type { CollectedItem, Deployment } from './deployment.ts';

/** The estate that each version has read into the tables of its fixture: two accounts of the sample week. It never changes. */

export const ACCOUNTS = ['111111111111', '222222222222'];
const REGION = 'eu-west-1';

interface EstateItem {
  readonly awsAccountId: string;
  readonly awsRegion: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly configuration: unknown;
  readonly supplementaryConfiguration: unknown;
  readonly tags: unknown;
  readonly relationships: unknown;
}

/** Resources in AWS Config. */
const RECORDED: readonly EstateItem[] = JSON.parse(readFileSync(new URL('estate.json', import.meta.url), 'utf8'));

const ofApi = (awsAccountId: string, awsRegion: string, resourceType: string, resourceId: string, configuration: object): EstateItem => ({
  awsAccountId,
  awsRegion,
  resourceType,
  resourceId,
  configuration,
  supplementaryConfiguration: {},
  tags: {},
  relationships: [],
});

/** Resources that only APIs return. */
const READ: readonly EstateItem[] = ACCOUNTS.flatMap((account) => [
  ofApi(account, 'global', 'AWS::IAM::AccountSummary', account, {
    partition: 'aws',
    summaryMap: { AccountMFAEnabled: 1, AccountPasswordPresent: 1, AccountAccessKeysPresent: 0, AccountSigningCertificatesPresent: 0 },
  }),
  ...RECORDED.filter(({ awsAccountId, resourceType }) => awsAccountId === account && resourceType.endsWith('V2::Listener')).map(
    ({ resourceId }) =>
      ofApi(account, REGION, 'AWS::ElasticLoadBalancingV2::ListenerRules', resourceId, {
        rules: [{ actions: [{ Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } }] }],
      }),
  ),
  ofApi(account, REGION, 'AWS::EC2::EBSEncryptionByDefault', account, { EbsEncryptionByDefault: account === ACCOUNTS[0] }),
]);

/** Settings that all versions with settings know. One exception is for a resource, one for a whole control of an account. */
const SETTINGS: SettingsDocument = {
  version: 1,
  approvedRegions: [REGION],
  exceptions: [
    {
      control: 'NET-L2-02',
      accounts: ['222222222222'],
      resource: { type: 'AWS::EC2::NetworkAcl', id: 'acl-0417f5fe811fc6f8c' },
      owner: 'platform@shop.example.com',
      reason: 'the bastion of the staging network ends in May',
      ticket: 'SHOP-1',
      expires: '2099-12-31T00:00:00.000Z',
    },
    {
      control: 'NET-L2-01',
      accounts: ['222222222222'],
      owner: 'platform@shop.example.com',
      reason: 'flow logs are in another account',
      ticket: 'SHOP-2',
      expires: '2099-12-31T00:00:00.000Z',
    },
  ],
};

/** A list that is incomplete in the second account. */
const GAP = { type: 'AWS::Kinesis::Stream', account: ACCOUNTS[1], reason: 'kinesis:ListStreams was denied (AccessDeniedException)' };

/** The resource that is deleted after the first read. */
const DELETED: readonly EstateItem[] = RECORDED.filter(({ resourceType }) => resourceType === 'AWS::EC2::Volume')
  .slice(0, 1)
  .map((item) => ({ ...item, resourceId: 'vol-0deleted0000000000' }));

const message = ({ awsAccountId, ...item }: EstateItem, at: string, status: string) => ({
  version: '0',
  source: 'aws.config',
  'detail-type': 'Config Configuration Item Change',
  account: awsAccountId,
  detail: { configurationItem: { awsAccountId, ...item, configurationItemCaptureTime: at, configurationItemStatus: status } },
});

const collected = (item: EstateItem, capturedAt: string): CollectedItem => ({
  resource: {
    accountId: item.awsAccountId,
    region: item.awsRegion,
    resourceType: item.resourceType,
    resourceId: item.resourceId,
  },
  capturedAt,
  state: 'recorded',
  configuration: item.configuration,
  supplementaryConfiguration: item.supplementaryConfiguration,
  tags: item.tags,
  relationships: item.relationships,
});

/** Delivers all of the estate that AWS Config records, as of a time. */
export const record = (deployment: Deployment, at: string): Promise<void> =>
  deployment.collect(RECORDED.map((item) => message(item, at, 'OK')));

/** Delivers a resource, and its deletion an hour later. */
export async function createAndDelete(deployment: Deployment, [at, deletedAt]: readonly [string, string]): Promise<void> {
  await deployment.collect(DELETED.map((item) => message(item, at, 'OK')));
  await deployment.collect(DELETED.map((item) => message({ ...item, configuration: null }, deletedAt, 'ResourceDeleted')));
}

/** Runs all readers of the version on the estate, as a sweep at a time does. */
export async function sweep(deployment: Deployment, at: string): Promise<void> {
  const estate = [...RECORDED, ...READ];
  for (const account of ACCOUNTS) {
    for (const { scope, lists } of deployment.readers) {
      if (scope === 'organization') continue;
      const region = scope === 'region' ? REGION : 'global';
      const found = estate.filter(({ awsAccountId, resourceType }) => awsAccountId === account && lists.includes(resourceType));
      const entries = await Promise.all(
        lists.map(async (type) => {
          const isGap = type === GAP.type && account === GAP.account;
          const resources = isGap ? await deployment.unread(GAP.reason) : found.filter(({ resourceType }) => resourceType === type).length;
          return collected(ofApi(account, region, 'CSMM::Inventory', type, { resources }), at);
        }),
      );
      await deployment.read([...found.map((item) => collected(item, at)), ...entries]);
    }
  }
}

const REMEDIATION: NonNullable<SettingsDocument['remediation']> = { rules: [{ mode: 'plan', controls: ['STR-L2-01', 'CMP-L1-01'] }] };

export async function applySettings(deployment: Deployment, at: string): Promise<void> {
  if (!deployment.hasSettings) return;
  await deployment.apply({ ...SETTINGS, ...(deployment.hasRemediation && { remediation: REMEDIATION }) }, ACCOUNTS, at);
}
