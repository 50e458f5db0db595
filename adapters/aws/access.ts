import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { OrganizationsClient, paginateListAccounts } from '@aws-sdk/client-organizations';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { type Clients, type Credentials, newRequestHandler, type RequestHandler } from './clients.ts';
import { isActive } from './member-accounts.ts';
import { assumeRole, type ExpiringCredentials, type ReadRole } from './member-role.ts';

/** The identity that makes the calls. */
export interface Caller {
  readonly accountId: string;
  readonly arn: string;
  /** `aws`, `aws-cn`, `aws-us-gov` … */
  readonly partition: string;
}

/** Time in milliseconds that a sign-in waits for an answer. The user waits in front of it, and can begin again. */
const SIGN_IN_TIMEOUT_MS = 10_000;

const signInHandler = (): RequestHandler => newRequestHandler({ requestTimeout: SIGN_IN_TIMEOUT_MS });

/** The default chain of the AWS SDKs: environment, SSO, shared files, container, instance. Its own calls have time limits too. */
export function chainedCredentials(profile?: string): Credentials {
  const clientConfig = { requestHandler: signInHandler() };
  return fromNodeProviderChain({ clientConfig, parentClientConfig: clientConfig, ...(profile !== undefined && { profile }) });
}

/**
 * Returns the identity behind the credentials in use.
 * @throws the SDK's error if there are no credentials, AWS rejects them, or STS does not answer three attempts.
 */
export async function whoAmI(region: string, credentials: Credentials): Promise<Caller> {
  const sts = new STSClient({ region, credentials, requestHandler: signInHandler(), maxAttempts: 3 });
  const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
  return { accountId: Account, arn: Arn, partition: Arn.split(':')[1] ?? 'aws' };
}

/** Returns the Regions that are enabled in an account. */
export async function enabledRegions(clients: Clients, region: string): Promise<string[]> {
  const { Regions = [] } = await clients(EC2Client, region).send(new DescribeRegionsCommand({ AllRegions: false }));
  return Regions.flatMap(({ RegionName }) => RegionName ?? []).sort();
}

/** Returns the active accounts of the organization, as its management account or a delegated administrator sees them. */
export async function organizationAccounts(clients: Clients, region: string): Promise<string[]> {
  const accountIds: string[] = [];
  for await (const { Accounts = [] } of paginateListAccounts({ client: clients(OrganizationsClient, region) }, {})) {
    for (const account of Accounts) if (account.Id && isActive(account)) accountIds.push(account.Id);
  }
  return accountIds.sort();
}

/**
 * Returns credentials of a role in another account. They are renewed before they expire, and shared by all clients.
 * @param sts client of the caller, which all accounts share
 * @throws the SDK's error at the first use if the caller may not assume the role.
 */
export function roleCredentials(accountId: string, role: ReadRole, { partition }: Caller, sts: STSClient): Credentials {
  return remembered(() => assumeRole(accountId, { sts, partition, role, sessionName: 'csmm-scan' }));
}

/** A session is not used in its last minutes, as in the SDK's own clients. Milliseconds. */
const LAST_MS = 5 * 60_000;

function remembered(fetch: () => Promise<ExpiringCredentials>): () => Promise<ExpiringCredentials> {
  let session: Promise<ExpiringCredentials> | undefined;
  const lasts = async (asked: Promise<ExpiringCredentials>): Promise<boolean> => {
    try {
      const { expiration } = await asked;
      return expiration === undefined || expiration.getTime() - Date.now() > LAST_MS;
    } catch {
      return false;
    }
  };
  return async () => {
    const asked = session;
    const isGood = asked !== undefined && (await lasts(asked));
    if (!isGood && session === asked) session = fetch();
    return session as Promise<ExpiringCredentials>;
  };
}
