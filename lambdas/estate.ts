import { STSClient } from '@aws-sdk/client-sts';
import type { Context } from 'aws-lambda';
import { globalRegionOf } from '../adapters/aws/access.ts';
import { type Clients, clientsOf, newRequestHandler } from '../adapters/aws/clients.ts';
import { accountsBelow } from '../adapters/aws/member-accounts.ts';
import { assumeMemberRole, type MemberRole } from '../adapters/aws/member-role.ts';
import { requireEnv } from './environment.ts';

/** What a deployment evaluates, and how it is reached. */
export interface Estate {
  readonly ownAccountId: string;
  readonly partition: string;
  /** Where global services answer. */
  readonly globalRegion: string;
  readonly regions: readonly string[];
  readonly accountIds: () => Promise<string[]>;
  /** Whether there is a way to read an account. */
  readonly canRead: (accountId: string) => boolean;
  /** Whether an organization is evaluated. */
  readonly hasMembers: boolean;
  /** Clients for one run with the function's own role. */
  readonly ownClients: () => Clients;
  /** Clients for one run in an account that can be read. @throws what AssumeRole throws. */
  readonly clientsFor: (accountId: string) => Promise<Clients>;
}

const list = (name: string): string[] => (process.env[name] ?? '').split(',').filter((part) => part !== '');

const otherRegions = list('OTHER_REGIONS');
const units = list('ORGANIZATIONAL_UNITS');
const readsItself = process.env.READS_ITSELF === 'true';
const memberRole: MemberRole | undefined = process.env.MEMBER_ROLE_NAME
  ? { roleName: process.env.MEMBER_ROLE_NAME, externalId: requireEnv('MEMBER_EXTERNAL_ID') }
  : undefined;
const sts = new STSClient();
/** Carries the requests of all runs. */
const requestHandler = newRequestHandler();

/** Longer than a function may run. */
const SESSION_SECONDS = 3600;

export function estateOf({ invokedFunctionArn }: Pick<Context, 'invokedFunctionArn'>): Estate {
  const [, partition = '', , region = '', ownAccountId = ''] = invokedFunctionArn.split(':');
  const globalRegion = globalRegionOf(partition);
  const ownClients = (): Clients => clientsOf({ requestHandler });
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
    ownClients,
    canRead: (accountId) => accountId === ownAccountId || memberRole !== undefined,
    clientsFor: async (accountId) => {
      if (accountId === ownAccountId || !memberRole) return ownClients();
      const role = { sts, partition, memberRole, sessionName: 'csmm-read', durationSeconds: SESSION_SECONDS };
      return clientsOf({ requestHandler, credentials: await assumeMemberRole(accountId, role) });
    },
  };
}
