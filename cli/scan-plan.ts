import { type Caller, chainedCredentials, enabledRegions, organizationAccounts, roleCredentials, whoAmI } from '../adapters/aws/access.ts';
import { assumingClient, type Credentials, callLimit, clientsOf } from '../adapters/aws/clients.ts';
import { CredentialsExpiredError, failureKind, reasonOf } from '../adapters/aws/failures.ts';
import { READERS } from '../adapters/aws/readers/index.ts';
import type { ScanPlan, Target } from '../adapters/aws/scan.ts';
import { globalRegionOf } from '../core/partitions.ts';
import { UsageError } from './exit.ts';
import type { ScanLog } from './scan-log.ts';
import { assertEnvironment, assertRegion, homeRegion, oneLine, REGION, signInProblem } from './sign-in.ts';
import { didYouMean } from './suggest.ts';

/** Options for the accounts to scan. */
export interface ScopeOptions {
  readonly profile?: string;
  /** Names of Regions, or `all` for the enabled ones, which is the default. */
  readonly regions?: string;
  readonly accounts?: string;
  readonly organization?: boolean;
  readonly roleName?: string;
  readonly externalId?: string;
  /** Maximum number of parallel API calls. */
  readonly concurrency: number;
}

/** @throws UsageError if options contradict each other, or a list does not have its form. Calls nothing. */
export function checkScope({ accounts, organization, regions, roleName, externalId }: ScopeOptions): void {
  if (accounts !== undefined && organization) throw new UsageError('cannot use --accounts with --organization. Fix: remove one of them');
  if ((accounts !== undefined || organization) && roleName === undefined) {
    throw new UsageError(
      'cannot scan other accounts: --role-name is missing. Fix: pass a role that exists in each account and that your credentials can assume',
    );
  }
  if (accounts === undefined && !organization && roleName !== undefined) {
    throw new UsageError(
      '--role-name has no effect without other accounts. Fix: pass --accounts 111111111111,222222222222 or --organization',
    );
  }
  if (externalId !== undefined && roleName === undefined) {
    throw new UsageError('--external-id has no effect without a role. Fix: pass --role-name, or remove --external-id');
  }
  if (accounts !== undefined) accountsIn(accounts);
  for (const region of regionsIn(regions) ?? []) assertRegion(region, '--regions');
}

const accountsIn = (text: string): string[] =>
  listOf('--accounts', text, /^\d{12}$/, 'account IDs of 12 digits, such as 111111111111,222222222222');

/** Returns the named Regions. Returns `undefined` for all enabled ones. */
const regionsIn = (text = 'all'): string[] | undefined =>
  text === 'all' ? undefined : listOf('--regions', text, REGION.pattern, `${REGION.allowed}, or all`);

function listOf(option: string, text: string, pattern: RegExp, allowed: string): string[] {
  const parts = [...new Set(text.split(',').map((part) => part.trim()))].filter((part) => part !== '');
  const wrong = parts.find((part) => !pattern.test(part));
  if (wrong !== undefined || parts.length === 0) {
    throw new UsageError(`invalid list of ${option}: given ${JSON.stringify(wrong ?? text)}; allowed ${allowed}`);
  }
  return parts;
}

const HOME_REGION = (): string => homeRegion(process.env);

/**
 * Returns the plan of a scan, from the options and from the accounts.
 *
 * @param signal ends the waiting of calls that fail
 * @throws UsageError if AWS does not say who calls, or which accounts and Regions there are.
 */
