import { isIP } from 'node:net';
import { Address4, Address6 } from 'ip-address';

/** A CIDR block that a rule allows or denies. */
export interface RangeRule {
  readonly block: string;
  readonly allow: boolean;
}

/** Family of addresses. */
export type Family = 'IPv4' | 'IPv6';

/**
 * Share of the public addresses of a family that counts as the internet. Either half of the IPv4 space has more of them: 0.0.0.0/1
 * has 57 % and 128.0.0.0/1 has 43 %. All addresses of a cloud provider are less than 5 %.
 */
export const INTERNET_SHARE = 0.4;

/**
 * Blocks of IPv4 that are not public: private, shared, link-local, documentation, multicast and reserved addresses.
 * https://www.iana.org/assignments/iana-ipv4-special-registry
 */
const NOT_PUBLIC_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];

/**
 * Blocks of IPv6 from which the regional registries assign addresses. They are 2 % of 2000::/3. IANA has not assigned the rest.
 * https://www.iana.org/assignments/ipv6-unicast-address-assignments (November 2019)
 */
const PUBLIC_IPV6 = [
  '2001::/16',
  '2003::/18',
  '2400::/12',
  '2600::/12',
  '2610::/23',
  '2620::/23',
  '2630::/12',
  '2800::/12',
  '2a00::/12',
  '2a10::/12',
  '2c00::/12',
];

/** A range of addresses as numbers. `end` is the first number after it. */
interface Range {
  readonly start: bigint;
  readonly end: bigint;
}

/** A CIDR block as a range of addresses. */
interface Block extends Range {
  readonly family: Family;
}

/** Ranges by text, `undefined` for a text that is not a CIDR block: thousands of rules have the same few blocks. */
const BLOCKS = new Map<string, Block | undefined>();
/** Number of texts after which csmm forgets all of them. */
const MAX_BLOCKS = 1000;
/** No CIDR block is longer, in characters. */
const MAX_TEXT = 64;

/** Returns the range of a CIDR block, or `undefined` if the text is not a CIDR block. The address can be any of the block. */
function parseBlock(text: string): Block | undefined {
  if (text.length > MAX_TEXT) return undefined;
  if (BLOCKS.has(text)) return BLOCKS.get(text);
  const family = readFamily(text);
  const block = family && { family, ...rangeOf(text, family) };
  if (BLOCKS.size >= MAX_BLOCKS) BLOCKS.clear();
  BLOCKS.set(text, block);
  return block;
}

/** Returns the family of a CIDR block, or `undefined` if the text is not a CIDR block. */
export const familyOf = (block: string): Family | undefined => parseBlock(block)?.family;

function readFamily(block: string): Family | undefined {
  const [address = '', mask = '', ...rest] = block.trim().split('/');
  const version = address.includes('%') ? 0 : isIP(address);
  if (version === 0 || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(mask) || Number(mask) > (version === 4 ? 32 : 128)) return undefined;
  return version === 4 ? 'IPv4' : 'IPv6';
}

function rangeOf(block: string, family: Family): Range {
  const address = family === 'IPv4' ? new Address4(block.trim()) : new Address6(block.trim());
  return { start: address.startAddress().bigInt(), end: address.endAddress().bigInt() + 1n };
}

const RESERVED_IPV4 = NOT_PUBLIC_IPV4.map((block) => rangeOf(block, 'IPv4'));
const ASSIGNED_IPV6 = PUBLIC_IPV6.map((block) => rangeOf(block, 'IPv6'));

/** Returns how many addresses of disjoint ranges are below a number. */
const countBelow = (ranges: readonly Range[], end: bigint): bigint =>
  ranges.reduce((sum, range) => (range.start < end ? sum + (range.end < end ? range.end : end) - range.start : sum), 0n);

/** Returns how many public addresses of a family are below a number. */
const publicBelow = (family: Family, end: bigint): bigint =>
  family === 'IPv4' ? end - countBelow(RESERVED_IPV4, end) : countBelow(ASSIGNED_IPV6, end);

const publicIn = (family: Family, { start, end }: Range): bigint => publicBelow(family, end) - publicBelow(family, start);

