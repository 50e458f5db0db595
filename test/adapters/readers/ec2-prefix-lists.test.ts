import { DescribeManagedPrefixListsCommand, EC2Client, EC2ServiceException, GetManagedPrefixListEntriesCommand } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { ec2PrefixLists } from '../../../adapters/aws/readers/ec2-prefix-lists.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const ec2 = mockClient(EC2Client);
const TYPE = 'AWS::EC2::PrefixList';
const OFFICE = 'pl-0123456789abcdef0';
const OF_AWS = 'pl-0fedcba9876543210';
const denied = () => new EC2ServiceException({ name: 'UnauthorizedOperation', $fault: 'client', $metadata: {}, message: 'not allowed' });

beforeEach(() => {
  ec2.reset();
  ec2
    .on(DescribeManagedPrefixListsCommand)
    .resolves({ PrefixLists: [{ PrefixListId: OFFICE, PrefixListName: 'office', OwnerId: '111111111111' }] });
  ec2.on(GetManagedPrefixListEntriesCommand).resolves({ Entries: [{ Cidr: '8.8.8.0/24', Description: 'office' }] });
});

describe('prefix lists that the API describes', () => {
  it('have the facts of the same ones in AWS Config, under their IDs', async () => {
    const Entries = [{ Cidr: '8.8.8.0/24' }];
    expect((await readFacts(ec2PrefixLists))[`${TYPE} eu-west-1 ${OFFICE}`]).toEqual(
      factsOf(TYPE, { PrefixListId: OFFICE, PrefixListName: 'office', OwnerId: '111111111111', Entries }, { resourceName: 'office' }),
    );
  });

  it('are those of other accounts as well, with all pages of their entries', async () => {
    ec2
      .on(DescribeManagedPrefixListsCommand)
      .resolvesOnce({ PrefixLists: [], NextToken: 'more' })
      .resolvesOnce({ PrefixLists: [{ PrefixListId: OFFICE, OwnerId: '222222222222' }] });
    ec2
      .on(GetManagedPrefixListEntriesCommand, { PrefixListId: OFFICE })
      .resolvesOnce({ Entries: [{ Cidr: '8.8.4.0/24' }], NextToken: 'more' })
      .resolvesOnce({ Entries: [{ Cidr: '2a00::/16' }] });
    expect((await readFacts(ec2PrefixLists))[`${TYPE} eu-west-1 ${OFFICE}`]?.facts).toEqual({
      ofAws: false,
      ranges: ['8.8.4.0/24', '2a00::/16'],
    });
  });

  it('cost one call where only AWS has lists, and are known without their entries', async () => {
    const ofAws = Array.from({ length: 12 }, (_, index) => ({ PrefixListId: `${OF_AWS}${index}`, OwnerId: 'AWS' }));
    ec2.on(DescribeManagedPrefixListsCommand).resolves({ PrefixLists: ofAws });
    const facts = await readFacts(ec2PrefixLists);
    expect(facts[`${TYPE} eu-west-1 ${OF_AWS}0`]?.facts).toEqual({ ofAws: true });
    expect(ec2.calls()).toHaveLength(1);
    expect(await readInventory(ec2PrefixLists)).toEqual({ [TYPE]: 12 });
  });

  it('are complete where the entries of one were denied, which stays unknown', async () => {
    ec2.on(GetManagedPrefixListEntriesCommand).rejects(denied());
    expect(await readInventory(ec2PrefixLists)).toEqual({ [TYPE]: 1 });
    expect((await readFacts(ec2PrefixLists))[`${TYPE} eu-west-1 ${OFFICE}`]).toMatchObject({
      facts: { ofAws: false },
      missing: { ranges: expect.stringContaining('was denied (UnauthorizedOperation)') },
    });
  });

  it('are not all known where the list was denied', async () => {
    ec2.on(DescribeManagedPrefixListsCommand).rejects(denied());
    expect(await readInventory(ec2PrefixLists)).toEqual({ [TYPE]: expect.stringContaining('UnauthorizedOperation') });
  });
});