export async function planFrom(options: ScopeOptions, log: ScanLog, signal: AbortSignal): Promise<ScanPlan> {
  assertEnvironment(process.env);
  const ownCredentials = chainedCredentials(options.profile);
  const caller = await introduce(options, ownCredentials);
  const limit = callLimit(options.concurrency);
  const globalRegion = globalRegionOf(caller.partition);
  const clientsFor = (accountId: string, credentials: Credentials) =>
    clientsOf({ credentials, limit, signal, observer: log.observerOf(accountId) });
  const own = { accountId: caller.accountId, clients: clientsFor(caller.accountId, ownCredentials) };
  const accountIds = await accountsFrom(options, own, globalRegion);
  const ownRegions = await regionsFrom(options, own);
  const isNamed = (region: string): boolean => options.regions === undefined || options.regions === 'all' || ownRegions.includes(region);
  const sts = assumingClient(globalRegion, ownCredentials);
  const targets = await Promise.all(
    accountIds.map(async (accountId): Promise<Target> => {
      if (accountId === own.accountId) return { ...own, enabledRegions: ownRegions };
      const { roleName = '', externalId } = options;
      const role = { roleName, ...(externalId !== undefined && { externalId }) };
      const credentials = roleCredentials(accountId, role, caller, sts);
      const unreachable = await limit(() => tryCredentials(credentials));
      const target = { accountId, clients: clientsFor(accountId, credentials), enabledRegions: ownRegions };
      if (unreachable !== undefined) return { ...target, unreachable: `the role ${roleName} cannot be assumed: ${unreachable}` };
      return { ...target, enabledRegions: (await regionsOf(target))?.filter(isNamed) ?? ownRegions };
    }),
  );
  const regions = [...new Set(targets.flatMap(({ enabledRegions = [] }) => enabledRegions))].sort();
  return { targets, regions, partition: caller.partition, globalRegion, readers: READERS, own };
}

async function introduce({ profile }: ScopeOptions, own: Credentials): Promise<Caller> {
  const region = HOME_REGION();
  try {
    return await whoAmI(region, own);
  } catch (error) {
    throw new UsageError(signInProblem(error, { profile, region, env: process.env }));
  }
}

/** Returns the enabled Regions of a member account. Returns `undefined` if they cannot be read. */
async function regionsOf({ clients }: Target): Promise<string[] | undefined> {
  try {
    return await enabledRegions(clients, HOME_REGION());
  } catch (error) {
    if (error instanceof CredentialsExpiredError) throw expired(error.cause);
    return undefined;
  }
}

/** Returns the reason why a role has no credentials. Returns `undefined` if it has some. */
async function tryCredentials(credentials: Credentials): Promise<string | undefined> {
  try {
    if (typeof credentials === 'function') await credentials();
    return undefined;
  } catch (error) {
    if (failureKind(error) === 'expired') throw expired(error);
    return oneLine(error);
  }
}

const expired = (error: unknown): UsageError => new UsageError(`the AWS credentials have expired: ${oneLine(error)}. Fix: renew them`);

async function accountsFrom({ accounts, organization }: ScopeOptions, own: Target, region: string): Promise<string[]> {
  if (accounts !== undefined) return accountsIn(accounts);
  if (!organization) return [own.accountId];
  let active: string[];
  try {
    active = await organizationAccounts(own.clients, region);
  } catch (error) {
    throw new UsageError(
      `cannot list the accounts of the organization: ${reasonOf(error)}. Fix: allow the call, or name them with --accounts`,
    );
  }
  if (active.length === 0) {
    throw new UsageError('the organization has no active account. Fix: name the accounts with --accounts');
  }
  return active;
}

async function regionsFrom({ regions }: ScopeOptions, own: Target): Promise<string[]> {
  const named = regionsIn(regions);
  let enabled: string[];
  try {
    enabled = await enabledRegions(own.clients, HOME_REGION());
  } catch (error) {
    if (error instanceof CredentialsExpiredError) throw expired(error.cause);
    if (named) return named;
    throw new UsageError(`cannot list the enabled Regions: ${reasonOf(error)}. Fix: allow the call, or name them with --regions`);
  }
  const disabled = named?.filter((region) => !enabled.includes(region)) ?? [];
  if (disabled.length > 0) {
    const hint = didYouMean(disabled[0] ?? '', enabled);
    throw new UsageError(`not enabled in ${own.accountId}: ${disabled.join(', ')}${hint || '.'} Enabled Regions: ${enabled.join(', ')}`);
  }
  return named ?? enabled;
}
