import {
  EC2Client,
  type ManagedPrefixList,
  paginateDescribeManagedPrefixLists,
  paginateGetManagedPrefixListEntries,
} from '@aws-sdk/client-ec2';
import { OWNER_AWS, PREFIX_LIST } from '../../../core/facts/ec2-prefix-list.ts';
import { attempt } from '../failures.ts';
import { EC2_LAG } from './lags.ts';
import { describeEach, type Observation, type Reader } from './reader.ts';

/**
 * Managed prefix lists of the account, of AWS, and of accounts that share them. Those of AWS have no entries here: AWS has a dozen lists
 * in each Region, and their entries decide nothing. AWS Config records only the lists of the account.
 */
export const ec2PrefixLists: Reader = {
  id: 'ec2-prefix-lists',
  scope: 'region',
  lists: [PREFIX_LIST],
  permissions: ['ec2:DescribeManagedPrefixLists', 'ec2:GetManagedPrefixListEntries'],
  refreshedBy: [
    {
      source: 'ec2.amazonaws.com',
      names: ['CreateManagedPrefixList', 'DeleteManagedPrefixList', 'ModifyManagedPrefixList', 'RestoreManagedPrefixListVersion'],
    },
  ],
  lag: EC2_LAG,
  read: async function* ({ clients, region }) {
    const client = clients(EC2Client, region);
    for await (const { PrefixLists = [] } of paginateDescribeManagedPrefixLists({ client }, { MaxResults: 100 })) {
      yield* describeEach(PrefixLists, (list) => describe(list, client));
    }
  },
};

async function describe(list: ManagedPrefixList, client: EC2Client): Promise<Observation> {
  const { PrefixListId = '', PrefixListName, OwnerId, Tags } = list;
  const entries = OwnerId === OWNER_AWS ? {} : { Entries: await attempt(() => readEntries(PrefixListId, client)) };
  return {
    resourceType: PREFIX_LIST,
    resourceId: PrefixListId,
    resourceName: PrefixListName,
    configuration: { OwnerId, ...entries },
    tags: Tags,
  };
}

async function readEntries(PrefixListId: string, client: EC2Client): Promise<object[]> {
  const entries: object[] = [];
  for await (const page of paginateGetManagedPrefixListEntries({ client }, { PrefixListId, MaxResults: 100 })) {
    entries.push(...(page.Entries ?? []));
  }
  return entries;
}