/** Number of addresses of each family, and of its public ones. */
const SPACE: Readonly<Record<Family, bigint>> = { IPv4: 2n ** 32n, IPv6: 2n ** 128n };
const ALL: Readonly<Record<Family, bigint>> = { IPv4: publicBelow('IPv4', SPACE.IPv4), IPv6: publicBelow('IPv6', SPACE.IPv6) };

/** Returns whether a CIDR block contains public addresses, or `undefined` if the text is not a CIDR block. */
export function hasPublicAddresses(block: string): boolean | undefined {
  const range = parseBlock(block);
  return range && publicIn(range.family, range) > 0n;
}

/**
 * Returns the share of the public addresses of a family that rules allow, 0 to 1. As in a network ACL, the first rule that contains
 * an address decides. Without a deny, the result is the share of the union of the blocks. Ignores blocks of the other family.
 *
 * Takes n log n steps for n rules: it cuts the address space at the bounds of all blocks, and visits each piece once.
 */
export function allowedShare(rules: readonly RangeRule[], family: Family): number {
  const ranges = rules.flatMap(({ block, allow }) => {
    const range = parseBlock(block);
    return range?.family === family ? [{ start: range.start, end: range.end, allow }] : [];
  });
  const [first] = ranges;
  if (first && first.end - first.start === SPACE[family]) return first.allow ? 1 : 0;
  const bounds = [...new Set(ranges.flatMap(({ start, end }) => [start, end]))].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const indexOf = new Map(bounds.map((bound, index) => [bound, index]));
  /** For each piece, a later piece that can still be open. An open piece names itself. */
  const next = bounds.map((_, index) => index);
  const firstOpen = (from: number): number => {
    let at = from;
    for (let later = next[at] ?? at; later !== at; later = next[at] ?? at) {
      next[at] = next[later] ?? later;
      at = later;
    }
    return at;
  };
  let allowed = 0n;
  for (const { start, end, allow } of ranges) {
    const stop = indexOf.get(end) ?? 0;
    for (let at = firstOpen(indexOf.get(start) ?? 0); at < stop; at = firstOpen(at + 1)) {
      if (allow) allowed += publicIn(family, { start: bounds[at] ?? start, end: bounds[at + 1] ?? end });
      next[at] = at + 1;
    }
  }
  return Number((allowed * 1_000_000n) / ALL[family]) / 1_000_000;
}

/** CIDR blocks with the shares of the public addresses that their union contains. */
export interface RangeSet {
  readonly blocks: readonly string[];
  readonly shares: Readonly<Record<Family, number>>;
}

export const FAMILIES: readonly Family[] = ['IPv4', 'IPv6'];

/** Returns the set of CIDR blocks. Compute it once for blocks that several rules share. */
export const rangeSet = (blocks: readonly string[]): RangeSet => ({
  blocks,
  shares: { IPv4: shareOf(blocks, 'IPv4'), IPv6: shareOf(blocks, 'IPv6') },
});

const shareOf = (blocks: readonly string[], family: Family): number =>
  allowedShare(
    blocks.map((block) => ({ block, allow: true })),
    family,
  );

/** A part of the internet. */
export interface InternetPart {
  readonly family: Family;
  /** Share of the public addresses of the family, 0 to 1. */
  readonly share: number;
}

/**
 * Returns the part of the internet that the union of some sets contains, or `undefined` if it is less than {@link INTERNET_SHARE} of
 * both families. Computes the union only if the sum of the shares is large enough.
 */
export function internetIn(sets: readonly RangeSet[]): InternetPart | undefined {
  for (const family of FAMILIES) {
    if (sets.reduce((sum, { shares }) => sum + shares[family], 0) < INTERNET_SHARE) continue;
    const share = shareOf([...new Set(sets.flatMap(({ blocks }) => blocks))], family);
    if (share >= INTERNET_SHARE) return { family, share };
  }
  return undefined;
}

/** Returns a part of the internet as an object of a sentence, such as `57 % of the public IPv4 addresses`. */
export const describePart = ({ family, share }: InternetPart): string => `${Math.floor(share * 100)} % of the public ${family} addresses`;
