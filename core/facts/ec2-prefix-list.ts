import { hasPublicAddresses } from '../policy/internet.ts';
import { cidrBlock } from './network.ts';
import { factParser } from './parser.ts';
import { listOf, type Shapes } from './shape.ts';
import type { View } from './view.ts';

/** Type of a managed prefix list. The resource ID is the ID of the list, such as `pl-0123456789abcdef0`. */
export const PREFIX_LIST = 'AWS::EC2::PrefixList';

/** Facts of a prefix list of the account, of AWS, or of an account that shares it. */
export interface PrefixListFacts {
  /** CIDR blocks of the entries that contain public addresses, as written in the entries. */
  ranges?: readonly string[];
}

const SHAPES: Shapes<PrefixListFacts> = { ranges: listOf(cidrBlock) };

export const prefixListParser = factParser<PrefixListFacts>(SHAPES, {
  ranges: ({ configuration }) => readRanges(configuration.at('entries')),
});

/**
 * Maximum number of entries, twice the default quota of AWS. A longer list stays unknown.
 * https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-prefix-lists
 */
const MAX_ENTRIES = 2000;

function readRanges(entries: View): string[] | undefined {
  const blocks = entries.list()?.map((entry) => entry.at('cidr').text());
  if (!blocks || blocks.length > MAX_ENTRIES) return undefined;
  const ranges = new Set<string>();
  for (const block of blocks) {
    const isPublic = block === undefined ? undefined : hasPublicAddresses(block);
    if (block === undefined || isPublic === undefined) return undefined;
    if (isPublic) ranges.add(block);
  }
  return [...ranges];
}
