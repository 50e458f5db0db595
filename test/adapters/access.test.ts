import { ListAccountsCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { organizationAccounts, roleCredentials } from '../../adapters/aws/access.ts';
import { assumingClient, clientsOf } from '../../adapters/aws/clients.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const [organizations, sts] = [mockClient(OrganizationsClient), mockClient(STSClient)];

beforeEach(() => {
  organizations.reset();
  sts.reset();
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => vi.useRealTimers());

it('names the active accounts, whichever of its two fields AWS says that in', async () => {
  organizations.on(ListAccountsCommand).resolves({
    Accounts: [
      { Id: '333333333333', State: 'ACTIVE' },
      { Id: '111111111111', Status: 'ACTIVE' },
      { Id: '444444444444', State: 'SUSPENDED', Status: 'ACTIVE' },
      { Id: '222222222222', State: 'CLOSED' },
    ],
  });
  expect(await organizationAccounts(clientsOf({}), 'us-east-1')).toEqual(['111111111111', '333333333333']);
});

describe('the credentials of a role', () => {
  const caller = { accountId: '111111111111', arn: '', partition: 'aws' };
  const fetch = () => {
    const own = { accessKeyId: 'a', secretAccessKey: 'b' };
    const credentials = roleCredentials('222222222222', { roleName: 'reader' }, caller, assumingClient('us-east-1', own));
    if (typeof credentials !== 'function') throw new Error('they do not change');
    return credentials;
  };
  const lasting = (minutes: number) => ({
    Credentials: { AccessKeyId: 'A', SecretAccessKey: 'S', SessionToken: 'T', Expiration: new Date(NOW + minutes * 60_000) },
  });
  const asked = () => sts.commandCalls(AssumeRoleCommand).length;

  it('are asked for once, however many clients want them', async () => {
    sts.on(AssumeRoleCommand).resolves(lasting(60));
    const credentials = fetch();
    await Promise.all([credentials(), credentials(), credentials()]);
    await credentials();
    expect(asked()).toBe(1);
  });

  it('are asked for again, once, before they run out', async () => {
    sts.on(AssumeRoleCommand).resolvesOnce(lasting(60)).resolves(lasting(120));
    const credentials = fetch();
    await credentials();
    vi.setSystemTime(NOW + 56 * 60_000);
    const again = await Promise.all([credentials(), credentials()]);
    expect(asked()).toBe(2);
    expect(again[0]?.expiration).toEqual(new Date(NOW + 120 * 60_000));
  });

  it('are asked for again after a failure', async () => {
    sts.on(AssumeRoleCommand).rejectsOnce(new Error('busy')).resolves(lasting(60));
    const credentials = fetch();
    await expect(credentials()).rejects.toThrow('busy');
    expect(await credentials()).toMatchObject({ accessKeyId: 'A' });
  });
});
