import { ListAccountsForParentCommand, ListOrganizationalUnitsForParentCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { clientsOf } from '../../adapters/aws/clients.ts';
import { accountsBelow } from '../../adapters/aws/member-accounts.ts';

const organizations = mockClient(OrganizationsClient);
afterEach(() => organizations.reset());

const MANAGEMENT = '999999999999';
const account = (digit: number, State: 'ACTIVE' | 'SUSPENDED' | null = 'ACTIVE') => {
  const Id = String(digit).repeat(12);
  return { Id, Arn: `arn:aws:organizations::${MANAGEMENT}:account/o-a1b2c3d4e5/${Id}`, ...(State && { State }) };
};
const clients = () => clientsOf({ credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
const below = (...units: string[]) => accountsBelow(clients(), 'us-east-1', units);

describe('the accounts below some units', () => {
  it('are those of every page, and of the units below, each once, without the management account', async () => {
    organizations.on(ListAccountsForParentCommand).resolves({ Accounts: [] });
    organizations.on(ListOrganizationalUnitsForParentCommand).resolves({ OrganizationalUnits: [] });
    organizations
      .on(ListAccountsForParentCommand, { ParentId: 'r-ab12' })
      .resolves({ Accounts: [account(9), account(3)], NextToken: 'more' })
      .on(ListAccountsForParentCommand, { ParentId: 'r-ab12', NextToken: 'more' })
      .resolves({ Accounts: [account(1), account(4, 'SUSPENDED')] })
      .on(ListAccountsForParentCommand, { ParentId: 'ou-ab12-inner' })
      .resolves({ Accounts: [account(2), account(1)] })
      .on(ListOrganizationalUnitsForParentCommand, { ParentId: 'r-ab12' })
      .resolves({ OrganizationalUnits: [{ Id: 'ou-ab12-middle' }] })
      .on(ListOrganizationalUnitsForParentCommand, { ParentId: 'ou-ab12-middle' })
      .resolves({ OrganizationalUnits: [{ Id: 'ou-ab12-inner' }] });
    expect(await below('r-ab12', 'ou-ab12-inner')).toEqual(['111111111111', '222222222222', '333333333333']);
    expect(organizations.commandCalls(ListAccountsForParentCommand, { ParentId: 'ou-ab12-inner' })).toHaveLength(1);
  });

  it('are told by their status where they have no state', async () => {
    organizations.on(ListAccountsForParentCommand).resolves({
      Accounts: [
        { ...account(1, null), Status: 'ACTIVE' },
        { ...account(2, null), Status: 'SUSPENDED' },
        { ...account(3, 'SUSPENDED'), Status: 'ACTIVE' },
      ],
    });
    organizations.on(ListOrganizationalUnitsForParentCommand).resolves({});
    expect(await below('ou-ab12-a1b2c3d4')).toEqual(['111111111111']);
  });

  it('are not known where a unit cannot be listed', async () => {
    organizations.on(ListAccountsForParentCommand).resolves({ Accounts: [account(1)] });
    organizations.on(ListOrganizationalUnitsForParentCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    await expect(below('r-ab12')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});
