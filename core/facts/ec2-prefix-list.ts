import { familyOf, hasPublicAddresses, internetIn, rangeSet } from '../policy/internet.ts';
import { cidrBlock } from './network.ts';
import { factParser } from './parser.ts';
import { flag, listOf, type Shapes } from './shape.ts';
import type { View } from './view.ts';

/** Type of a managed prefix list. The resource ID is the ID of the list, such as `pl-0123456789abcdef0`. */
export const PREFIX_LIST = 'AWS::EC2::PrefixList';

/** Facts of a prefix list of the account, of AWS, or of an account that shares it. */
export interface PrefixListFacts {
  /** Whether AWS manages it. Its entries are the addresses of one AWS service, which csmm does not read. */
  ofAws?: boolean;
  /** CIDR blocks of the entries that contain public addresses, as written in the entries. */
  ranges?: readonly string[];
}

const SHAPES: Shapes<PrefixListFacts> = { ofAws: flag, ranges: listOf(cidrBlock) };

export const prefixListParser = factParser<PrefixListFacts>(SHAPES, {
  ofAws: ({ configuration }) => {
    const owner = configuration.at('ownerId').text();
    return owner === undefined ? undefined : owner === OWNER_AWS;
  },
  ranges: ({ configuration }) => readRanges(configuration.at('entries')),
});

/** The owner of the lists of AWS: https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html */
export const OWNER_AWS = 'AWS';

/**
 * Maximum number of entries that csmm reads, twice the default quota of AWS. A longer list stays unknown, unless these decide.
 * https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-prefix-lists
 */
const MAX_ENTRIES = 2000;

function readRanges(entries: View): string[] | undefined {
  const list = entries.list();
  if (!list) return undefined;
  const blocks = list.slice(0, MAX_ENTRIES).map((entry) => entry.quietly().at('cidr').text());
  const ranges = [...new Set(blocks.filter((block) => block !== undefined && hasPublicAddresses(block)))] as string[];
  // Entries that cannot be read change nothing if the others are the internet.
  if (internetIn([rangeSet(ranges)])) return ranges;
  if (list.length > MAX_ENTRIES) return entries.complain(`a list of at most ${MAX_ENTRIES} entries`);
  const unread = blocks.findIndex((block) => block === undefined || familyOf(block) === undefined);
  return unread < 0 ? ranges : list[unread]?.at('cidr').complain('a CIDR block');
}
