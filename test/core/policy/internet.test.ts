import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowedShare,
  describePart,
  familyOf,
  hasPublicAddresses,
  INTERNET_SHARE,
  internetIn,
  rangeSet,
} from '../../../core/policy/internet.ts';

const internet = (...blocks: string[]) => internetIn([rangeSet(blocks)])?.family;
const allow = (block: string) => ({ block, allow: true });
const deny = (block: string) => ({ block, allow: false });
/** The /8 blocks of IPv4 from one first octet to another. */
const eights = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}.0.0.0/8`);

describe('the internet', () => {
  it.each([
    ['IPv4', 'the whole space', ['0.0.0.0/0']],
    ['IPv4', 'the whole space by another address', ['10.0.0.0/0']],
    ['IPv4', 'two halves', ['0.0.0.0/1', '128.0.0.0/1']],
    ['IPv4', 'the lower half', ['0.0.0.0/1']],
    ['IPv4', 'the upper half', ['128.0.0.0/1']],
    ['IPv4', 'the upper half without multicast and reserved addresses', ['128.0.0.0/2', '192.0.0.0/3']],
    ['IPv4', 'all blocks of eight bits without the private one', [...eights(1, 9), ...eights(11, 223)]],
    ['IPv4', 'every other block of eight bits', eights(1, 223).filter((_, index) => index % 2 === 0)],
    ['IPv6', 'the whole space', ['::/0']],
    ['IPv6', 'global unicast addresses', ['2000::/3']],
    ['IPv6', 'the half that contains them', ['::/1']],
    ['IPv6', 'the half of them that is assigned', ['2000::/4']],
    ['IPv6', 'the blocks of the registries', ['2400::/12', '2600::/12', '2800::/12', '2a00::/12', '2c00::/12']],
  ])('of %s is %s', (family, _, blocks) => {
    expect(internet(...blocks)).toBe(family);
  });

  it.each([
    ['nothing', []],
    ['a quarter of the space', ['64.0.0.0/2']],
    ['the same quarter twice', ['64.0.0.0/2', '64.0.0.0/2', '64.0.0.0/3']],
    ['private blocks', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']],
    ['multicast and reserved blocks', ['224.0.0.0/3']],
    ['a few large blocks', ['3.0.0.0/8', '52.0.0.0/8', '2600:1f00::/24']],
    ['addresses of IPv4 in IPv6, which no packet has', ['::ffff:0:0/96', '64:ff9b::/96']],
    ['the half of IPv6 without public addresses', ['8000::/1']],
    ['a text that is not a block', ['everywhere', '0.0.0.0', 'fe80::1%eth0/0']],
  ])('is not %s', (_, blocks) => {
    expect(internet(...blocks)).toBeUndefined();
  });

  it('is the union of several sets', () => {
    const sets = [['0.0.0.0/2'], ['64.0.0.0/2'], ['2a00::/12']].map(rangeSet);
    expect(internetIn(sets)).toEqual({ family: 'IPv4', share: expect.closeTo(0.565, 3) });
    expect(internetIn([rangeSet(['64.0.0.0/2']), rangeSet(['64.0.0.0/2'])])).toBeUndefined();
  });

  it('is described with its share', () => {
    expect(describePart({ family: 'IPv4', share: 0.5653 })).toBe('56 % of the public IPv4 addresses');
  });
});

describe('the share that rules allow', () => {
  it.each([
    ['the first rule decides', [deny('0.0.0.0/0'), allow('0.0.0.0/0')], 0],
    ['a later deny changes nothing', [allow('0.0.0.0/0'), deny('0.0.0.0/0')], 1],
    ['a part is denied before', [deny('128.0.0.0/1'), allow('0.0.0.0/0')], 0.565],
    ['two denies leave little', [deny('0.0.0.0/1'), deny('128.0.0.0/2'), allow('0.0.0.0/0')], 0.145],
    ['a smaller block is denied inside', [deny('10.0.0.0/8'), allow('0.0.0.0/0')], 1],
    ['only the other family is allowed', [allow('::/0')], 0],
  ])('follows their order if %s', (_, rules, share) => {
    expect(allowedShare(rules, 'IPv4')).toBeCloseTo(share, 2);
  });

  const block = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 8 })).map(([octet, mask]) => `${octet}.0.0.0/${mask}`);
  const rule = fc.record({ block, allow: fc.boolean() });

  it('is that of the /8 blocks one by one', () => {
    const contains = (cidr: string, octet: number) => {
      const [address, mask = '8'] = cidr.split('/');
      const width = 2 ** (8 - Number(mask));
      return Math.floor(Number.parseInt(address ?? '', 10) / width) === Math.floor(octet / width);
    };
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 12 }), (rules) => {
        const expected = Array.from({ length: 256 }, (_, octet) => octet)
          .filter((octet) => rules.find((each) => contains(each.block, octet))?.allow)
          .reduce((sum, octet) => sum + allowedShare([allow(`${octet}.0.0.0/8`)], 'IPv4'), 0);
        expect(allowedShare(rules, 'IPv4')).toBeCloseTo(expected, 3);
      }),
      { numRuns: 50 },
    );
  });

  it('is the same for blocks in any order, and no smaller with one more', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 12 }), block, (blocks, more) => {
        const share = allowedShare(blocks.map(allow), 'IPv4');
        expect(allowedShare(blocks.toReversed().map(allow), 'IPv4')).toBe(share);
        expect(allowedShare([...blocks, more].map(allow), 'IPv4')).toBeGreaterThanOrEqual(share);
      }),
    );
  });

  it('counts thousands of blocks that are in one another', () => {
    const rules = Array.from({ length: 5000 }, (_, index) => ({ block: `${index % 223}.0.0.0/${index % 33}`, allow: index % 2 === 0 }));
    expect(allowedShare(rules, 'IPv4')).toBe(1);
  });
});

describe('a CIDR block', () => {
  it.each([
    ['IPv4', '198.51.100.7/24'],
    ['IPv6', '2001:db8::/32'],
    [undefined, '198.51.100.7'],
    [undefined, '198.51.100.7/33'],
    [undefined, 'fe80::1%eth0/64'],
  ])('is of family %s: %s', (family, block) => {
    expect(familyOf(block)).toBe(family);
  });

  it.each([
    [true, '8.0.0.0/8'],
    [true, '10.0.0.0/7'],
    [true, '2a00::/16'],
    [false, '10.20.0.0/16'],
    [false, '203.0.113.0/24'],
    [false, 'fd00::/8'],
    [undefined, 'pl-1'],
  ])('has public addresses (%s): %s', (expected, block) => {
    expect(hasPublicAddresses(block)).toBe(expected);
  });
});

it('stays above what a cloud provider has and below either half of the space', () => {
  expect(INTERNET_SHARE).toBeLessThan(allowedShare([allow('128.0.0.0/1')], 'IPv4'));
  expect(INTERNET_SHARE).toBeGreaterThan(0.05);
});
