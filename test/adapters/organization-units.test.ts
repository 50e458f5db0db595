import { ListParentsCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { clientsOf } from '../../adapters/aws/clients.ts';
import { NoRootError, unitsAbove } from '../../adapters/aws/organization-units.ts';

const organizations = mockClient(OrganizationsClient);
afterEach(() => organizations.reset());

const above = () => unitsAbove('111111111111', clientsOf({ credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }), 'us-east-1');
const unit = (Id: string) => ({ Parents: [{ Id, Type: 'ORGANIZATIONAL_UNIT' as const }] });
const root = { Parents: [{ Id: 'r-ab12', Type: 'ROOT' as const }] };
const parentOf = (ChildId: string) => organizations.on(ListParentsCommand, { ChildId });

describe('the units above an account', () => {
  it('are all up to the root, the nearest first', async () => {
    parentOf('111111111111').resolves(unit('ou-ab12-inner'));
    parentOf('ou-ab12-inner').resolves(unit('ou-ab12-outer'));
    parentOf('ou-ab12-outer').resolves(root);
    expect(await above()).toEqual(['ou-ab12-inner', 'ou-ab12-outer', 'r-ab12']);
  });

  it('are the root alone where the account is in no unit', async () => {
    parentOf('111111111111').resolves(root);
    expect(await above()).toEqual(['r-ab12']);
  });

  it('are found on whichever page, as AWS may give empty ones', async () => {
    organizations.on(ListParentsCommand).resolvesOnce({ Parents: [], NextToken: 'more' }).resolves(root);
    expect(await above()).toEqual(['r-ab12']);
    organizations.reset();
    organizations
      .on(ListParentsCommand)
      .resolvesOnce({ ...root, NextToken: 'more' })
      .resolves({ Parents: [] });
    expect(await above()).toEqual(['r-ab12']);
  });

  it('are as many as units may nest: five below the root', async () => {
    const chain = ['111111111111', 'ou-1', 'ou-2', 'ou-3', 'ou-4', 'ou-5'];
    for (const [index, child] of chain.entries()) parentOf(child).resolves(index === 5 ? root : unit(`ou-${index + 1}`));
    expect(await above()).toEqual(['ou-1', 'ou-2', 'ou-3', 'ou-4', 'ou-5', 'r-ab12']);
  });

  it('are not known where the chain goes round', async () => {
    parentOf('111111111111').resolves(unit('ou-1'));
    parentOf('ou-1').resolves(unit('ou-2'));
    parentOf('ou-2').resolves(unit('ou-1'));
    await expect(above()).rejects.toThrow(NoRootError);
    expect(organizations.commandCalls(ListParentsCommand).length).toBeLessThan(10);
  });

  it.each([
    ['nobody', {}],
    ['a parent without an id', { Parents: [{ Type: 'ORGANIZATIONAL_UNIT' as const }] }],
  ])('are not known where the chain ends at %s', async (_, answer) => {
    parentOf('111111111111').resolves(unit('ou-1'));
    parentOf('ou-1').resolves(answer);
    await expect(above()).rejects.toThrow('the organizational units above account 111111111111 do not end at a root: ou-1');
  });

  it('are not known where they cannot be asked for', async () => {
    parentOf('111111111111').resolves(unit('ou-1'));
    parentOf('ou-1').rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    await expect(above()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});
