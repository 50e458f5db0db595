import { STSClient } from '@aws-sdk/client-sts';
import type { Context } from 'aws-lambda';
import { type CallObserver, type Clients, clientsOf, FUNCTION_LIMITS, newRequestHandler } from '../adapters/aws/clients.ts';
import { accountsBelow } from '../adapters/aws/member-accounts.ts';
import { assumeMemberRole, type MemberRole } from '../adapters/aws/member-role.ts';
import { globalRegionOf } from '../core/partitions.ts';
import { requireEnv } from './environment.ts';

/** The accounts and Regions that a deployment evaluates, and the clients that reach them. */
export interface Estate {
  readonly ownAccountId: string;
  readonly partition: string;
  /** Region in which global services answer. */
  readonly globalRegion: string;
  readonly regions: readonly string[];
  readonly accountIds: () => Promise<string[]>;
  /** Whether csmm can read the account. */
  readonly canRead: (accountId: string) => boolean;
  /** Whether the deployment evaluates an organization. */
  readonly hasMembers: boolean;
  /** Returns clients for one run with the function's own role. */
  readonly ownClients: () => Clients;
  /** Returns clients for one run in an account that csmm can read. @throws the error of AssumeRole. */
  readonly clientsFor: (accountId: string, observer?: CallObserver) => Promise<Clients>;
}

const list = (name: string): string[] => (process.env[name] ?? '').split(',').filter((part) => part !== '');

const otherRegions = list('OTHER_REGIONS');
const units = list('ORGANIZATIONAL_UNITS');
const readsItself = process.env.READS_ITSELF === 'true';
const memberRole: MemberRole | undefined = process.env.MEMBER_ROLE_NAME
  ? { roleName: process.env.MEMBER_ROLE_NAME, externalId: requireEnv('MEMBER_EXTERNAL_ID') }
  : undefined;
/** Handler that carries the requests of all runs. */
const requestHandler = newRequestHandler(FUNCTION_LIMITS);
const sts = new STSClient({ requestHandler });

/** Lifetime of a session, in seconds: longer than a function can run. */
const SESSION_SECONDS = 3600;

export function estateOf({ invokedFunctionArn }: Pick<Context, 'invokedFunctionArn'>): Estate {
  const [, partition = '', , region = '', ownAccountId = ''] = invokedFunctionArn.split(':');
  const globalRegion = globalRegionOf(partition);
  const ownClients = (observer?: CallObserver): Clients => clientsOf({ requestHandler, ...FUNCTION_LIMITS, ...(observer && { observer }) });
  return {
    ownAccountId,
    partition,
    globalRegion,
    regions: [...new Set([region, ...otherRegions])],
    accountIds: async () => {
      const members = units.length > 0 ? await accountsBelow(ownClients(), globalRegion, units) : [];
      return readsItself ? [...new Set([ownAccountId, ...members])] : members;
    },
    hasMembers: units.length > 0,
    ownClients: () => ownClients(),
    canRead: (accountId) => accountId === ownAccountId || memberRole !== undefined,
    clientsFor: async (accountId, observer) => {
      if (accountId === ownAccountId || !memberRole) return ownClients(observer);
      const role = { sts, partition, memberRole, sessionName: 'csmm-read', durationSeconds: SESSION_SECONDS };
      const credentials = await assumeMemberRole(accountId, role);
      return clientsOf({ requestHandler, ...FUNCTION_LIMITS, credentials, ...(observer && { observer }) });
    },
  };
}
