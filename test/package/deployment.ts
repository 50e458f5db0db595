import { CreateAccountCommand, CreateOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { dynamoStateStore } from '../../adapters/aws/dynamo-state-store.ts';
import { DUE_INDEX } from '../../adapters/aws/remediation-keys.ts';
import { dynamoRemediationStore } from '../../adapters/aws/remediation-store.ts';
import { dynamoSettingsStore } from '../../adapters/aws/settings-store.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { collectFacts } from '../../core/pipeline/collect.ts';
import { rescoreAccount } from '../../core/pipeline/rescore.ts';
import { setSwitch } from '../../core/remediation/commands/requests.ts';
import type { Remediation } from '../../core/remediation/model/record.ts';
import { type AwsProxy, awsProxy } from '../support/aws-proxy.ts';
import { commandServer } from '../support/command-server.ts';
import { createTable, dynamoDbClient } from '../support/dynamodb-local.ts';
import { freshAccount } from '../support/moto.ts';
import { stored } from '../support/seals.ts';

/** Regions that the emulated accounts have enabled. All Regions of the emulator take a minute to scan. */
export const REGIONS = ['eu-west-1', 'us-east-1'];

/** Accounts in the emulator, in an organization, and what a child process needs to call their APIs. */
export interface EmulatedAccounts {
  readonly management: string;
  readonly member: string;
  readonly env: Readonly<Record<string, string>>;
  close(): void;
}

export async function emulatedAccounts(endpoint: string): Promise<EmulatedAccounts> {
  const proxy: AwsProxy = await awsProxy(endpoint);
  const regions = REGIONS.map((name) => `<item><regionName>${name}</regionName><optInStatus>opt-in-not-required</optInStatus></item>`);
  proxy.answer = ({ operation }) =>
    operation === 'DescribeRegions'
      ? `<DescribeRegionsResponse><regionInfo>${regions.join('')}</regionInfo></DescribeRegionsResponse>`
      : undefined;
  const { accountId, credentials } = await freshAccount();
  const organizations = new OrganizationsClient({ region: 'us-east-1', credentials, endpoint });
  await organizations.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
  const { CreateAccountStatus: created } = await organizations.send(
    new CreateAccountCommand({ AccountName: 'shop', Email: 'shop@example.com' }),
  );
  organizations.destroy();
  return {
    management: accountId,
    member: created?.AccountId ?? '',
    env: {
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: proxy.endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
      AWS_MAX_ATTEMPTS: '1',
    },
    close: () => proxy.close(),
  };
}

/** Id of the remediation in a table of {@link deployedTables}, as the help texts name it. */
export const REMEDIATION_ID = '0123456789abcdef01234567';

const START = '2026-11-18T12:00:00.000Z';

/** The remediation that a deployment has when a user gives this command. */
export function remediationBefore(command: string): Remediation {
  const run = {
    kind: 'fix',
    runbook: 'CSMM-EnableBucketVersioning',
    parameters: {},
    region: 'eu-west-1',
    stateHash: 'hash',
    token: 't',
  } as const;
  const attempt = { ...run, intendedAt: START, executionId: 'e-1', outcome: 'verified', at: START, reason: 'read again' } as const;
  const status = command.includes('rollback') ? 'SUCCEEDED' : /resume|release/.test(command) ? 'QUARANTINED' : 'WAITING_FOR_APPROVAL';
  return {
    id: REMEDIATION_ID,
    controlId: 'STR-L2-01',
    resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId: 'orders' },
    status,
    reason: 'the mode is approve',
    revision: 1,
    failingSince: START,
    updatedAt: START,
    plan: {
      mode: 'approve',
      runbook: run.runbook,
      parameters: { BucketName: ['orders'] },
      region: 'eu-west-1',
      risk: 'safe',
      reversible: true,
      impact: 'Old versions are paid for.',
      stateHash: 'hash',
      finding: 'versioning is Off',
    },
    attempts: status === 'SUCCEEDED' ? [attempt] : [],
    trail: [{ at: START, status, reason: 'the mode is approve' }],
  };
}

/** Fresh tables of a deployment: one scored account, applied settings, and one remediation that suits the command. */
export interface DeployedTables {
  readonly state: string;
  readonly scores: string;
  readonly remediations: string;
  /** URLs of the command function. */
  readonly commands: string;
  close(): Promise<void>;
}

export async function deployedTables(endpoint: string, command: string): Promise<DeployedTables> {
  const client = dynamoDbClient(endpoint);
  const [state, scores, remediations] = [
    await createTable(client, 'package-state'),
    await createTable(client, 'package-scores'),
    await createTable(client, 'package-remediations', DUE_INDEX),
  ];
  const store = dynamoStateStore(client, { stateTable: state, scoresTable: scores });
  const resource = { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::EC2::VPC', resourceId: 'vpc-1' };
  await collectFacts(
    { resource, capturedAt: '2026-01-01T00:00:00.000Z', parsed: { facts: {}, missing: {} } },
    { store, rules: CATALOGUE.rules },
  );
  await rescoreAccount(resource.accountId, { store, catalogue: CATALOGUE });
  const document = { version: 1, approvedRegions: ['eu-west-1'] } as const;
  const applied = { document, appliedAt: START, appliedBy: 'arn:aws:iam::111111111111:user/ops', revision: 1, expiredUntil: START };
  await dynamoSettingsStore(client, state).applySettings(undefined, applied);
  const remediationStore = dynamoRemediationStore(client, remediations);
  await remediationStore.commitRemediation({ previous: undefined, next: await stored(remediationBefore(command)) });
  // A scope can be resumed after remediation as a whole.
  if (command.includes('resume --')) await setSwitch(true, 'a test', { store: remediationStore, by: 'ops', now: () => START });
  const server = await commandServer(remediationStore);
  const close = async (): Promise<void> => {
    await server.close();
    client.destroy();
  };
  return { state, scores, remediations, commands: server.commands, close };
}
